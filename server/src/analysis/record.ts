import type { Instr, IrFunction } from '../ir/types.ts';
import type { SizeUnit } from '../kernel/types.ts';
import type { Coverage } from './finding.ts';
import type { Draft } from './findings.ts';
import type { Entries } from './ledger.ts';
import type { Deferral } from './replay.ts';
import type { Exit } from './run.ts';
import type { State } from './state.ts';
import type { Row, Summary } from './summary.ts';
import type { Site, Term } from './terms.ts';
import type { HiddenDrafts } from './verdicts.ts';
import type { Violation } from './violation.ts';

/** What is heard of while paths are followed. */
export interface Heard {
  readonly violations: Violation[];
  /** Frees in callees that were right for what they were given, and the states that show it. */
  readonly lawful: { readonly site: Site; readonly state: State }[];
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
}

/** Notes what is asked while a function runs. */
export class Recorder {
  readonly summaries = new Map<string, Summary | null>();
  readonly tracked = new Map<string, boolean>();
  readonly events = new Map<CallKey, boolean>();
  readonly targets = new Map<Extract<Instr, { k: 'call' }>, readonly string[]>();
  readonly missing = new Set<string>();
}

/**
 * A summary as text: two with the same text tell callers the same. Value numbers go by the order in which they come, not
 * by their number.
 */
export function summaryText(summary: Summary): string {
  const text = JSON.stringify({ ...summary, rows: summary.rows.map(withoutUses) }, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    // Terms, cells and sites are what their keys say; a term's key has no place in it.
    if ('depth' in value && 'key' in value) {
      const { key } = value as { key: string };
      const outcome = (value as { outcomeOf?: Site | null }).outcomeOf;
      return outcome ? `${key}<${outcome.key}` : key;
    }
    return value;
  });
  const numbers = new Map<string, string>();
  return text.replace(/\$\d+/g, (number) => {
    let name = numbers.get(number);
    if (name === undefined) {
      name = `$#${numbers.size}`;
      numbers.set(number, name);
    }
    return name;
  });
}

/** The ways that led to a row are those of its callees' rows, which were asked for. */
function withoutUses(row: Row): Omit<Row, 'uses'> {
  const { uses: _, ...rest } = row;
  return rest;
}
