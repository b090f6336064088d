import type { Finding, Location } from '../analysis/finding.ts';
import { sameButPlaces } from '../ir/same.ts';
import { presenceText } from '../ir/text.ts';
import type { FunctionHead } from '../ir/types.ts';
import type { FunctionSlice } from '../syntax/types.ts';
import type { AnalysedText, LoweredText } from './pipeline.ts';

/** Which functions are in the midst of being typed: they have parse errors now, and had none in some version. */
export class HalfTyped {
  /** By file, name and `#if`s: functions that had no parse error in some version. */
  private readonly sound = new Set<string>();

  has(file: string, before: FunctionSlice, now: FunctionSlice): boolean {
    const key = `${file} ${now.name} ${presenceText(now.presence)}`;
    if (before.errorCount() === 0) this.sound.add(key);
    return now.errorCount() > 0 && this.sound.has(key);
  }
}

/**
 * What was found in the last versions of some texts, for these, in which nothing but bodies of functions differs: null unless each
 * of those is half-typed, and so says nothing, or does what it did and only stands elsewhere.
 */
export function carriedOver(
  last: readonly AnalysedText[],
  texts: readonly LoweredText[],
  halfTyped: HalfTyped,
): readonly AnalysedText[] | null {
  const analysed: AnalysedText[] = [];
  const moves = new Map<string, Move>();
  for (const [i, text] of texts.entries()) {
    const before = last[i]!;
    for (const [at, now] of text.source.functions.entries()) {
      const was = before.source.functions[at]!;
      if (now.hash === was.hash || halfTyped.has(text.file, was, now)) continue;
      const [a, b] = [headAt(before, was), headAt(text, now)];
      if (a === undefined || b === undefined || !sameButPlaces(a.lower(), b.lower())) return null;
      const name = `${text.file} ${now.name}`;
      if (text.source.functions.filter((one) => one.name === now.name).length > 1) return null;
      moves.set(name, moveOf(was.text, now.text));
    }
    analysed.push({ ...text, analysis: before.analysis });
  }
  if (moves.size === 0) return analysed;
  const found = analysed.map(({ analysis }) =>
    analysis.findings.map((finding) => movedFinding(finding, moves)),
  );
  if (found.some((findings) => findings.includes(null))) return null;
  return analysed.map((text, i) => ({
    ...text,
    analysis: { ...text.analysis, findings: found[i]!.filter((one) => one !== null) },
  }));
}

/** One stretch of a text was replaced by another. */
interface Move {
  readonly from: number;
  /** In the text as it was. */
  readonly to: number;
  readonly by: number;
}

function moveOf(was: string, now: string): Move {
  const least = Math.min(was.length, now.length);
  let from = 0;
  while (from < least && was[from] === now[from]) from++;
  let end = 0;
  while (end < least - from && was[was.length - 1 - end] === now[now.length - 1 - end]) end++;
  return { from, to: was.length - end, by: now.length - was.length };
}

/** Null: something of it stands in what was replaced. */
function movedFinding(finding: Finding, moves: ReadonlyMap<string, Move>): Finding | null {
  let isLost = false;
  const moved = <T extends Location>(at: T): T => {
    const move = moves.get(`${at.file} ${at.function}`);
    if (move === undefined) return at;
    const { start, end } = at.span;
    const after = (offset: number) => offset + move.by;
    isLost ||= (start > move.from && start < move.to) || (end > move.from && end < move.to);
    return {
      ...at,
      span: {
        start: start >= move.to ? after(start) : start,
        end: end > move.from ? after(end) : end,
      },
    };
  };
  const { transition } = finding;
  const result = {
    ...finding,
    at: moved(finding.at),
    transition: transition && { ...transition, at: moved(transition.at) },
    trace: finding.trace.map((step) => ({ ...step, at: moved(step.at) })),
    related: finding.related.map((one) => ({ ...one, at: moved(one.at) })),
  };
  return isLost ? null : result;
}

function headAt({ ir }: LoweredText, { start }: FunctionSlice): FunctionHead | undefined {
  return ir.heads.find(({ slice }) => slice.start === start);
}
