/** Every two of some parts, in the order given: what was seen together. */
export function pairsOf(parts: readonly string[]): string[] {
  return parts.flatMap((a, i) => parts.slice(i + 1).map((b) => `${a} ${b}`));
}
