import type { CancellationToken } from '../base/token.ts';
import { exprText } from '../ir/text.ts';
import type { Expr, IrFunction } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { Call, Frame } from './call-context.ts';
import { controllingBlocks, decidingBlocks } from './control.ts';
import type { Evaluator } from './eval.ts';
import type { Facts } from './facts.ts';
import type { Coverage } from './finding.ts';
import type { Draft } from './findings.ts';
import { flowOf, namesIn, readsOfTerm } from './flow.ts';
import { directCalls } from './function-facts.ts';
import { Interpreter } from './interpret.ts';
import { mayConcern } from './kept.ts';
import { lostResults } from './lost.ts';
import type { Memory } from './memory.ts';
import type { Observer } from './observe.ts';
import { type CallKey, type FunctionRecord, type Heard, isSameSummary, Recorder } from './record.ts';
import type { Deferral, Replay } from './replay.ts';
import { rowsOf } from './rows.ts';
import { type Exit, runFunction } from './run.ts';
import type { Scope } from './scope.ts';
import { segmented } from './segments.ts';
import type { Sizes } from './sizes.ts';
import { State } from './state.ts';
import { Stores } from './stores.ts';
import { stronglyLive } from './strong-live.ts';
import type { Summary } from './summary.ts';
import type { Tags } from './tags.ts';
import { symbolsOf, type Terms } from './terms.ts';
import type { Bounds } from './types.ts';
import type { HiddenDrafts, Verdicts } from './verdicts.ts';
import { takesMemory } from './watched.ts';

/** What a function can ask of the rest of its unit. */
export interface Environment {
  /** What callers see of a function; null: it has not been looked at, or is not in the unit. */
  summaryOf(name: string): Summary | null;
  /** Whether some condition or event looks at a field or global of that name. */
  tracked(name: string): boolean;
  /** Whether memory that something converts may be kept in a field or global of that name. */
  keeps(name: string): boolean;
  isEvent(fn: IrFunction, call: Call): boolean;
  /** Whether a function that is missing is in the unit, so that it can be analysed first. */
  canBeAnalysed(name: string): boolean;
  /** Functions that a call through a pointer reaches, as far as the unit says. */
  targetsOf(fn: IrFunction, call: Call): readonly string[];
}

/** The parts of the engine that a function is run with. */
export interface RunnerContext {
  readonly vocabulary: Vocabulary;
  readonly bounds: Bounds;
  readonly terms: Terms;
  readonly scope: Scope;
  readonly sizes: Sizes;
  readonly evaluator: Evaluator;
  readonly facts: Facts;
  readonly tags: Tags;
  readonly memory: Memory;
  readonly replay: Replay;
  readonly verdicts: Verdicts;
  readonly listening: (work: () => void) => Heard;
  readonly deferred: (deferral: Deferral) => void;
}

/** What came of following all paths of a function. */
interface Paths {
  readonly summary: Summary;
  readonly exits: readonly Exit[];
  readonly coverage: readonly Coverage[];
  readonly leftOff: boolean;
}

/** Runs one function over all its paths, and notes what the result rests on. */
export class FunctionRunner {
  constructor(private readonly context: RunnerContext) {}

  /** Whether everything that a function asked for has the same answer now. */
  stands({ fn, questions }: FunctionRecord, environment: Environment): boolean {
    const { scope, sizes, tags } = this.context;
    for (const [name, summary] of questions.summaries)
      if (environment.summaryOf(name) !== summary) return false;
    for (const [name, is] of questions.tracked) if (environment.tracked(name) !== is) return false;
    for (const [name, is] of questions.kept) if (environment.keeps(name) !== is) return false;
    for (const [key, is] of questions.events) if (environment.isEvent(fn, callOf(key)) !== is) return false;
    for (const [call, names] of questions.targets)
      if (environment.targetsOf(fn, call).join() !== names.join()) return false;
    return (
      scope.answersAs(questions.names) &&
      sizes.revealed.agrees(questions.units) &&
      tags.known.agrees(questions.tags)
    );
  }

