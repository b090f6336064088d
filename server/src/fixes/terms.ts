import type { Finding } from '../analysis/finding.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { PlacedFunction, SyntaxFile } from './file.ts';
import { placeOf } from './memory.ts';
import { isLocal, parametersOf, tagOf } from './own.ts';
import { argumentsOf, calleeOf, type SyntaxNode } from './tree.ts';

/** Callers that are asked what they hand down. */
const deepest = 3;

/** A field of a structure, as one function writes it: `r->buf`. */
export interface Holder {
  readonly base: string;
  readonly field: string;
  /** The structure. */
  readonly tag: string;
}

/** The holder of an address, if it is a field of what a variable points to. */
export function holderOf(fn: PlacedFunction, place: SyntaxNode): Holder | null {
  const argument = place.at('argument');
  const field = place.at('field')?.text;
  if (place.type !== 'field_expression' || argument?.type !== 'identifier' || field === undefined)
    return null;
  const tag = place.at('operator')?.text === '->' ? tagOf(fn, argument.text) : null;
  return tag === null ? null : { base: argument.text, field, tag };
}

/** The functions that the path of a finding leads through, but for one. */
export function onPath(finding: Finding, file: SyntaxFile, but: string): readonly PlacedFunction[] {
  const names = new Set(finding.trace.map(({ at }) => at.function));
  return [...names].flatMap((name) => (name === but ? [] : (file.named(name) ?? [])));
}

/**
 * Says in the terms of one function what another one means: both know the same structure, each by its own name, and what the other has
 * in a variable may lie in a field of it.
 */
export class Terms {
  constructor(
    /** The function that is to say it. */
    private readonly here: PlacedFunction,
    private readonly holder: Holder,
    /** Functions that lead to the one that means it. */
    private readonly callers: readonly PlacedFunction[],
    private readonly file: SyntaxFile,
    private readonly vocabulary: Vocabulary,
  ) {}

  /** An expression of `fn` in the words of the function that is here; null where there are none. */
  say(node: SyntaxNode, fn: PlacedFunction, depth = 0): string | null {
    switch (node.type) {
      case 'identifier':
        return this.variable(node.text, fn, depth);
      case 'field_expression':
        return this.field(node, fn);
      case 'call_expression': {
        const callee = calleeOf(node) ?? '';
        const plain = this.vocabulary.row(callee, 'same') ?? this.vocabulary.row(callee, 'size');
        return plain === undefined ? null : this.around(node, argumentsOf(node), fn, depth);
      }
      case 'cast_expression':
      case 'parenthesized_expression':
      case 'binary_expression':
      case 'conditional_expression':
      case 'number_literal':
        return this.around(node, node.children, fn, depth);
      case 'sizeof_expression':
        return node.find('identifier', 'field_expression').length === 0 ? node.text : null;
      default:
        return node.children.length === 0 ? node.text : null;
    }
  }

  /** The text of a node with other words for what is in it. */
  private around(
    node: SyntaxNode,
    parts: readonly SyntaxNode[],
    fn: PlacedFunction,
    depth: number,
  ): string | null {
    let text = '';
    let at = node.start;
    for (const part of parts) {
      if (part.type === 'type_descriptor' || part.field === 'operator') continue;
      const said = this.say(part, fn, depth);
      if (said === null) return null;
      text += fn.text.slice(at, part.start) + said;
      at = part.end;
    }
    return (text + fn.text.slice(at, node.end)).replace(/\s+/g, ' ');
  }

  private field(node: SyntaxNode, fn: PlacedFunction): string | null {
    const held = holderOf(fn, node);
    return held?.tag === this.holder.tag && this.isHolder(fn, held.base) ? this.own(held.field) : null;
  }

  /** A field as it is written here; null where it may have got another value since. */
  private own(field: string): string | null {
    const steady = field === this.holder.field || this.isSteady(field);
    return steady ? `${this.holder.base}->${field}` : null;
  }

