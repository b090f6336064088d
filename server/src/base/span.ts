/** Half-open range of a text, in UTF-16 code units. What it is relative to is said where it is used. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span of `text` moved by `offset` code units. */
export function shift(span: Span, offset: number): Span {
  return { start: span.start + offset, end: span.end + offset };
}

/** Whether `inner` lies in `outer`, the edges included. */
export function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
