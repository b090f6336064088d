import type { Location } from './analysis/finding.ts';
import { LineIndex } from './base/lines.ts';
import { addTo } from './base/maps.ts';
import type { ResolvedPlace } from './service-types.ts';

/** A stretch of a file that spans are relative to. */
export interface NamedSlice {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** One file's text, for turning spans of its functions into lines and columns. */
export class ResolvableText {
  private index: LineIndex | undefined;
  private readonly slices = new Map<string, NamedSlice[]>();

  constructor(
    readonly file: string,
    readonly text: string,
    functions: readonly NamedSlice[],
  ) {
    for (const slice of functions) addTo(this.slices, slice.name, slice);
  }

  /** Made when it is first asked for: most files have no finding, and need none. */
  get lines(): LineIndex {
    this.index ??= new LineIndex(this.text);
    return this.index;
  }

  /**
   * Where `location` is. Two arms of an `#if` may define one name twice: `word` (what must stand there) chooses
   * between them. A function that is not in the text puts the place at the top of the file.
   */
  place(location: Location, word: string | null): ResolvedPlace {
    const { start, end } = this.offsets(location, word);
    return {
      file: location.file,
      start: this.lines.positionAt(start),
      end: this.lines.positionAt(Math.max(start, end)),
      function: location.function,
    };
  }

  /** The text that `location` spans. */
  excerpt(location: Location, word: string | null): string {
    const { start, end } = this.offsets(location, word);
    return this.text.slice(start, end);
  }

  private offsets(location: Location, word: string | null): { start: number; end: number } {
    const { span } = location;
    const candidates = (this.slices.get(location.function) ?? []).filter(
      (slice) => slice.start + span.start <= slice.end,
    );
    const textIn = (slice: NamedSlice) => this.text.slice(slice.start + span.start, slice.start + span.end);
    const fitting =
      candidates.length > 1 && word !== null
        ? (candidates.find((slice) => textIn(slice).startsWith(word)) ??
          candidates.find((slice) => textIn(slice).includes(word)))
        : undefined;
    const slice = fitting ?? candidates[0];
    if (slice === undefined) return { start: 0, end: 0 };
    return { start: slice.start + span.start, end: Math.min(slice.start + span.end, slice.end) };
  }
}
