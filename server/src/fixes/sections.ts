import { isExclusive, scopeLock } from '../kernel/repairs.ts';
import type { Vocabulary } from '../kernel/types.ts';
import {
  argumentsOf,
  calleeOf,
  following,
  labelled,
  preceding,
  type SyntaxFunction,
  type SyntaxNode,
  statementOf,
  unlabelled,
} from './tree.ts';

/** Statements of a block that run with a lock held in which nothing may sleep. */
export interface Section {
  /** What takes the lock: a call, a guard to the end of the block, or the guard whose block this is. */
  readonly take: SyntaxNode;
  /** As a title names it: `spin_lock_irqsave()`, `guard(spinlock)`. */
  readonly name: string;
  /** Its statements before the one that was asked for, but for other locks, that one, and those after it. */
  readonly before: readonly SyntaxNode[];
  readonly at: SyntaxNode;
  readonly after: readonly SyntaxNode[];
  /** What releases the last of the locks; null: the end of the block does, or nothing in the block. */
  readonly release: SyntaxNode | null;
  /** So many locks are held. */
  readonly held: number;
  /** Whether leaving the block gives one up. */
  readonly scoped: boolean;
  /** The section is all of the block behind `take`. */
  readonly ownBlock: boolean;
  /** One task at a time is in it. */
  readonly exclusive: boolean;
}

/** What a statement does to a lock. */
interface Locking {
  readonly op: 'acquire' | 'release';
  readonly name: string;
  /** The lock, as it is written, with what kind it is. */
  readonly key: string;
  readonly exclusive: boolean;
  readonly scoped: boolean;
}

/** Whether a statement takes or releases a lock in which nothing may sleep, and which. */
export function lockingOf(statement: SyntaxNode, vocabulary: Vocabulary): Locking | null {
  const own = unlabelled(statement);
  const call = own.type === 'expression_statement' ? own.children[0] : undefined;
  if (call?.type !== 'call_expression') return null;
  const inner = call.at('function');
  if (inner?.type === 'call_expression' && calleeOf(inner) === scopeLock.toTheEnd) {
    const name = argumentsOf(inner)[0]?.text ?? '';
    if (vocabulary.row(name, 'guard-class')?.forbidsSleep !== true) return null;
    const exclusive = isExclusive(name, vocabulary);
    return { op: 'acquire', name: inner.text, key: inner.text, exclusive, scoped: true };
  }
  const name = calleeOf(call) ?? '';
  const row = vocabulary.row(name, 'lock');
  if (row?.forbidsSleep !== true || row.op === 'try') return null;
  const lock = row.arg === null ? '' : (argumentsOf(call)[row.arg]?.text ?? '');
  const key = `${row.lock} ${lock.replace(/\s+/g, '')}`;
  const exclusive = isExclusive(name, vocabulary);
  return { op: row.op, name: `${name}()`, key, exclusive, scoped: false };
}

/** Whether a call is in a section that somebody holds a lock for, as far as the function shows it; the nearest around it. */
export function sectionAround(
  { body }: SyntaxFunction,
  call: SyntaxNode,
  vocabulary: Vocabulary,
): Section | null {
  for (let at = labelled(statementOf(call)); at !== body; ) {
    const { parent } = at;
    if (parent === null) return null;
    if (parent.type === 'compound_statement') {
      const found = inBlock(at, vocabulary) ?? ofGuard(at, parent, vocabulary);
      if (found !== null) return found;
    }
    at = parent;
  }
  return null;
}

/** A section that begins in the block of a statement. */
function inBlock(at: SyntaxNode, vocabulary: Vocabulary): Section | null {
  const before = [...preceding(at)].reverse();
  const held: { readonly lock: Locking; readonly take: SyntaxNode; readonly index: number }[] = [];
  for (const [index, statement] of before.entries()) {
    const lock = lockingOf(statement, vocabulary);
    if (lock?.op === 'acquire') held.push({ lock, take: statement, index });
    else if (lock !== null) {
      const last = held.findLastIndex((one) => one.lock.key === lock.key);
      if (last >= 0) held.splice(last, 1);
    }
  }
  const [first] = held;
  if (first === undefined) return null;
  const rest = following(at);
  const open = held.filter(({ lock }) => !lock.scoped).map(({ lock }) => lock.key);
  const scoped = open.length < held.length;
  let end = -1;
  for (const [index, statement] of rest.entries()) {
    const lock = lockingOf(statement, vocabulary);
    const known = lock?.op === 'release' ? open.lastIndexOf(lock.key) : -1;
    if (known < 0) continue;
    open.splice(known, 1);
    end = index;
    if (open.length === 0) break;
  }
  const closed = open.length === 0 && !scoped && end >= 0;
  return {
    take: first.take,
    name: first.lock.name,
    before: before.slice(first.index + 1).filter((one) => !held.some(({ take }) => take === one)),
    at,
    after: closed ? rest.slice(0, end) : rest,
    release: closed ? rest[end]! : null,
    held: held.length,
    scoped,
    ownBlock: false,
    exclusive: held.some(({ lock }) => lock.exclusive),
  };
}

/** The section that is the block of a guard. */
function ofGuard(at: SyntaxNode, block: SyntaxNode, vocabulary: Vocabulary): Section | null {
  const take = block.parent;
  if (take?.type !== 'while_statement' || !isScopedGuard(take)) return null;
  const name = take.at('condition')?.find('identifier')[0]?.text ?? '';
  if (vocabulary.row(name, 'guard-class')?.forbidsSleep !== true) return null;
  return {
    take,
    name: `${scopeLock.block}(${name})`,
    before: [...preceding(at)].reverse(),
    at,
    after: following(at),
    release: null,
    held: 1,
    scoped: true,
    ownBlock: true,
    exclusive: isExclusive(name, vocabulary),
  };
}

/** Whether what the parser takes for a loop is the block of a guard. */
export function isScopedGuard(loop: SyntaxNode): boolean {
  return new RegExp(`^${scopeLock.block}\\b`).test(loop.text);
}
