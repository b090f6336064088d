import type { Finding, TraceStep } from '../analysis/finding.ts';
import type { LeakMessage } from '../kernel/repairs.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { Change, TextEdit } from './change.ts';
import type { FileChange, SyntaxFile } from './file.ts';
import {
  argumentsOf,
  callAt,
  calleeOf,
  elseOf,
  following,
  type SyntaxFunction,
  type SyntaxNode,
  statementOf,
  thenOf,
} from './tree.ts';

/** A finding, in the function that is to be changed. */
export interface Problem {
  readonly finding: Finding;
  readonly fn: SyntaxFunction;
  readonly vocabulary: Vocabulary;
  /** Other functions of the file that the path leads through. */
  readonly others: () => readonly SyntaxFunction[];
  /** The file, where what is to be done about the finding needs more than its function. */
  readonly file: SyntaxFile;
  /** Whether a leak is told in the log. */
  readonly message: LeakMessage;
}

/** A function that is changed, and in which words. */
export type Scene = Pick<Problem, 'fn' | 'vocabulary' | 'message'>;

/** A way to change the code. Nobody has looked yet whether it comes back clean. */
export interface Candidate<Manner extends string = string> {
  /** What is done: `leak`; behind a colon, which of several different edits does it: `leak:jump`. */
  readonly manner: Manner;
  /** What a menu says. */
  readonly title: string;
  /** Offsets of the function's slice; of the file, for what a {@link Rewriter} makes. */
  readonly edits: readonly TextEdit[];
}

/** Makes candidates for one problem, the best first; none where the code has another shape than it knows. */
export interface Maker {
  /** Those of its candidates; tests ask each for variants of code that it is good for. */
  readonly manners: readonly string[];
  readonly make: (problem: Problem) => readonly Candidate[];
}

/** Makes candidates that change several functions, or who holds which lock; their edits have offsets of the file. */
export type Rewriter = Maker;

/** A maker whose candidates have no other manners than these. */
export function maker<const Manner extends string>(
  manners: readonly Manner[],
  make: (problem: Problem) => readonly Candidate<NoInfer<Manner>>[],
): Maker {
  return { manners, make };
}

/** A candidate of a change, or of changes of a file; none if its pieces do not fit together. */
export function candidate<const Manner extends string>(
  manner: Manner,
  title: string,
  { edits }: Pick<Change | FileChange, 'edits'>,
): readonly Candidate<Manner>[] {
  return edits === null ? [] : [{ manner, title, edits }];
}

/** One word for what a candidate does. Of those with the same one, the first that comes back clean is the fix. */
export function wordOf({ manner }: Candidate): string {
  return manner.split(':', 1)[0]!;
}

/** The call that the finding is reported at. */
export function flaggedCall({ finding, fn }: Problem): SyntaxNode | undefined {
  return callAt(fn, finding.at.span);
}

/** Whether a step of the path is in the function itself. */
function isOwn({ finding }: Problem, { at }: TraceStep): boolean {
  return at.file === finding.at.file && at.function === finding.at.function;
}

/** The transition behind the finding, if it is called in the function itself; a call of a function that makes it counts. */
export function ownTransition(problem: Problem): SyntaxNode | undefined {
  const { finding, fn } = problem;
  const last = finding.trace.findLastIndex(({ event }) => event.k === 'transition');
  const step = finding.trace
    .slice(0, last + 1)
    .findLast((one) => isOwn(problem, one) && (one.event.k === 'transition' || one.event.k === 'call'));
  const there = finding.transition?.at;
  const direct = there?.file === finding.at.file && there.function === finding.at.function;
  const at = step?.at ?? (direct ? there : undefined);
  return at === undefined ? undefined : callAt(fn, at.span);
}

/** The last jump of the path. */
export function lastJump(problem: Problem): SyntaxNode | undefined {
  const { trace } = problem.finding;
  const step = trace.findLast((one) => isOwn(problem, one) && one.event.k === 'goto');
  if (step === undefined) return undefined;
  const { span } = step.at;
  return problem.fn.root
    .find('goto_statement')
    .find((jump) => jump.start <= span.start && span.end <= jump.end);
}

/** What becomes of the result of a call. */
export interface Outcome {
  readonly call: SyntaxNode;
  /** The statement that the call is in. */
  readonly statement: SyntaxNode;
  /** Where the result is kept; null: nowhere. */
  readonly variable: string | null;
  /** The `if` that looks at the result, and at nothing else; null: none does. */
  readonly test: SyntaxNode | null;
  /** What runs only where the call failed. */
  readonly failing: readonly SyntaxNode[];
  /** The arm of the failure ends the block, or jumps out of it. */
  readonly failsThen: boolean;
  /** The `if` asks something else first, and where that is not so the call is not made: what did not fail need not have worked. */
  readonly perhaps: boolean;
}

