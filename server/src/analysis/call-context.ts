import type { Expr, Instr, IrFunction } from '../ir/types.ts';
import type { ApiRow, ContractPlace, Vocabulary } from '../kernel/types.ts';
import { isWrittenDown } from '../kernel/vocabulary.ts';
import type { Evaluator } from './eval.ts';
import type { Facts } from './facts.ts';
import type { Memory } from './memory.ts';
import type { Deferral } from './replay.ts';
import type { Sizes } from './sizes.ts';
import { ANY, ERR, N, P, PTR, type State, Z } from './state.ts';
import type { Stores } from './stores.ts';
import type { Path, Site, Term, Terms } from './terms.ts';
import type { Where } from './violation.ts';

/** A call instruction. */
export type Call = Extract<Instr, { k: 'call' }>;

/** A call as a path meets it. */
export interface CallMade {
  readonly name: string;
  readonly args: readonly Term[];
  /** The arguments as they are written. */
  readonly texts: readonly string[];
  readonly site: Site;
  /** Where the result goes; null: nowhere. */
  readonly dst: number | null;
  readonly discarded: boolean;
  /** Null: it is made where a scope ends. */
  readonly instr: Call | null;
}

/** A state after a call, and what the call gave there; null: a value of which nothing is known. */
export interface Outcome {
  readonly state: State;
  readonly result: Term | null;
}

/** What the interpreter needs to know about the function it runs in. */
export interface Frame {
  readonly fn: IrFunction;
  readonly file: string;
  text(expr: Expr): string;
  /** A temporary that only decides branches outside loop heads: its call is a predicate with one answer. */
  isPredicate(temp: number): boolean;
  /** A temporary that is only printed or warned about. */
  isOnlyTold(temp: number): boolean;
  /** A temporary whose value some path overwrites unread. */
  isLost(temp: number): boolean;
}

/** What executing a call takes. */
export interface CallContext {
  readonly frame: Frame;
  readonly terms: Terms;
  readonly evaluator: Evaluator;
  readonly facts: Facts;
  readonly sizes: Sizes;
  readonly memory: Memory;
  readonly vocabulary: Vocabulary;
  readonly stores: Stores;
  readonly deferred: (deferral: Deferral) => void;
  readonly counters: { transitions: number };
}

/** Part of the execution of calls: each has at hand what the others have. */
export abstract class CallPart {
  protected readonly frame: CallContext['frame'];
  protected readonly terms: CallContext['terms'];
  protected readonly evaluator: CallContext['evaluator'];
  protected readonly facts: CallContext['facts'];
  protected readonly sizes: CallContext['sizes'];
  protected readonly memory: CallContext['memory'];
  protected readonly vocabulary: CallContext['vocabulary'];
  protected readonly stores: CallContext['stores'];
  protected readonly deferred: CallContext['deferred'];
  protected readonly counters: CallContext['counters'];

  constructor(context: CallContext) {
    this.frame = context.frame;
    this.terms = context.terms;
    this.evaluator = context.evaluator;
    this.facts = context.facts;
    this.sizes = context.sizes;
    this.memory = context.memory;
    this.vocabulary = context.vocabulary;
    this.stores = context.stores;
    this.deferred = context.deferred;
    this.counters = context.counters;
  }
}

/** An event in the function under analysis itself. */
export function here(site: Site): Where {
  return { site, depth: 0, through: null };
}

/** Rows that say all that the call does to what its arguments point to. */
export const speaking = new Set<ApiRow['k']>([
  'alloc',
  'free',
  'transition',
  'map',
  'unmap',
  'contents',
  'container',
  'loop',
  'noreturn',
]);

const facts = new Set<ApiRow['k']>(['transition', 'platform-guard', 'stable']);

/** Whether a row stands even where the body is in view. What somebody wrote down of a function is held against its body, and no more. */
export function standsWithBody(row: ApiRow): boolean {
  return facts.has(row.k) && !isWrittenDown(row);
}

/** Whether a result of these classes is certainly one that the row speaks of; which error it is, classes do not tell. */
export function isOfClass(classes: number, { on, returns }: Extract<ApiRow, { k: 'owner' }>): boolean {
  const success = { nothing: ANY, number: Z, bool: N | P | PTR | ERR, pointer: PTR }[returns];
  switch (on) {
    case null:
      return true;
    case 'success':
      return (classes & ~success) === 0;
    case 'error':
      return (classes & success) === 0;
    case '0':
    case 'false':
    case 'NULL':
      return classes === Z;
    case 'ERR_PTR':
      return classes === ERR;
    default:
      return !on.startsWith('-') && (classes & Z) === 0;
  }
}

/** Memory that somebody wrote down something of, as the caller has it, and the cell that leads to it; null: it is none of the arguments. */
export function memoryAt(
  { argument, stars, members }: ContractPlace,
  args: readonly Term[],
  state: State,
  terms: Terms,
): { readonly value: Term; readonly path: Path | null } | null {
  let value = typeof argument === 'number' ? args[argument] : undefined;
  if (value === undefined) return null;
  let path: Path | null = null;
  const cellOf = (pointer: Term) => (pointer.k === 'addr' ? pointer.path : terms.deref(pointer));
  const go = (to: Path) => {
    path = to;
    value = state.read(to, terms);
  };
  for (const { arrow, name } of members)
    go(terms.field(arrow === '.' && path !== null ? path : cellOf(value), name));
  for (let i = 0; i < stars; i++) go(cellOf(value));
  return { value, path };
}

/** Rows of calls that change nothing: that one path makes them and another does not is no difference. */
export const telling = new Set<ApiRow['k']>([
  'harmless',
  'condition',
  'platform-guard',
  'stable',
  'same',
  'size',
  'error',
  'accessor',
  'lock',
  'prot',
]);

/** Such memory as the call writes it; empty where the call writes only what leads to it. */
export function writtenPlace({ argument, stars, members }: ContractPlace, texts: readonly string[]): string {
  const isWritten = typeof argument === 'number' && stars === 0 && members.length === 0;
  return isWritten ? (texts[argument] ?? '') : '';
}
