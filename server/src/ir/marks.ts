/** In a name of a linked unit: the file that it bears follows. */
export const mark = '@';

/** A name of a linked unit without the file that it bears. */
export function plainName(name: string): string {
  const at = name.indexOf(mark);
  return at < 0 ? name : name.slice(0, at);
}

/** Every name in some plain data of a linked unit as the source has it. Parts without any are shared. */
export function asInSource<T>(part: T): T {
  return withoutMarks(part) as T;
}

function withoutMarks(part: unknown): unknown {
  if (typeof part === 'string')
    return part.includes(mark) ? part.replace(/\b(\w+)@[\w./+-]+\.[ch]\b/g, '$1') : part;
  if (Array.isArray(part)) {
    const items = part.map(withoutMarks);
    return items.some((item, i) => item !== part[i]) ? items : part;
  }
  if (typeof part !== 'object' || part === null) return part;
  let changed: Record<string, unknown> | null = null;
  for (const [key, value] of Object.entries(part)) {
    const next = withoutMarks(value);
    if (next !== value) changed = { ...(changed ?? (part as Record<string, unknown>)), [key]: next };
  }
  return changed ?? part;
}
