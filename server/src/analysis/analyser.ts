import type { CancellationToken } from '../base/token.ts';
import type { IrFunction, IrUnit } from '../ir/types.ts';
import { Engine, type EngineInput } from './engine.ts';
import type { FunctionRecord } from './record.ts';
import { relevanceOf } from './relevance.ts';
import { Round } from './round.ts';
import { keptRows } from './rows.ts';
import type { Summary } from './summary.ts';
import type { UnitAnalysis } from './types.ts';

/** A summary as callers see it: no more rows than the bound allows. */
export interface Visible {
  readonly summary: Summary;
  /** Rows that were left out. */
  readonly left: number;
}

/**
 * Analyses a unit again and again, as its files change: what the analysis of a function gave is kept for as long as
 * everything that it asked for is as it was. The answer is the same as that of a new one.
 */
export class Analyser {
  readonly engine: Engine;
  /** By what a function is, and by its name alone: how it was before an edit. */
  private records = new Map<string, FunctionRecord>();
  private latest = new Map<string, FunctionRecord>();
  private readonly pairs = new WeakMap<Summary, WeakMap<Summary, Summary>>();
  private readonly seen = new WeakMap<Summary, Visible>();
  /** What kept cases rest on. */
  private basis = '';
  /** Grows with every function that is analysed, whether or not the round came to its end. */
  finished = 0;

  constructor(input: EngineInput) {
    this.engine = new Engine(input);
  }

  /** How much has piled up: terms stay, whoever made them, so a host that has seen many versions makes a new analyser. */
  get weight(): number {
    return this.engine.terms.size;
  }

  /** What is wrong with this version of the unit. @throws Cancelled; what was finished by then is kept */
  analyse(unit: IrUnit, token: CancellationToken): UnitAnalysis {
    const relevance = relevanceOf(unit, this.engine.vocabulary);
    const functions = relevance.order.flat();
    const byName = new Map<string, IrFunction>();
    for (const fn of functions) byName.set(fn.name, fn);
    this.engine.scope.renew(unit, byName);
    return new Round(this, unit, relevance, token).run();
  }

  /** @internal What is known of a function with that content. */
  known(key: string): FunctionRecord | null {
    return this.records.get(key) ?? null;
  }

  /** @internal The function of that name in that file as it was last. */
  lastOf(name: string): FunctionRecord | null {
    return this.latest.get(name) ?? null;
  }

  /** @internal Keeps what was finished, even if the rest of a round is not. */
  note(key: string, name: string, record: FunctionRecord): void {
    if (this.records.get(key) !== record) this.finished++;
    this.records.set(key, record);
    this.latest.set(name, record);
  }

  /** @internal Forgets all but the records of a finished round. */
  settle(records: Map<string, FunctionRecord>, latest: Map<string, FunctionRecord>, basis: string): void {
    this.records = records;
    this.latest = latest;
    if (basis !== this.basis) this.engine.across.forget();
    this.basis = basis;
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
      let left = 0;
      const rows = keptRows(summary.rows, this.engine.input.bounds, () => left++);
      visible = { summary: left === 0 ? summary : { ...summary, rows }, left };
      this.seen.set(summary, visible);
    }
    return visible;
  }
}
