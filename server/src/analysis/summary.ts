/** Rows of a function; see `domain.md`: guard, return value, ordered effects. Filled in by the engine. */
export interface Summary {
  readonly name: string;
  readonly file: string;
}
