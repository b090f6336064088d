import type { Span } from '../base/span.ts';
import type { CancellationToken } from '../base/token.ts';

/**
 * A syntax tree as arrays, in pre-order. Children of node `i`: `j = i + 1; j < next[i]; j = next[j]`.
 * Named nodes, the operator tokens that lowering reads, and every MISSING token are in it.
 */
export interface FlatTree {
  readonly count: number;
  /** Node type, an id of the grammar; `ERROR_TYPE` for an ERROR node. */
  readonly type: Uint16Array;
  /** Field of the parent that the node fills, an id of the grammar; 0 for none. */
  readonly field: Uint8Array;
  /** Bits of {@link NodeFlag}. */
  readonly flags: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly next: Uint32Array;
}

export const ERROR_TYPE = 0xffff;
export const NodeFlag = { named: 1, extra: 2, missing: 4, error: 8 } as const;

/** Names of node types and fields; the same ids in both backends. */
export interface Grammar {
  readonly typeCount: number;
  typeName(id: number): string;
  /** The id of a node type, 0 if the grammar has none of that name. */
  typeId(name: string, named: boolean): number;
  fieldName(id: number): string;
  fieldId(name: string): number;
}

/** A parser. Two exist: WASM everywhere, native where it loads. Both give the same trees for text without errors. */
export interface SyntaxBackend {
  readonly name: 'wasm' | 'native';
  readonly grammar: Grammar;
  /**
   * Set once the parser itself crashed, in spite of the limits on what it is given: every tree is a lone ERROR node
   * from then on, and a host that wants more starts another thread.
   */
  readonly crashed?: boolean;
  /**
   * Parses normalised text; offsets of the tree are string indices. Never fails on bad input: what is nested beyond
   * all measure gives a lone ERROR node. @throws Cancelled
   */
  parse(text: string, token?: CancellationToken): FlatTree;
  dispose(): void;
}

/**
 * One literal of a presence condition: the canonical text of a preprocessor condition and whether it holds.
 * `#ifdef X`, `defined(X)`, `IS_ENABLED(X)` are all the text `X`; `#ifndef X` is `X` with `holds: false`.
 */
export interface ConfigLiteral {
  readonly text: string;
  readonly holds: boolean;
}

/** A conjunction; empty means "always". */
export type Presence = readonly ConfigLiteral[];

/** A stretch of a function that is compiled only under `presence` (the literals of this arm alone, not of outer ones). */
export interface ConditionRegion {
  /** Relative to the function slice. */
  readonly span: Span;
  readonly presence: Presence;
}

/** An arm of `#if` that was left out because the text could not be parsed with it; counted and reported. */
export interface DroppedArm {
  readonly span: Span;
  readonly condition: string;
  readonly reason: 'unbalanced-arm' | 'inside-expression' | 'label-glued' | 'nested' | 'parse-error';
}

/** A function definition with its own tree. Spans in the tree and in the slice are relative to `start`. */
export interface FunctionSlice {
  readonly name: string;
  /** Where the slice begins in the file: the first token of the declaration. */
  readonly start: number;
  readonly end: number;
  readonly nameSpan: Span;
  readonly bodySpan: Span;
  /** Under which `#if`s of the file the function stands. */
  readonly presence: Presence;
  /** Original text of the slice, comments and attributes included. */
  readonly text: string;
  /** What was parsed: same length as `text`. */
  readonly normalised: string;
  /** Content hash of the original text. */
  readonly hash: string;
  /**
   * The body of a function-like macro, made a function: `text` has a head and an end that are not in the file, and
   * only spans of the name and in the body are places of it.
   */
  readonly macro?: true;
  readonly regions: readonly ConditionRegion[];
  readonly dropped: readonly DroppedArm[];
  /** Attributes and annotations blanked by normalisation, in order: `__init`, `__must_check`, `__free(kfree)`. Relative to `start`. */
  readonly attributes: readonly { readonly text: string; readonly span: Span }[];
  /** Parsed on first use, cached by content. */
  tree(): FlatTree;
  /** ERROR and MISSING nodes of the tree. */
  errorCount(): number;
}

/** What stands between functions: declarations, struct definitions, initialisers. Parsed on first use. */
export interface DeclarationSlice {
  readonly start: number;
  readonly end: number;
  readonly presence: Presence;
  readonly text: string;
  tree(): FlatTree;
}

/** `#define NAME body` or `#define NAME(a, b) body`, as text, continuation lines joined. */
export interface MacroDefinition {
  readonly name: string;
  readonly parameters: readonly string[] | null;
  readonly body: string;
  /** Of the name, in the file. */
  readonly span: Span;
  /** Of the body in the file, comments and continuations in it included. */
  readonly bodySpan: Span;
  /** Under which `#if`s of the file it stands. */
  readonly presence: Presence;
}

/** One file, cut into slices. Cheap: nothing is parsed before a slice's tree is asked for. */
export interface SourceUnit {
  readonly text: string;
  /** In file order, those that function-like macros make behind them. */
  readonly functions: readonly FunctionSlice[];
  readonly declarations: readonly DeclarationSlice[];
  readonly macros: readonly MacroDefinition[];
  readonly includes: readonly string[];
  /** Those of them that stand in quotes: files of the same folder, mostly. */
  readonly quoted: readonly string[];
  /** Those of them that stand under no `#if`: every build of the file has them. */
  readonly everywhere: readonly string[];
}
