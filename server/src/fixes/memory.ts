import type { Vocabulary } from '../kernel/types.ts';
import {
  argumentsOf,
  calleeOf,
  leaves,
  preceding,
  type SyntaxFunction,
  type SyntaxNode,
  thenOf,
} from './tree.ts';

/** The variable or field in which an address lies, without casts and conversions of addresses around it; null: it is made of more. */
export function placeOf(value: SyntaxNode, vocabulary: Vocabulary): SyntaxNode | null {
  for (let at: SyntaxNode | undefined = value; at !== undefined; ) {
    switch (at.type) {
      case 'identifier':
      case 'field_expression':
        return at;
      case 'cast_expression':
        at = at.at('value');
        break;
      case 'parenthesized_expression':
        at = at.children[0];
        break;
      case 'call_expression':
        at = argumentsOf(at)[vocabulary.row(calleeOf(at) ?? '', 'same')?.arg ?? -1];
        break;
      default:
        return null;
    }
  }
  return null;
}

/** A free in a function, and where the address lies that it is given. */
export interface Freeing {
  readonly call: SyntaxNode;
  readonly at: SyntaxNode;
  readonly place: string;
}

/** The frees of a function, as far as they are given something with a name. */
export function freesIn({ root }: SyntaxFunction, vocabulary: Vocabulary): readonly Freeing[] {
  return root.find('call_expression').flatMap((call) => {
    const given = argumentsOf(call)[vocabulary.row(calleeOf(call) ?? '', 'free')?.address ?? -1];
    const place = given === undefined ? null : placeOf(given, vocabulary);
    return place === null ? [] : [{ call, at: place, place: place.text }];
  });
}

/** Whether a statement runs only where something is asked of a place, or the function may have left before. */
export function isAskedFor(statement: SyntaxNode, place: string): boolean {
  const asks = (one: SyntaxNode) =>
    one.type === 'if_statement' &&
    one
      .at('condition')!
      .find('identifier', 'field_expression')
      .some(({ text }) => text === place);
  for (let at: SyntaxNode | null = statement; at !== null; at = at.parent)
    if (asks(at) || preceding(at).some((one) => asks(one) && thenOf(one).some(leaves))) return true;
  return false;
}
