import type { Vocabulary } from '../kernel/types.ts';
import type { TextEdit } from './change.ts';
import type { PlacedFunction, SyntaxFile } from './file.ts';
import { isLocal, parametersOf } from './own.ts';
import { lockingOf } from './sections.ts';
import { argumentsOf, calleeOf, isStatement, labelled, type SyntaxNode } from './tree.ts';

/** What a call may be that is moved: it does nothing that others could wait for. */
const portable = [
  'condition',
  'contents',
  'error',
  'free',
  'harmless',
  'same',
  'size',
  'transition',
] as const;

const statements = ['expression_statement', 'if_statement', 'goto_statement', 'return_statement'];

/** What some statements read and write, as far as it is variables of the function. */
export interface Effects {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  /** Fields that are read through a pointer, and that of no variable: `ring->buf`. */
  readonly fields: readonly SyntaxNode[];
  /** Jumps and returns. */
  readonly exits: readonly SyntaxNode[];
  /** Locks that are released on the way out. */
  readonly releases: readonly SyntaxNode[];
}

/** What some statements do, if they could stand elsewhere, `without` one in them; null: they do something that must stay where it is. */
export function effectsOf(
  nodes: readonly SyntaxNode[],
  fn: PlacedFunction,
  file: SyntaxFile,
  vocabulary: Vocabulary,
  without: SyntaxNode | null = null,
): Effects | null {
  const reads = new Set<string>();
  const writes = new Set<string>();
  const fields: SyntaxNode[] = [];
  const exits: SyntaxNode[] = [];
  const releases: SyntaxNode[] = [];
  const parameters = parametersOf(fn);
  const isVariable = (name: string) => parameters.includes(name) || isLocal(fn, name);
  const visit = (node: SyntaxNode): boolean => {
    if (node === without) return true;
    if (isStatement(node)) {
      if (lockingOf(node, vocabulary)?.op === 'release') {
        releases.push(node);
        return true;
      }
      if (node.type !== 'compound_statement' && !statements.includes(node.type)) return false;
      if (node.type === 'goto_statement' || node.type === 'return_statement') exits.push(node);
    }
    switch (node.type) {
      case 'call_expression': {
        const callee = calleeOf(node) ?? '';
        const known = portable.some((kind) => vocabulary.row(callee, kind) !== undefined);
        if (!known && !isPlain(callee, file, vocabulary)) return false;
        return argumentsOf(node).every(visit);
      }
      case 'assignment_expression': {
        const left = node.at('left');
        if (left?.type !== 'identifier' || !isVariable(left.text)) return false;
        if (node.at('operator')?.text !== '=') reads.add(left.text);
        writes.add(left.text);
        return visit(node.at('right')!);
      }
      case 'field_expression':
        fields.push(node);
        return node.at('argument')?.type === 'identifier' && visit(node.at('argument')!);
      case 'identifier':
        if (isVariable(node.text)) reads.add(node.text);
        return isVariable(node.text) || isConstant(node.text, vocabulary);
      case 'update_expression':
      case 'subscript_expression':
      case 'pointer_expression':
      case 'comma_expression':
      case 'compound_literal_expression':
        return false;
      case 'type_descriptor':
      case 'sizeof_expression':
        return true;
      default:
        return node.children.every(visit);
    }
  };
  return nodes.every(visit) ? { reads, writes, fields, exits, releases } : null;
}

/** A name in capitals is a constant, or macro of one. */
function isConstant(name: string, vocabulary: Vocabulary): boolean {
  return vocabulary.row(name, 'constant') !== undefined || /^[A-Z][A-Z0-9_]*$/.test(name);
}

/** Whether a function of the file looks at nothing but what it is given by value, and calls nothing but what could be moved, too. */
function isPlain(name: string, file: SyntaxFile, vocabulary: Vocabulary): boolean {
  const fn = file.named(name);
  if (fn === undefined) return false;
  const shared = fn.body.find('field_expression', 'pointer_expression', 'subscript_expression').length > 0;
  const parameters = parametersOf(fn);
  const callees = fn.body.find('call_expression').map((call) => calleeOf(call));
  const names = fn.body
    .find('identifier')
    .filter((one) => !(one.parent?.type === 'call_expression' && one.field === 'function'))
    .map((one) => one.text);
  return (
    !shared &&
    names.every((one) => parameters.includes(one) || isLocal(fn, one) || isConstant(one, vocabulary)) &&
    callees.every((one) => portable.some((kind) => vocabulary.row(one ?? '', kind) !== undefined))
  );
}

/** Whether a node mentions one of some variables. */
export function mentions(node: SyntaxNode, names: ReadonlySet<string>): boolean {
  return node.find('identifier').some((one) => names.has(one.text));
}

/** The first line of a statement, with the comments above it that belong to it, and the end of its last one: whole lines. */
export function linesOf(
  fn: PlacedFunction,
  first: SyntaxNode,
  last: SyntaxNode,
): { start: number; end: number } | null {
  const { text, comments } = fn;
  const from = labelled(first);
  let start = text.lastIndexOf('\n', from.start - 1) + 1;
  if (text.slice(start, from.start).trim() !== '') return null;
  for (;;) {
    const above = comments.find(
      ({ end }) => end < start && text.slice(end, start).trim() === '' && end >= start - 2,
    );
    const line = above === undefined ? -1 : text.lastIndexOf('\n', above.start - 1) + 1;
    if (above === undefined || text.slice(line, above.start).trim() !== '') break;
    start = line;
  }
  const next = text.indexOf('\n', last.end);
  const end = next < 0 ? text.length : next + 1;
  const behind = text.slice(last.end, end).trim();
  return behind === '' || /^\/\*.*\*\/$/.test(behind) ? { start, end } : null;
}

/** The lines from `start` to `end` with edits in them, without what they are indented by. */
export function movedLines(
  fn: PlacedFunction,
  { start, end }: { readonly start: number; readonly end: number },
  edits: readonly TextEdit[],
  indent: string,
): readonly string[] {
  const parts: string[] = [];
  let at = start;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    parts.push(fn.text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  const lines = (parts.join('') + fn.text.slice(at, end)).replace(/\n$/, '').split('\n');
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
}
