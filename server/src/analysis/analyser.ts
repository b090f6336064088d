import { type CancellationToken, Cancelled } from '../base/token.ts';
import { plainName } from '../ir/marks.ts';
import type { IrFunction, IrUnit } from '../ir/types.ts';
import { carried, type Foremost } from './carried.ts';
import { Engine, type EngineInput } from './engine.ts';
import type { Observer } from './observe.ts';
import type { FunctionRecord, Heard } from './record.ts';
import { type Relevance, RelevanceSearch } from './relevance.ts';
import { Round } from './round.ts';
import type { Summary } from './summary.ts';
import type { UnitAnalysis } from './types.ts';
import { visibleRows } from './visible-rows.ts';

/** A summary as callers see it, and how often bounds were hit. */
export interface Visible {
  readonly summary: Summary;
  readonly hits: ReadonlyMap<string, number>;
}

/** Records of one turn: by what a function is, and by its name alone, which is how it was before an edit. */
export interface Turn {
  records: Map<string, FunctionRecord>;
  latest: Map<string, FunctionRecord>;
}

/** How far the analysis of a version has come. */
interface Progress {
  readonly unit: IrUnit;
  readonly search: RelevanceSearch;
  /** Functions that were missing in some pass. */
  readonly demanded: Set<string>;
  pass: number;
  relevance: Relevance | null;
  round: Round | null;
}

/**
 * Analyses a unit again and again, as its files change: what the analysis of a function gave is kept for as long as
 * everything that it asked for is as it was. The answer is the same as that of a new one.
 */
export class Analyser {
  readonly engine: Engine;
  /** By the turn in which a function is run: it runs again in a later pass, and in a circle of calls, with other answers. */
  private readonly turns = new Map<string, Turn>();
  /** What records were before they became what they are: an edit that is taken back costs nothing. */
  private readonly older = new Older();
  /** The last version that was looked at as a whole, and how many passes that took. */
  private whole: { readonly unit: IrUnit; readonly relevance: Relevance; readonly pass: number } | null =
    null;
  /** An analysis that was cancelled, as far as it came. */
  private progress: Progress | null = null;
  /** Names of the unit mean now what they meant in that version. */
  private isAsInWhole = false;
  /** By what rounds call them: functions that had no parse error in some version. */
  private readonly sound = new Set<string>();
  /** Of functions that were run for a first answer: by what they are known there. */
  private readonly quick = new Map<string, { readonly turn: string; readonly key: string }>();
  /** @internal What the last round heard of that functions leave to each other. */
  leftToOthers: Heard | null = null;
  private readonly pairs = new WeakMap<Summary, WeakMap<Summary, Summary>>();
  private readonly seen = new WeakMap<Summary, Visible>();
  private analysed = 0;

  constructor(input: EngineInput) {
    this.engine = new Engine(input);
  }

  /** Functions that were run in all rounds, and parts of the work that were done: what functions leave to each other counts, too. */
  get effort(): { readonly analysed: number; readonly done: number } {
    return { analysed: this.analysed, done: this.engine.listened };
  }

  /** How much has piled up: terms stay, whoever made them, so a host that has seen many versions makes a new analyser. */
  get weight(): number {
    return this.engine.terms.size;
  }

  /**
   * What is wrong with this version of the unit. `first`: a file that somebody waits for; functions of others are taken to be as
   * they were, and the answer is `provisional`.
   * @throws Cancelled; what was finished by then is kept
   */
  analyse(unit: IrUnit, token: CancellationToken, first: Foremost | null = null): UnitAnalysis {
    if (first?.onlyBodies === true && this.whole !== null) {
      const { relevance, pass } = this.whole;
      const now = carried(relevance, this.whole.unit, unit, first.file, this.engine.vocabulary);
      this.progress = null;
      this.engine.scope.renew(unit, now.order.flat(), this.isAsInWhole);
      this.isAsInWhole = true;
      const round = new Round(this, unit, now, pass, first);
      const missing = round.follow(token);
      return { ...round.judge(token), missing };
    }
    this.isAsInWhole = false;
    const { progress } = this;
    const going = progress !== null && progress.unit === unit && first === null ? progress : this.begun(unit);
    this.progress = first === null ? going : null;
    try {
      return this.goOn(going, first, token);
    } catch (error) {
      if (going.round?.isSpoilt === true) going.round = null;
      if (!(error instanceof Cancelled)) this.progress = null;
      throw error;
    }
  }

