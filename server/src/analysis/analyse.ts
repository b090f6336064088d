import { Cancelled, check } from '../base/token.ts';
import { asInSource, fileOf } from '../ir/link.ts';
import { exprText } from '../ir/text.ts';
import type { Expr, IrFunction, IrUnit } from '../ir/types.ts';
import { isReplaceable } from '../kernel/attributes.ts';
import type { PlatformId, Vocabulary } from '../kernel/types.ts';
import type { Frame } from './call-context.ts';
import { BaseIndex, type Case, casesOf, isRoot, stateOf } from './cases.ts';
import { onePerCause, onePerPlace } from './causes.ts';
import { withConsequences } from './consequences.ts';
import { controllingBlocks } from './control.ts';
import { Evaluator } from './eval.ts';
import { Facts } from './facts.ts';
import type { Coverage, Finding } from './finding.ts';
import { type Draft, Drafts, join } from './findings.ts';
import { flowOf } from './flow.ts';
import { Interpreter } from './interpret.ts';
import { withoutCapturing } from './macros.ts';
import { Memory } from './memory.ts';
import { Placing } from './place.ts';
import { directCalls, type Relevance, relevanceOf } from './relevance.ts';
import { type Deferral, Replay } from './replay.ts';
import { keptRows, rowsOf } from './rows.ts';
import { type Exit, runFunction } from './run.ts';
import { Sizes } from './sizes.ts';
import { State } from './state.ts';
import { Stores } from './stores.ts';
import type { Summary } from './summary.ts';
import { Tags } from './tags.ts';
import { Targets } from './targets.ts';
import { type Site, symbolsOf, Terms } from './terms.ts';
import type { AnalysisInput, Bounds, UnitAnalysis } from './types.ts';
import { rowsBehind } from './uses.ts';
import { type HiddenDrafts, Verdicts } from './verdicts.ts';
import type { Violation } from './violation.ts';

/** What bounds are without settings: enough for the hardest functions of three kernel trees. */
export const defaultBounds: Bounds = {
  statesPerBlock: 32,
  loopVisits: 4,
  rows: 12,
  effectsPerRow: 12,
  cases: 12,
  objects: 24,
  pathFields: 4,
  stepsPerFunction: 20_000,
};

/**
 * Analyses one file: rows of every function that can matter, callees first, and what is wrong on their paths.
 * Pure: same input, same output. A function that makes the engine fail costs that function only.
 * @throws Cancelled
 */
export function analyseUnit(input: AnalysisInput): UnitAnalysis {
  const unit = withoutCapturing(input.unit, input.vocabulary);
  return new UnitRun(unit === input.unit ? input : { ...input, unit }).run();
}

class UnitRun {
  private readonly terms = new Terms();
  private readonly sizes: Sizes;
  private readonly evaluator: Evaluator;
  private readonly facts: Facts;
  private readonly tags: Tags;
  private readonly memory: Memory;
  private readonly replay: Replay;
  private readonly verdicts: Verdicts;
  private readonly placing: Placing;
  private readonly bases: BaseIndex;
  private readonly summaries = new Map<string, Summary>();
  private readonly exits = new Map<string, Exit[]>();
  private readonly coverage: Coverage[] = [];
  private readonly deferrals: Deferral[] = [];
  private readonly violations: Violation[] = [];
  private readonly functions: ReadonlyMap<string, IrFunction>;
  private readonly targets: Targets;
  private readonly counters = { transitions: 0 };

  constructor(private readonly input: AnalysisInput) {
    const { unit, vocabulary } = input;
    this.functions = new Map(unit.functions.map((f) => [f.name, f]));
    this.tags = new Tags(unit);
    this.targets = new Targets(unit, (name) => vocabulary.rows(name).some((row) => row.k === 'transition'));
    this.sizes = new Sizes(vocabulary, this.terms, (path) => {
      const cluster = path.length > 0 ? this.tags.clusterOf(path) : null;
      return cluster ? cluster.key + cluster.steps : null;
    });
    this.evaluator = new Evaluator(this.terms, unit, vocabulary, this.sizes);
    this.facts = new Facts(vocabulary, this.terms, platformsOf(unit, vocabulary));
    this.bases = new BaseIndex(this.tags);
    const drafts = new Drafts(this.functions, this.facts);
    this.placing = new Placing(drafts, this.tags);
    this.verdicts = new Verdicts(this.evaluator, drafts, vocabulary);
    this.memory = new Memory(this.terms, this.evaluator, this.sizes, {
      violation: (v) => this.violations.push(v),
      lawfulFree: (site, state) => this.placing.usedRightly(site, state),
    });
    this.replay = new Replay(this.terms, this.evaluator, this.facts, this.memory, (d) =>
      this.deferrals.push(d),
    );
  }

