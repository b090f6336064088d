import { addTo } from '../base/maps.ts';
import { type CancellationToken, Cancelled, checkBefore, never } from '../base/token.ts';
import { asInSource } from '../ir/marks.ts';
import { sameButPlaces } from '../ir/same.ts';
import { presenceText } from '../ir/text.ts';
import type { IrFunction, IrUnit } from '../ir/types.ts';
import { hear } from './across.ts';
import { type Analyser, keyOf, noteIn, type Turn, turnOf } from './analyser.ts';
import type { Foremost } from './carried.ts';
import { atWhoHandsOn, onePerCause, onePerPlace } from './causes.ts';
import { withConsequences } from './consequences.ts';
import type { Engine } from './engine.ts';
import type { Coverage, Finding } from './finding.ts';
import { type Draft, join } from './findings.ts';
import type { Environment } from './function-run.ts';
import { Placing } from './place.ts';
import { type FunctionRecord, nothingHeard } from './record.ts';
import type { Relevance } from './relevance.ts';
import { withRounds } from './rounds.ts';
import type { Exit } from './run.ts';
import { type FunctionsOf, inPlace } from './sites.ts';
import type { Summary } from './summary.ts';
import { withConditions } from './told-conditions.ts';
import type { UnitAnalysis } from './types.ts';
import { rowsBehind } from './uses.ts';
import type { HiddenDrafts } from './verdicts.ts';

/** One pass over one version of a unit: callees first, then what functions leave to each other, then the verdicts. */
export class Round {
  private readonly engine: Engine;
  private readonly summaries = new Map<string, Summary>();
  private readonly exits = new Map<string, Exit[]>();
  private readonly used = new Map<string, FunctionRecord>();
  private readonly turns = new Map<string, Turn>();
  private readonly coverage: Coverage[] = [];
  /** Functions that paths asked for, and that were analysed then. */
  private readonly demanded: string[] = [];
  private readonly environment: Environment;
  private token: CancellationToken = never;
  /** The group that is followed next. */
  private next = 0;
  /** Entries of {@link coverage} when all was followed. */
  private followed: number | undefined;
  /** It was cancelled where something had been learnt that would be different if it went on: it has to be begun again. */
  isSpoilt = false;

  constructor(
    private readonly analyser: Analyser,
    private readonly unit: IrUnit,
    private readonly relevance: Relevance,
    private readonly pass: number,
    /** The one file that is looked at anew; null: all of them. */
    private readonly first: Foremost | null,
  ) {
    this.engine = analyser.engine;
    this.environment = {
      summaryOf: (name) => this.summaries.get(name) ?? null,
      tracked: (name) => relevance.tracked.has(name),
      keeps: (name) => relevance.kept.has(name),
      isEvent: relevance.isEvent,
      targetsOf: (fn, call) => relevance.targets.of(fn, call),
      canBeAnalysed: (name) => relevance.mayDemand(name),
    };
  }

  /**
   * Follows every path. Gives the functions that were asked for and are not in it. Once it was cancelled it may be called again and
   * goes on, unless it {@link isSpoilt}. @throws Cancelled
   */
  follow(token: CancellationToken): readonly string[] {
    this.token = token;
    const { sizes, tags } = this.engine;
    const { order } = this.relevance;
    if (this.next === 0) {
      sizes.revealed.clear();
      tags.known.clear();
    }
    for (; this.next < order.length; this.next++) this.undone(order[this.next]!);
    this.followed ??= this.coverage.length;
    if (!this.provisional) this.analyser.settle(this.pass, this.turns);
    const missing = [...this.used.values()].flatMap((record) => [...record.missing]);
    return [...new Set([...missing, ...this.demanded])].sort();
  }

  /** A group of functions; if it is cancelled nothing of it stays, or else all has to be done again. */
  private undone(group: readonly IrFunction[]): void {
    const coverage = this.coverage.length;
    const versions = this.versions;
    try {
      this.group(group);
    } catch (error) {
      this.coverage.length = coverage;
      for (const fn of group) {
        this.summaries.delete(fn.name);
        this.used.delete(this.keyOf(fn));
      }
      this.isSpoilt ||= this.versions !== versions;
      throw error;
    }
  }

  /** Functions are taken to be as they were although what they asked for may have changed. */
  private get provisional(): boolean {
    return this.first !== null;
  }

