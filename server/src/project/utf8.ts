/** The parts of the standard coders that are used; Node, browsers and workers all have them. */
declare const TextDecoder: new (
  label: string,
  options?: { readonly ignoreBOM?: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

/** UTF-8 of a text; halves of surrogate pairs do not survive. */
export function toUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of UTF-8, all of it: a byte order mark is a character here. */
export function fromUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Some texts without NUL in one. */
export function joinNames(names: readonly string[]): Uint8Array {
  return toUtf8(names.join('\0'));
}

/** What {@link joinNames} joined; null where they are not `count`. */
export function splitNames(bytes: Uint8Array, count: number): string[] | null {
  const names = count === 0 && bytes.length === 0 ? [] : fromUtf8(bytes).split('\0');
  return names.length === count ? names : null;
}