  private begun(unit: IrUnit): Progress {
    const search = new RelevanceSearch(unit, this.engine.vocabulary);
    return { unit, search, demanded: new Set(), pass: 1, relevance: null, round: null };
  }

  /** Passes until no function is missing. @throws Cancelled */
  private goOn(going: Progress, first: Foremost | null, token: CancellationToken): UnitAnalysis {
    const { unit, search, demanded } = going;
    const heads = new Set(unit.heads.map((head) => head.name));
    for (; ; going.pass++, going.round = null) {
      const { pass } = going;
      if (going.round === null || going.relevance === null) {
        going.relevance = search.with(demanded);
        going.round = this.round(unit, going.relevance, pass, first);
      }
      const { relevance, round } = going;
      const missing = round.follow(token);
      const before = demanded.size;
      for (const name of missing) if (heads.has(name)) demanded.add(name);
      if (demanded.size > before && pass < this.engine.input.bounds.rounds) continue;
      const judged = round.judge(token);
      if (first === null) {
        for (const turn of [...this.turns.keys()]) if (passOf(turn) > pass) this.turns.delete(turn);
        this.whole = { unit, relevance, pass };
        this.isAsInWhole = true;
        this.progress = null;
      }
      return { ...judged, missing: missing.filter((name) => !heads.has(name)) };
    }
  }

  /**
   * Runs a function of the last version once more for `observer`. `named`: the function as it is called in its file. Null: it was
   * not run, for nothing leads from it to a transition. @throws Cancelled
   */
  observe(
    named: { readonly file: string; readonly name: string; readonly hash: string },
    observer: (record: FunctionRecord) => Observer,
    token: CancellationToken,
  ): FunctionRecord | null {
    let found: FunctionRecord | null = null;
    for (const { records } of this.turns.values())
      for (const record of records.values()) {
        const { fn, file } = record;
        if (fn.hash === named.hash && file === named.file && plainName(fn.name) === named.name)
          found = record;
      }
    if (found !== null) this.engine.runner.observe(found, observer(found), token);
    return found;
  }

  /** One pass: in each but the first with functions that were missing in the one before. */
  private round(unit: IrUnit, relevance: Relevance, pass: number, first: Foremost | null): Round {
    this.engine.scope.renew(unit, relevance.order.flat());
    return new Round(this, unit, relevance, pass, first);
  }

  /** @internal What is known of a function with that content, from that turn first, and of versions before the last at the end. */
  known(turn: string, name: string, hash: string): FunctionRecord[] {
    const known = new Set<FunctionRecord>();
    for (const { records } of this.turnsFrom(turn)) {
      const record = records.get(keyOf(name, hash));
      if (record !== undefined) known.add(record);
    }
    for (const record of this.older.of(turn, name)) if (record.fn.hash === hash) known.add(record);
    return [...known];
  }

  /** @internal The function of that name in that file as it was last in that turn, or in any. */
  lastOf(turn: string, name: string): FunctionRecord | null {
    for (const { latest } of this.turnsFrom(turn)) {
      const record = latest.get(name);
      if (record !== undefined) return record;
    }
    return null;
  }

  /** @internal Whether a function is in the midst of being typed: it has parse errors now, and had none in some version. */
  isHalfTyped(name: string, { parseErrors }: IrFunction): boolean {
    if (parseErrors > 0) return this.sound.has(name);
    this.sound.add(name);
    return false;
  }

