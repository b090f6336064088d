import type { Span } from '../base/span.ts';
import type { FlatTree } from '../syntax/types.ts';
import { NodeFlag } from '../syntax/types.ts';
import type { FieldIds, Vocabulary } from './kinds.ts';
import { Kind } from './kinds.ts';

/** A tree with its two texts: nodes are indices into the tree, -1 is no node. */
export class Code {
  readonly f: FieldIds;

  constructor(
    readonly tree: FlatTree,
    /** As the author wrote it. */
    readonly text: string,
    /** What was parsed; same length. */
    readonly normalised: string,
    readonly vocabulary: Vocabulary,
    /** Added to every span that is given out. */
    readonly offset = 0,
  ) {
    this.f = vocabulary.f;
  }

  kind(node: number): Kind {
    return node < 0 ? Kind.other : this.vocabulary.kindOf[this.tree.type[node]!]!;
  }

  /** The first child that fills `field`. */
  child(node: number, field: number): number {
    const { next, field: fields } = this.tree;
    const end = next[node]!;
    for (let j = node + 1; j < end; j = next[j]!) if (fields[j] === field) return j;
    return -1;
  }

  /** The first named child that is no comment. */
  first(node: number): number {
    const { next, flags } = this.tree;
    const end = next[node]!;
    for (let j = node + 1; j < end; j = next[j]!) {
      if (flags[j]! & NodeFlag.named && this.kind(j) !== Kind.comment) return j;
    }
    return -1;
  }

  /** The named children that are no comments. */
  children(node: number): number[] {
    const { next, flags } = this.tree;
    const end = next[node]!;
    const out: number[] = [];
    for (let j = node + 1; j < end; j = next[j]!) {
      if (flags[j]! & NodeFlag.named && this.kind(j) !== Kind.comment) out.push(j);
    }
    return out;
  }

  /** Without parentheses and comments around it. Stays where a statement stands in the parentheses. */
  bare(node: number): number {
    let at = node;
    while (this.kind(at) === Kind.parenthesized || this.kind(at) === Kind.extension) {
      const inner = this.first(at);
      if (inner < 0 || this.kind(inner) === Kind.compound) return at;
      at = inner;
    }
    return at;
  }

  isMissing(node: number): boolean {
    return (this.tree.flags[node]! & NodeFlag.missing) !== 0;
  }

  /** The operator token's text, `''` if there is none. */
  operator(node: number): string {
    const token = this.child(node, this.f.operator);
    return token < 0 ? '' : this.vocabulary.operatorOf[this.tree.type[token]!]!;
  }

  start(node: number): number {
    return this.tree.start[node]!;
  }

  end(node: number): number {
    return this.tree.end[node]!;
  }

  /** What was parsed. */
  parsed(node: number): string {
    return this.normalised.slice(this.tree.start[node]!, this.tree.end[node]!);
  }

  /** What the author wrote. */
  written(node: number): string {
    return this.text.slice(this.tree.start[node]!, this.tree.end[node]!);
  }

  span(node: number): Span {
    return { start: this.tree.start[node]! + this.offset, end: this.tree.end[node]! + this.offset };
  }

  /** The span from one node's start to another's end. */
  between(first: number, last: number): Span {
    return { start: this.tree.start[first]! + this.offset, end: this.tree.end[last]! + this.offset };
  }
}

/** White space folded to one blank, comments dropped. */
export function fold(text: string): string {
  if (!/[/\\\t\n\r\f\v]| {2}|^ | $/.test(text)) return text;
  return text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/\\\r?\n/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The offset after the parenthesis that closes the one at `open`, or -1. Strings and comments are skipped. */
export function closing(text: string, open: number, limit = text.length): number {
  let depth = 0;
  for (let i = open; i < limit; i++) {
    const c = text[i];
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') {
      if (--depth === 0) return i + 1;
    } else if (c === '"' || c === "'") {
      for (i++; i < limit && text[i] !== c && text[i] !== '\n'; i++) if (text[i] === '\\') i++;
    } else if (c === '/' && text[i + 1] === '*') {
      const end = text.indexOf('*/', i + 2);
      if (end < 0) return -1;
      i = end + 1;
    } else if (c === '/' && text[i + 1] === '/') {
      const end = text.indexOf('\n', i);
      if (end < 0) return -1;
      i = end;
    }
  }
  return -1;
}

/** The identifier that starts at `offset`, `''` if none does. */
export function wordAt(text: string, offset: number): string {
  let end = offset;
  for (; end < text.length; end++) {
    const c = text.charCodeAt(end) | 32;
    const letter = (c >= 97 && c <= 122) || text.charCodeAt(end) === 95;
    const digit = text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57;
    if (!letter && !(digit && end > offset)) break;
  }
  return text.slice(offset, end);
}

/** Blank, tab or line end, by its code unit. */
export function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}

/** The offset after the comma that follows `offset`. */
export function afterComma(text: string, offset: number): number {
  const comma = endOfArgument(text, offset);
  return Math.min(comma + 1, text.length);
}

/** The offset of the comma or parenthesis that follows `offset`; nothing but white space and comments lies between. */
export function endOfArgument(text: string, offset: number): number {
  for (let i = offset; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 44 || c === 41) return i;
    if (c === 47 && text[i + 1] === '*') {
      const end = text.indexOf('*/', i + 2);
      if (end < 0) return text.length;
      i = end + 1;
    } else if (c === 47 && text[i + 1] === '/') {
      const end = text.indexOf('\n', i);
      if (end < 0) return text.length;
      i = end;
    } else if (!isSpace(c)) return offset;
  }
  return text.length;
}
