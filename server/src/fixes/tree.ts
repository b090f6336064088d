import type { Span } from '../base/span.ts';
import {
  type DeclarationSlice,
  ERROR_TYPE,
  type FlatTree,
  type FunctionSlice,
  type Grammar,
  NodeFlag,
} from '../syntax/types.ts';

/** A node of a function's syntax tree; comments stand apart. Spans are relative to the function's slice. */
export class SyntaxNode {
  readonly children: SyntaxNode[] = [];

  constructor(
    readonly type: string,
    /** What it is to its parent: `condition`, `consequence`; empty where the grammar has no word for it. */
    readonly field: string,
    readonly start: number,
    readonly end: number,
    readonly parent: SyntaxNode | null,
    /** The whole slice, as it is in the file. */
    private readonly source: string,
  ) {}

  get text(): string {
    return this.source.slice(this.start, this.end);
  }

  /** The child that fills a field; undefined if none does. */
  at(field: string): SyntaxNode | undefined {
    return this.children.find((child) => child.field === field);
  }

  /** This node and all below it, in the order of the text. */
  *all(): Generator<SyntaxNode> {
    yield this;
    for (const child of this.children) yield* child.all();
  }

  /** All nodes of these types, itself included. */
  find(...types: readonly string[]): SyntaxNode[] {
    return [...this.all()].filter((node) => types.includes(node.type));
  }

  /** The nearest node of one of these types, itself included; undefined if none is around it. */
  around(...types: readonly string[]): SyntaxNode | undefined {
    for (let node: SyntaxNode | null = this; node !== null; node = node.parent)
      if (types.includes(node.type)) return node;
    return undefined;
  }

  /** Whether `other` is this node or below it. */
  has(other: SyntaxNode): boolean {
    return this.start <= other.start && other.end <= this.end;
  }
}

/** A function as the fixes see it. */
export interface SyntaxFunction {
  readonly root: SyntaxNode;
  /** The block of the function. */
  readonly body: SyntaxNode;
  readonly comments: readonly SyntaxNode[];
  /** The slice's text. */
  readonly text: string;
}

/**
 * The tree of a slice; null where the slice does not parse without errors, is no function of the file, or has line ends that no
 * kernel tree has: what is put in would have others.
 */
export function syntaxOf(slice: FunctionSlice, grammar: Grammar): SyntaxFunction | null {
  if (slice.macro === true || slice.errorCount() > 0 || slice.text.includes('\r')) return null;
  const tree = slice.tree();
  const comments: SyntaxNode[] = [];
  const root = nodeOf(tree, 0, null, { grammar, text: slice.text, comments });
  const body = root.find('function_definition')[0]?.at('body');
  return body === undefined ? null : { root, body, comments, text: slice.text };
}

/** The tree of a declaration between functions; null where it does not parse. */
export function syntaxOfDeclaration(slice: DeclarationSlice, grammar: Grammar): SyntaxNode | null {
  const tree = slice.tree();
  if (tree.type.subarray(0, tree.count).includes(ERROR_TYPE)) return null;
  return nodeOf(tree, 0, null, { grammar, text: slice.text, comments: [] });
}

interface Making {
  readonly grammar: Grammar;
  readonly text: string;
  readonly comments: SyntaxNode[];
}

function nodeOf(tree: FlatTree, index: number, parent: SyntaxNode | null, making: Making): SyntaxNode {
  const { grammar, text, comments } = making;
  const type = grammar.typeName(tree.type[index]!);
  const field = tree.field[index] === 0 ? '' : grammar.fieldName(tree.field[index]!);
  const node = new SyntaxNode(type, field, tree.start[index]!, tree.end[index]!, parent, text);
  for (let child = index + 1; child < tree.next[index]!; child = tree.next[child]!) {
    if (tree.flags[child]! & NodeFlag.extra) comments.push(nodeOf(tree, child, node, making));
    else node.children.push(nodeOf(tree, child, node, making));
  }
  return node;
}

