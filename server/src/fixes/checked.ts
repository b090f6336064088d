import { noMemory, noPointer } from '../kernel/repairs.ts';
import { Change, commented } from './change.ts';
import { expressionOf } from './free-guard.ts';
import { declarationsOf, declare, freshName, resultOf } from './names.ts';
import { isOnTheWay, isPaidFrom, owedAt } from './owed.ts';
import { keepResult, leakComment, lined, sectionOf, told } from './paths.ts';
import {
  candidate,
  flaggedCall,
  isUnused,
  maker,
  type Outcome,
  outcomeOf,
  returnsInt,
  returnsNothing,
  type Scene,
} from './problem.ts';
import { calleeOf, following, leaves, type SyntaxFunction, type SyntaxNode, thenOf } from './tree.ts';

/** How a function ends where something failed. */
export interface Exit {
  readonly text: string;
  /** The result that it hands on; null: none is needed. */
  readonly result: string | null;
}

/** The result of a transition is looked at, and a failure goes the way that failures of the function go. */
export const checkResult = maker(['check:new', 'check:known'], (problem) => {
  const call = flaggedCall(problem);
  if (call === undefined) return [];
  const outcome = outcomeOf(problem, call);
  if (outcome.failing.some(leaves)) return [];
  const loses = problem.finding.subject.allocatedBy !== null;
  return exitsOf(problem, outcome).flatMap((exit) => {
    const change = new Change(problem.fn);
    const title = `Check the result: '${exit.text.slice(0, -1)}' if it is not 0`;
    return checkInto(problem, change, outcome, exit, loses)
      ? candidate(outcome.test === null ? 'check:new' : 'check:known', title, change)
      : [];
  });
});

/** Looks at a result and leaves by `exit` where it is not 0; false where the code has another shape. `loses`: memory, by that. */
export function checkInto(
  scene: Scene,
  change: Change,
  outcome: Outcome,
  exit: Exit,
  loses: boolean,
): boolean {
  const { call, statement, test, variable, failing } = outcome;
  const { fn } = scene;
  const indent = change.bodyIndent(statement);
  const lines = (at: string) => (loses ? leaving(scene, exit, at) : [exit.text]);
  if (test !== null) {
    const last = failing.at(-1);
    if (last === undefined) return false;
    if (exit.result !== null && exit.result !== variable) {
      if (variable !== null || test !== statement) return false;
      if (outcome.perhaps) return nested(scene, change, outcome, exit.result, lines(`${indent}\t\t`));
      if (resultOf(fn) === null) declare(fn, change, `int ${exit.result};`);
      keepResult(change, outcome, exit.result);
    }
    change.after(last, lines(change.bodyIndent(last)));
    return true;
  }
  const branch = (head: string) => {
    const then = lines(`${indent}\t`);
    const inner = then.map((line) => `\t${line}`);
    return then.length > 1 ? [`${head} {`, ...inner, '}'] : [head, ...inner];
  };
  if (variable !== null) {
    if (exit.result !== null && exit.result !== variable) return false;
    if (statement.type === 'declaration') behindDeclarations(fn, change, branch(`if (${variable})`));
    else change.after(statement, branch(`if (${variable})`));
    return true;
  }
  // What is made of it with something else must not get lost.
  if (!isUnused(call, scene.vocabulary)) return false;
  const value = expressionOf(statement);
  if (exit.result === null) change.instead(statement, branch(lined(indent, 'if (', value, ')')));
  else {
    if (resultOf(fn) === null) declare(fn, change, `int ${exit.result};`);
    const assigned = lined(indent, `${exit.result} = `, call, ';');
    const asked = value.text.replace(call.text, exit.result);
    change.instead(statement, [assigned, ...branch(`if (${asked})`)]);
  }
  return true;
}

/**
 * Makes two of an `if` that asks something before it makes a transition, so that the result can be kept between them: `leaving` comes behind
 * what the failure runs.
 */
function nested(
  { fn }: Scene,
  change: Change,
  { call, statement }: Outcome,
  name: string,
  leaving: readonly string[],
): boolean {
  const asked = statement.at('condition')?.children[0];
  const [first, last] = [asked?.at('left'), asked?.at('right')];
  const arm = statement.at('consequence');
  if (asked?.at('operator')?.text !== '&&' || first === undefined || last?.has(call) !== true) return false;
  if (arm === undefined || statement.at('alternative') !== undefined || first.text.includes('\n'))
    return false;
  const indent = change.indentOf(statement);
  const isBlock = arm.type === 'compound_statement';
  const run = isBlock
    ? fn.text.slice(arm.start + 1, arm.end - 1)
    : change.indentOf(arm) + fn.text.slice(arm.start, change.noteBehind(arm)?.end ?? arm.end);
  const rows = run.split('\n').filter((line, i, all) => line.trim() !== '' || (i > 0 && i < all.length - 1));
  if (!rows.every((line) => line.trim() === '' || line.startsWith(indent))) return false;
  if (resultOf(fn) === null) declare(fn, change, `int ${name};`);
  const tabbed = (line: string, tabs: string) => line.replace(/^(?=.)/gm, tabs);
  const inner = last.type === 'parenthesized_expression' ? last.children[0]! : last;
  const text = [
    `if (${first.type === 'parenthesized_expression' ? first.children[0]!.text : first.text}) {`,
    tabbed(lined(`${indent}\t`, `${name} = `, call, ';'), '\t'),
    `\tif (${inner.text.replace(call.text, name)}) {`,
    ...rows.map((line) => tabbed(line.slice(indent.length), '\t')),
    ...leaving.map((line) => tabbed(line, '\t\t')),
    '\t}',
    '}',
  ];
  change.instead(statement, text);
  return true;
}