  run(): UnitAnalysis {
    const { unit, vocabulary } = this.input;
    const relevance = relevanceOf(unit, vocabulary, this.targets);
    if (relevance.order.length === 0)
      return { findings: [], summaries: this.summaries, coverage: [], withTransitions: [], transitions: 0 };
    const drafts: Draft[] = [];
    const hidden: HiddenDrafts[] = [];
    const withTransitions = new Set<string>();
    for (const fn of relevance.order)
      this.guarded(fn, () => {
        const { summary: raw, exits } = this.function(fn, relevance);
        const summary = this.verdicts.ofFunction(fn, raw, exits, drafts, hidden);
        const other = this.summaries.get(fn.name);
        this.summaries.set(fn.name, this.kept(other ? alternatives(other, summary) : summary));
        this.exits.set(fn.name, [...(this.exits.get(fn.name) ?? []), ...exits]);
        if (summary.flips || relevance.direct.has(fn.name)) withTransitions.add(fn.name);
      });
    this.acrossFunctions(relevance);
    this.armed();
    drafts.push(...this.hiddenFromSomebody(hidden, relevance));
    this.verdicts.ofRounding(this.summaries, (name) => this.exits.get(name) ?? [], this.sizes, drafts);
    this.verdicts.ofEntries(
      this.targets.entered(),
      this.summaries,
      (name) => this.exits.get(name) ?? [],
      this.functions,
      drafts,
    );
    this.verdicts.ofDeferrals(this.deferrals, this.summaries, this.functions, drafts);
    for (const violation of this.violations) {
      const draft = this.placing.place(violation);
      if (draft) drafts.push(draft);
    }
    return {
      findings: this.sorted(onePerPlace(onePerCause(join(drafts)))).map((finding) =>
        asInSource(withConsequences(finding, this.input.consequences, vocabulary, this.input.token)),
      ),
      summaries: this.summaries,
      coverage: asInSource(this.coverage),
      withTransitions: [
        ...new Set(unit.functions.filter((f) => !f.macro && withTransitions.has(f.name)).map((f) => f.name)),
      ],
      transitions: this.counters.transitions,
    };
  }

  /**
   * Outcomes are hidden from callers: where all of them are in view, one of them must be able to go that way. What a helper
   * would do with a struct that it is never given is no mistake.
   */
  private hiddenFromSomebody(hidden: readonly HiddenDrafts[], relevance: Relevance): Draft[] {
    if (hidden.length === 0) return [];
    const called = calledFunctions(relevance);
    const isOpen = (name: string) =>
      !called.has(name) || relevance.addressTaken.has(name) || !this.isStatic(name);
    const summaries = [...this.summaries.values()];
    const ways = rowsBehind(summaries.filter((s) => isOpen(s.name)).flatMap((s) => s.rows));
    return hidden.flatMap(({ by, row, drafts }) => (isOpen(by) || ways.has(row) ? drafts : []));
  }

  private isStatic(name: string): boolean {
    return this.functions.get(name)?.isStatic ?? false;
  }

