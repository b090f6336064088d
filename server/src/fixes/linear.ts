import { linearAllocation, linearFree, mostAtOnce } from '../kernel/repairs.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { call as written } from './change.ts';
import { FileChange, type PlacedCall, type PlacedFunction } from './file.ts';
import { isAskedFor, placeOf } from './memory.ts';
import { candidate, maker, type Problem } from './problem.ts';
import { holderOf, onPath, Terms, unchanged } from './terms.ts';
import { argumentsOf, callAt, calleeOf, type SyntaxNode, statementOf, unlabelled } from './tree.ts';
import { MemoryUses } from './uses.ts';

/** A page as most kernels have it, to tell what is too large for pages in a row. */
const page = 4096;

/**
 * Memory that may lie outside of the linear map is taken from the page allocator instead, and given back there: everything that is done
 * with it is in view.
 */
export const linearMemory = maker(['linear-memory'], (problem) => {
  const { finding, file, vocabulary } = problem;
  const step = finding.trace.findLast(({ event }) => event.k === 'alloc');
  if (finding.violation !== 'vmalloc-converted' || step?.at.file !== finding.at.file) return [];
  const fn = file.named(step.at.function);
  const call = fn === undefined ? undefined : callAt(fn, step.at.span);
  const given = call === undefined ? [] : argumentsOf(call);
  const callee = call === undefined ? null : calleeOf(call);
  if (fn === undefined || call === undefined || callee === null) return [];
  const better = linearAllocation(
    callee,
    given.map((one) => one.text),
  );
  const size = better === null ? undefined : given[better.size];
  if (better === null || size === undefined || (bytesOf(size, vocabulary) ?? 0) > mostAtOnce) return [];
  const uses = new MemoryUses(file, vocabulary, (one) => linearFree(one) !== null);
  if (!uses.follow({ fn, call }) || uses.frees.length === 0) return [];
  const change = new FileChange();
  if (!allocated(change, { fn, call }, better.name, better.items)) return [];
  if (!uses.frees.every((free) => freed(problem, change, free, { fn, size }))) return [];
  const title = `Take '${finding.subject.text}' from ${better.name}() instead of ${callee}()`;
  return candidate(
    'linear-memory',
    title.length > 80 ? `Use ${better.name}() instead of ${callee}()` : title,
    change,
  );
});

/** Puts another call in the place of one that allocates, in lines of 80 columns. */
function allocated(
  change: FileChange,
  { fn, call }: PlacedCall,
  name: string,
  items: readonly string[],
): boolean {
  if (call.text.includes('\n')) return false;
  const own = change.of(fn);
  const start = fn.text.lastIndexOf('\n', call.start - 1) + 1;
  const end = fn.text.indexOf('\n', call.end);
  const indent = own.indentOf(call);
  const before = fn.text.slice(start + indent.length, call.start);
  const behind = fn.text.slice(call.end, end).trimEnd();
  const lines = written(indent, `${before}${name}`, items, behind).split('\n');
  if (lines.length > 1 && !own.startsLine(statementOf(call))) return false;
  own.splice(
    start + indent.length,
    call.end + behind.length,
    lines.map((line, i) => (i === 0 ? line : indent + line)).join('\n'),
  );
  return true;
}

/** Puts a call with a size in the place of one that frees; what is not there is not freed so. */
function freed(
  problem: Problem,
  change: FileChange,
  { fn, call }: PlacedCall,
  from: { readonly fn: PlacedFunction; readonly size: SyntaxNode },
): boolean {
  const { vocabulary } = problem;
  const name = linearFree(calleeOf(call) ?? '');
  const [pointer] = argumentsOf(call);
  const place = pointer === undefined ? null : placeOf(pointer, vocabulary);
  const amount = place === null ? null : sizeIn(problem, fn, place, from);
  if (name === null || pointer === undefined || place === null || amount === null) return false;
  const own = change.of(fn);
  const statement = unlabelled(statementOf(call));
  const indent = own.bodyIndent(statement);
  const asked = isAskedFor(statement, place.text);
  const deeper = asked ? indent : `${indent}\t`;
  const lines = written(deeper, name, [pointer.text, amount], ';').split('\n');
  const text = lines.map((line, i) => (i === 0 ? line : deeper + line)).join('\n');
  if (!asked) own.brace(statement);
  own.replace(statement, asked ? text : `if (${place.text})\n${deeper}${text}`);
  return true;
}

/** What was asked for, in the terms of a function that frees it. */
function sizeIn(
  { vocabulary, finding, file }: Problem,
  fn: PlacedFunction,
  place: SyntaxNode,
  from: { readonly fn: PlacedFunction; readonly size: SyntaxNode },
): string | null {
  if (fn.name === from.fn.name) return unchanged(from.size, fn) ? from.size.text : null;
  const holder = holderOf(fn, place);
  const callers = onPath(finding, file, from.fn.name);
  return holder === null ? null : new Terms(fn, holder, callers, file, vocabulary).say(from.size, from.fn);
}

/** How many bytes an expression is, if it is made of numbers and constants; null where nobody knows. */
function bytesOf(node: SyntaxNode, vocabulary: Vocabulary): number | null {
  switch (node.type) {
    case 'number_literal': {
      const value = Number(node.text.replace(/[uUlL]+$/, ''));
      return Number.isNaN(value) ? null : value;
    }
    case 'identifier': {
      const row = vocabulary.row(node.text, 'constant');
      return row?.follows === 'page-size' ? page : (row?.value ?? null);
    }
    case 'parenthesized_expression':
      return node.children[0] === undefined ? null : bytesOf(node.children[0], vocabulary);
    case 'binary_expression': {
      const [left, right] = [node.at('left'), node.at('right')].map((one) =>
        one === undefined ? null : bytesOf(one, vocabulary),
      );
      if (left == null || right == null) return null;
      switch (node.at('operator')?.text) {
        case '*':
          return left * right;
        case '+':
          return left + right;
        case '<<':
          return left * 2 ** right;
        default:
          return null;
      }
    }
    default:
      return null;
  }
}
