import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import type { OpenDocument } from './documents.ts';
import type { Reviewer } from './review.ts';
import type { Unit, Units } from './units.ts';

/** What brings documents up to date. */
export interface ReviewSources {
  readonly units: Units;
  readonly reviewer: () => Reviewer;
}

/**
 * A document as it was analysed: with its group, or alone while that takes. Null: nothing was analysed.
 * @throws ResponseError if the text changed meanwhile
 */
export async function analysed(
  { units, reviewer }: ReviewSources,
  document: OpenDocument,
  cancelled: () => boolean,
): Promise<Unit | null> {
  const { version } = document;
  const givenUp = () => document.closed || cancelled() || document.version !== version;
  if (!(await reviewer().review(document, givenUp)) || givenUp()) {
    throw new ResponseError(LSPErrorCodes.ContentModified, 'the document changed');
  }
  const unit = await units.of(document);
  if (unit.settings.enable === 'off') return null;
  const { looks } = unit.bound.engine;
  if (unit.texts.length < 2 || looks.convertingFunctions(unit.bound.file, unit.texts) !== null) return unit;
  return units.alone(unit);
}
