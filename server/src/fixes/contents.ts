import { inUnit, zeroing } from '../kernel/repairs.ts';
import { Change, call as written } from './change.ts';
import { declarationsOf } from './names.ts';
import {
  type Candidate,
  candidate,
  flaggedCall,
  maker,
  outcomeOf,
  ownTransition,
  type Problem,
} from './problem.ts';
import { argumentsOf, calleeOf, following, isBare, leaves, type SyntaxNode, statementOf } from './tree.ts';

/** What was read too late is read before; what was written too early is zeroed after. */
export const freshContents = maker(['read-before', 'zero-after'], (problem) => {
  const read = flaggedCall(problem);
  const transition = ownTransition(problem);
  if (read === undefined || transition === undefined) return [];
  return problem.finding.transition?.to === 'private'
    ? readBefore(problem, read, transition)
    : zeroAfter(problem, transition);
});

/** Moves a read before the transition that spoils what it reads. */
function readBefore(
  problem: Problem,
  read: SyntaxNode,
  transition: SyntaxNode,
): readonly Candidate<'read-before'>[] {
  const { fn } = problem;
  const statement = statementOf(read);
  const before = statementOf(transition);
  if (statement.type !== 'expression_statement' || isBare(statement)) return [];
  if (!following(before).includes(statement)) return [];
  const { variable } = outcomeOf(problem, transition);
  // What the transition decides the read must not need.
  if (statement.find('identifier').some((one) => one.text === variable)) return [];
  const change = new Change(fn);
  const line = statement.text.replace(/\n[ \t]*/g, (gap) => gap.replace(change.indentOf(statement), ''));
  if (before.type === 'declaration') {
    const declarations = declarationsOf(fn);
    const made = before.children.filter((child) => child.type === 'init_declarator');
    const next = following(declarations.at(-1)!)[0];
    const [only] = made;
    if (declarations.at(-1) !== before || made.length !== 1 || before.children.length !== 2) return [];
    if (only?.at('declarator')?.type !== 'identifier' || next === undefined) return [];
    change.replace(only, only.at('declarator')!.text);
    change.before(next, [line, `${only.text};`]);
  } else change.before(before, [line]);
  change.remove(statement);
  return candidate('read-before', `Call ${calleeOf(read) ?? 'it'}() before the transition`, change);
}

/** Fills memory with zeroes once it is known to be shared. */
function zeroAfter(problem: Problem, transition: SyntaxNode): readonly Candidate<'zero-after'>[] {
  const { fn, vocabulary } = problem;
  const row = vocabulary.row(calleeOf(transition) ?? '', 'transition');
  if (row?.extent == null || !('arg' in row.extent) || row.addressView !== 'va') return [];
  const given = argumentsOf(transition);
  const address = given[row.address];
  const amount = given[row.extent.arg]?.text;
  if (address?.type !== 'cast_expression' || amount === undefined) return [];
  const pointer = address.at('value')?.text;
  const bytes = row.extent.unit === 'bytes' ? amount : inUnit(amount, row.extent.unit, 'bytes');
  const outcome = outcomeOf(problem, transition);
  if (pointer === undefined || bytes === null || !outcome.failing.some(leaves)) return [];
  const { test } = outcome;
  if (test === null || !outcome.failsThen || test.at('alternative') !== undefined) return [];
  const change = new Change(fn);
  const [name, items] = zeroing(pointer, bytes);
  change.after(test, [written(change.bodyIndent(test), name, items, ';')]);
  return candidate('zero-after', `Zero '${pointer}' after it is shared`, change);
}
