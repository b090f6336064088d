import { type CancellationToken, checkBefore } from '../base/token.ts';
import { setOf } from '../model/generic.ts';
import {
  acts,
  armsAnAct,
  BaseIndex,
  type Case,
  casesOf,
  concerns,
  isRoot,
  mayFollow,
  stateOf,
} from './cases.ts';
import type { Evaluator } from './eval.ts';
import { classOf } from './facts.ts';
import { type Heard, nothingHeard } from './record.ts';
import type { Deferral, Replay } from './replay.ts';
import type { Exit } from './run.ts';
import type { Scope } from './scope.ts';
import { siteOfFunction } from './sites.ts';
import { Z } from './state.ts';
import type { Row, Summary } from './summary.ts';
import type { Tags } from './tags.ts';
import type { Terms } from './terms.ts';

/** What came of replaying a function on a case. */
interface Consumed {
  readonly heard: Heard;
  readonly left: readonly Case[];
  readonly arming: Arming;
}

/** Rows of a function that arm a callback which does something to memory. */
type Arming = ReadonlySet<Row>;

/** The functions of a unit as one looks at them together. */
export interface Population {
  readonly summaries: ReadonlyMap<string, Summary>;
  readonly exitsOf: (name: string) => readonly Exit[];
  /** Names of functions that another function calls. */
  readonly called: ReadonlySet<string>;
  readonly addressTaken: ReadonlySet<string>;
  /** Callbacks that were armed somewhere. */
  readonly deferrals: readonly Deferral[];
}

/** What it works with. */
export interface AcrossContext {
  readonly terms: Terms;
  readonly evaluator: Evaluator;
  readonly tags: Tags;
  readonly scope: Scope;
  readonly replay: Replay;
  readonly casesLimit: number;
  /** Runs `work` and gives what was heard of meanwhile. */
  readonly listening: (work: () => void) => Heard;
}

/**
 * Setup here, teardown there: what root functions leave in globals and structs is replayed through the rows of the other
 * roots, until nothing new is left behind or the bound is reached; and callbacks run on what was so when they were armed.
 * What one case gave with one function is kept for as long as both are the same.
 */
export class Across {
  private bases: BaseIndex;
  private cases = new WeakMap<Exit, readonly Case[]>();
  private consumed = new WeakMap<Case, WeakMap<Summary, Consumed>>();
  private run = new WeakMap<Deferral, { readonly summary: Summary; readonly heard: Heard }>();

  constructor(private readonly context: AcrossContext) {
    this.bases = new BaseIndex(context.tags);
  }

  /** Names that were asked for, and what the answers were: what is kept rests on them. */
  private names = new Map<string, string>();
  private looksAt = new Map<string, boolean>();
  private isTracked: (name: string) => boolean = () => false;

  /**
   * Works on another version of the unit: what was kept goes if the names that it rests on mean something else now, and the names
   * that `work` asks for are noted.
   */
  on(tracked: (name: string) => boolean, work: () => void): void {
    const { scope } = this.context;
    this.isTracked = tracked;
    const stands =
      scope.answersAs(this.names) && [...this.looksAt].every(([name, is]) => tracked(name) === is);
    if (!stands) this.forget();
    scope.begin();
    try {
      work();
    } finally {
      for (const [question, answer] of scope.end()) this.names.set(question, answer);
    }
  }

  private readonly tracked = (name: string): boolean => {
    const is = this.isTracked(name);
    this.looksAt.set(name, is);
    return is;
  };

  private forget(): void {
    this.names = new Map();
    this.looksAt = new Map();
    this.bases = new BaseIndex(this.context.tags);
    this.cases = new WeakMap();
    this.consumed = new WeakMap();
    this.run = new WeakMap();
  }

