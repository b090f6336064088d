import { Analyser } from '../analysis/analyser.ts';
import { defaultBounds } from '../analysis/bounds.ts';
import { LowerCache, lowerUnit } from '../ir/lower.ts';
import { dialect } from '../kernel/dialect.ts';
import type { SyntaxBackend } from '../syntax/types.ts';
import { cutUnit, SliceCache } from '../syntax/unit.ts';
import { unparsed } from '../syntax/unparsed.ts';
import type { LoweredText, Stages } from './pipeline.ts';

/**
 * The real steps over one parser. The last `slices` parsed functions and declarations are kept by content, so that an
 * edit parses the function it is in and nothing else, and one that only moved is not parsed again. So are the last
 * `lowered` functions, for those who check the same text over and over.
 */
export function createStages(backend: SyntaxBackend, slices = 4096, lowered = 0): Stages {
  const cache = new SliceCache(slices);
  const functions = lowered > 0 ? new LowerCache(lowered) : undefined;
  return {
    cut: (text) => cutUnit(text, backend, cache),
    lower: (source, file) => lowerUnit(file, source, backend.grammar, dialect, functions),
    analyser: (input) => new Analyser(input),
    grammar: backend.grammar,
    bounds: defaultBounds,
  };
}

/** A text for those who look at names only: nothing of it can be parsed. */
export function cutOnly(file: string, text: string): LoweredText {
  const source = cutUnit(text, unparsed);
  return { file, source, ir: lowerUnit(file, source, unparsed.grammar, dialect), crashes: [] };
}
