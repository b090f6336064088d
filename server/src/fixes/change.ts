import { dialect } from '../kernel/dialect.ts';
import { aboveComments, isWorse, losesComment, type Piece } from './sound.ts';
import {
  isBare,
  isStatement,
  labelled,
  leaves,
  type SyntaxFunction,
  type SyntaxNode,
  statementOf,
  unlabelled,
} from './tree.ts';

/** A replacement, in offsets (UTF-16 units) of the text that it belongs to. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** So many columns has a line of the kernel. */
export const width = 80;
const tab = 8;

/** Columns that a line takes, a tab as far as the next stop. */
export function columns(line: string): number {
  let column = 0;
  for (const unit of line) column = unit === '\t' ? column + tab - (column % tab) : column + 1;
  return column;
}

/** White space up to a column: tabs, then spaces. */
function pad(column: number): string {
  return '\t'.repeat(Math.floor(column / tab)) + ' '.repeat(column % tab);
}

/**
 * Changes of one function, in the style of the kernel: whole lines, tabs, 80 columns, braces where they belong. Offsets are the
 * slice's; nothing is changed before {@link edits} is read.
 */
export class Change {
  private readonly pieces: Piece[] = [];
  private readonly bracedArms = new Set<SyntaxNode>();
  /** What makes room in conditions for a brace behind them; not needed where something else is changed there. */
  private readonly room: { readonly condition: SyntaxNode; readonly piece: TextEdit }[] = [];
  private isWrong = false;

  constructor(private readonly fn: SyntaxFunction) {}

  /**
   * In the order of the text; null where two of them meet: then they were not meant to go together, or where one cannot be, a comment would
   * be lost, or the style of the kernel.
   */
  get edits(): readonly TextEdit[] | null {
    if (this.isWrong) return null;
    const room = this.room.filter(
      ({ condition }) => !this.pieces.some((one) => one.start < condition.end && condition.start < one.end),
    );
    const sorted = [...this.pieces, ...room.map(({ piece }) => piece)]
      .map((piece, order) => ({ piece, order }))
      .sort((a, b) => a.piece.start - b.piece.start || a.piece.end - b.piece.end || a.order - b.order)
      .map(({ piece }) => piece);
    const meet = sorted.some((piece, i) => i > 0 && piece.start < sorted[i - 1]!.end);
    if (meet || sorted.length === 0 || losesComment(this.fn, sorted)) return null;
    let whole = '';
    let at = 0;
    for (const { start, end, text } of sorted) {
      whole += this.fn.text.slice(at, start) + text;
      at = end;
    }
    whole += this.fn.text.slice(at);
    // What is told in the log stays in one piece.
    const isWide = (line: string) => columns(line.replace(/"(?:\\.|[^"\\])*"/g, '""')) > width;
    return isWorse(this.fn.text, whole, isWide)
      ? null
      : sorted.map(({ start, end, text }) => ({ start, end, text }));
  }

  get isEmpty(): boolean {
    return this.pieces.length === 0;
  }

  /** Puts `text` in the place of a node. */
  replace(node: SyntaxNode, text: string): this {
    return this.splice(node.start, node.end, text);
  }

  /** Puts `text` between two offsets. */
  splice(start: number, end: number, text: string): this {
    this.pieces.push({ start, end, text });
    return this;
  }

  /** Gives an argument of a call another text; the call is broken into lines where it has no room any more. */
  argument(argument: SyntaxNode, text: string): this {
    const list = argument.parent!;
    const own = this.fn.text.slice(this.lineStart(argument.start), this.lineEnd(argument.end)).trimEnd();
    if (columns(own) + text.length - argument.text.length <= width) return this.replace(argument, text);
    const whole = statementOf(list);
    const then = whole.at('consequence');
    const isOneLine = then !== undefined && then.type !== 'compound_statement' && !this.startsLine(then);
    this.isWrong ||= this.isCrowded(whole) || !this.isLast(whole) || isOneLine;
    const behind = this.fn.text.slice(list.end, this.lineEnd(list.end)).trimEnd();
    const items = list.children.map((child) => (child === argument ? text : child.text));
    return this.replace(list, this.broken(list, items, behind));
  }

