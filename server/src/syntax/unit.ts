import { hashText } from '../base/hash.ts';
import { shift } from '../base/span.ts';
import { parseDirective } from './conditions.ts';
import { decode, encode, Token, tokenize } from './lexer.ts';
import type { Item } from './split.ts';
import { outline } from './split.ts';
import type {
  ConditionRegion,
  DeclarationSlice,
  DroppedArm,
  FlatTree,
  FunctionSlice,
  MacroDefinition,
  Presence,
  SourceUnit,
  SyntaxBackend,
} from './types.ts';
import { NodeFlag } from './types.ts';

/** What is known of a slice once it was looked into; depends on its text alone. */
interface Parsed {
  readonly normalised: string;
  readonly regions: readonly ConditionRegion[];
  readonly dropped: readonly DroppedArm[];
  readonly attributes: FunctionSlice['attributes'];
  readonly tree: FlatTree;
  readonly errors: number;
}

/** Parsed slices by the hash of their text, the least recently used ones forgotten first. */
export class SliceCache {
  private readonly entries = new Map<string, Parsed>();

  /** `limit`: how many slices are kept. */
  constructor(readonly limit = 4096) {}

  get size(): number {
    return this.entries.size;
  }

  /** @internal */
  get(hash: string, make: () => Parsed): Parsed {
    let entry = this.entries.get(hash);
    if (entry !== undefined) this.entries.delete(hash);
    else entry = make();
    this.entries.set(hash, entry);
    if (this.entries.size > this.limit) this.entries.delete(this.entries.keys().next().value!);
    return entry;
  }
}

function parseSlice(text: string, backend: SyntaxBackend): Parsed {
  const bytes = encode(text);
  const tokens = tokenize(bytes, text.length);
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kind[i] !== Token.directive) continue;
    for (let at = tokens.start[i]!; at < tokens.end[i]!; at++) if (bytes[at] !== 10) bytes[at] = 32;
  }
  const normalised = decode(bytes, text.length);
  const tree = backend.parse(normalised);
  let errors = 0;
  for (let i = 0; i < tree.count; i++) if (tree.flags[i]! & (NodeFlag.error | NodeFlag.missing)) errors++;
  return { normalised, regions: [], dropped: [], attributes: [], tree, errors };
}

class Slice {
  readonly start: number;
  readonly end: number;
  readonly presence: Presence;
  readonly text: string;
  readonly hash: string;
  private parsed: Parsed | undefined;

  constructor(
    text: string,
    item: Item,
    private readonly backend: SyntaxBackend,
    private readonly cache: SliceCache | undefined,
  ) {
    this.start = item.start;
    this.end = item.end;
    this.presence = item.presence;
    this.text = text.slice(item.start, item.end);
    this.hash = hashText(this.text);
  }

  protected look(): Parsed {
    if (this.parsed === undefined) {
      const make = () => parseSlice(this.text, this.backend);
      this.parsed = this.cache ? this.cache.get(this.hash, make) : make();
    }
    return this.parsed;
  }

  tree(): FlatTree {
    return this.look().tree;
  }
}

class FunctionItem extends Slice implements FunctionSlice {
  readonly name: string;
  readonly nameSpan: FunctionSlice['nameSpan'];
  readonly bodySpan: FunctionSlice['bodySpan'];

  constructor(text: string, item: Item, backend: SyntaxBackend, cache: SliceCache | undefined) {
    super(text, item, backend, cache);
    const definition = item.definition!;
    this.name = definition.name;
    this.nameSpan = shift({ start: definition.nameStart, end: definition.nameEnd }, -item.start);
    this.bodySpan = shift({ start: definition.bodyStart, end: definition.bodyEnd }, -item.start);
  }

  get normalised(): string {
    return this.look().normalised;
  }
  get regions(): readonly ConditionRegion[] {
    return this.look().regions;
  }
  get dropped(): readonly DroppedArm[] {
    return this.look().dropped;
  }
  get attributes(): FunctionSlice['attributes'] {
    return this.look().attributes;
  }
  errorCount(): number {
    return this.look().errors;
  }
}

/**
 * Cuts a file into functions, declarations, macros and includes. Nothing is parsed yet: a slice is when its tree
 * is asked for, or taken from `cache` if a slice with the same text was parsed before. Never fails on bad input.
 */
export function cutUnit(text: string, backend: SyntaxBackend, cache?: SliceCache): SourceUnit {
  const { items, directives } = outline(text, tokenize(encode(text), text.length));
  const functions: FunctionSlice[] = [];
  const declarations: DeclarationSlice[] = [];
  for (const item of items) {
    if (item.definition) functions.push(new FunctionItem(text, item, backend, cache));
    else declarations.push(new Slice(text, item, backend, cache));
  }
  const macros: MacroDefinition[] = [];
  const includes: string[] = [];
  for (const { text: raw, start } of directives) {
    if (/^#\s*define\b/.test(raw)) {
      const macro = macroOf(raw, start);
      if (macro) macros.push(macro);
    } else if (/^#\s*include\b/.test(raw)) {
      const file = /[<"]([^>"]*)[>"]/.exec(raw)?.[1];
      if (file) includes.push(file);
    }
  }
  return { text, functions, declarations, macros, includes };
}

function macroOf(raw: string, start: number): MacroDefinition | null {
  const { rest } = parseDirective(raw);
  const match = /^(\w+)(\(([^)]*)\))?([\s\S]*)$/.exec(rest);
  if (!match) return null;
  const name = match[1]!;
  const at = start + raw.indexOf(name, raw.indexOf('define') + 6);
  return {
    name,
    parameters:
      match[2] === undefined
        ? null
        : match[3]!
            .split(',')
            .map((part) => part.trim())
            .filter(Boolean),
    body: match[4]!.replace(/\s+/g, ' ').trim(),
    span: { start: at, end: at + name.length },
  };
}
