import { inUnit, zeroing } from '../kernel/repairs.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { Change, call as written } from './change.ts';
import { placeOf } from './memory.ts';
import { declarationsOf } from './names.ts';
import { discreet } from './own.ts';
import { dropLabel } from './paths.ts';
import {
  type Candidate,
  candidate,
  flaggedCall,
  maker,
  outcomeOf,
  ownTransition,
  type Problem,
} from './problem.ts';
import {
  argumentsOf,
  calleeOf,
  following,
  isBare,
  jumpsTo,
  labelsOf,
  leaves,
  type SyntaxFunction,
  type SyntaxNode,
  statementOf,
  thenOf,
} from './tree.ts';

/** What was read too late is read before; what was written too early is written, or zeroed, after. */
export const freshContents = maker(['read-before', 'zero-after', 'fill-after'], (problem) => {
  const read = flaggedCall(problem);
  const transition = ownTransition(problem);
  if (read === undefined || transition === undefined) return [];
  return problem.finding.transition?.to === 'private'
    ? readBefore(problem, read, transition)
    : filledLate(problem, transition);
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
  const { said, lines } = withComment(fn, change, statement);
  if (before.type === 'declaration') {
    const declarations = declarationsOf(fn);
    const made = before.children.filter((child) => child.type === 'init_declarator');
    const next = following(declarations.at(-1)!)[0];
    const [only] = made;
    if (declarations.at(-1) !== before || made.length !== 1 || before.children.length !== 2) return [];
    if (only?.at('declarator')?.type !== 'identifier' || next === undefined) return [];
    const note = change.noteBehind(before);
    const gap = note === null ? '' : fn.text.slice(before.end, note.start) + note.text;
    change.replace(only, only.at('declarator')!.text);
    if (note !== null) change.splice(before.end, note.end, '');
    change.before(next, [...lines, `${only.text};${gap}`], true);
  } else change.before(before, lines, true);
  change.remove(statement, said);
  dropEmptyJump(problem, change, transition, statement);
  return candidate('read-before', `Call ${calleeOf(read) ?? 'it'}() before the transition`, change);
}

/** A statement as lines of its own, without indentation, with the comment that stands in the lines above it, which `said` begins, or behind it. */
function withComment(
  { text, comments }: SyntaxFunction,
  change: Change,
  statement: SyntaxNode,
): { readonly said: SyntaxNode; readonly lines: readonly string[] } {
  const above = comments.findLast(
    (one) => one.end < statement.start && /^[ \t]*\n[ \t]*$/.test(text.slice(one.end, statement.start)),
  );
  const said = above !== undefined && change.startsLine(above) ? above : statement;
  const whole = text.slice(said.start, change.noteBehind(statement)?.end ?? statement.end);
  const indent = change.indentOf(statement);
  const line = whole.replace(/\n[ \t]*/g, (gap) => gap.replace(indent, ''));
  return { said, lines: [line] };
}

/** Takes a look at a result away that only jumps over what is not there any more, and the label if it has no other jump. */
function dropEmptyJump(problem: Problem, change: Change, transition: SyntaxNode, gone: SyntaxNode): void {
  const { test, failing, statement } = outcomeOf(problem, transition);
  if (test === null || test === statement || test.at('alternative') !== undefined) return;
  const [jump] = failing;
  const label = jump?.at('label')?.text;
  const [only, next] = following(test);
  if (failing.length !== 1 || label === undefined || only !== gone || next === undefined) return;
  if (!labelsOf(next).includes(label)) return;
  if (change.noteBehind(test) !== null || problem.fn.comments.some((one) => test.has(one))) return;
  change.remove(test);
  if (jumpsTo(problem.fn, label).length === 1) dropLabel(change, problem, label);
}

/** What is to be done about memory that was filled too early. */
function filledLate(
  problem: Problem,
  transition: SyntaxNode,
): readonly Candidate<'zero-after' | 'fill-after'>[] {
  const { fn, vocabulary } = problem;
  const row = vocabulary.row(calleeOf(transition) ?? '', 'transition');
  const given = argumentsOf(transition);
  const address = row?.addressView === 'va' ? given[row.address] : undefined;
  const pointer = address === undefined ? undefined : placeOf(address, vocabulary)?.text;
  const way = goodWay(problem, transition);
  if (row === undefined || address === undefined || pointer === undefined || way === null) return [];
  const writes = writesTo(problem, pointer, transition);
  if (writes === null || writes.length > 1) return [];
  const [write] = writes;
  if (write !== undefined && !isZeroing(vocabulary, write)) return fillAfter(problem, transition, write, way);
  if (row.extent == null || !('arg' in row.extent)) return [];
  const amount = given[row.extent.arg]?.text;
  const bytes =
    amount === undefined || row.extent.unit === 'bytes' ? amount : inUnit(amount, row.extent.unit, 'bytes');
  if (bytes == null) return [];
  const change = new Change(fn);
  const target = address.type === 'cast_expression' ? pointer : `(void *)${pointer}`;
  const [name, items] = zeroing(target, bytes);
  way.put(change, [written(way.indent(change), name, items, ';')]);
  return candidate('zero-after', `Zero '${pointer}' after it is shared`, change);
}

/** Moves what fills memory behind the look at the transition that spoils it. */
function fillAfter(
  problem: Problem,
  transition: SyntaxNode,
  write: SyntaxNode,
  way: GoodWay,
): readonly Candidate<'fill-after'>[] {
  const { fn } = problem;
  const statement = statementOf(write);
  const before = statementOf(transition);
  if (statement.type !== 'expression_statement' || isBare(statement)) return [];
  const between = following(statement);
  const end = between.indexOf(before);
  if (end < 0) return [];
  // What it is filled with must be the same there.
  const names = new Set(statement.find('identifier', 'field_expression').map(({ text }) => text));
  const { variable } = outcomeOf(problem, transition);
  const sets = between
    .slice(0, end + 1)
    .flatMap((one) => one.find('assignment_expression', 'update_expression', 'init_declarator'))
    .map((one) => (one.at('left') ?? one.at('argument') ?? one.at('declarator'))?.text ?? '');
  if ([...sets, variable ?? ''].some((name) => names.has(name))) return [];
  if (between.slice(0, end).some((one) => one.find('call_expression').length > 0)) return [];
  const change = new Change(fn);
  const { said, lines } = withComment(fn, change, statement);
  way.put(change, lines);
  change.remove(statement, said);
  return candidate('fill-after', `Call ${calleeOf(write) ?? 'it'}() after the transition`, change);
}

/** Where code goes on once a transition is known to have worked. */
interface GoodWay {
  indent(change: Change): string;
  put(change: Change, lines: readonly string[]): void;
}

function goodWay(problem: Problem, transition: SyntaxNode): GoodWay | null {
  const { test, failing, failsThen, perhaps } = outcomeOf(problem, transition);
  if (test === null || perhaps) return null;
  if (failsThen) {
    if (!failing.some(leaves) || test.at('alternative') !== undefined) return null;
    return {
      indent: (change) => change.bodyIndent(test),
      put: (change, lines) => change.after(test, lines),
    };
  }
  const [first] = thenOf(test);
  if (first === undefined || isBare(test) || first.type === 'declaration') return null;
  return {
    indent: (change) => change.bodyIndent(first),
    put: (change, lines) => change.before(first, lines, true),
  };
}

/** The calls that write to memory before a transition; null where it is not known which do. */
function writesTo(
  { fn, vocabulary }: Problem,
  pointer: string,
  transition: SyntaxNode,
): readonly SyntaxNode[] | null {
  const early = (one: SyntaxNode) => one.start < transition.start && !one.has(transition);
  const stores = fn.root
    .find('assignment_expression', 'update_expression')
    .filter(early)
    .flatMap((one) => one.at('left') ?? one.at('argument') ?? []);
  const isInside = (one: SyntaxNode) => one.text !== pointer && one.text.includes(pointer);
  if (stores.some((one) => one.type !== 'identifier' && isInside(one))) return null;
  const writes: SyntaxNode[] = [];
  for (const call of fn.root.find('call_expression').filter(early)) {
    const index = argumentsOf(call).findIndex((one) => placeOf(one, vocabulary)?.text === pointer);
    if (index < 0) continue;
    const callee = calleeOf(call) ?? '';
    if (vocabulary.row(callee, 'contents')?.writes === index) writes.push(call);
    else if (!discreet.some((kind) => vocabulary.row(callee, kind) !== undefined)) {
      if (vocabulary.row(callee, 'same') === undefined) return null;
    }
  }
  return writes;
}

function isZeroing(vocabulary: Vocabulary, call: SyntaxNode): boolean {
  const op = vocabulary.row(calleeOf(call) ?? '', 'contents')?.op;
  return op === 'zero' || (op === 'fill' && argumentsOf(call)[1]?.text === '0');
}