  /** Arguments in the place of others, broken into lines where they and what is behind them have no room in one. */
  private broken(list: SyntaxNode, items: readonly string[], behind: string): string {
    const indent = this.indentOf(list);
    const before = this.fn.text.slice(this.lineStart(list.start) + indent.length, list.start);
    const lines = call(indent, before, items, behind);
    return indented(lines.slice(before.length, lines.length - behind.length), indent).slice(indent.length);
  }

  /** White space before the first token of the line that a node begins in. */
  indentOf(node: SyntaxNode): string {
    const line = this.fn.text.slice(this.lineStart(node.start), node.start);
    return /^[ \t]*/.exec(line)![0];
  }

  /** White space of a statement's own line; labels stand further left than what is behind them. */
  bodyIndent(statement: SyntaxNode): string {
    const inner = unlabelled(statement);
    const own = this.indentOf(inner);
    if (labelled(inner) === inner || this.startsLine(inner)) return own;
    return `${own}\t`;
  }

  /** Takes a statement away with its lines, and a comment behind it, which must be put elsewhere: {@link noteBehind}. */
  remove(statement: SyntaxNode, from = statement): this {
    this.isWrong ||= !this.startsLine(statement) || !this.endsLine(statement.end);
    return this.cut(this.lineStart(from.start), this.lineEnd(statement.end));
  }

  /** The comment that stands behind a statement in its line, and ends there; null: none does. */
  noteBehind(statement: SyntaxNode): SyntaxNode | null {
    const { comments, text } = this.fn;
    const behind = comments.find(
      ({ start }) => start >= statement.end && /^[ \t]*$/.test(text.slice(statement.end, start)),
    );
    return behind !== undefined && this.endsLine(statement.end) ? behind : null;
  }

