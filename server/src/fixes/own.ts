import type { Vocabulary } from '../kernel/types.ts';
import type { PlacedFunction, SyntaxFile } from './file.ts';
import { placeOf } from './memory.ts';
import { isScopedGuard } from './sections.ts';
import { argumentsOf, calleeOf, jumpsTo, type SyntaxNode, statementOf } from './tree.ts';

/** Callers of callers that are asked whose memory it is. */
const mostCallers = 3;

/** What a call may be that is shown an address and keeps it to itself. */
export const discreet = ['condition', 'contents', 'error', 'free', 'harmless', 'size', 'transition'] as const;

/** Names by which a function has the address of some memory, if it is nobody else's. */
export class Ownership {
  constructor(
    private readonly file: SyntaxFile,
    private readonly vocabulary: Vocabulary,
  ) {}

  /**
   * All names of the memory that `name` is the address of, where at `statement` nobody else knows it: the function has allocated it and
   * shown it to nobody yet, or is a static one whose callers, all in view, have. Null where that is not so.
   */
  namesOf(fn: PlacedFunction, name: string, statement: SyntaxNode, depth = 0): ReadonlySet<string> | null {
    if (runsAgain(fn, statement)) return null;
    const names = new Set([name]);
    for (let size = 0; size < names.size; ) {
      size = names.size;
      for (const value of assignmentsOf(fn, names, statement)) {
        const place = placeOf(value, this.vocabulary);
        if (place?.type === 'identifier') names.add(place.text);
      }
      for (const mention of mentionsOf(fn, names))
        if (mention.start < statement.start && !this.isKept(mention, fn, names)) return null;
    }
    const parameters = parametersOf(fn).filter((one) => names.has(one));
    const origins = assignmentsOf(fn, names, statement);
    const known = origins.every((value) => this.isAllocation(value) || this.isDerived(value, names));
    if (!known || parameters.length > 1) return null;
    if (parameters.length === 0) return origins.some((value) => this.isAllocation(value)) ? names : null;
    return !origins.some((value) => this.isAllocation(value)) && this.isGiven(fn, parameters[0]!, depth)
      ? names
      : null;
  }

  /** Whether all callers of a static function hand it memory of their own. */
  private isGiven(fn: PlacedFunction, parameter: string, depth: number): boolean {
    const uses = depth < mostCallers ? this.file.usesOf(fn) : null;
    if (uses === null || uses.calls.length === 0) return false;
    const index = parametersOf(fn).indexOf(parameter);
    return uses.calls.every(({ fn: caller, call }) => {
      const given = argumentsOf(call)[index];
      const place = given === undefined ? null : placeOf(given, this.vocabulary);
      if (place?.type !== 'identifier') return false;
      const names = this.namesOf(caller, place.text, statementOf(call), depth + 1);
      // The other arguments must not show it.
      return names !== null && call.find('identifier').filter((one) => names.has(one.text)).length === 1;
    });
  }

  /** Whether a mention of the address leaves it with the function; a variable that it goes into becomes one of its names. */
  private isKept(mention: SyntaxNode, fn: PlacedFunction, names: Set<string>): boolean {
    for (let at = mention; at.parent !== null; at = at.parent) {
      const { parent } = at;
      switch (parent.type) {
        case 'cast_expression':
        case 'parenthesized_expression':
        case 'conditional_expression':
        case 'binary_expression':
        case 'pointer_declarator':
        case 'argument_list':
          continue;
        case 'field_expression':
        case 'subscript_expression':
        case 'unary_expression':
        case 'if_statement':
        case 'expression_statement':
        case 'return_statement':
        case 'declaration':
        case 'parameter_declaration':
          return true;
        case 'call_expression': {
          const callee = calleeOf(parent) ?? '';
          if (this.vocabulary.row(callee, 'same') !== undefined) continue;
          return discreet.some((kind) => this.vocabulary.row(callee, kind) !== undefined);
        }
        case 'init_declarator':
        case 'assignment_expression': {
          const target = parent.at('left') ?? parent.at('declarator');
          if (target === at) return true;
          const into = target?.find('identifier') ?? [];
          if (target?.type === 'field_expression' || into.length !== 1) return false;
          if (!isLocal(fn, into[0]!.text)) return false;
          names.add(into[0]!.text);
          return true;
        }
        default:
          return false;
      }
    }
    return false;
  }

