/** The part of the standard decoder that is used; Node, browsers and workers all have it. */
declare const TextDecoder: new (
  label: string,
  options?: { readonly fatal?: boolean },
) => { decode(bytes: Uint8Array): string };

/** A file's text, and whether its bytes were UTF-8. */
export interface DecodedText {
  readonly text: string;
  /** `latin1`: some bytes were no UTF-8, each byte became the character of its number. */
  readonly encoding: 'utf-8' | 'latin1';
}

/** Never fails: bytes that are no UTF-8 are read as Latin-1, as old kernel files want it. A byte order mark goes. */
export function decodeText(bytes: Uint8Array): DecodedText {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8' };
  } catch {
    const parts: string[] = [];
    // In pieces: a call takes its arguments from the stack.
    for (let at = 0; at < bytes.length; at += 8192) {
      parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
    }
    return { text: parts.join(''), encoding: 'latin1' };
  }
}
