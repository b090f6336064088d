import { hashText } from '../base/hash.ts';
import { shift } from '../base/span.ts';
import type { Lexed } from './lexer.ts';
import { lex, sliceOf } from './lexer.ts';
import { macroOf } from './macro.ts';
import { macroFunctions } from './macro-functions.ts';
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
export interface Parsed {
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
function parseSlice(
  text: string,
  shape: Shape | null,
  lexed: Lexed | undefined,
  backend: SyntaxBackend,
): Parsed {
  const attempt = (onlyFirst?: ReadonlySet<number>): Parsed => {
    const source = normalise(text, shape, onlyFirst, onlyFirst ? undefined : lexed);
    const tree = backend.parse(source.text);
    const errors =
      countErrors(tree) + (source.regions.length > 0 ? countMisread(source.text, tree, backend) : 0);
    return { source, tree, errors };
  };
  let best = attempt();
  if (best.errors === 0) return best;
  const { doubtful, plain } = best.source;
  const fewer = [doubtful, [...doubtful, ...plain]].filter((list) => list.length > 0);
  for (const list of fewer) {
    const next = attempt(new Set(list));
    if (next.errors < best.errors) best = next;
    if (best.errors === 0) break;
  }
  return best;
}

function countErrors(tree: FlatTree): number {
  let errors = 0;
  for (let i = 0; i < tree.count; i++) if (tree.flags[i]! & (NodeFlag.error | NodeFlag.missing)) errors++;
  return errors;
}

/** Keywords of statements; the parser takes them for names where no statement can be. */
const STATEMENT_WORDS = new Set(
  'if else do while for switch case default return goto break continue'.split(' '),
);

/**
 * Keywords that became names, as the second `else` of `if (a) b(); else c(); else d();` does: no ERROR node tells
 * that arms do not fit together.
 */
function countMisread(text: string, tree: FlatTree, { grammar }: SyntaxBackend): number {
  const identifier = grammar.typeId('identifier', true);
  const typeIdentifier = grammar.typeId('type_identifier', true);
  let misread = 0;
  for (let i = 0; i < tree.count; i++) {
    if (tree.type[i] !== identifier && tree.type[i] !== typeIdentifier) continue;
    const length = tree.end[i]! - tree.start[i]!;
    if (length > 8 || length < 2) continue;
    if (STATEMENT_WORDS.has(text.slice(tree.start[i], tree.end[i]))) misread++;
  }
  return misread;
}

/** What all slices of a file share. */
interface Origin {
  readonly backend: SyntaxBackend;
  readonly cache: SliceCache | undefined;
  /** The lexed file, as long as nobody needed the memory: most slices are never looked into. */
  readonly lexed: WeakRef<Lexed>;
}

class Slice {
  readonly start: number;
  readonly end: number;
  readonly presence: Presence;
  readonly text: string;
  private hashed: string | undefined;
  private parsed: Parsed | undefined;

  constructor(
    text: string,
    private readonly item: Item,
    private readonly origin: Origin,
  ) {
    this.start = item.start;
    this.end = item.end;
    this.presence = item.presence;
    this.text = text.slice(item.start, item.end);
  }

  get hash(): string {
    this.hashed ??= hashText(this.text);
    return this.hashed;
  }

  protected look(): Parsed {
    if (this.parsed === undefined) {
      const { cache } = this.origin;
      const kind = this.item.definition ? 'function' : 'declaration';
      this.parsed = cache ? cache.get(`${kind} ${this.hash}`, () => this.parse()) : this.parse();
    }
    return this.parsed;
  }

  private parse(): Parsed {
    const { start, end, firstToken, lastToken, definition } = this.item;
    const whole = this.origin.lexed.deref();
    return parseSlice(
      this.text,
      definition && { name: definition.nameStart - start, body: definition.bodyStart - start },
      whole && sliceOf(whole, start, end, firstToken, lastToken),
      this.origin.backend,
    );
  }

  tree(): FlatTree {
    return this.look().tree;
  }
}

class FunctionItem extends Slice implements FunctionSlice {
  readonly name: string;
  readonly nameSpan: FunctionSlice['nameSpan'];
  readonly bodySpan: FunctionSlice['bodySpan'];

  constructor(text: string, item: Item, origin: Origin) {
    super(text, item, origin);
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
  const lexed = lex(text);
  const { items, directives } = outline(text, lexed.tokens);
  const origin: Origin = { backend, cache, lexed: new WeakRef(lexed) };
  const functions: FunctionSlice[] = [];
  const declarations: DeclarationSlice[] = [];
  for (const item of items) {
    if (item.definition) functions.push(new FunctionItem(text, item, origin));
    else declarations.push(new Slice(text, item, origin));
  }
  const macros: MacroDefinition[] = [];
  const includes: string[] = [];
  const quoted: string[] = [];
  const everywhere: string[] = [];
  for (const directive of directives) {
    if (/^#\s*define\b/.test(directive.text)) {
      const macro = macroOf(directive);
      if (macro) macros.push(macro);
    } else if (/^#\s*include\b/.test(directive.text)) {
      const match = /([<"])([^>"]*)[>"]/.exec(directive.text);
      if (match?.[2]) includes.push(match[2]);
      if (match?.[1] === '"' && match[2]) quoted.push(match[2]);
      if (match?.[2] && directive.presence.length === 0) everywhere.push(match[2]);
    }
  }
  const look = (text: string, shape: Shape, hash: string): Parsed => {
    const parse = (): Parsed => parseSlice(text, shape, undefined, backend);
    return cache ? cache.get(`macro ${hash}`, parse) : parse();
  };
  functions.push(...macroFunctions(text, macros, functions, look));
  return { text, functions, declarations, macros, includes, quoted, everywhere };
}