  /** Changes whenever functions learn something of others but by their summaries. */
  private get versions(): number {
    const { sizes, tags } = this.engine;
    return sizes.revealed.version + tags.known.version + this.demanded.length;
  }

  /** What is wrong, once every path has been followed; may be called again as well. @throws Cancelled */
  judge(token: CancellationToken): Omit<UnitAnalysis, 'missing'> {
    this.token = token;
    this.coverage.length = this.followed ?? 0;
    const { sizes, tags, across, verdicts, scope } = this.engine;
    const records = [...this.used.values()];
    const all = nothingHeard();
    for (const record of records) {
      hear(all, record.heard);
      this.coverage.push(...record.coverage);
    }
    const population = {
      summaries: this.summaries,
      exitsOf: (name: string) => this.exits.get(name) ?? [],
      called: calledFunctions(this.relevance),
      addressTaken: this.relevance.addressTaken,
      deferrals: [...all.deferrals],
    };
    const tooManyCases = (name: string, times: number) => this.bound(name, 'cases', times);
    // What functions leave to each other is the most work, and least of all of the file that somebody waits for.
    const known = this.provisional ? this.analyser.leftToOthers : null;
    if (known !== null) hear(all, known);
    else {
      const left = nothingHeard();
      across.on(this.environment.tracked, () => {
        hear(left, across.setupAndTeardown(population, this.token, tooManyCases));
        hear(left, across.callbacks([...all.deferrals, ...left.deferrals], this.summaries));
      });
      this.analyser.leftToOthers = left;
      hear(all, left);
    }
    const found: Draft[] = records.flatMap((record) => record.drafts);
    found.push(...this.hiddenFromSomebody(records, population.called));
    verdicts.ofRounding(this.summaries, population.exitsOf, sizes, found);
    const membersOf = (name: string) => this.relevance.targets.membersOf(name);
    verdicts.ofEntries(membersOf, this.summaries, population.exitsOf, scope, found);
    verdicts.ofDeferrals(all.deferrals, this.summaries, scope, found);
    const placing = new Placing(this.engine.drafts, tags);
    for (const one of all.lawful) placing.usedRightly(one);
    for (const violation of all.violations) {
      const draft = placing.place(violation);
      if (draft) found.push(draft);
    }
    return this.told(records, onePerPlace(onePerCause(atWhoHandsOn(join(found.map(this.inPlace()))))));
  }

  /** Drafts of what was kept, with their places as they are in this version. */
  private inPlace(): (draft: Draft) => Draft {
    const functionsOf = this.functionsOf();
    return (draft) => ({ ...draft, finding: inPlace(draft.finding, functionsOf) });
  }

  private functionsOf(): FunctionsOf {
    const functions = new Map<string, IrFunction[]>();
    for (const fn of this.relevance.order.flat())
      addTo(functions, `${this.relevance.files.get(fn)} ${fn.name}`, fn);
    return (file, name) => functions.get(`${file} ${name}`) ?? [];
  }

  private told(
    records: readonly FunctionRecord[],
    findings: readonly Finding[],
  ): Omit<UnitAnalysis, 'missing'> {
    const { consequences } = this.engine.input;
    const converting = records.filter(
      ({ fn, summary }) => !fn.macro && (summary.flips || this.relevance.direct.has(fn.name)),
    );
    const functionsOf = this.functionsOf();
    return {
      findings: this.sorted(findings)
        .map((finding) => ({ ...finding, trace: withRounds(finding.trace, functionsOf) }))
        .map((finding) => withConditions(finding, this.unit, functionsOf))
        .map((finding) =>
          asInSource(withConsequences(finding, consequences, this.engine.vocabulary, this.token)),
        ),
      summaries: this.summaries,
      coverage: asInSource(this.coverage),
      withTransitions: asInSource(
        converting.map(({ fn, file }) => ({ file, name: fn.name })).sort(this.inOrder()),
      ),
      provisional: this.provisional,
      transitions: records.map((record) => ({ file: record.file, count: record.transitions })),
    };
  }

