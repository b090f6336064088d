import type { Instr, IrFunction } from '../ir/types.ts';
import type { SizeUnit } from '../kernel/types.ts';
import type { Coverage } from './finding.ts';
import type { Draft } from './findings.ts';
import type { Entries } from './ledger.ts';
import type { Deferral } from './replay.ts';
import type { Exit } from './run.ts';
import type { State } from './state.ts';
import type { Summary } from './summary.ts';
import type { Path, Site, Term } from './terms.ts';
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

/**
 * A summary as text: two with the same text tell callers the same. Value numbers go by the order in which they come, not
 * by their number.
 */
export function summaryText(summary: Summary): string {
  let text = texts.get(summary);
  if (text === undefined) {
    text = new SummaryWriter().text(summary);
    texts.set(summary, text);
  }
  return text;
}

const texts = new WeakMap<Summary, string>();

class SummaryWriter {
  private readonly parts: string[] = [];
  private readonly numbers = new Map<string, string>();

  text(summary: Summary): string {
    this.write(summary);
    return this.parts.join('');
  }

  private write(value: unknown): void {
    const { parts } = this;
    if (typeof value === 'string') parts.push('"', value, '"');
    else if (typeof value !== 'object' || value === null) parts.push(String(value));
    else if (Array.isArray(value)) {
      parts.push('[');
      for (const item of value) {
        this.write(item);
        parts.push(',');
      }
      parts.push(']');
    } else if ('key' in value) this.keyed(value as Term | Path | Site);
    else {
      parts.push('{');
      for (const name in value) {
        // The ways that led to a row are those of its callees' rows, which were asked for.
        if (name === 'uses') continue;
        parts.push(name, ':');
        this.write((value as Record<string, unknown>)[name]);
        parts.push(',');
      }
      parts.push('}');
    }
  }

  /** Terms, cells and sites are what their keys say; where a site is now has no place in it. */
  private keyed(value: Term | Path | Site): void {
    const { key } = value;
    this.parts.push(key.includes('$') ? key.replace(/\$\d+/g, (number) => this.numbered(number)) : key);
    if ('among' in value) this.parts.push('~', String(value.among));
    else if ('outcomeOf' in value && value.outcomeOf) this.parts.push('<', value.outcomeOf.key);
  }

  private numbered(number: string): string {
    let name = this.numbers.get(number);
    if (name === undefined) {
      name = `$#${this.numbers.size}`;
      this.numbers.set(number, name);
    }
    return name;
  }
}