/** What becomes of the result of `call`, as far as it can be read off its block. */
export function outcomeOf({ vocabulary }: Pick<Problem, 'vocabulary'>, call: SyntaxNode): Outcome {
  const read = readOf(call, vocabulary);
  const statement = statementOf(call);
  const decided = (test: SyntaxNode, truth: boolean, variable: string | null): Outcome => ({
    call,
    statement,
    variable,
    test,
    failing: truth ? thenOf(test) : elseOf(test),
    failsThen: truth,
    perhaps: test.at('condition')?.has(call) === true && read.perhaps,
  });
  const { variable } = read;
  if (read.test !== null) return decided(read.test, read.truth, variable);
  const open: Outcome = {
    call,
    statement,
    variable,
    test: null,
    failing: [],
    failsThen: true,
    perhaps: read.perhaps,
  };
  if (variable === null || read.mixed) return open;
  for (const next of following(statement)) {
    const uses = next.find('identifier').filter((one) => one.text === variable);
    if (uses.length === 0) continue;
    if (next.type === 'if_statement') {
      const condition = next.at('condition');
      const use = uses.find((one) => condition?.has(one));
      if (use === undefined) return open;
      const later = readOf(use, vocabulary);
      return later.test === next && !later.perhaps ? decided(next, later.truth, variable) : open;
    }
    if (next.find('assignment_expression').some((one) => one.at('left')?.text === variable)) return open;
  }
  return open;
}

/** Whether a statement is a call, or a macro that yields its truth, and nothing is done with the value: it can be asked for, or kept. */
export function isUnused(call: SyntaxNode, vocabulary: Vocabulary): boolean {
  for (let at = call; at.parent !== null; at = at.parent) {
    const { parent } = at;
    if (parent.type === 'expression_statement') return true;
    if (['parenthesized_expression', 'cast_expression', 'argument_list'].includes(parent.type)) continue;
    if (parent.type !== 'call_expression' || !yieldsTruth(parent, call, vocabulary)) return false;
  }
  return false;
}

/** Whether a macro yields the truth of a value that it is given. */
function yieldsTruth(macro: SyntaxNode, value: SyntaxNode, vocabulary: Vocabulary): boolean {
  const row = vocabulary.row(calleeOf(macro) ?? '', 'condition');
  return row?.test === 'truth' && argumentsOf(macro)[row.arg ?? -1]?.has(value) === true;
}

interface Read {
  readonly variable: string | null;
  readonly test: SyntaxNode | null;
  /** The `if` takes its first arm where the value is not 0. */
  readonly truth: boolean;
  /** Something else decides as well. */
  readonly mixed: boolean;
  /** It is the last of several that must be so for the first arm, or the other. */
  readonly perhaps: boolean;
}

/** Follows a value outwards through brackets, negations, comparisons with 0 and macros that yield its truth. */
function readOf(value: SyntaxNode, vocabulary: Vocabulary): Read {
  let truth = true;
  let perhaps = false;
  let variable: string | null = null;
  for (let at = value; at.parent !== null; at = at.parent) {
    const { parent } = at;
    if (parent.type === 'if_statement')
      return { variable, test: at.field === 'condition' ? parent : null, truth, mixed: false, perhaps };
    if (parent.type === 'expression_statement' || parent.type === 'declaration')
      return { variable, test: null, truth, mixed: perhaps, perhaps };
    if (parent.type === 'parenthesized_expression' || parent.type === 'cast_expression') continue;
    // What is kept there is no error number any more.
    if (perhaps && ['init_declarator', 'assignment_expression'].includes(parent.type)) break;
    if (parent.type === 'init_declarator') variable = parent.at('declarator')?.text ?? null;
    else if (parent.type === 'assignment_expression' && at.field === 'right') {
      if (parent.at('operator')?.text !== '=') break;
      const left = parent.at('left');
      if (left?.type === 'identifier') variable = left.text;
    } else if (parent.type === 'unary_expression' && parent.at('operator')?.text === '!') truth = !truth;
    else if (parent.type === 'binary_expression') {
      const operator = parent.at('operator')?.text ?? '';
      if (operator === '&&' && at.field === 'right' && truth) {
        perhaps = true;
        continue;
      }
      const other = at.field === 'left' ? parent.at('right') : parent.at('left');
      if (other?.text !== '0') break;
      if (operator === '==') truth = !truth;
      else if (operator !== '!=' && !(operator === '<' && at.field === 'left')) break;
    } else if (parent.type === 'argument_list') continue;
    else if (parent.type === 'call_expression') {
      if (!yieldsTruth(parent, value, vocabulary)) break;
    } else break;
  }
  return { variable, test: null, truth, mixed: true, perhaps };
}

/** Whether the function returns nothing. */
export function returnsNothing({ fn }: Pick<Problem, 'fn'>): boolean {
  const definition = fn.root.find('function_definition')[0];
  return definition?.at('type')?.text === 'void' && !isPointer(definition.at('declarator'));
}

/** Whether the function returns an `int`, which may be an error number. */
export function returnsInt({ fn }: Pick<Problem, 'fn'>): boolean {
  const definition = fn.root.find('function_definition')[0];
  return definition?.at('type')?.text === 'int' && !isPointer(definition.at('declarator'));
}

function isPointer(declarator: SyntaxNode | undefined): boolean {
  return declarator?.type === 'pointer_declarator';
}
