import { Change } from './change.ts';
import { declare, freshResult, resultOf, resultsOf } from './names.ts';
import { freeOnlyIf, keepResult, lined, plain, withLeakWords } from './paths.ts';
import {
  candidate,
  flaggedCall,
  isUnused,
  maker,
  outcomeOf,
  ownTransition,
  type Problem,
} from './problem.ts';
import { following, isBare, labelled, leaves, type SyntaxNode, statementOf } from './tree.ts';

/** The result of a transition is known or can be kept: the memory is freed only where it is 0. */
export const freeOnlyOnSuccess = maker(
  ['free-on-success:variable', 'free-on-success:else', 'free-on-success:call', 'free-on-success:kept'],
  (problem) => {
    const free = flaggedCall(problem);
    const transition = ownTransition(problem);
    if (free === undefined || transition === undefined) return [];
    const outcome = outcomeOf(problem, transition);
    const statement = plain(statementOf(free));
    if (outcome.failing.some((one) => one.has(free))) return [];
    if (outcome.test !== null && outcome.failing.some(leaves)) return [];
    let change = new Change(problem.fn);
    const title = 'Free only if it returned 0, leak it otherwise';
    const { variable } = outcome;
    const next = following(outcome.statement)[0];
    // Where the transition is not always made, nothing has failed.
    const certain = !outcome.perhaps && following(outcome.statement).some((one) => one.has(statement));
    if (!certain && transition.around(...loops) !== undefined) return [];
    if (variable !== null && !certain && resultsOf(problem.fn).get(variable)?.text !== '0') return [];
    if (variable !== null) {
      freeOnlyIf(problem, change, statement, `!${variable}`, true);
      return candidate('free-on-success:variable', title, change);
    }
    const { test } = outcome;
    const behind = next === labelled(statement);
    if (test !== null && test === outcome.statement && behind && outcome.failsThen)
      if (otherwise(problem, change, test, statement))
        return candidate('free-on-success:else', title, change);
    if (test === null ? !isUnused(transition, problem.vocabulary) : test !== outcome.statement) return [];
    if (outcome.perhaps) return [];
    if (test === null && behind) {
      const note = change.noteBehind(outcome.statement);
      change.remove(outcome.statement);
      const head = lined(change.bodyIndent(statement), 'if (!', expressionOf(outcome.statement), ')');
      const words = withLeakWords(problem, head);
      change.guard(statement, note === null ? words : `${note.text}\n${words}`);
      const made = candidate('free-on-success:call', title, change);
      if (made.length > 0) return made;
      // A condition has no room for it.
      change = new Change(problem.fn);
    }
    const name = (certain ? spareResult(problem, statement) : null) ?? freshResult(problem.fn);
    if (name !== resultOf(problem.fn))
      declare(problem.fn, change, certain ? `int ${name};` : `int ${name} = 0;`);
    let condition = `!${name}`;
    if (test !== null) keepResult(change, outcome, name);
    else {
      const value = expressionOf(outcome.statement);
      const kept = lined(change.bodyIndent(outcome.statement), `${name} = `, transition, ';');
      // A macro around the call goes on telling of it.
      const asked = value.text.replace(transition.text, name);
      if (behind) condition = `!${asked}`;
      change.instead(outcome.statement, asked === name || behind ? [kept] : [kept, `${asked};`]);
    }
    freeOnlyIf(problem, change, statement, condition, true);
    return candidate('free-on-success:kept', title, change);
  },
);

const loops = ['for_statement', 'while_statement', 'do_statement'];

/** The local that the function keeps its results in, if nobody asks for what is in it behind a statement. */
function spareResult({ fn }: Problem, statement: SyntaxNode): string | null {
  const name = resultOf(fn);
  const later = fn.body.find('identifier').some((one) => one.text === name && one.start > statement.end);
  return later ? null : name;
}

/** The expression of a statement, without a cast that says that nobody looks at it. */
export function expressionOf(statement: SyntaxNode): SyntaxNode {
  const expression = statement.children[0]!;
  const isUnread = expression.type === 'cast_expression' && expression.at('type')?.text === 'void';
  return isUnread ? expression.at('value')! : expression;
}

/** Puts a statement behind an `if` into its `else`. */
function otherwise({ fn }: Problem, change: Change, test: SyntaxNode, statement: SyntaxNode): boolean {
  const arm = test.at('consequence');
  if (arm === undefined || test.at('alternative') !== undefined || isBare(test)) return false;
  const indent = change.indentOf(test);
  const start = (arm.type === 'compound_statement' ? null : change.noteBehind(test))?.end ?? test.end;
  if (fn.text.slice(start, statement.start).trim() !== '') return false;
  if (!change.startsLine(test) || !change.startsLine(statement) || !change.isLast(statement)) return false;
  const end = change.noteBehind(statement)?.end ?? statement.end;
  const inner = `${indent}\t${fn.text.slice(statement.start, end).replace(/\n([ \t]*)(?=\S)/g, '\n\t$1')}`;
  if (arm.type === 'compound_statement') change.splice(start, end, ` else {\n${inner}\n${indent}}`);
  else change.splice(start, end, `\n${indent}else\n${inner}`);
  return true;
}

/** Flags that are tried: each costs an analysis. */
const mostFlags = 4;

/**
 * Another function leaves a flag beside the memory that says what became of it: the free asks the flag. Which of its values
 * means what, the analysis tells, by coming back clean or not.
 */
export const freeByFlag = maker(['free-by-flag'], (problem) => {
  const free = flaggedCall(problem);
  if (free === undefined || ownTransition(problem) !== undefined) return [];
  const base = /^(.*(?:->|\.))\w+$/.exec(problem.finding.subject.text)?.[1];
  if (base === undefined) return [];
  const statement = plain(statementOf(free));
  // Behind a question about the flag the other answer would never free it.
  const open = flagsOf(problem).filter((field) => !isAsked(statement, `${base}${field}`));
  return open.flatMap((field) =>
    [`!${base}${field}`, `${base}${field}`].flatMap((condition) => {
      const change = new Change(problem.fn);
      freeOnlyIf(problem, change, statement, condition, false);
      return candidate('free-by-flag', `Free only if '${condition}'`, change);
    }),
  );
});

/** Whether a statement runs by the answer of a condition that has an expression in it. */
function isAsked(statement: SyntaxNode, expression: string): boolean {
  for (let node = statement.parent; node !== null; node = node.parent)
    if (node.at('condition')?.text.includes(expression)) return true;
  return false;
}

/**
 * Fields that the functions on the path set to a truth value, beside the memory. What is only cleared, or counted, may be anything:
 * an index, a length.
 */
function flagsOf({ others }: Problem): readonly string[] {
  const flags = new Set<string>();
  const counted = new Set<string>();
  for (const { root } of others()) {
    for (const store of root.find('assignment_expression')) {
      const field = store.at('left')?.at('field')?.text;
      if (field !== undefined && /^(?:true|false|1)$/.test(store.at('right')?.text ?? '')) flags.add(field);
    }
    for (const update of root.find('update_expression')) {
      const field = update.at('argument')?.at('field')?.text;
      if (field !== undefined) counted.add(field);
    }
  }
  return [...flags].filter((field) => !counted.has(field)).slice(0, mostFlags);
}
