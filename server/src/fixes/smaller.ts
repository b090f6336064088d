import { sharedProtection } from '../kernel/repairs.ts';
import { Change } from './change.ts';
import { leakComment, told } from './paths.ts';
import { candidate, flaggedCall, isUnused, maker, outcomeOf, type Problem } from './problem.ts';
import {
  argumentsOf,
  calleeOf,
  following,
  isBare,
  jumpsTo,
  leaves,
  type SyntaxFunction,
  type SyntaxNode,
} from './tree.ts';

/** A transition that was made before is taken out, with the look at its result. */
export const onlyOnce = maker(['only-once'], (problem) => {
  const { fn, finding } = problem;
  const call = flaggedCall(problem);
  if (call === undefined || finding.violation !== 'converted-twice') return [];
  // In a loop the second time may be the same call.
  if (call.around('for_statement', 'while_statement', 'do_statement') !== undefined) return [];
  const outcome = outcomeOf(problem, call);
  const { statement, test, variable } = outcome;
  if (outcome.perhaps) return [];
  if (isBare(statement) || statement.type === 'declaration') return [];
  if (test === null && variable === null && !isUnused(call, problem.vocabulary)) return [];
  if (test !== null && (test.at('alternative') !== undefined || !leavesAtLast(outcome.failing))) return [];
  const gone = test === null || test === statement ? [statement] : [statement, test];
  if (gone.length === 2 && following(statement)[0] !== test) return [];
  const jumps = gone.flatMap((one) => one.find('goto_statement'));
  const isLast = (jump: SyntaxNode) =>
    jumpsTo(fn, jump.at('label')?.text ?? '').every((one) => jumps.includes(one));
  if (jumps.some(isLast)) return [];
  if (variable !== null && !hasValue(problem, variable, statement)) return [];
  const whole = emptied(fn, gone);
  if (whole === null) return [];
  const change = new Change(fn).removeLines(whole[0]!, whole.at(-1)!);
  return candidate('only-once', `Remove the second ${calleeOf(call) ?? 'call'}()`, change);
});

/** What goes with statements: an `if` of which nothing is left. Null where one statement would be left in braces, or a loop of none. */
function emptied(fn: SyntaxFunction, gone: readonly SyntaxNode[]): readonly SyntaxNode[] | null {
  const block = gone[0]!.parent;
  const rest = (block?.children.length ?? 0) - gone.length;
  if (block === null || block === fn.body || rest > 1) return gone;
  const owner = block.parent;
  const asks = owner?.at('condition')?.find('call_expression', 'assignment_expression') ?? [];
  if (rest > 0 || owner?.type !== 'if_statement' || owner.at('alternative') !== undefined) return null;
  return isBare(owner) || asks.length > 0 ? null : [owner];
}

/** Whether what follows an `if` runs only where its arm did not: then both can go. */
function leavesAtLast(arm: readonly SyntaxNode[]): boolean {
  const last = arm.at(-1);
  return last === undefined || leaves(last);
}

/** Whether a variable has a value without a statement, or nobody asks for one behind it. */
function hasValue({ fn }: Problem, variable: string, statement: SyntaxNode): boolean {
  const others = fn.root
    .find('assignment_expression', 'init_declarator')
    .filter((one) => !statement.has(one) && one.start < statement.start);
  return others.some((one) => (one.at('left') ?? one.at('declarator'))?.text === variable);
}

/** Shared memory is mapped with the attribute of shared memory. */
export const rightAttribute = maker(['attribute:shared', 'attribute:private'], (problem) => {
  const { fn, finding, vocabulary } = problem;
  const call = flaggedCall(problem);
  const row = vocabulary.row(call === undefined ? '' : (calleeOf(call) ?? ''), 'map');
  if (call === undefined || typeof row?.attribute !== 'object' || row.attribute.field !== undefined)
    return [];
  const protection = argumentsOf(call)[row.attribute.protArg];
  if (protection === undefined) return [];
  const { mappedAs, memoryIs } = finding.details;
  if (mappedAs === 'private' && memoryIs === 'shared') {
    const text = sharedProtection(protection.text);
    return candidate('attribute:shared', `Map it with ${text}`, new Change(fn).argument(protection, text));
  }
  const inner = argumentsOf(protection)[0];
  const made = vocabulary.row(calleeOf(protection) ?? '', 'prot');
  if (mappedAs !== 'shared' || made?.attribute !== 'shared' || inner === undefined) return [];
  return candidate(
    'attribute:private',
    `Map it with ${inner.text}`,
    new Change(fn).argument(protection, inner.text),
  );
});

/** A comment, or a message where one is wanted, says that memory is lost on purpose. */
export const tellLeak = maker(['tell-leak'], (problem) => {
  const { fn, finding } = problem;
  const back = fn.root
    .find('return_statement')
    .find((one) => one.start <= finding.at.span.start && finding.at.span.start < one.end);
  if (back === undefined) return [];
  const change = new Change(fn);
  const lines = told(problem);
  if (lines.length > 0) change.before(back, lines);
  else change.note(back, leakComment);
  return candidate(
    'tell-leak',
    lines.length > 0 ? 'Say in the log that it is leaked' : 'Say that it is leaked',
    change,
  );
});