/** The call that a span marks: the innermost one that covers it. */
export function callAt(fn: SyntaxFunction, span: Span): SyntaxNode | undefined {
  const calls = fn.root
    .find('call_expression')
    .filter((call) => call.start <= span.start && span.end <= call.end);
  return calls.at(-1) ?? fn.root.find('call_expression').find((call) => call.start === span.start);
}

/** The name that is called; null for a call through a pointer. */
export function calleeOf(call: SyntaxNode): string | null {
  const callee = call.at('function');
  return callee?.type === 'identifier' ? callee.text : null;
}

/** The arguments of a call. */
export function argumentsOf(call: SyntaxNode): readonly SyntaxNode[] {
  return call.at('arguments')?.children ?? [];
}

const statements = new Set([
  'expression_statement',
  'if_statement',
  'goto_statement',
  'return_statement',
  'declaration',
  'labeled_statement',
  'compound_statement',
  'for_statement',
  'while_statement',
  'do_statement',
  'switch_statement',
  'case_statement',
  'break_statement',
  'continue_statement',
]);

/** Whether a node is a statement. */
export function isStatement(node: SyntaxNode): boolean {
  return statements.has(node.type);
}

/** The innermost statement around a node. */
export function statementOf(node: SyntaxNode): SyntaxNode {
  let at = node;
  while (!isStatement(at) && at.parent !== null) at = at.parent;
  return at;
}

/** The statement with the labels that stand before it. */
export function labelled(statement: SyntaxNode): SyntaxNode {
  let at = statement;
  while (at.parent?.type === 'labeled_statement') at = at.parent;
  return at;
}

/** The statement itself, without the labels before it. */
export function unlabelled(statement: SyntaxNode): SyntaxNode {
  let at = statement;
  while (at.type === 'labeled_statement') {
    const inner = at.children.find(isStatement);
    if (inner === undefined) return at;
    at = inner;
  }
  return at;
}

/** Labels that stand before a statement. */
export function labelsOf(statement: SyntaxNode): readonly string[] {
  const names: string[] = [];
  for (let at: SyntaxNode | undefined = labelled(statement); at?.type === 'labeled_statement'; ) {
    names.push(at.at('label')?.text ?? '');
    at = at.children.find(isStatement);
  }
  return names;
}

/** The statements after one in its block, the nearest first; none where it is the only one of an `if` without braces. */
export function following(statement: SyntaxNode): readonly SyntaxNode[] {
  const own = labelled(statement);
  const block = own.parent;
  if (block === null || !['compound_statement', 'case_statement'].includes(block.type)) return [];
  return block.children.slice(block.children.indexOf(own) + 1);
}

/** The statements before one in its block, the nearest first. */
export function preceding(statement: SyntaxNode): readonly SyntaxNode[] {
  const own = labelled(statement);
  const block = own.parent;
  if (block === null || !['compound_statement', 'case_statement'].includes(block.type)) return [];
  return block.children.slice(0, block.children.indexOf(own)).reverse();
}

/** A statement after which nothing of its block runs. */
export function leaves(statement: SyntaxNode): boolean {
  return ['return_statement', 'goto_statement', 'break_statement', 'continue_statement'].includes(
    unlabelled(statement).type,
  );
}

/** The only statement of an `if`, loop or `else` without braces. */
export function isBare(statement: SyntaxNode): boolean {
  const { parent } = labelled(statement);
  return parent !== null && !['compound_statement', 'case_statement'].includes(parent.type);
}

/** The arm that runs where the condition of an `if` holds. */
export function thenOf(branch: SyntaxNode): readonly SyntaxNode[] {
  const arm = branch.at('consequence');
  if (arm === undefined) return [];
  return arm.type === 'compound_statement' ? arm.children : [arm];
}

/** The arm behind `else`; empty if there is none. */
export function elseOf(branch: SyntaxNode): readonly SyntaxNode[] {
  const arm = branch.at('alternative')?.children.find(isStatement);
  if (arm === undefined) return [];
  return arm.type === 'compound_statement' ? arm.children : [arm];
}

/** The jumps to a label. */
export function jumpsTo(fn: SyntaxFunction, label: string): readonly SyntaxNode[] {
  return fn.root.find('goto_statement').filter((jump) => jump.at('label')?.text === label);
}
