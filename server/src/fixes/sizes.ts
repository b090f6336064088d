import { inUnit } from '../kernel/repairs.ts';
import { Change } from './change.ts';
import { type Candidate, candidate, flaggedCall, maker, type Problem } from './problem.ts';
import { argumentsOf, callAt, calleeOf, type SyntaxNode } from './tree.ts';

/** The amount in the unit that is wanted, the same both ways, or rounded up. */
export const rightSize = maker(['unit', 'extent', 'round-up'], (problem) => {
  switch (problem.finding.violation) {
    case 'unit-mismatch':
      return rightUnit(problem);
    case 'extent-mismatch':
      return sameExtent(problem);
    default:
      return roundedUp(problem);
  }
});

function sizeArgument(call: SyntaxNode, text: string | undefined): SyntaxNode | undefined {
  if (text === undefined) return undefined;
  return argumentsOf(call).find((argument) => folded(argument.text) === folded(text));
}

function folded(text: string): string {
  return text.replace(/\s+/g, '');
}

function rightUnit(problem: Problem): readonly Candidate<'unit'>[] {
  const { given, givenUnit = '', wantedUnit = '' } = problem.finding.details;
  const call = flaggedCall(problem);
  const argument = call === undefined ? undefined : sizeArgument(call, given);
  if (argument === undefined) return [];
  const factor = givenUnit === 'bytes' && wantedUnit === 'pages' ? inPages(problem, argument) : null;
  const text = factor ?? inUnit(argument.text, givenUnit, wantedUnit);
  if (text === null) return [];
  const change = new Change(problem.fn).argument(argument, text);
  return candidate('unit', `Pass ${text}`, change);
}

/** `n * PAGE_SIZE` and `PAGE_SIZE` are n pages and one. */
function inPages({ vocabulary }: Problem, argument: SyntaxNode): string | null {
  const isPage = (node: SyntaxNode | undefined) =>
    node?.type === 'identifier' && vocabulary.row(node.text, 'constant')?.follows === 'page-size';
  if (isPage(argument)) return '1';
  if (argument.type !== 'binary_expression' || argument.at('operator')?.text !== '*') return null;
  const [left, right] = [argument.at('left'), argument.at('right')];
  if (isPage(right)) return left?.text ?? null;
  return isPage(left) ? (right?.text ?? null) : null;
}

/** As much is made private as was shared. */
function sameExtent(problem: Problem): readonly Candidate<'extent'>[] {
  const { decrypted, encrypted } = problem.finding.details;
  const { file, function: name } = problem.finding.at;
  const call = flaggedCall(problem);
  const shared = problem.finding.trace.findLast(
    ({ event, at }) =>
      event.k === 'transition' && event.to === 'shared' && at.file === file && at.function === name,
  );
  if (call === undefined || shared === undefined || decrypted === undefined) return [];
  const argument = sizeArgument(call, encrypted);
  const other = callAt(problem.fn, shared.at.span);
  const wanted = other === undefined ? undefined : sizeArgument(other, decrypted);
  if (argument === undefined || wanted === undefined || calleeOf(call) === null) return [];
  const change = new Change(problem.fn).argument(argument, wanted.text);
  return candidate('extent', `Pass ${wanted.text}, as for the way there`, change);
}

/** What is cut to whole pages is rounded up, as on the way back. */
function roundedUp(problem: Problem): readonly Candidate<'round-up'>[] {
  const call = flaggedCall(problem);
  const argument = call === undefined ? undefined : sizeArgument(call, problem.finding.details.given);
  if (argument?.type !== 'binary_expression') return [];
  if (!['>>', '/'].includes(argument.at('operator')?.text ?? '')) return [];
  const bytes = argument.at('left')?.text;
  const text = bytes === undefined ? null : inUnit(bytes, 'bytes', 'pages');
  if (text === null) return [];
  return candidate('round-up', `Pass ${text}`, new Change(problem.fn).argument(argument, text));
}