  /**
   * `before`: the function as it was, the latest first; where callers see no difference, they keep that summary. `mayLeaveOff`: it need
   * not be finished where a callee is missing that can be analysed first. @throws Cancelled
   */
  run(
    fn: IrFunction,
    file: string,
    environment: Environment,
    before: readonly FunctionRecord[],
    token: CancellationToken,
    mayLeaveOff: boolean,
  ): FunctionRecord {
    const { scope, sizes, tags, listening, verdicts } = this.context;
    const recorder = new Recorder();
    const noting: Environment = {
      summaryOf: (name) => noted(recorder.summaries, name, () => environment.summaryOf(name)),
      tracked: (name) => noted(recorder.tracked, name, () => environment.tracked(name)),
      keeps: (name) => noted(recorder.kept, name, () => environment.keeps(name)),
      isEvent: (of, call) =>
        noted(recorder.events, call.callee.k === 'direct' ? call.callee.name : call, () =>
          environment.isEvent(of, call),
        ),
      targetsOf: (of, call) => noted(recorder.targets, call, () => environment.targetsOf(of, call)),
      canBeAnalysed: (name) => mayLeaveOff && environment.canBeAnalysed(name),
    };
    scope.begin();
    sizes.revealed.begin();
    tags.known.begin();
    const drafts: Draft[] = [];
    const hidden: HiddenDrafts[] = [];
    const counters = { transitions: 0 };
    let result: Paths | undefined;
    let heard: Heard;
    try {
      heard = listening(() => {
        const paths = this.paths(fn, file, noting, recorder, counters, token);
        const summary = verdicts.ofFunction(fn, paths.summary, paths.exits, drafts, hidden, noting.summaryOf);
        result = { ...paths, summary };
      });
    } catch (error) {
      // What was found on half the way is taken back.
      scope.end();
      sizes.revealed.end();
      tags.known.end();
      throw error;
    }
    const { summary, exits, coverage, leftOff } = result!;
    const same = before.find((one) => isSameSummary(one.summary, summary))?.summary;
    return {
      fn,
      file,
      questions: {
        summaries: recorder.summaries,
        tracked: recorder.tracked,
        kept: recorder.kept,
        events: recorder.events,
        targets: recorder.targets,
        names: scope.end(),
        units: sizes.revealed.end(),
        tags: tags.known.end(),
      },
      summary: same ?? summary,
      ways: same ? summary.rows.map((row) => row.uses) : null,
      exits,
      heard,
      drafts,
      hidden: same
        ? hidden.map((one) => ({
            ...one,
            row: same.rows[summary.rows.indexOf(one.row)] ?? one.row,
          }))
        : hidden,
      coverage,
      transitions: counters.transitions,
      missing: recorder.missing,
      leftOff,
    };
  }

  /** Runs a function again as it was run for `record`, for somebody who looks on; nothing else comes of it. @throws Cancelled */
  observe(record: FunctionRecord, observer: Observer, token: CancellationToken): void {
    const { scope, sizes, tags, listening } = this.context;
    const { fn, file, questions } = record;
    const environment: Environment = {
      summaryOf: (name) => questions.summaries.get(name) ?? null,
      tracked: (name) => questions.tracked.get(name) ?? false,
      keeps: (name) => questions.kept.get(name) ?? false,
      isEvent: (_, call) =>
        questions.events.get(call.callee.k === 'direct' ? call.callee.name : call) ?? false,
      targetsOf: (_, call) => questions.targets.get(call) ?? [],
      canBeAnalysed: () => false,
    };
    scope.begin();
    sizes.revealed.begin();
    tags.known.begin();
    try {
      const counters = { transitions: 0 };
      listening(() => this.paths(fn, file, environment, new Recorder(), counters, token, observer));
    } finally {
      scope.end();
      sizes.revealed.end();
      tags.known.end();
    }
  }