  /** Whether a field gets a value in one place of the file only, but for nothing. */
  private isSteady(field: string): boolean {
    const stores = this.file.storesIn(field);
    const nothing = (value: SyntaxNode | null) => value !== null && /^(?:0|NULL|false)$/.test(value.text);
    return stores !== null && stores.filter(({ value }) => !nothing(value)).length <= 1;
  }

  /** Whether a variable points to the structure that is meant: it is the only one of its kind in the function. */
  private isHolder(fn: PlacedFunction, name: string): boolean {
    const { tag } = this.holder;
    const names = new Set(fn.root.find('identifier').map((one) => one.text));
    return [...names].filter((one) => tagOf(fn, one) === tag).join() === name;
  }

  private variable(name: string, fn: PlacedFunction, depth: number): string | null {
    const parameter = parametersOf(fn).indexOf(name);
    if (parameter < 0 && !isLocal(fn, name)) {
      const hidden = parametersOf(this.here).includes(name) || isLocal(this.here, name);
      return hidden ? null : name;
    }
    const values = valuesOf(fn, name);
    if (values === null) return null;
    const kept = this.keptIn(name, fn);
    if (kept !== null) return this.own(kept);
    const [value] = values;
    if (parameter < 0) return values.length === 1 ? bracketed(this.say(value!, fn, depth), value!) : null;
    if (values.length > 0 || depth >= deepest) return null;
    const calls = this.callers.flatMap((caller) =>
      caller.root
        .find('call_expression')
        .filter((one) => calleeOf(one) === fn.name)
        .map((call) => ({ caller, call })),
    );
    const [only] = calls;
    const given = only === undefined ? undefined : argumentsOf(only.call)[parameter];
    if (calls.length !== 1 || given === undefined) return null;
    return bracketed(this.say(given, only!.caller, depth + 1), given);
  }

  /** The field that a function keeps a variable in; null if there is none, or the field gets something else there, too. */
  private keptIn(name: string, fn: PlacedFunction): string | null {
    const stores = fn.body
      .find('assignment_expression')
      .filter((one) => one.at('operator')?.text === '=' && one.at('left')?.type === 'field_expression');
    const kept = stores.filter((one) => placeOf(one.at('right')!, this.vocabulary)?.text === name);
    for (const store of kept) {
      const held = holderOf(fn, store.at('left')!);
      if (held?.tag !== this.holder.tag || !this.isHolder(fn, held.base)) continue;
      const again = stores.filter((one) => one.at('left')!.text === store.at('left')!.text);
      const other = again.filter((one) => one !== store && one.at('right')?.type !== 'null');
      if (other.length === 0) return held.field;
    }
    return null;
  }
}

/** What a variable is given in a function; null if others write it as well. */
function valuesOf({ body }: PlacedFunction, name: string): readonly SyntaxNode[] | null {
  const values: SyntaxNode[] = [];
  for (const node of body.find(
    'init_declarator',
    'assignment_expression',
    'update_expression',
    'pointer_expression',
  )) {
    if (node.type === 'update_expression' || node.type === 'pointer_expression') {
      if (node.at('argument')?.text === name) return null;
      continue;
    }
    const target = node.at('left') ?? node.at('declarator');
    if (target?.text.replace(/^[*\s]+/, '') !== name) continue;
    if (node.type === 'assignment_expression' && node.at('operator')?.text !== '=') return null;
    values.push((node.at('right') ?? node.at('value'))!);
  }
  return values;
}

/** Whether what an expression of a function is made of keeps its value there: parameters, constants, and variables with one value. */
export function unchanged(node: SyntaxNode, fn: PlacedFunction): boolean {
  const called = (one: SyntaxNode) => one.parent?.type === 'call_expression' && one.field === 'function';
  return node
    .find('identifier')
    .filter((one) => !called(one))
    .every(({ text }) => {
      const values = valuesOf(fn, text);
      return values !== null && values.length <= (parametersOf(fn).includes(text) ? 0 : 1);
    });
}

function bracketed(text: string | null, node: SyntaxNode): string | null {
  const loose = ['binary_expression', 'conditional_expression'].includes(node.type);
  return text !== null && loose ? `(${text})` : text;
}