  /** Takes everything from the line of one node to the line of another away, for good. */
  removeLines(first: SyntaxNode, last: SyntaxNode): this {
    this.isWrong ||= !this.startsLine(labelled(first)) || !this.endsLine(last.end);
    const end = this.lineEnd(last.end);
    let start = this.lineStart(first.start);
    // No blank line stays before a closing brace.
    if (/^[ \t]*}/.test(this.fn.text.slice(end)))
      while (start > 1 && this.fn.text[start - 2] === '\n') start--;
    this.pieces.push({ start, end, text: '', gone: true });
    return this;
  }

  /** Takes whole lines away; of the blank lines around them one stays, and none beside a brace. */
  cut(start: number, end: number): this {
    const { text } = this.fn;
    const opens = /\{[ \t]*\n$/.test(text.slice(0, start));
    const blankBefore = text.slice(0, start).endsWith('\n\n');
    const rest = text.slice(end);
    if (blankBefore && /^[ \t]*}/.test(rest)) return this.splice(start - 1, end, '');
    if (rest.startsWith('\n') && (blankBefore || opens)) return this.splice(start, end + 1, '');
    return this.splice(start, end, '');
  }

  /**
   * Puts lines (without indentation) before a statement; braces come with them where it stood alone. `above`: before the comments above
   * it, too, which speak of it and not of the lines.
   */
  before(statement: SyntaxNode, lines: readonly string[], above = false): this {
    const indent = this.bodyIndent(statement);
    this.isWrong ||= this.isCrowded(statement);
    this.brace(statement);
    if (this.startsLine(statement)) {
      const line = this.lineStart(statement.start);
      const at = above ? aboveComments(this.fn, line) : line;
      return this.splice(at, at, lines.map((one) => `${indented(one, indent)}\n`).join(''));
    }
    return this.splice(statement.start, statement.start, lines.map((line) => `${line}\n${indent}`).join(''));
  }

  /** Puts lines (without indentation) behind a statement. */
  after(statement: SyntaxNode, lines: readonly string[]): this {
    const indent = this.bodyIndent(statement);
    const at = this.lineEnd(statement.end);
    this.isWrong ||= !this.isLast(statement) || (isBare(statement) && this.isCrowded(statement));
    this.splice(at, at, lines.map((line) => `${indented(line, indent)}\n`).join(''));
    this.brace(statement);
    return this;
  }

  /** Puts lines (without indentation) in the place of a statement; several get braces where it stood alone. */
  instead(statement: SyntaxNode, lines: readonly string[]): this {
    const indent = this.bodyIndent(statement);
    const note = this.noteBehind(statement);
    const isKept = note === null || lines.some((line) => line.includes(note.text));
    const put = isKept ? lines : this.noted(lines, statement, note, indent);
    if (put.length > 1) {
      this.isWrong ||= this.isCrowded(statement) || !this.endsLine(statement.end);
      this.brace(statement);
    }
    const text = put.map((line) => indented(line, indent)).join('\n');
    return this.splice(statement.start, note?.end ?? statement.end, text.trimStart());
  }

  /** Lines with the comment that stood behind the statement that they replace: behind the first of them, or above it. */
  private noted(
    lines: readonly string[],
    statement: SyntaxNode,
    note: SyntaxNode,
    indent: string,
  ): readonly string[] {
    const [first = '', ...rest] = lines;
    const line = `${first}${this.fn.text.slice(statement.end, note.start)}${note.text}`;
    const isHead =
      first.startsWith('if (') || first.startsWith('/*') || (rest.length > 0 && first.includes('\n'));
    const fits = line.split('\n').every((one) => columns(indent + one) <= width);
    return isHead || !fits ? [note.text, ...lines] : [line, ...rest];
  }

  /** Puts lines at the margin before the line of a statement. */
  atMargin(statement: SyntaxNode, lines: string): this {
    this.isWrong ||= !this.startsLine(statement);
    const at = this.lineStart(statement.start);
    return this.splice(at, at, lines);
  }

  /**
   * Runs a statement only where `condition` holds: `head` is `if (condition)` as {@link call} writes it. One that leaves is not to be
   * run by halves: who stays would go where nobody was to go.
   */
  guard(statement: SyntaxNode, head: string): this {
    this.isWrong ||= leaves(statement) || this.isCrowded(statement) || !this.isLast(statement);
    const indent = this.bodyIndent(statement);
    const inner = this.inner(statement, `${indent}\t`);
    const note = this.noteBehind(statement);
    const gap = note === null ? '' : this.fn.text.slice(statement.end, note.start) + note.text;
    const fits = columns(`${indent}\t${inner}${gap}`.split('\n').at(-1)!) <= width;
    const above = note === null || fits ? head : `${note.text}\n${head}`;
    // An `if` that is the whole body of another wants braces around it, though C does not.
    this.brace(statement);
    const end = fits ? statement.end : note!.end;
    return this.splice(statement.start, end, `${indented(above, indent).trimStart()}\n${indent}\t${inner}`);
  }

  /** A statement a tab further in; a call that has no room there any more is broken anew. */
  private inner(statement: SyntaxNode, indent: string): string {
    const moved = statement.text.replace(/\n([ \t]*)(?=\S)/g, '\n\t$1');
    const [one] = statement.type === 'expression_statement' ? statement.children : [];
    const list = one?.type === 'call_expression' ? one.at('arguments') : undefined;
    const isWide = (indent + moved).split('\n').some((line) => columns(line) > width);
    if (!isWide || list === undefined || this.fn.comments.some((comment) => statement.has(comment)))
      return moved;
    const items = list.children.map(({ text }) => text.replace(/\s*\n\s*/g, ' '));
    const lines = call(indent, this.fn.text.slice(statement.start, list.start), items, ';');
    return indented(lines, indent).trimStart();
  }

  /** Whether something else stands before a statement in its line: another one, or the head of the `if` that it is all of. */
  private isCrowded(statement: SyntaxNode): boolean {
    const own = labelled(statement);
    const before = this.fn.text.slice(this.lineStart(own.start), own.start);
    return !/^\s*(?:(?:case\b[^:]*|default\s*):\s*)?$/.test(before);
  }

  /** Whether nothing but comments stands behind a statement in its line. */
  isLast(statement: SyntaxNode): boolean {
    let at = statement.end;
    for (;;) {
      const rest = this.fn.text.slice(at);
      const gap = /^[ \t]*/.exec(rest)![0].length;
      const comment = this.fn.comments.find(({ start }) => start === at + gap);
      if (comment === undefined) return gap === rest.length || rest[gap] === '\n';
      at = comment.end;
    }
  }

  /** Puts a comment on a leak behind a statement, or above it where the line has no room; one that is there already stays alone. */
  note(statement: SyntaxNode, comment: string, text = statement.text): this {
    const indent = this.bodyIndent(statement);
    const known = this.noteBehind(statement);
    if (known === null ? !this.isLast(statement) : dialect.tellsLeak(known.text))
      return this.replace(statement, text);
    const line = `${indent}${text}\t${comment}`;
    if (known === null && columns(line) <= width) return this.replace(statement, `${text}\t${comment}`);
    return this.instead(statement, known === null ? [comment, text] : [comment, `${text}\t${known.text}`]);
  }

  /** Gives the arms of the `if` that a statement is the whole of braces; what has them keeps them. */
  brace(statement: SyntaxNode): void {
    if (!isBare(statement)) return;
    const own = labelled(statement);
    const owner = own.parent!;
    for (const arm of armsOf(owner.type === 'else_clause' ? owner.parent! : owner)) this.braceArm(arm);
  }

  private braceArm(arm: SyntaxNode): void {
    if (arm.type === 'compound_statement' || this.bracedArms.has(arm)) return;
    if (arm.parent?.type === 'else_clause' && arm.type === 'if_statement') return;
    this.bracedArms.add(arm);
    this.isWrong ||= this.isCrowded(arm);
    const head = this.codeEndBefore(arm.start);
    this.splice(head, head, ' {');
    const owner = arm.parent!.type === 'else_clause' ? arm.parent!.parent! : arm.parent!;
    if (arm.field === 'consequence') this.makeRoom(owner.at('condition')!);
    const end = this.lineEnd(arm.end);
    const indent = this.indentOf(chainOf(owner));
    const next = elseBehind(arm);
    if (next === null) this.splice(end, end, `${indent}}\n`);
    else this.splice(next.start, next.start, '} ');
  }

  /** Breaks a call of a condition into lines if there is no room for a brace behind it. */
  private makeRoom(condition: SyntaxNode): void {
    const line = this.fn.text.slice(this.lineStart(condition.start), condition.end);
    if (line.includes('\n') || columns(`${line} {`) <= width) return;
    for (const one of condition.find('call_expression').reverse()) {
      const list = one.at('arguments')!;
      const behind = `${this.fn.text.slice(list.end, condition.end)} {`;
      const items = list.children.map(({ text }) => text);
      const put = this.broken(list, items, behind);
      const before = this.fn.text.slice(this.lineStart(list.start), list.start);
      if (!(before + put + behind).split('\n').every((part) => columns(part) <= width)) continue;
      this.room.push({ condition, piece: { start: list.start, end: list.end, text: put } });
      return;
    }
  }

  /** Where the code before an offset ends: behind the `)` of an `if`, or the word `else`. */
  private codeEndBefore(offset: number): number {
    let at = offset;
    for (;;) {
      while (at > 0 && /\s/.test(this.fn.text[at - 1]!)) at--;
      const comment = this.fn.comments.find((one) => one.end === at);
      if (comment === undefined) return at;
      at = comment.start;
    }
  }

  /** Whether nothing but white space stands before a node in its line. */
  startsLine(node: SyntaxNode): boolean {
    return this.fn.text.slice(this.lineStart(node.start), node.start).trim() === '';
  }

  /** Whether nothing but white space and a comment stands behind an offset in its line. */
  private endsLine(offset: number): boolean {
    return /^[ \t]*(?:\/\*(?:(?!\*\/)[^\n])*\*\/[ \t]*|\/\/[^\n]*)?(?:\r?\n|$)/.test(
      this.fn.text.slice(offset),
    );
  }

  private lineStart(offset: number): number {
    return this.fn.text.lastIndexOf('\n', offset - 1) + 1;
  }

  /** Behind the end of the line, and of a comment that goes on in the next ones. */
  private lineEnd(offset: number): number {
    const at = this.fn.text.indexOf('\n', offset);
    const open = this.fn.comments.find(({ start, end }) => start >= offset && start < at && at < end);
    if (open !== undefined) return this.lineEnd(open.end);
    return at < 0 ? this.fn.text.length : at + 1;
  }
}

