import { changesOf, type FunctionChanges } from '../analysis/effects.ts';
import { nameOf } from '../analysis/here-place.ts';
import { asInSource } from '../ir/marks.ts';
import type { FunctionHead, IrFunction } from '../ir/types.ts';
import type { AnalysedText } from './pipeline.ts';

/** A call of a function, where it stands. */
export interface CallSite {
  readonly file: string;
  /** The function that it stands in. */
  readonly function: string;
  readonly callee: string;
  /** Offsets in the file, UTF-16 units: of the callee's name, and the end of the whole call. */
  readonly start: number;
  readonly nameEnd: number;
  readonly end: number;
  /** The address that a transition is given, and the like: as it is written there. */
  readonly text: string;
}

/** A function, what it does to memory, and where it stands: offsets of its name in the file. */
export interface ChangingFunction {
  readonly file: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly changes: FunctionChanges;
}

/** The functions of one file that change memory, in its order. */
export function changingFunctions({ file, source, analysis }: AnalysedText): ChangingFunction[] {
  const found: ChangingFunction[] = [];
  for (const slice of source.functions) {
    const summary = slice.macro ? undefined : analysis.summaries.get(slice.name);
    if (summary === undefined) continue;
    const changes = asInSource(changesOf(summary));
    if (changes.changes.length === 0) continue;
    const { start, nameSpan, name } = slice;
    found.push({ file, name, start: start + nameSpan.start, end: start + nameSpan.end, changes });
  }
  return found;
}

/** Calls of functions of which `wanted` says yes, in files that are checked together. Only functions that may have one are lowered. */
export function callsOf(texts: readonly AnalysedText[], wanted: (name: string) => boolean): CallSite[] {
  const sites: CallSite[] = [];
  for (const { file, source, ir } of texts)
    for (const head of ir.heads) {
      if (head.macro || ![...head.calls].some(wanted)) continue;
      sites.push(...callsIn(file, source.text, head, wanted));
    }
  return sites;
}

function callsIn(
  file: string,
  text: string,
  head: FunctionHead,
  wanted: (name: string) => boolean,
): readonly CallSite[] {
  const found = new Map<number, CallSite>();
  const fn: IrFunction = head.lower();
  const { start: base } = head.slice;
  for (const { instrs } of fn.blocks)
    for (const instr of instrs) {
      if (instr.k !== 'call' || instr.callee.k !== 'direct' || !wanted(instr.callee.name)) continue;
      const name = nameOf(instr, head.slice.text);
      if (name === null) continue;
      const start = base + name.start;
      found.set(start, {
        file,
        function: head.name,
        callee: instr.callee.name,
        start,
        nameEnd: base + name.end,
        end: base + instr.span.end,
        text: text.slice(start, base + instr.span.end),
      });
    }
  return [...found.values()].sort((a, b) => a.start - b.start);
}
