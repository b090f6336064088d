import type { Vocabulary } from '../kernel/types.ts';
import type { PlacedCall, PlacedFunction, SyntaxFile } from './file.ts';
import { placeOf } from './memory.ts';
import { discreet, isLocal, parametersOf } from './own.ts';
import { holderOf } from './terms.ts';
import { calleeOf, type SyntaxNode } from './tree.ts';

const comparisons = ['==', '!=', '<', '>', '<=', '>=', '&&', '||'];

/**
 * All that is done in a file with memory that one call allocates: its address may go through variables, parameters of functions of the
 * file and fields of structures that the file defines, and nowhere else.
 */
export class MemoryUses {
  /** Calls that free it. */
  readonly frees: PlacedCall[] = [];
  private readonly variables = new Set<string>();
  private readonly fields = new Set<string>();
  private readonly values: { readonly fn: PlacedFunction; readonly value: SyntaxNode }[] = [];

  constructor(
    private readonly file: SyntaxFile,
    private readonly vocabulary: Vocabulary,
    private readonly isFree: (callee: string) => boolean,
  ) {}

  /** Follows the memory from the call that allocates it; false where something of what becomes of it is not in view. */
  follow({ fn, call }: PlacedCall): boolean {
    const followed = this.goes(call, fn, false);
    const isOwn = ({ fn: where, value }: (typeof this.values)[number]) => {
      if (value.type === 'null' || value.text === '0' || value.has(call)) return true;
      const place = placeOf(value, this.vocabulary);
      if (place?.type === 'identifier') return this.variables.has(`${where.name} ${place.text}`);
      const held = place === null ? null : holderOf(where, place);
      return held !== null && this.fields.has(`${held.tag} ${held.field}`);
    };
    return followed && this.values.every(isOwn);
  }

  /** Where the address goes that a node stands for. `given`: it is a parameter, and may be other memory another time. */
  private goes(node: SyntaxNode, fn: PlacedFunction, given: boolean): boolean {
    for (let at = node; at.parent !== null; at = at.parent) {
      const { parent } = at;
      switch (parent.type) {
        case 'cast_expression':
        case 'parenthesized_expression':
        case 'conditional_expression':
        case 'pointer_declarator':
        case 'argument_list':
          continue;
        case 'binary_expression':
          if (comparisons.includes(parent.at('operator')?.text ?? '')) return true;
          continue;
        case 'pointer_expression':
          return parent.at('operator')?.text === '*';
        case 'field_expression':
        case 'subscript_expression':
        case 'unary_expression':
        case 'if_statement':
        case 'while_statement':
        case 'expression_statement':
        case 'declaration':
          return true;
        case 'call_expression': {
          const callee = calleeOf(parent) ?? '';
          const same = this.vocabulary.row(callee, 'same');
          if (same !== undefined && same.from !== 'vmalloc') continue;
          return same === undefined && this.isGiven(parent, callee, at, fn, given, node);
        }
        case 'init_declarator':
        case 'assignment_expression':
          return this.isAssigned(parent, at, fn, given);
        default:
          return false;
      }
    }
    return false;
  }

  /** What becomes of memory that is handed to a function. */
  private isGiven(
    call: SyntaxNode,
    callee: string,
    list: SyntaxNode,
    fn: PlacedFunction,
    given: boolean,
    node: SyntaxNode,
  ): boolean {
    if (this.isFree(callee)) {
      if (given || call.parent?.type !== 'expression_statement') return false;
      this.frees.push({ fn, call });
      return true;
    }
    if (this.vocabulary.row(callee, 'free') !== undefined) return false;
    if (discreet.some((kind) => this.vocabulary.row(callee, kind) !== undefined)) return true;
    const helper = this.file.named(callee);
    const index = list.children.findIndex((one) => one.has(node));
    const parameter = helper === undefined ? undefined : parametersOf(helper)[index];
    return helper !== undefined && !!parameter && this.variable(helper, parameter, true);
  }

  private isAssigned(assignment: SyntaxNode, at: SyntaxNode, fn: PlacedFunction, given: boolean): boolean {
    const target = assignment.at('left') ?? assignment.at('declarator');
    const value = assignment.at('right') ?? assignment.at('value');
    if (target === undefined || value === undefined || (assignment.at('operator')?.text ?? '=') !== '=')
      return false;
    if (target === at) {
      this.values.push({ fn, value });
      return true;
    }
    if (target.type === 'field_expression') {
      const held = given ? null : holderOf(fn, target);
      return held !== null && this.field(held.tag, held.field);
    }
    const [name] = target.find('identifier');
    return name !== undefined && isLocal(fn, name.text) && this.variable(fn, name.text, given);
  }

  /** All uses of a variable that holds the address. */
  private variable(fn: PlacedFunction, name: string, given: boolean): boolean {
    const key = `${fn.name} ${name}`;
    if (this.variables.has(key)) return true;
    this.variables.add(key);
    return fn.body
      .find('identifier')
      .filter(
        (one) => one.text === name && !(one.parent?.type === 'call_expression' && one.field === 'function'),
      )
      .every((one) => this.isDeclared(one, fn, given));
  }

  private isDeclared(mention: SyntaxNode, fn: PlacedFunction, given: boolean): boolean {
    let at = mention;
    while (at.parent?.type === 'pointer_declarator') at = at.parent;
    return at.parent?.type === 'declaration' || this.goes(at, fn, given);
  }

  /** All uses of a field that holds the address: the structure is defined here, and nothing else of the file says its name. */
  private field(tag: string, field: string): boolean {
    const key = `${tag} ${field}`;
    if (this.fields.has(key)) return true;
    this.fields.add(key);
    if (!this.file.path.endsWith('.c') || this.file.typeOfField(tag, field) === null) return false;
    const mentions = this.file.membersNamed(field);
    return (
      mentions?.every(({ fn, node }) => {
        const held = holderOf(fn, node);
        if (held === null) return false;
        return held.tag !== tag || this.goes(node, fn, false);
      }) ?? false
    );
  }
}
