import { noMemory } from '../kernel/repairs.ts';
import { Change } from './change.ts';
import { declarationsOf, declare, freshName, resultOf, resultsOf } from './names.ts';
import { keepResult } from './paths.ts';
import {
  type Candidate,
  candidate,
  lastJump,
  maker,
  outcomeOf,
  ownTransition,
  type Problem,
  returnsInt,
} from './problem.ts';
import { argumentsOf, calleeOf, following, type SyntaxNode } from './tree.ts';

/** What the caller is to learn is returned, or set before the jump to where it is returned. */
export const returnError = maker(['return-error:variable', 'return-error:kept', 'set-error'], (problem) =>
  problem.finding.violation === 'stale-success' ? setBeforeJump(problem) : returnResult(problem),
);

/** The result of the transition in the place of the constant that hides it. */
function returnResult(problem: Problem): readonly Candidate<'return-error:variable' | 'return-error:kept'>[] {
  const { fn, finding } = problem;
  const back = returnAt(problem);
  const value = back?.children[0];
  const transition = ownTransition(problem);
  if (!returnsInt(problem) || value === undefined || transition === undefined) return [];
  if (value.type !== 'number_literal' || finding.violation !== 'hidden-outcome') return [];
  const outcome = outcomeOf(problem, transition);
  const change = new Change(fn);
  const { variable, statement } = outcome;
  if (variable !== null) {
    const locals = resultsOf(fn);
    const certain =
      locals.get(variable) != null ||
      (!outcome.perhaps && isSetAt(problem, statement, back!)) ||
      outcome.failing.some((one) => one.has(back!));
    if (!locals.has(variable) || !certain) return [];
    change.replace(value, variable);
    return candidate('return-error:variable', `Return '${variable}'`, change);
  }
  if (outcome.test === null || outcome.test !== statement || outcome.perhaps) return [];
  const known = resultOf(fn);
  if (known !== null) return [];
  const name = freshName(fn, 'ret');
  declare(fn, change, isSetAt(problem, statement, back!) ? `int ${name};` : `int ${name} = 0;`);
  keepResult(change, outcome, name);
  change.replace(value, name);
  return candidate('return-error:kept', `Keep the result in '${name}' and return it`, change);
}

/** Whether what a statement sets has a value at another one: nothing leads there but through it. */
function isSetAt({ fn }: Problem, statement: SyntaxNode, there: SyntaxNode): boolean {
  const after = following(statement);
  const isAround = (one: SyntaxNode) => after.some((next) => next.has(one));
  const jumps = fn.root.find('goto_statement');
  return isAround(there) && jumps.every((jump) => statement.has(jump) || isAround(jump));
}

function returnAt({ fn, finding }: Problem): SyntaxNode | undefined {
  const { span } = finding.at;
  return fn.root.find('return_statement').find((one) => one.start <= span.start && span.start < one.end);
}

/** The error of a step whose failure jumps to a label, where the result still holds the success of another. */
function setBeforeJump(problem: Problem): readonly Candidate<'set-error'>[] {
  const { fn } = problem;
  const result = returnAt(problem)?.children[0];
  const jump = lastJump(problem);
  if (result?.type !== 'identifier' || jump === undefined) return [];
  const error = errorOf(problem, jump, result.text);
  if (error === null) return [];
  const statement = `${result.text} = ${error};`;
  const change = new Change(fn).before(jump, [statement]);
  return candidate(
    'set-error',
    `Set '${result.text} = ${error}' before 'goto ${jump.at('label')?.text}'`,
    change,
  );
}

/** What a failure is called: the error of a pointer, that of an allocation, or what the function starts with. */
function errorOf({ fn, vocabulary }: Problem, jump: SyntaxNode, result: string): string | null {
  const condition = jump.around('if_statement')?.at('condition');
  if (condition === undefined) return null;
  for (const test of condition.find('call_expression')) {
    const row = vocabulary.row(calleeOf(test) ?? '', 'condition');
    const given = argumentsOf(test)[row?.arg ?? -1];
    if (row?.test !== 'is-err' || given === undefined) continue;
    const [name] = vocabulary.names((one) => one.k === 'error' && one.op === 'ptr-err');
    return name === undefined ? null : `${name}(${given.text})`;
  }
  const tested = noneIn(condition);
  const assigned = fn.root
    .find('assignment_expression', 'init_declarator')
    .filter((one) => one.end < jump.start)
    .filter((one) => tested !== undefined && namesOf(one).includes(tested))
    .at(-1);
  const maker = (assigned?.at('right') ?? assigned?.at('value'))?.find('call_expression')[0];
  if (maker !== undefined && vocabulary.row(calleeOf(maker) ?? '', 'alloc') !== undefined) return noMemory;
  const initial = resultsOf(fn).get(result)?.text ?? null;
  const known = declarationsOf(fn).length > 0 && initial?.startsWith('-E') === true;
  return known ? initial : null;
}

/** What a condition finds to be nothing, of `!x`, `x == NULL` and `!(x = call())`; undefined where it asks something else. */
function noneIn(condition: SyntaxNode): string | undefined {
  const negated = condition.find('unary_expression').find((one) => one.at('operator')?.text === '!');
  const compared = condition.find('binary_expression').find((one) => one.at('operator')?.text === '==');
  let operand = negated?.at('argument') ?? compared?.at('left');
  if (negated === undefined && operand?.type === 'null') operand = compared?.at('right');
  while (operand?.type === 'parenthesized_expression') operand = operand.children[0];
  return operand?.at('left')?.text ?? operand?.text;
}

/** The names that an assignment or a declaration gives a value to. */
function namesOf(one: SyntaxNode): readonly string[] {
  const target = one.at('left') ?? one.at('declarator');
  return (target?.find('identifier', 'field_expression') ?? []).map(({ text }) => text);
}
