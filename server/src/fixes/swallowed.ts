import { noMemory } from '../kernel/repairs.ts';
import { Change } from './change.ts';
import { declarationsOf, declare, freshName, resultOf, resultsOf } from './names.ts';
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
import { argumentsOf, calleeOf, labelled, type SyntaxNode } from './tree.ts';

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
      (labelled(statement).parent === fn.body && !jumpsOver(problem, statement)) ||
      outcome.failing.some((one) => one.has(back!));
    if (!locals.has(variable) || !certain) return [];
    change.replace(value, variable);
    return candidate('return-error:variable', `Return '${variable}'`, change);
  }
  if (outcome.test === null || outcome.test !== statement) return [];
  const known = resultOf(fn);
  if (known !== null) return [];
  const name = freshName(fn, 'ret');
  declare(fn, change, `int ${name} = 0;`);
  const indent = change.bodyIndent(statement);
  change.before(statement, [`${name} = ${moved(transition.text, indent, name)};`]);
  change.replace(transition, name);
  change.replace(value, name);
  return candidate('return-error:kept', `Keep the result in '${name}' and return it`, change);
}

/** A call on lines of its own keeps its line ends, with its arguments one tab deeper. */
function moved(text: string, indent: string, name: string): string {
  const flat = text.replace(/\s*\n\s*/g, ' ');
  return `${indent}${name} = ${flat}`.length > 80 ? text.replace(/\n[ \t]*/g, '\n\t\t') : flat;
}

/** Whether a jump before a statement goes behind it: then its result has no value there. */
function jumpsOver({ fn }: Problem, statement: SyntaxNode): boolean {
  return fn.root.find('goto_statement').some((jump) => jump.start < statement.start);
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
  const tested = condition.find('unary_expression')[0]?.at('argument')?.text;
  const assigned = fn.root
    .find('assignment_expression', 'init_declarator')
    .filter((one) => one.end < jump.start || condition.has(one))
    .filter((one) =>
      (one.at('left') ?? one.at('declarator'))
        ?.find('identifier', 'field_expression')
        .some((n) => n.text === tested),
    )
    .at(-1);
  const maker = (assigned?.at('right') ?? assigned?.at('value'))?.find('call_expression')[0];
  if (maker !== undefined && vocabulary.row(calleeOf(maker) ?? '', 'alloc') !== undefined) return noMemory;
  const initial = resultsOf(fn).get(result)?.text ?? null;
  const known = declarationsOf(fn).length > 0 && initial?.startsWith('-E') === true;
  return known ? initial : null;
}