  private isAllocation(value: SyntaxNode): boolean {
    let at: SyntaxNode | undefined = value;
    while (at?.type === 'cast_expression' || at?.type === 'parenthesized_expression')
      at = at.at('value') ?? at.children[0];
    const row = at === undefined ? undefined : this.vocabulary.row(calleeOf(at) ?? '', 'alloc');
    return row?.result === 'return';
  }

  private isDerived(value: SyntaxNode, names: ReadonlySet<string>): boolean {
    const place = placeOf(value, this.vocabulary);
    return ['null', 'number_literal'].includes(value.type) || (place !== null && names.has(place.text));
  }
}

/** Whether a statement may run again after what stands behind it. */
function runsAgain(fn: PlacedFunction, statement: SyntaxNode): boolean {
  for (let at: SyntaxNode | null = statement; at !== null; at = at.parent)
    if (
      at.type === 'for_statement' ||
      at.type === 'do_statement' ||
      (at.type === 'while_statement' && !isScopedGuard(at))
    )
      return true;
  return fn.root
    .find('labeled_statement')
    .some((label) => jumpsTo(fn, label.at('label')?.text ?? '').some((jump) => jump.start > label.start));
}

function mentionsOf({ body }: PlacedFunction, names: ReadonlySet<string>): readonly SyntaxNode[] {
  return body.find('identifier').filter((one) => names.has(one.text));
}

/** What the names get before a statement. */
function assignmentsOf(
  { body }: PlacedFunction,
  names: ReadonlySet<string>,
  statement: SyntaxNode,
): readonly SyntaxNode[] {
  return body
    .find('init_declarator', 'assignment_expression')
    .filter((one) => one.start < statement.start)
    .filter((one) => {
      const target = one.at('left') ?? one.at('declarator');
      const into = target?.find('identifier') ?? [];
      return target?.type !== 'field_expression' && into.length === 1 && names.has(into[0]!.text);
    })
    .flatMap((one) => one.at('right') ?? one.at('value') ?? []);
}

/** The names of a function's parameters, in their order; empty for one without. */
export function parametersOf({ root }: Pick<PlacedFunction, 'root'>): readonly string[] {
  return root.find('parameter_list')[0]!.children.map((one) => one.find('identifier').at(-1)?.text ?? '');
}

/** Whether a name is a variable of the function itself that lives as long as a call of it. */
export function isLocal(fn: Pick<PlacedFunction, 'body'>, name: string): boolean {
  return fn.body
    .find('declaration')
    .filter((one) => !one.children.some((child) => child.type === 'storage_class_specifier'))
    .flatMap((one) => one.children)
    .filter((child) => child.field === 'declarator')
    .some((child) => nameIn(child) === name);
}

/** The structure that a variable points to, if its declaration says so: `ring` for `struct ring *r`. */
export function tagOf({ root }: Pick<PlacedFunction, 'root'>, name: string): string | null {
  const declared = root
    .find('parameter_declaration', 'declaration')
    .filter((one) => one.children.some((child) => child.field === 'declarator' && nameIn(child) === name));
  const [only] = declared;
  const type = only?.at('type');
  return declared.length === 1 && type?.type === 'struct_specifier' ? (type.at('name')?.text ?? null) : null;
}

function nameIn(declarator: SyntaxNode): string | undefined {
  const own = declarator.type === 'init_declarator' ? declarator.at('declarator')! : declarator;
  return own.find('identifier')[0]?.text;
}