  /** Replays cases through roots. `over` is told of functions whose cases were too many. */
  setupAndTeardown(
    population: Population,
    token: CancellationToken,
    over: (name: string, times: number) => void,
  ): Heard {
    const { summaries, called, addressTaken, exitsOf } = population;
    const roots = [...summaries.values()].filter((s) => !s.incomplete && isRoot(s, called, addressTaken));
    // A callback runs on what was so when it was armed, not on whatever somebody left.
    const callbacks = new Set(population.deferrals.map((d) => d.callback));
    const consumers = roots
      .filter((s) => !callbacks.has(s.name))
      .map((s) => ({ consumer: s, arming: new Set(s.rows.filter((row) => armsAnAct(row, summaries))) }));
    const known = new Map<string, number>();
    const seen = new Set<string>();
    const queue: Case[] = [];
    const tooMany = new Map<string, number>();
    const offer = (cases: readonly Case[]) => {
      for (const one of cases) {
        if (seen.has(one.key)) continue;
        const count = known.get(one.cluster) ?? 0;
        if (count >= this.context.casesLimit) {
          tooMany.set(one.by, (tooMany.get(one.by) ?? 0) + 1);
          continue;
        }
        seen.add(one.key);
        known.set(one.cluster, count + 1);
        queue.push(one);
      }
    };
    for (const root of roots) offer(this.leftBy(root.name, exitsOf(root.name)));
    // Rows do not tell callers what a loop left in elements: it is tried on the others as it was left.
    for (const one of summaries.values()) {
      if (one.incomplete || isRoot(one, called, addressTaken)) continue;
      const exits = exitsOf(one.name).filter(({ state }) => state.elements.size > 0);
      offer(this.leftBy(one.name, exits).filter(({ isElement }) => isElement));
    }
    const undoing = this.undoing(roots);
    // Most functions do nothing to what is kept in most structs.
    const byCluster = new Map<string, typeof consumers>();
    const concerned = (cluster: string) => {
      let some = byCluster.get(cluster);
      if (some === undefined) {
        some = consumers.filter(
          ({ consumer, arming }) => arming.size > 0 || this.actsOn(consumer.rows, cluster),
        );
        byCluster.set(cluster, some);
      }
      return some;
    };
    const all = nothingHeard();
    for (let one = queue.shift(); one; one = queue.shift()) {
      for (const { consumer, arming } of concerned(one.cluster)) {
        checkBefore(token);
        if (one.stoodThere && this.isUndoneBetween(one, consumer, undoing)) continue;
        const { heard, left } = this.consume(one, consumer, arming);
        hear(all, heard);
        offer(left);
      }
    }
    for (const [name, times] of tooMany) over(name, times);
    return all;
  }

  /** Roots that make memory private, by the cells that it is kept in. */
  private undoing(roots: readonly Summary[]): ReadonlyMap<string, ReadonlySet<string>> {
    const undoing = new Map<string, Set<string>>();
    for (const { name, rows } of roots)
      for (const { effects } of rows)
        for (const effect of effects) {
          if (effect.k !== 'flip' || effect.to !== 'private' || !effect.ok || effect.memory.k !== 'entry')
            continue;
          const cluster = this.context.tags.clusterOf(effect.memory.path);
          if (cluster === null) continue;
          const key = `${cluster.key} ${cluster.steps}`;
          undoing.set(key, (undoing.get(key) ?? new Set()).add(name));
        }
    return undoing;
  }

  /**
   * Memory that one function found and shared, a third makes private: that it is called before the one that frees is for callers to
   * say, as it is that the first was called at all.
   */
  private isUndoneBetween(
    { by, cells, cluster, objects }: Case,
    consumer: Summary,
    undoing: ReadonlyMap<string, ReadonlySet<string>>,
  ): boolean {
    if ([...objects.values()].some(({ states }) => states !== 0 && states !== setOf('shared'))) return false;
    return [...cells].some(([steps, value]) => {
      const names = objects.has(value) ? undoing.get(`${cluster} ${steps}`) : undefined;
      return names !== undefined && [...names].some((name) => name !== by && name !== consumer.name);
    });
  }

  private actsOn(rows: readonly Row[], cluster: string): boolean {
    return rows.some((row) => this.bases.of(row, cluster).some(({ acts }) => acts.length > 0));
  }

  /** What the ways out of a function leave behind. */
  private leftBy(name: string, exits: readonly Exit[]): readonly Case[] {
    const zeroIsSuccess = this.saysZeroForSuccess(name, exits);
    return exits.flatMap((exit) => {
      let cases = this.cases.get(exit);
      if (cases === undefined) {
        cases = casesOf(name, exit, this.context.tags, this.tracked, zeroIsSuccess);
        this.cases.set(exit, cases);
      }
      return cases;
    });
  }

