import type { CancellationToken } from '../base/token.ts';
import type { IrFunction, IrUnit } from '../ir/types.ts';
import { Engine, type EngineInput } from './engine.ts';
import type { FunctionRecord } from './record.ts';
import { relevanceOf } from './relevance.ts';
import { Round } from './round.ts';
import type { Summary } from './summary.ts';
import type { UnitAnalysis } from './types.ts';
import { visibleRows } from './visible-rows.ts';

/** A summary as callers see it, and how often bounds were hit. */
export interface Visible {
  readonly summary: Summary;
  readonly hits: ReadonlyMap<string, number>;
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
  /**
   * Functions that the last round came to, and those that were analysed in all rounds: where the first does not keep up with the
   * second, the same is done over and over.
   */
  readonly effort = { reached: 0, analysed: 0 };

  constructor(input: EngineInput) {
    this.engine = new Engine(input);
  }

  /** How much has piled up: terms stay, whoever made them, so a host that has seen many versions makes a new analyser. */
  get weight(): number {
    return this.engine.terms.size;
  }

  /** What is wrong with this version of the unit. @throws Cancelled; what was finished by then is kept */
  analyse(unit: IrUnit, token: CancellationToken): UnitAnalysis {
    const heads = new Set(unit.heads.map((head) => head.name));
    const demanded = new Set<string>();
    for (let round = 1; ; round++) {
      const analysis = this.once(unit, demanded, token);
      const before = demanded.size;
      for (const name of analysis.missing) if (heads.has(name)) demanded.add(name);
      if (demanded.size === before || round >= this.engine.input.bounds.rounds)
        return { ...analysis, missing: analysis.missing.filter((name) => !heads.has(name)) };
    }
  }

  /** One pass, with some functions that were missing in the one before. */
  private once(unit: IrUnit, demanded: ReadonlySet<string>, token: CancellationToken): UnitAnalysis {
    this.effort.reached = 0;
    const relevance = relevanceOf(unit, this.engine.vocabulary, demanded);
    const byName = new Map<string, IrFunction>();
    for (const fn of relevance.order.flat()) byName.set(fn.name, fn);
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
    this.effort.reached++;
    if (this.records.get(key) !== record) this.effort.analysed++;
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
