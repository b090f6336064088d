import { hasWord, placesOf } from '../syntax/names.ts';
import type { FunctionSlice, Grammar, SourceUnit } from '../syntax/types.ts';
import { Change, type TextEdit } from './change.ts';
import { type SyntaxFunction, type SyntaxNode, syntaxOf, syntaxOfDeclaration } from './tree.ts';

/** A function and where it stands. */
export interface PlacedFunction extends SyntaxFunction {
  readonly name: string;
  /** Where its slice begins in the file: nodes count from there. */
  readonly start: number;
}

/** A call of a function of the file. */
export interface PlacedCall {
  readonly fn: PlacedFunction;
  readonly call: SyntaxNode;
}

/** All that uses a function, where all of it is in view. */
export interface Uses {
  readonly calls: readonly PlacedCall[];
  /** Offsets of the name in declarations before the definition. */
  readonly prototypes: readonly number[];
}

/** The file of a finding, for those who must know every use of something. */
export class SyntaxFile {
  private readonly parsed = new Map<FunctionSlice, PlacedFunction | null>();

  constructor(
    readonly path: string,
    private readonly source: SourceUnit,
    private readonly grammar: Grammar,
  ) {}

  /**
   * A function of the file, if it parses and has no `#if` in it: what is left out may be uses that nobody sees, and lines may not go from
   * one arm to another.
   */
  private whole(slice: FunctionSlice | undefined): PlacedFunction | undefined {
    if (slice === undefined || slice.dropped.length > 0 || slice.regions.length > 0) return undefined;
    let fn = this.parsed.get(slice);
    if (fn === undefined) {
      const tree = syntaxOf(slice, this.grammar);
      fn = tree === null ? null : { ...tree, name: slice.name, start: slice.start };
      this.parsed.set(slice, fn);
    }
    return fn ?? undefined;
  }

  private functionAt(offset: number): PlacedFunction | undefined {
    return this.whole(
      this.source.functions.find((one) => one.macro !== true && one.start <= offset && offset < one.end),
    );
  }

  /**
   * What functions store in fields of a name, and null for each place where it is changed in another way or handed out; null if there is
   * a function with it that does not parse.
   */
  storesIn(
    field: string,
  ): readonly { readonly node: SyntaxNode; readonly value: SyntaxNode | null }[] | null {
    const stores: { node: SyntaxNode; value: SyntaxNode | null }[] = [];
    for (const slice of this.source.functions) {
      if (slice.macro === true || !hasWord(slice.text, field)) continue;
      const fn = this.whole(slice);
      if (fn === undefined) return null;
      for (const node of fn.root.find('field_expression')) {
        const { parent } = node;
        if (node.at('field')?.text !== field || parent === null) continue;
        if (parent.type === 'assignment_expression' && node.field === 'left')
          stores.push({ node, value: parent.at('operator')?.text === '=' ? parent.at('right')! : null });
        else if (parent.type === 'update_expression') stores.push({ node, value: null });
        else if (parent.type === 'pointer_expression' && parent.at('operator')?.text === '&')
          stores.push({ node, value: null });
      }
    }
    return stores;
  }

  /** The functions that a word stands in. */
  mentioning(word: string): readonly PlacedFunction[] {
    return this.source.functions.flatMap((slice) =>
      hasWord(slice.text, word) ? (this.whole(slice) ?? []) : [],
    );
  }

  get text(): string {
    return this.source.text;
  }

  /** The type of a field as it would be written before a variable's name, if the file defines the structure: `struct page *`. */
  typeOfField(tag: string, field: string): string | null {
    const defined = this.source.declarations
      .filter(({ text }) => hasWord(text, tag) && hasWord(text, field))
      .flatMap((slice) => syntaxOfDeclaration(slice, this.grammar) ?? [])
      .flatMap((root) => root.find('struct_specifier'))
      .filter((one) => one.at('name')?.text === tag && one.at('body') !== undefined);
    const [only] = defined;
    if (only === undefined || defined.length > 1) return null;
    const declarations = only.at('body')!.children.filter((one) => one.type === 'field_declaration');
    for (const declaration of declarations)
      for (const declarator of declaration.children.filter((one) => one.field === 'declarator'))
        if (declarator.find('field_identifier')[0]?.text === field)
          return typeBefore(declaration, declarator);
    return null;
  }

  /** The only function of a name; undefined where there is another one under another `#if`. */
  named(name: string): PlacedFunction | undefined {
    const slices = this.source.functions.filter((slice) => slice.name === name);
    return slices.length === 1 ? this.whole(slices[0]) : undefined;
  }

  /** The function itself, by its place. */
  placed(fn: SyntaxFunction, name: string): PlacedFunction | undefined {
    const found = this.named(name);
    return found?.text === fn.text ? found : undefined;
  }

