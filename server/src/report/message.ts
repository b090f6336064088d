/** A message in its two parts: what is wrong, and what to do about it. */
export interface MessageParts {
  /** The first sentence, without its full stop. */
  readonly headline: string;
  /** The rest; empty if there is none. */
  readonly remedy: string;
}

/** Cuts a message after its first sentence. A full stop in a name, a number or a call is none of its end. */
export function splitMessage(message: string): MessageParts {
  const end = message.search(/\.\s+(?=[A-Z'"(]|$)/);
  if (end < 0) return { headline: message.replace(/\.$/, ''), remedy: '' };
  return { headline: message.slice(0, end), remedy: message.slice(end + 1).trim() };
}