  /** @internal Keeps what was finished, even if the rest of a round is not. */
  note(turn: string, key: string, name: string, record: FunctionRecord, isNew: boolean): void {
    if (isNew) this.analysed++;
    const before = this.turns.get(turn)?.latest.get(name);
    if (before !== undefined && before !== record) this.older.keep(turn, name, before);
    noteIn(this.turns, turn, key, name, record);
  }

  /** @internal As {@link note}, for a first answer: of a function only the last of these is kept, for one comes with each key. */
  noteQuick(turn: string, key: string, name: string, record: FunctionRecord): void {
    const before = this.quick.get(name);
    if (before !== undefined && before.key !== key) this.turns.get(before.turn)?.records.delete(before.key);
    this.quick.set(name, { turn, key });
    this.note(turn, key, name, record, true);
  }

  /** @internal Forgets all but the records of a finished round. */
  settle(pass: number, turns: ReadonlyMap<string, Turn>): void {
    this.quick.clear();
    for (const turn of [...this.turns.keys()]) if (passOf(turn) === pass) this.turns.delete(turn);
    for (const [turn, records] of turns) this.turns.set(turn, records);
  }

  /** That turn, if there was one, before all of them. */
  private turnsFrom(turn: string): readonly Turn[] {
    const first = this.turns.get(turn);
    return first === undefined ? [...this.turns.values()] : [first, ...this.turns.values()];
  }

  /** @internal A name defined several times, under `#if`s or for architectures: the rows of all, each with its literals. */
  both(a: Summary, b: Summary): Summary {
    let ofA = this.pairs.get(a);
    if (ofA === undefined) {
      ofA = new WeakMap();
      this.pairs.set(a, ofA);
    }
    let joined = ofA.get(b);
    if (joined === undefined) {
      joined = {
        ...a,
        rows: [...a.rows, ...b.rows],
        incomplete: a.incomplete || b.incomplete,
        flips: a.flips || b.flips,
      };
      ofA.set(b, joined);
    }
    return joined;
  }

  /** @internal What callers get to see of a summary. */
  visible(summary: Summary): Visible {
    let visible = this.seen.get(summary);
    if (visible === undefined) {
      const hits = new Map<string, number>();
      const { input, terms } = this.engine;
      const rows = visibleRows(summary.rows, input.bounds, terms, (bound) =>
        hits.set(bound, (hits.get(bound) ?? 0) + 1),
      );
      visible = { summary: { ...summary, rows }, hits };
      this.seen.set(summary, visible);
    }
    return visible;
  }
}

/** How many records of a function are kept besides the current one. */
const olderRecords = 2;

/** Of each function the records before the current one, by turn. */
class Older {
  private readonly turns = new Map<string, Map<string, readonly FunctionRecord[]>>();

  /** `name`: the function, whatever its text is. */
  keep(turn: string, name: string, record: FunctionRecord): void {
    let records = this.turns.get(turn);
    if (records === undefined) {
      records = new Map();
      this.turns.set(turn, records);
    }
    const others = (records.get(name) ?? []).filter((one) => one !== record);
    records.set(name, [record, ...others].slice(0, olderRecords));
  }

  /** The latest first. */
  of(turn: string, name: string): readonly FunctionRecord[] {
    return this.turns.get(turn)?.get(name) ?? [];
  }
}

/** @internal What a record of a function is found by. `name`: the function, whatever its text is. */
export function keyOf(name: string, hash: string): string {
  return `${name} ${hash}`;
}

/** @internal Notes what came of a function in a turn. */
export function noteIn(
  turns: Map<string, Turn>,
  name: string,
  key: string,
  functionName: string,
  record: FunctionRecord,
): void {
  const turn = turns.get(name) ?? { records: new Map(), latest: new Map() };
  turns.set(name, turn);
  turn.records.set(key, record);
  turn.latest.set(functionName, record);
}

/**
 * @internal The name of a turn: which pass over the unit, which time around in a circle of calls, and which attempt, with callees
 * that were missing in the one before.
 */
export function turnOf(pass: number, time: number, attempt = 1): string {
  return `${pass}.${time}.${attempt}`;
}

function passOf(turn: string): number {
  return Number.parseInt(turn, 10);
}