  /** A crash costs the function that it happens in, and is said. */
  private guarded(fn: IrFunction, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.coverage.push({
        file: fileOf(this.input.unit, fn),
        function: fn.name,
        kind: 'crash',
        reason,
        span: fn.nameSpan,
      });
    }
  }

  private sorted(findings: readonly Finding[]): Finding[] {
    const order = new Map(this.input.unit.functions.map((f, i) => [f.name, i]));
    return [...findings].sort(
      (a, b) =>
        (order.get(a.at.function) ?? 0) - (order.get(b.at.function) ?? 0) ||
        a.at.span.start - b.at.span.start ||
        (a.violation < b.violation ? -1 : a.violation > b.violation ? 1 : 0),
    );
  }

  private summaryOf(name: string): Summary | null {
    const fn = this.functions.get(name);
    if (fn && isReplaceable(fn.attributes)) return null;
    return (
      this.summaries.get(name) ??
      (this.functions.has(name) ? null : this.input.provider.summary(name, this.input.unit.file))
    );
  }

  private function(fn: IrFunction, relevance: Relevance): { summary: Summary; exits: readonly Exit[] } {
    const { input, terms, evaluator, facts, sizes, memory, replay } = this;
    const { vocabulary, bounds, token } = input;
    const flow = flowOf(
      fn,
      (callee) => this.guardNames(callee),
      (callee) => this.tells(callee),
      (callee) => this.takesMemory(callee),
      controllingBlocks(fn, (call) => relevance.isEvent(fn, call)),
    );
    const frame: Frame = {
      fn,
      file: fileOf(input.unit, fn),
      text: sourceText(fn),
      isPredicate: (temp) => flow.predicates.has(temp),
      isOnlyTold: (temp) => flow.told.has(temp),
      isLost: (temp) => flow.lost.has(temp),
    };
    const deferred = (d: Deferral) => this.deferrals.push(d);
    const stores = new Stores(terms, evaluator, memory, vocabulary);
    const interpreter = new Interpreter(
      {
        frame,
        terms,
        evaluator,
        facts,
        sizes,
        memory,
        vocabulary,
        stores,
        deferred,
        counters: this.counters,
      },
      replay,
      (name) => this.summaryOf(name),
      (name) => this.functions.get(name)?.byReference ?? [],
      this.targets,
      this.tags,
    );
    const entry = new State();
    entry.mask = this.facts.everywhere(fileOf(input.unit, fn));
    this.revealUnits(fn, entry);
    for (const literal of fn.presence) facts.assume(entry, facts.config(literal.text), literal.holds);
    const isTracked = (name: string) => relevance.tracked.has(name);
    const { exits, hits } = runFunction(
      { frame, flow, terms, evaluator, facts, sizes, memory, interpreter, bounds, token, tracked: isTracked },
      entry,
    );
    const hit = new Map(hits);
    const count = (bound: string) => hit.set(bound, (hit.get(bound) ?? 0) + 1);
    const rows = rowsOf(
      exits,
      evaluator,
      { tracked: isTracked, parameterCount: fn.parameterCount },
      bounds,
      count,
      terms,
    );
    for (const [bound, times] of hit) this.bound(fn.name, bound, times);
    const summary: Summary = {
      name: fn.name,
      file: fileOf(input.unit, fn),
      parameters: fn.variables.slice(0, fn.parameterCount).map((v) => v.name),
      rows,
      incomplete: hit.has('stepsPerFunction') || (rows.length === 0 && exits.length > 0),
      flips: rows.some((row) => row.effects.some((e) => e.k === 'flip')),
    };
    return { summary, exits };
  }

  /** A parameter or field that a size helper takes has the helper's unit, wherever else it is passed before. */
  private revealUnits(fn: IrFunction, entry: State): void {
    for (const { name, instr } of directCalls(fn)) {
      const row = this.input.vocabulary.row(name, 'size');
      const arg = row ? instr.args[row.args[0] ?? 0] : undefined;
      if (!row || !arg || (arg.k !== 'local' && arg.k !== 'field')) continue;
      if (arg.k === 'local' && arg.index >= fn.parameterCount) continue;
      this.sizes.revealArgument(`size:${row.op}`, this.terms.entry(this.evaluator.path(fn, arg, entry)));
    }
  }

  private bound(name: string, bound: string, times: number): void {
    const fn = this.functions.get(name);
    this.coverage.push({
      file: fn ? fileOf(this.input.unit, fn) : this.input.unit.file,
      function: name,
      kind: bound === 'stepsPerFunction' ? 'budget' : 'bound',
      reason: times === 1 ? bound : `${bound} (${times} times)`,
      span: fn?.nameSpan ?? null,
    });
  }

  /** What callers get to see of a summary. */
  private kept(summary: Summary): Summary {
    let times = 0;
    const rows = keptRows(summary.rows, this.input.bounds, () => times++);
    if (times > 0) this.bound(summary.name, 'rows', times);
    return { ...summary, rows };
  }

  private tells(callee: string): boolean {
    return this.input.vocabulary
      .rows(callee)
      .some((r) => (r.k === 'condition' && r.warns) || (r.k === 'harmless' && r.tells === true));
  }

  private takesMemory(callee: string): boolean {
    if (this.input.vocabulary.rows(callee).some((r) => r.k === 'free' || r.k === 'transition')) return true;
    return (
      this.summaries
        .get(callee)
        ?.rows.some((row) => row.effects.some((e) => e.k === 'free' || e.k === 'flip')) ?? false
    );
  }

  private *guardNames(callee: string): Iterable<string> {
    const names = new Set<string>();
    for (const row of this.summaries.get(callee)?.rows ?? [])
      for (const guard of row.guards) symbolsOf(guard.term, names);
    yield* names;
  }

  /**
   * Setup here, teardown there: what root functions leave in globals and structs is replayed through the rows of
   * the other roots, until nothing new is left behind or the bound is reached.
   */
  private acrossFunctions(relevance: Relevance): void {
    const tracked = (name: string) => relevance.tracked.has(name);
    const called = calledFunctions(relevance);
    const roots = [...this.summaries.values()].filter(
      (s) => !s.incomplete && isRoot(s, called, relevance.addressTaken),
    );
    // A callback runs on what was so when it was armed, not on whatever somebody left.
    const callbacks = new Set(this.deferrals.map((d) => d.callback));
    const consumers = roots.filter((s) => !callbacks.has(s.name));
    const known = new Map<string, number>();
    const seen = new Set<string>();
    const queue: Case[] = [];
    const over = new Map<string, number>();
    const offer = (cases: readonly Case[]) => {
      for (const one of cases) {
        if (seen.has(one.key)) continue;
        const count = known.get(one.cluster) ?? 0;
        if (count >= this.input.bounds.cases) {
          over.set(one.by, (over.get(one.by) ?? 0) + 1);
          continue;
        }
        seen.add(one.key);
        known.set(one.cluster, count + 1);
        queue.push(one);
      }
    };
    for (const root of roots)
      for (const exit of this.exits.get(root.name) ?? []) offer(casesOf(root.name, exit, this.tags, tracked));
    for (let one = queue.shift(); one; one = queue.shift()) {
      check(this.input.token);
      for (const consumer of consumers) offer(this.consume(one, consumer, tracked));
    }
    for (const [name, times] of over) this.bound(name, 'cases', times);
  }

  /** Callbacks run from the state at the call that armed them. */
  private armed(): void {
    for (const { callback, data, state } of [...this.deferrals]) {
      const summary = this.summaries.get(callback);
      const fn = this.functions.get(callback);
      if (!summary || !fn || !data || summary.incomplete) continue;
      const entry: Site = {
        key: `${callback}@armed`,
        file: fileOf(this.input.unit, fn),
        function: callback,
        span: fn.nameSpan,
      };
      for (const row of summary.rows) this.replay.run(state, summary, row, [data], entry, false, -1, true);
    }
  }

  /** Replays a root function's rows on a case; what they leave behind is cases again. */
  private consume(one: Case, consumer: Summary, tracked: (name: string) => boolean): Case[] {
    const left: Case[] = [];
    const fn = this.functions.get(consumer.name);
    if (!fn) return left;
    const site: Site = {
      key: `${fn.name}@entry`,
      file: fileOf(this.input.unit, fn),
      function: fn.name,
      span: fn.nameSpan,
    };
    const args = consumer.parameters.map((_, i) => this.terms.entry(this.evaluator.localPath(fn, i)));
    for (const row of consumer.rows)
      for (const base of this.bases.of(row, one.cluster)) {
        const before = stateOf(one, base, this.terms);
        const done = this.replay.run(before, consumer, row, args, site, false, -1);
        // Who does not touch the memory leaves no new case of it, whatever flags it sets: it may well run before.
        if (done && [...one.objects].some(([t, o]) => done.state.object(t).states !== o.states))
          left.push(...casesOf(consumer.name, done, this.tags, tracked));
      }
    return left;
  }
}

