/** Every two of some parts, in the order given: what was seen together. */
export function pairsOf(parts: readonly string[]): string[] {
  return parts.flatMap((a, i) => parts.slice(i + 1).map((b) => `${a} ${b}`));
}

/** Which parts were seen together, for many sets of parts. */
export class SeenPairs {
  private readonly numbers = new Map<string, number>();
  private readonly seen = new Set<number>();

  /** Takes note of a set of parts; whether two of them are together for the first time. */
  add(parts: readonly string[]): boolean {
    const numbers = parts.map((part) => {
      let number = this.numbers.get(part);
      if (number === undefined) {
        number = this.numbers.size;
        this.numbers.set(part, number);
      }
      return number;
    });
    const before = this.seen.size;
    for (let i = 0; i < numbers.length; i++)
      for (let j = i + 1; j < numbers.length; j++) this.seen.add(numbers[i]! * 0x100000 + numbers[j]!);
    return this.seen.size > before;
  }
}