  private paths(
    whole: IrFunction,
    file: string,
    environment: Environment,
    recorder: Recorder,
    counters: { transitions: number },
    token: CancellationToken,
    observer?: Observer,
  ): Paths {
    const { vocabulary, bounds, terms, evaluator, facts, sizes, memory, replay, tags } = this.context;
    const keeps = (name: string) => environment.keeps(name);
    const fn = segmented(whole, (call) => this.forks(whole, call, environment));
    const controlling = controllingBlocks(
      fn,
      (call) => environment.isEvent(fn, call) && mayConcern(fn, call, vocabulary, keeps),
    );
    const flow = flowOf(
      fn,
      (callee) => guardNames(environment.summaryOf(callee)),
      (callee) => this.tells(callee),
      (callee) => this.takesMemory(callee, environment),
      controlling,
    );
    const strong = stronglyLive(fn, controlling, (call) => this.bears(fn, call, environment));
    const lost = lostResults(fn, flow.addressed);
    const frame: Frame = {
      fn,
      file,
      text: sourceText(fn),
      isPredicate: (temp) => flow.predicates.has(temp),
      isOnlyTold: (temp) => flow.told.has(temp),
      isLost: (temp) => lost.has(temp),
    };
    const stores = new Stores(terms, evaluator, memory, vocabulary);
    const { deferred } = this.context;
    const interpreter = new Interpreter(
      { ...{ frame, terms, evaluator, facts, sizes, memory, vocabulary, stores, deferred, counters } },
      replay,
      (name) => this.summaryAt(name, environment),
      (name) => this.context.scope.placesOf(name),
      (call) => environment.targetsOf(fn, call),
      tags,
      (name) => {
        if (recorder.missing.has(name)) return;
        recorder.missing.add(name);
        recorder.canGoOn ||= environment.canBeAnalysed(name);
      },
    );
    const entry = new State();
    entry.mask = facts.everywhere(file);
    this.revealUnits(fn, entry);
    for (const literal of fn.presence) facts.assume(entry, facts.config(literal.text), literal.holds);
    const tracked = (name: string) => environment.tracked(name);
    const { exits, hits, leftOff } = runFunction(
      {
        ...{
          frame,
          flow,
          strong,
          terms,
          evaluator,
          facts,
          sizes,
          memory,
          interpreter,
          bounds,
          token,
          tracked,
          keeps,
          isToBeLeftOff: () => recorder.canGoOn,
          deciding: this.deciding(fn, environment),
        },
        observer,
      },
      entry,
    );
    const hit = new Map(hits);
    const count = (bound: string) => hit.set(bound, (hit.get(bound) ?? 0) + 1);
    const visibility = { tracked, keeps, parameterCount: fn.parameterCount };
    const rows = rowsOf(exits, evaluator, visibility, bounds, count, terms);
    return {
      summary: {
        name: fn.name,
        file,
        parameters: fn.variables.slice(0, fn.parameterCount).map((v) => v.name),
        rows,
        incomplete: [...hit.keys()].some(isBudget) || (rows.length === 0 && exits.length > 0),
        flips: rows.some((row) => row.effects.some((e) => e.k === 'flip')),
      },
      exits,
      leftOff,
      coverage: [...hit].map(([bound, times]) => ({
        file,
        function: fn.name,
        kind: isBudget(bound) ? 'budget' : 'bound',
        reason: times === 1 ? bound : `${bound} (${times} times)`,
        span: fn.nameSpan,
      })),
    };
  }

  /** Whether a call may leave several states for one. */
  private forks(fn: IrFunction, call: Call, environment: Environment): boolean {
    if (call.callee.k === 'indirect') return environment.targetsOf(fn, call).length > 0;
    const { name } = call.callee;
    const rows = environment.summaryOf(name)?.rows.length ?? 0;
    return (
      rows > 1 ||
      this.context.vocabulary.rows(name).some((row) => row.k === 'transition' || row.k === 'alloc')
    );
  }

  /** Names in conditions on which it depends whether something is converted. */
  private deciding(fn: IrFunction, environment: Environment): ReadonlySet<string> {
    const names = new Set<string>();
    for (const id of decidingBlocks(fn, (call) => this.converts(call, environment)))
      for (const expr of readsOfTerm(fn.blocks[id]!.term)) namesIn(expr, names);
    return names;
  }