function behindDeclarations(fn: SyntaxFunction, change: Change, lines: readonly string[]): void {
  const next = following(declarationsOf(fn).at(-1)!)[0];
  if (next !== undefined) change.before(next, lines, true);
}

/** The lines that leave the function: a message where one is wanted, and the way out with the word that memory is lost. */
function leaving(scene: Scene, { text }: Exit, indent: string): readonly string[] {
  return [...told(scene), ...commented(indent, text, leakComment)];
}

/** The ways that failures go in this function, the likeliest first; none that jumps over what undoes something that was done before. */
export function exitsOf(scene: Scene, outcome: Outcome): readonly Exit[] {
  const { call, statement, variable } = outcome;
  const { fn } = scene;
  const owed = owedAt(scene, call, statement);
  const locks = locksHeld(scene, statement);
  const before = fn.root
    .find('goto_statement', 'return_statement')
    .filter((one) => one.start < statement.start)
    .reverse();
  const kept = variable ?? resultOf(fn);
  const labels = [...before, nextJump(outcome)].flatMap((one) => one?.at('label')?.text ?? []);
  const jumps = [...new Set(labels)]
    .filter((label) => {
      const section = sectionOf(scene, label);
      return section !== null && isPaidFrom(scene, section, owed, locks);
    })
    .map((label): Exit => ({ text: `goto ${label};`, result: returnedFrom(scene, label) }));
  const returns: Exit[] = [];
  if (locks === 0 && owed.length === 0) {
    if (returnsNothing(scene)) {
      // Where nothing is left to be kept from, it would only look as if somebody cared.
      if (following(statement).length > 0) returns.push({ text: 'return;', result: null });
    } else if (returnsInt(scene)) {
      const result = kept ?? freshName(fn, 'ret');
      returns.push({ text: `return ${result};`, result });
    } else {
      const earlier = before.find(
        (one) => one.type === 'return_statement' && isFailure(one.children[0]?.text ?? ''),
      );
      const text = earlier?.text ?? (isPointer(scene) ? `return ${noPointer};` : null);
      if (text !== null) returns.push({ text, result: null });
    }
  }
  return before[0]?.type === 'goto_statement' ? [...jumps, ...returns] : [...returns, ...jumps];
}

/** The jump of the next step's failure, if nothing but that step is between: it leaves what the transition leaves. */
function nextJump({ statement, test }: Outcome): SyntaxNode | undefined {
  const [first, second] = following(test ?? statement);
  const [assignment] = first?.type === 'expression_statement' ? first.children : [];
  const branch = assignment?.type === 'assignment_expression' ? second : first;
  const asked = branch?.at('condition');
  if (branch?.type !== 'if_statement' || asked === undefined) return undefined;
  if (branch !== first && asked.children[0]?.text !== assignment?.at('left')?.text) return undefined;
  const step = branch === first ? asked : first!;
  if (step.find('call_expression').length !== 1) return undefined;
  return thenOf(branch).find((one) => one.type === 'goto_statement');
}

function isFailure(value: string): boolean {
  return /^(?:NULL|false|-E[A-Z0-9]+|ERR_PTR\(-E[A-Z0-9]+\))$/.test(value) || value === noMemory;
}

function isPointer({ fn }: Scene): boolean {
  const definition = fn.root.find('function_definition')[0];
  return definition?.at('declarator')?.type === 'pointer_declarator';
}

/** The variable that is returned behind a label; null: none is. */
function returnedFrom(scene: Scene, label: string): string | null {
  const section = sectionOf(scene, label);
  if (section === null) return null;
  const values = [section, ...following(section)].flatMap((one) => one.find('return_statement'));
  const value = values.at(-1)?.children[0];
  return value?.type === 'identifier' ? value.text : null;
}

/** How many locks are taken before a statement and not released there: then the function must not simply return. */
export function locksHeld(
  { fn, vocabulary }: Pick<Scene, 'fn' | 'vocabulary'>,
  statement: SyntaxNode,
): number {
  let held = 0;
  for (const call of fn.root.find('call_expression')) {
    if (call.start >= statement.start) break;
    if (!isOnTheWay(call, statement, fn.body)) continue;
    const op = vocabulary.row(calleeOf(call) ?? '', 'lock')?.op;
    if (op === 'release') held--;
    else if (op !== undefined) held++;
  }
  return Math.max(held, 0);
}
