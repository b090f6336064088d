import type { Coverage } from './analysis/finding.ts';
import type { AnalysedText } from './project/pipeline.ts';
import type { Stats } from './service-types.ts';

/** Nothing done yet. */
export const noStats: Stats = {
  filesSearched: 0,
  filesParsed: 0,
  functions: 0,
  functionsWithTransitions: 0,
  transitions: 0,
  functionsWithParseErrors: 0,
  havocs: {},
  functionsWithHavoc: 0,
  transitionFunctionsWithHavoc: 0,
  droppedArms: {},
  bounds: {},
  crashes: 0,
  allowed: 0,
};

/** The sum of two; the keys of the counts by reason come out sorted. */
export function addStats(a: Stats, b: Stats): Stats {
  return {
    filesSearched: a.filesSearched + b.filesSearched,
    filesParsed: a.filesParsed + b.filesParsed,
    functions: a.functions + b.functions,
    functionsWithTransitions: a.functionsWithTransitions + b.functionsWithTransitions,
    transitions: a.transitions + b.transitions,
    functionsWithParseErrors: a.functionsWithParseErrors + b.functionsWithParseErrors,
    havocs: addCounts(a.havocs, b.havocs),
    functionsWithHavoc: a.functionsWithHavoc + b.functionsWithHavoc,
    transitionFunctionsWithHavoc: a.transitionFunctionsWithHavoc + b.transitionFunctionsWithHavoc,
    droppedArms: addCounts(a.droppedArms, b.droppedArms),
    bounds: addCounts(a.bounds, b.bounds),
    crashes: a.crashes + b.crashes,
    allowed: a.allowed + b.allowed,
  };
}

type Counts = Readonly<Record<string, number>>;

function addCounts(a: Counts, b: Counts): Counts {
  const sum: Record<string, number> = {};
  for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
    sum[key] = (a[key] ?? 0) + (b[key] ?? 0);
  }
  return sum;
}

function countBy(reasons: Iterable<string>): Counts {
  const counts: Record<string, number> = {};
  for (const reason of [...reasons].sort()) {
    // A bound's reason may say by how much it was exceeded; that is no kind of its own.
    const kind = reason.replace(/ \(\d+( times)?\)$/, '');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What was not analysed in a text, each thing once, in file order: from syntax, lowering, engine and the pipeline. */
export function coverageOf({ file, source, ir, analysis, crashes }: AnalysedText): Coverage[] {
  const order = new Map(source.functions.map((fn, i) => [fn.name, i] as const));
  const all: Coverage[] = [...crashes, ...analysis.coverage];
  for (const fn of ir.lowered) {
    const gap = { file, function: fn.name } as const;
    if (fn.parseErrors > 0) {
      all.push({ ...gap, kind: 'parse-error', reason: 'parse error', span: null });
    }
    for (const havoc of fn.havocs) all.push({ ...gap, kind: 'havoc', ...havoc });
  }
  const looked = new Set(ir.lowered.map((fn) => fn.start));
  for (const fn of source.functions) {
    // The rest was not analysed because it has nothing to do with memory; it would have to be parsed to tell of its arms.
    if (fn.macro || !looked.has(fn.start)) continue;
    for (const arm of safeDropped(fn)) {
      all.push({ file, function: fn.name, kind: 'dropped-arm', reason: arm.reason, span: arm.span });
    }
  }
  const unique = new Map<string, Coverage>();
  for (const entry of all) {
    const key = [entry.function, entry.kind, entry.reason, entry.span?.start, entry.span?.end].join('\0');
    if (!unique.has(key)) unique.set(key, entry);
  }
  const place = (entry: Coverage) => order.get(entry.function) ?? -1;
  return [...unique.values()].sort(
    (a, b) => place(a) - place(b) || (a.span?.start ?? -1) - (b.span?.start ?? -1),
  );
}

/** Looking at a slice parses it, and a slice that cannot be parsed was told of already. */
function safeDropped(fn: AnalysedText['source']['functions'][number]) {
  try {
    return fn.dropped;
  } catch {
    return [];
  }
}

/** The numbers of one text; `coverage` is what {@link coverageOf} gave for it. */
export function statsOf(analysed: AnalysedText, coverage: readonly Coverage[]): Stats {
  const { source, ir, analysis } = analysed;
  const transitions = new Set(analysis.withTransitions);
  const lowered = ir.lowered.filter((fn) => !fn.macro);
  const uncertain = lowered.filter((fn) => fn.havocs.length > 0);
  const reasons = (kind: Coverage['kind']) =>
    coverage.filter((entry) => entry.kind === kind).map((entry) => entry.reason);
  return {
    filesSearched: 1,
    filesParsed: 1,
    functions: source.functions.filter((fn) => !fn.macro).length,
    functionsWithTransitions: analysis.withTransitions.length,
    transitions: analysis.transitions,
    functionsWithParseErrors: lowered.filter((fn) => fn.parseErrors > 0).length,
    havocs: countBy(lowered.flatMap((fn) => fn.havocs.map((havoc) => havoc.reason))),
    functionsWithHavoc: uncertain.length,
    transitionFunctionsWithHavoc: uncertain.filter((fn) => transitions.has(fn.name)).length,
    droppedArms: countBy(reasons('dropped-arm')),
    bounds: countBy([...reasons('bound'), ...reasons('budget')]),
    crashes: reasons('crash').length,
    allowed: 0,
  };
}