/** The `if` at the head of a chain of `else if`s. */
function chainOf(branch: SyntaxNode): SyntaxNode {
  let at = branch;
  while (at.parent?.type === 'else_clause' && at.parent.parent !== null) at = at.parent.parent;
  return at;
}

/** The arms of a whole chain of `else if`s, or the body of a loop. */
function armsOf(owner: SyntaxNode): readonly SyntaxNode[] {
  if (owner.type !== 'if_statement') return owner.children.filter((child) => child.field === 'body');
  const arms: SyntaxNode[] = [];
  const head = chainOf(owner);
  for (let at: SyntaxNode | undefined = head; at !== undefined; ) {
    const then = at.at('consequence');
    if (then !== undefined) arms.push(then);
    const other: SyntaxNode | undefined = at.at('alternative')?.children.find(isStatement);
    if (other !== undefined && other.type !== 'if_statement') arms.push(other);
    at = other?.type === 'if_statement' ? other : undefined;
  }
  return arms;
}

function elseBehind(arm: SyntaxNode): SyntaxNode | null {
  return arm.field === 'consequence' ? (arm.parent?.at('alternative') ?? null) : null;
}

function indented(line: string, indent: string): string {
  return line
    .split('\n')
    .map((one) => (one === '' ? one : indent + one))
    .join('\n');
}