  /** Functions that call each other in a circle are looked at until their rows stay as they are. */
  private group(group: readonly IrFunction[]): void {
    const isCircle = group.some((fn) =>
      group.some((other) => this.relevance.calls.get(fn.name)?.has(other.name) === true),
    );
    const names = [...new Set(group.map((fn) => fn.name))];
    for (let round = 1; ; round++) {
      const before = names.map((name) => this.summaries.get(name));
      for (const name of names) this.define(name, group, round);
      if (!isCircle || names.every((name, i) => this.summaries.get(name) === before[i])) break;
      if (round < this.engine.input.bounds.rounds) continue;
      for (const name of names) this.bound(name, 'rounds', 1);
      break;
    }
    for (const fn of group) {
      const record = this.used.get(this.keyOf(fn));
      if (record) this.exits.set(fn.name, [...(this.exits.get(fn.name) ?? []), ...record.exits]);
    }
  }

  /** Analyses all definitions of a name. */
  private define(name: string, group: readonly IrFunction[], time: number): void {
    const { sizes, tags } = this.engine;
    let joined: Summary | null = null;
    for (const fn of group) {
      if (fn.name !== name) continue;
      this.guarded(fn, () => {
        const record = this.one(fn, time);
        sizes.revealed.apply(record.questions.units);
        tags.known.apply(record.questions.tags);
        joined = joined === null ? record.summary : this.analyser.both(joined, record.summary);
      });
    }
    if (joined === null) return;
    const { summary, hits } = this.analyser.visible(joined);
    this.summaries.set(name, summary);
    for (const [bound, times] of hits) this.bound(name, bound, times);
  }

  private keyOf(fn: IrFunction): string {
    return keyOf(this.nameOf(fn), fn.hash);
  }

  /** The function, whatever its text is: of a name there may be several under `#if`s. */
  private nameOf(fn: IrFunction): string {
    return `${this.relevance.files.get(fn)} ${fn.name} ${presenceText(fn.presence)}`;
  }

  /** The record of a function; what it asks for on the way is analysed before it is done. */
  private one(fn: IrFunction, time: number): FunctionRecord {
    // What was left off is no attempt: it only says what comes first.
    let left = this.engine.input.bounds.rounds;
    let mayLeaveOff = true;
    for (let attempt = 1; ; attempt++) {
      const record = this.attempt(fn, turnOf(this.pass, time, attempt), mayLeaveOff);
      if (!record.leftOff) left--;
      const more = left > 0 && this.demand(record.missing, fn.name);
      if (!more && !record.leftOff) return record;
      mayLeaveOff = more && left > 1;
    }
  }

  /** Analyses functions that were missing. False: there are none. */
  private demand(names: ReadonlySet<string>, by: string): boolean {
    let found = false;
    for (const name of names) {
      const groups = this.relevance.demand(name, by);
      if (groups.length === 0) continue;
      found = true;
      this.demanded.push(name);
      this.engine.scope.add(groups.flat());
      for (const group of groups) this.group(group);
    }
    return found;
  }

  /** As it was where nothing changed that it asked for. */
  private attempt(fn: IrFunction, turn: string, mayLeaveOff: boolean): FunctionRecord {
    const { runner } = this.engine;
    const key = this.keyOf(fn);
    const file = this.relevance.files.get(fn)!;
    const name = this.nameOf(fn);
    const known = this.analyser.known(turn, name, fn.hash).filter((one) => mayLeaveOff || !one.leftOff);
    const last = this.analyser.lastOf(turn, name);
    const done = last !== null && (mayLeaveOff || !last.leftOff) ? last : null;
    // A statement that is not written to its end says nothing about what its function does.
    const isHeld = this.analyser.isHalfTyped(name, fn) && done !== null && !this.isOther(done, key);
    const old = isHeld ? done : this.asItWas(fn, file, known[0] ?? null, done);
    if (old !== null) return this.use(old, key, name, turn, false);
    const standing = known.find((one) => this.stands(one, fn));
    if (standing !== undefined) return this.use(standing, key, name, turn, false);
    // First as it was a moment ago in the same circle: whether the circle comes to rest is seen by that.
    const before = [this.used.get(key), ...known, last].filter(isThere);
    checkBefore(this.token);
    const record = runner.run(fn, file, this.environment, before, this.token, mayLeaveOff);
    return this.use(record, key, name, turn, true);
  }