/** Prints expressions of a function as its author wrote them: the result of a call as the call. */
function sourceText(fn: IrFunction): (expr: Expr) => string {
  const calls = new Map<string, string>();
  for (const { name, instr } of directCalls(fn))
    if (instr.dst !== null) calls.set(`%${instr.dst}`, `${name}(${instr.args.map(exprText).join(', ')})`);
  const written = (text: string, depth: number): string =>
    depth > 4 ? text : text.replace(/%\d+/g, (temp) => written(calls.get(temp) ?? 'value', depth + 1));
  return (expr) => written(exprText(expr), 0);
}

function calledFunctions({ calls }: Relevance): ReadonlySet<string> {
  const called = new Set<string>();
  for (const [caller, callees] of calls)
    for (const callee of callees) if (callee !== caller) called.add(callee);
  return called;
}

/** The platforms that some file of the unit can run on, in the order of the vocabulary. */
function platformsOf(unit: IrUnit, vocabulary: Vocabulary): readonly PlatformId[] {
  const files = new Set(unit.functions.map((fn) => fileOf(unit, fn)));
  if (files.size < 2) return vocabulary.platformsOf([...files][0] ?? unit.file);
  const some = new Set([...files].flatMap((file) => vocabulary.platformsOf(file)));
  return vocabulary.platformsOf('').filter((platform) => some.has(platform));
}

/** A name defined under several `#if`s: the rows of all definitions, each with its own literals. */
function alternatives(a: Summary, b: Summary): Summary {
  return {
    ...a,
    rows: [...a.rows, ...b.rows],
    incomplete: a.incomplete || b.incomplete,
    flips: a.flips || b.flips,
  };
}