/**
 * `before(a, b)behind` at an indentation, without it; arguments that do not fit in a line go on below the first, as kernel code has
 * it. Lines after the first are relative to the indentation, too.
 */
export function call(indent: string, before: string, items: readonly string[], behind: string): string {
  const whole = `${before}(${items.join(', ')})${behind}`;
  if (columns(indent + whole) <= width) return whole;
  const left = columns(`${indent}${before}(`) - columns(indent);
  const aligned = filled(indent, `${before}(`, pad(left), items, behind);
  if (aligned.every((line) => columns(indent + line) <= width)) return aligned.join('\n');
  return [`${before}(`, ...filled(indent, '\t\t', '\t\t', items, behind)].join('\n');
}

/** Items behind `first`, those that do not fit below it behind `rest`. */
function filled(
  indent: string,
  first: string,
  rest: string,
  items: readonly string[],
  behind: string,
): string[] {
  const lines: string[] = [];
  let line = first;
  items.forEach((item, i) => {
    const piece = item + (i === items.length - 1 ? `)${behind}` : ',');
    const space = i === 0 ? '' : ' ';
    if (i > 0 && columns(indent + line + space + piece) > width) {
      lines.push(line);
      line = rest + piece;
    } else line += space + piece;
  });
  return [...lines, line];
}

/** A statement with a comment behind it, or above it where the line has no room. */
export function commented(indent: string, statement: string, comment: string): readonly string[] {
  const line = `${statement}\t${comment}`;
  return columns(indent + line) <= width ? [line] : [comment, statement];
}