  /**
   * The uses of a static function; null where it may have one that is not in view: its address is taken, a macro names it, a function
   * that does not parse mentions it, or others include the file.
   */
  usesOf({ name, root, start, text }: PlacedFunction): Uses | null {
    if (!this.path.endsWith('.c') || !isStatic(root) || this.named(name) === undefined) return null;
    const calls: PlacedCall[] = [];
    const prototypes: number[] = [];
    for (const at of placesOf(this.text, name)) {
      const own = at >= start && at < start + text.indexOf('{');
      if (own) continue;
      const call = this.callAt(at);
      if (call !== undefined) calls.push(call);
      else if (this.isPrototype(at, name)) prototypes.push(at);
      else return null;
    }
    return { calls, prototypes };
  }

  /**
   * All members of a name that functions mention; null where it may be mentioned elsewhere: in a macro, an initialiser, or a function that
   * does not parse.
   */
  membersNamed(name: string): readonly { readonly fn: PlacedFunction; readonly node: SyntaxNode }[] | null {
    const found: { fn: PlacedFunction; node: SyntaxNode }[] = [];
    for (const at of placesOf(this.text, name)) {
      const fn = this.functionAt(at);
      if (fn === undefined) {
        if (!this.isMember(at)) return null;
        continue;
      }
      const [word] = fn.root
        .find('field_identifier', 'identifier', 'statement_identifier', 'type_identifier')
        .filter((one) => one.start + fn.start === at);
      if (word === undefined) return null;
      if (word.type !== 'field_identifier') continue;
      if (word.parent?.type !== 'field_expression') return null;
      found.push({ fn, node: word.parent });
    }
    return found;
  }

  /** Whether the word at a place between functions declares something: a member, a variable, a parameter. */
  private isMember(at: number): boolean {
    const slice = this.source.declarations.find((one) => one.start <= at && at < one.start + one.text.length);
    return slice !== undefined && !/(?:\.|->)\s*$/.test(slice.text.slice(0, at - slice.start));
  }

  private callAt(at: number): PlacedCall | undefined {
    const fn = this.functionAt(at);
    const call = fn?.root
      .find('call_expression')
      .find((one) => one.at('function')?.type === 'identifier' && one.start + fn.start === at);
    return fn === undefined || call === undefined ? undefined : { fn, call };
  }

  private isPrototype(at: number, name: string): boolean {
    const slice = this.source.declarations.find((one) => one.start <= at && at < one.start + one.text.length);
    if (slice === undefined) return false;
    const { text } = slice;
    const before = text.slice(0, at - slice.start);
    const behind = text.slice(at - slice.start + name.length);
    return /^static\s(?:[\w\s]|\*)*$/.test(before) && /^\s*\([^{}=]*\)[\w\s]*;\s*$/.test(behind);
  }
}

/** What stands before the name of a field, if it is a plain type and stars. */
function typeBefore(declaration: SyntaxNode, declarator: SyntaxNode): string | null {
  const [first] = declaration.children.filter((one) => one.field === 'declarator');
  const type = declaration.text
    .slice(0, first!.start - declaration.start)
    .trim()
    .replace(/\s+/g, ' ');
  const stars = /^[*\s]*(?=\w+$)/.exec(declarator.text);
  if (!/^[\w ]+$/.test(type) || stars === null) return null;
  return `${type} ${stars[0].replace(/\s/g, '')}`;
}

function isStatic(root: SyntaxNode): boolean {
  return root
    .find('function_definition')[0]!
    .children.some((child) => child.type === 'storage_class_specifier' && child.text === 'static');
}

/** Changes of several functions of a file. */
export class FileChange {
  private readonly changes = new Map<PlacedFunction, Change>();
  private readonly pieces: TextEdit[] = [];

  /** The change of one of the functions. */
  of(fn: PlacedFunction): Change {
    const change = this.changes.get(fn) ?? new Change(fn);
    this.changes.set(fn, change);
    return change;
  }

  /** Puts `text` between two offsets of the file that are in no function. */
  splice(start: number, end: number, text: string): this {
    this.pieces.push({ start, end, text });
    return this;
  }

  /** So many functions are changed. */
  get reach(): number {
    return [...this.changes.values()].filter((change) => !change.isEmpty).length;
  }

  /** In the order of the text, offsets of the file; null where the pieces of a function meet. */
  get edits(): readonly TextEdit[] | null {
    const all = [...this.pieces];
    for (const [fn, change] of this.changes) {
      if (change.isEmpty) continue;
      const { edits } = change;
      if (edits === null) return null;
      for (const { start, end, text } of edits)
        all.push({ start: start + fn.start, end: end + fn.start, text });
    }
    return all.length === 0 ? null : all.sort((a, b) => a.start - b.start || a.end - b.end);
  }
}