  /** A number is returned, and some way out returns 0: by the kernel's convention the others are errors. */
  private saysZeroForSuccess(name: string, exits: readonly Exit[]): boolean {
    const type = this.context.scope.function(name)?.returnType;
    if (type === undefined || type.pointers > 0) return false;
    return exits.some(({ value, state }) => value !== null && classOf(value, state) === Z);
  }

  /** Replays a root function's rows on a case; what they leave behind is cases again. */
  private consume(one: Case, consumer: Summary, arming: Arming): Consumed {
    let ofCase = this.consumed.get(one);
    if (ofCase === undefined) {
      ofCase = new WeakMap();
      this.consumed.set(one, ofCase);
    }
    let consumed = ofCase.get(consumer);
    if (consumed === undefined || !isSame(consumed.arming, arming)) {
      const left: Case[] = [];
      const heard = this.context.listening(() => this.replayAll(one, consumer, arming, left));
      consumed = { heard, left, arming };
      ofCase.set(consumer, consumed);
    }
    return consumed;
  }

  private replayAll(one: Case, consumer: Summary, arming: Arming, left: Case[]): void {
    const { scope, terms, evaluator, replay, tags } = this.context;
    const fn = scope.function(consumer.name);
    if (!fn) return;
    const site = siteOfFunction(fn, consumer.file);
    const args = consumer.parameters.map((_, i) => terms.entry(evaluator.localPath(fn, i)));
    let ends = false;
    for (const row of consumer.rows) {
      if (!mayFollow(row, one)) continue;
      for (const base of this.bases.of(row, one.cluster)) {
        if (!arming.has(row) && !concerns(base, one)) continue;
        const before = stateOf(one, base, terms);
        const done = replay.run(before, consumer, row, args, site, false, -1);
        if (!done) continue;
        ends ||= [...one.objects.keys()].some((t) => (done.state.object(t).states & setOf('freed')) !== 0);
        if (one.stoodThere && isToldByResult(row, consumer)) continue;
        // Who does not touch the memory leaves no new case of it, whatever flags it sets: it may well run before.
        if ([...one.objects].some(([t, o]) => done.state.object(t).states !== o.states))
          for (const next of casesOf(consumer.name, done, tags, this.tracked))
            left.push(one.stoodThere ? { ...next, stoodThere: true } : next);
      }
    }
    // Where one way out frees the memory the others leak it: nobody comes after.
    if (ends) left.length = 0;
  }

  /** Callbacks run from the state at the call that armed them. */
  callbacks(deferrals: readonly Deferral[], summaries: ReadonlyMap<string, Summary>): Heard {
    const all = nothingHeard();
    for (const deferral of deferrals) {
      const { callback, data } = deferral;
      const summary = summaries.get(callback);
      if (!summary || !data || summary.incomplete) continue;
      let known = this.run.get(deferral);
      if (known?.summary !== summary) {
        known = { summary, heard: this.context.listening(() => this.runCallback(deferral, summary)) };
        this.run.set(deferral, known);
      }
      hear(all, known.heard);
    }
    return all;
  }

  private runCallback({ callback, data, state }: Deferral, summary: Summary): void {
    const fn = this.context.scope.function(callback);
    if (!fn || !data) return;
    const entry = siteOfFunction(fn, summary.file, 'armed');
    // It runs later: whoever armed it has dropped its locks by then, and need not wait for it.
    const then = state.clone();
    then.locks = [];
    then.promise = null;
    for (const row of summary.rows.filter(acts))
      this.context.replay.run(then, summary, row, [data], entry, false, -1, true);
  }
}

/** A way out that is a failure by what it returns, and leaves no other sign: its caller need not go on to what frees the memory. */
function isToldByResult({ result, resultClasses, effects }: Row, { rows }: Summary): boolean {
  if (result === null || (resultClasses & Z) !== 0 || effects.some(({ k }) => k === 'write')) return false;
  return rows.some((row) => row.resultClasses === Z);
}

/** Adds what was heard elsewhere. */
export function hear(all: Heard, more: Heard): void {
  all.violations.push(...more.violations);
  all.lawful.push(...more.lawful);
  all.deferrals.push(...more.deferrals);
}

function isSame<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}