  private converts({ callee }: Call, environment: Environment): boolean {
    if (callee.k !== 'direct') return false;
    return (
      environment.summaryOf(callee.name)?.flips === true ||
      this.context.vocabulary.rows(callee.name).some((row) => row.k === 'transition')
    );
  }

  /** Whether it matters what a call is given: the engine knows more of it than that it is called. */
  private bears(fn: IrFunction, call: Call, environment: Environment): boolean {
    if (call.callee.k === 'indirect') return environment.targetsOf(fn, call).length > 0;
    const { name } = call.callee;
    return (
      environment.summaryOf(name) !== null ||
      this.context.vocabulary.rows(name).some((row) => row.k !== 'harmless')
    );
  }

  /** What a call of that name does; a weak function is somebody else's. */
  private summaryAt(name: string, environment: Environment): Summary | null {
    if (this.context.scope.isReplaceable(name)) return null;
    return environment.summaryOf(name);
  }

  /** A parameter or field that a size helper takes has the helper's unit, wherever else it is passed before. */
  private revealUnits(fn: IrFunction, entry: State): void {
    const { vocabulary, sizes, terms, evaluator } = this.context;
    for (const { name, instr } of directCalls(fn)) {
      const row = vocabulary.row(name, 'size');
      const arg = row ? instr.args[row.args[0] ?? 0] : undefined;
      if (!row || !arg || (arg.k !== 'local' && arg.k !== 'field')) continue;
      if (arg.k === 'local' && arg.index >= fn.parameterCount) continue;
      sizes.revealArgument(`size:${row.op}`, terms.entry(evaluator.path(fn, arg, entry)));
    }
  }

  private tells(callee: string): boolean {
    return this.context.vocabulary
      .rows(callee)
      .some((r) => (r.k === 'condition' && r.warns) || (r.k === 'harmless' && r.tells === true));
  }

  private takesMemory(callee: string, environment: Environment): boolean {
    if (this.context.vocabulary.rows(callee).some((r) => r.k === 'free' || r.k === 'transition')) return true;
    const summary = environment.summaryOf(callee);
    return summary !== null && takesMemory(summary);
  }
}

/** Whether a function was not followed to its end because of that bound. */
function isBudget(bound: string): boolean {
  return bound === 'stepsPerFunction' || bound === 'timePerFunction';
}

/** A call by that name, wherever it stands. */
function callOf(key: CallKey): Call {
  if (typeof key !== 'string') return key;
  const callee = { k: 'direct', name: key } as const;
  return { k: 'call', dst: null, callee, args: [], span: { start: 0, end: 0 }, discarded: true };
}

function guardNames(summary: Summary | null): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { guards, ways } of summary?.rows ?? []) {
    for (const { term } of guards) symbolsOf(term, names);
    for (const way of ways ?? []) for (const { term } of way.guards) symbolsOf(term, names);
  }
  return names;
}

function noted<K, V>(notes: Map<K, V>, key: K, ask: () => V): V {
  const answer = ask();
  notes.set(key, answer);
  return answer;
}

/** Prints expressions of a function as its author wrote them: the result of a call as the call, a choice as all of it. */
function sourceText(fn: IrFunction): (expr: Expr) => string {
  const calls = new Map<string, string>();
  const choices = new Map<string, string>();
  for (const { name, instr } of directCalls(fn))
    if (instr.dst !== null) calls.set(`%${instr.dst}`, `${name}(${instr.args.map(exprText).join(', ')})`);
  for (const { instrs } of fn.blocks)
    for (const instr of instrs)
      if (instr.k === 'assign' && instr.target.k === 'temp' && instr.target.text !== undefined)
        choices.set(`%${instr.target.id}`, instr.target.text);
  const written = (text: string, depth: number): string =>
    depth > 4
      ? text
      : text.replace(/%\d+/g, (temp, at: number) => {
          const choice = choices.get(temp);
          if (choice === undefined) return written(calls.get(temp) ?? 'value', depth + 1);
          const isAlone =
            /(?:^|[(,] ?)$/.test(text.slice(0, at)) && /^(?:$|[),])/.test(text.slice(at + temp.length));
          return isAlone ? choice : `(${choice})`;
        });
  return (expr) => written(exprText(expr), 0);
}