  private use(
    record: FunctionRecord,
    key: string,
    name: string,
    turn: string,
    isNew: boolean,
  ): FunctionRecord {
    this.used.set(key, record);
    noteIn(this.turns, turn, key, name, record);
    if (this.first === null) this.analyser.note(turn, key, name, record, isNew);
    else if (isNew) this.analyser.noteQuick(turn, key, name, record);
    return record;
  }

  /** A record is that of another function of the name, which is defined twice. */
  private isOther(record: FunctionRecord, key: string): boolean {
    for (const [known, used] of this.used) if (used === record && known !== key) return true;
    return false;
  }

  /**
   * A function that has to wait, or that does what it did, as it was the last time; null: nothing is known of it, or it has to be
   * looked at. `latest`: of the same text; `last`: of whatever its text was.
   */
  private asItWas(
    fn: IrFunction,
    file: string,
    latest: FunctionRecord | null,
    last: FunctionRecord | null,
  ): FunctionRecord | null {
    if (this.first === null) return null;
    const known = latest ?? (last !== null && sameButPlaces(last.fn, fn) ? last : null);
    if (known === null || file !== this.first.file) return known;
    return this.engine.runner.stands(known, this.environment) || this.first.hurry() ? known : null;
  }

  /** A record is that of the function, which calls the same by its names, and of answers that are the same. */
  private stands(record: FunctionRecord, fn: IrFunction): boolean {
    return record.fn.blocks === fn.blocks && this.engine.runner.stands(record, this.environment);
  }

  /**
   * Outcomes are hidden from callers: where all of them are in view, one of them must be able to go that way. What a helper
   * would do with a struct that it is never given is no mistake.
   */
  private hiddenFromSomebody(records: readonly FunctionRecord[], called: ReadonlySet<string>): Draft[] {
    const hidden: HiddenDrafts[] = records.flatMap((record) => record.hidden);
    if (hidden.length === 0) return [];
    const isStatic = (name: string) => this.engine.scope.function(name)?.isStatic === true;
    const isOpen = (name: string) =>
      !called.has(name) || this.relevance.addressTaken.has(name) || !isStatic(name);
    const summaries = [...this.summaries.values()];
    const renewed = new Map(
      records.flatMap(({ summary, ways }) => (ways ?? []).map((way, i) => [summary.rows[i]!, way] as const)),
    );
    const ways = rowsBehind(
      summaries.filter((s) => isOpen(s.name)).flatMap((s) => s.rows),
      renewed,
    );
    return hidden.flatMap(({ by, row, drafts }) => (isOpen(by) || ways.has(row) ? drafts : []));
  }

  /** A crash costs the function that it happens in, and is said. */
  private guarded(fn: IrFunction, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const file = this.relevance.files.get(fn)!;
      this.coverage.push({ file, function: fn.name, kind: 'crash', reason, span: fn.nameSpan });
    }
  }

  private bound(name: string, bound: string, times: number): void {
    const fn = this.engine.scope.function(name);
    this.coverage.push({
      file: (fn && this.relevance.files.get(fn)) ?? this.unit.file,
      function: name,
      kind: 'bound',
      reason: times === 1 ? bound : `${bound} (${times} times)`,
      span: fn?.nameSpan ?? null,
    });
  }

  /** By file, and in a file by place. */
  private inOrder(): (a: Named, b: Named) => number {
    const starts = new Map([...this.relevance.files].map(([fn, file]) => [`${file} ${fn.name}`, fn.start]));
    const start = (one: Named) => starts.get(`${one.file} ${one.name}`) ?? 0;
    return (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : start(a) - start(b));
  }

  private sorted(findings: readonly Finding[]): Finding[] {
    const order = this.inOrder();
    const named = ({ at }: Finding): Named => ({ file: at.file, name: at.function });
    return [...findings].sort(
      (a, b) =>
        order(named(a), named(b)) ||
        a.at.span.start - b.at.span.start ||
        (a.violation < b.violation ? -1 : a.violation > b.violation ? 1 : 0),
    );
  }
}

function isThere<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

interface Named {
  readonly file: string;
  readonly name: string;
}

function calledFunctions({ calls }: Relevance): ReadonlySet<string> {
  const called = new Set<string>();
  for (const [caller, callees] of calls)
    for (const callee of callees) if (callee !== caller) called.add(callee);
  return called;
}
