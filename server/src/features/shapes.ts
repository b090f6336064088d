import type { HoverActions } from '../protocol.ts';

/**
 * The answers of this folder: plain data in the shape that LSP gives it, without its library.
 * Lines and characters count from 0, characters in UTF-16 units; ranges are half-open.
 */
export interface LspPosition {
  readonly line: number;
  readonly character: number;
}

/** A stretch of a document, half-open. */
export interface LspRange {
  readonly start: LspPosition;
  readonly end: LspPosition;
}

/** 1 error, 2 warning, 3 information, 4 hint. */
export type LspSeverity = 1 | 2 | 3 | 4;

/** Another place that belongs to a diagnostic, in words. */
export interface LspRelated {
  readonly location: { readonly uri: string; readonly range: LspRange };
  readonly message: string;
}

/** What a code action needs to find a diagnostic again. */
export interface DiagnosticData {
  readonly fingerprint: string;
  readonly function: string;
}

/** A finding as editors take it. */
export interface LspDiagnostic {
  readonly range: LspRange;
  readonly severity: LspSeverity;
  readonly code: string;
  readonly codeDescription?: { readonly href: string };
  readonly source: string;
  readonly message: string;
  readonly relatedInformation?: LspRelated[];
  readonly data: DiagnosticData;
}

/** What a hover shows, and over which text. */
export interface LspHover {
  readonly contents: { readonly kind: 'markdown' | 'plaintext'; readonly value: string };
  readonly range?: LspRange;
  readonly actions?: HoverActions;
}

/** Whether `position` is in `range`, its end included: a cursor behind the last character still points at it. */
export function covers(range: LspRange, position: LspPosition): boolean {
  return compare(range.start, position) <= 0 && compare(position, range.end) <= 0;
}

/** Negative, zero or positive: the order of two positions in a text. */
export function compare(a: LspPosition, b: LspPosition): number {
  return a.line - b.line || a.character - b.character;
}
