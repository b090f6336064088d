import type { Instr, IrFunction } from '../ir/types.ts';
import type { SizeUnit } from '../kernel/types.ts';
import type { Coverage } from './finding.ts';
import type { Draft } from './findings.ts';
import type { Entries } from './ledger.ts';
import type { Deferral } from './replay.ts';
import type { Exit } from './run.ts';
import type { State } from './state.ts';
import type { Summary } from './summary.ts';
import type { Site, Term } from './terms.ts';
import type { Uses } from './uses.ts';
import type { HiddenDrafts } from './verdicts.ts';
import type { Violation } from './violation.ts';

/** A free in a callee that was right for what it was given, and the state that shows it. */
export interface Lawful {
  readonly site: Site;
  readonly state: State;
}

/** What is heard of while paths are followed. */
export interface Heard {
  readonly violations: Violation[];
  readonly lawful: Lawful[];
  readonly deferrals: Deferral[];
}

/** Nothing heard yet. */
export function nothingHeard(): Heard {
  return { violations: [], lawful: [], deferrals: [] };
}

/** A call, and for one by name the name alone: whether it is an event is the same wherever it stands. */
export type CallKey = string | Extract<Instr, { k: 'call' }>;

/** What a function asked others while it was analysed. The result stands as long as the answers do. */
export interface Questions {
  readonly summaries: ReadonlyMap<string, Summary | null>;
  readonly tracked: ReadonlyMap<string, boolean>;
  readonly kept: ReadonlyMap<string, boolean>;
  readonly events: ReadonlyMap<CallKey, boolean>;
  /** What calls through pointers reach. */
  readonly targets: ReadonlyMap<Extract<Instr, { k: 'call' }>, readonly string[]>;
  readonly names: ReadonlyMap<string, string>;
  readonly units: Entries<Term | string, SizeUnit>;
  readonly tags: Entries<Term, string>;
}

/** All that the analysis of one function gave. */
export interface FunctionRecord {
  readonly fn: IrFunction;
  readonly file: string;
  readonly questions: Questions;
  readonly summary: Summary;
  readonly exits: readonly Exit[];
  readonly heard: Heard;
  readonly drafts: readonly Draft[];
  readonly hidden: readonly HiddenDrafts[];
  readonly coverage: readonly Coverage[];
  readonly transitions: number;
  readonly missing: ReadonlySet<string>;
  /** Of a summary that an earlier run gave, too: the ways that led to its rows in this one, in their order; null: those that its rows have. */
  readonly ways: readonly (Uses | null)[] | null;
  /** It was left off soon after the start, for a function was missing that can be analysed first. */
  readonly leftOff: boolean;
}

/** Notes what is asked while a function runs. */
export class Recorder {
  readonly summaries = new Map<string, Summary | null>();
  readonly tracked = new Map<string, boolean>();
  readonly kept = new Map<string, boolean>();
  readonly events = new Map<CallKey, boolean>();
  readonly targets = new Map<Extract<Instr, { k: 'call' }>, readonly string[]>();
  readonly missing = new Set<string>();
  /** One of the missing can be analysed. */
  canGoOn = false;
}

/** Whether two summaries tell callers the same. Value numbers go by the order in which they come, not by their number. */
export function isSameSummary(a: Summary, b: Summary): boolean {
  return a === b || new Comparison().same(a, b);
}

class Comparison {
  private readonly numbersOfOne = new Map<string, string>();
  private readonly numbersOfOther = new Map<string, string>();

  same(a: unknown, b: unknown): boolean {
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
    if (Array.isArray(a))
      return Array.isArray(b) && a.length === b.length && a.every((item, i) => this.same(item, b[i]));
    if ('key' in a) return 'key' in b && this.sameKeyed(a as Keyed, b as Keyed);
    if (Array.isArray(b) || 'key' in b) return false;
    // The ways that led to a row are those of its callees' rows, which were asked for.
    for (const name in a)
      if (name !== 'uses' && !this.same((a as Fields)[name], (b as Fields)[name])) return false;
    for (const name in b) if (!(name in a)) return false;
    return true;
  }

  /** Terms, cells and sites are what their keys say; where a site is now has no place in it. */
  private sameKeyed(a: Keyed, b: Keyed): boolean {
    if (numbered(a.key, this.numbersOfOne) !== numbered(b.key, this.numbersOfOther)) return false;
    return a === b || (a.among === b.among && a.outcomeOf?.key === b.outcomeOf?.key);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** What terms, cells and sites have of which a summary speaks. */
interface Keyed {
  readonly key: string;
  readonly among?: unknown;
  readonly outcomeOf?: Site | null;
}

function numbered(key: string, numbers: Map<string, string>): string {
  if (!key.includes('$')) return key;
  return key.replace(/\$\d+/g, (number) => {
    let name = numbers.get(number);
    if (name === undefined) {
      name = `$#${numbers.size}`;
      numbers.set(number, name);
    }
    return name;
  });
}
