import { hashText } from '../base/hash.ts';
import { shift } from '../base/span.ts';
import { parseDirective } from './conditions.ts';
import { encode, tokenize } from './lexer.ts';
import type { Normalised, Shape } from './normalise/normalise.ts';
import { normalise } from './normalise/normalise.ts';
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
  readonly source: Normalised;
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

/** Normalises and parses a slice; where all arms of its conditionals do not parse together, with fewer of them. */
function parseSlice(text: string, shape: Shape | null, backend: SyntaxBackend): Parsed {
  let best = attempt(text, shape, backend, new Set());
  if (best.errors === 0) return best;
  const { doubtful, plain } = best.source;
  const attempts = [doubtful, [...doubtful, ...plain]].filter((list) => list.length > 0);
  for (const list of attempts) {
    const next = attempt(text, shape, backend, new Set(list));
    if (next.errors < best.errors) best = next;
    if (best.errors === 0) break;
  }
  return best;
}

function attempt(
  text: string,
  shape: Shape | null,
  backend: SyntaxBackend,
  onlyFirst: ReadonlySet<number>,
): Parsed {
  const source = normalise(text, shape, onlyFirst);
  const tree = backend.parse(source.text);
  let errors = 0;
  for (let i = 0; i < tree.count; i++) if (tree.flags[i]! & (NodeFlag.error | NodeFlag.missing)) errors++;
  return { source, tree, errors };
}

class Slice {
  readonly start: number;
  readonly end: number;
  readonly presence: Presence;
  readonly text: string;
  readonly hash: string;
  private readonly shape: Shape | null;
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
    this.shape = item.definition && {
      name: item.definition.nameStart - item.start,
      body: item.definition.bodyStart - item.start,
    };
  }

  protected look(): Parsed {
    if (this.parsed === undefined) {
      const make = () => parseSlice(this.text, this.shape, this.backend);
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
    return this.look().source.text;
  }
  get regions(): readonly ConditionRegion[] {
    return this.look().source.regions;
  }
  get dropped(): readonly DroppedArm[] {
    return this.look().source.dropped;
  }
  get attributes(): FunctionSlice['attributes'] {
    return this.look().source.attributes;
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
