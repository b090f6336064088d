import { hashText } from '../base/hash.ts';
import { type MacroForm, macroForm, mayCall, withoutContinuations } from './macro-form.ts';
import type { Shape } from './normalise/normalise.ts';
import type { FlatTree, FunctionSlice, MacroDefinition, Presence } from './types.ts';
import type { Parsed } from './unit.ts';

/** Normalises and parses the text of a function, or remembers what that gave. */
type Look = (text: string, shape: Shape, hash: string) => Parsed;

/**
 * The functions that function-like macros stand for: those that call something. A name that is defined several times
 * has a function for each definition under an `#if` of its own; where it cannot be told which of them holds, or one of them
 * is no function, the name has none.
 */
export function macroFunctions(
  text: string,
  macros: readonly MacroDefinition[],
  functions: readonly FunctionSlice[],
  look: Look,
): FunctionSlice[] {
  const calling = new Set(macros.filter(mayCall).map((macro) => macro.name));
  if (calling.size === 0) return [];
  const byName = new Map<string, MacroDefinition[]>();
  for (const macro of macros) {
    if (!calling.has(macro.name)) continue;
    const others = byName.get(macro.name);
    if (others === undefined) byName.set(macro.name, [macro]);
    else if (!others.some((other) => isSame(other, macro))) others.push(macro);
  }
  for (const fn of functions) {
    const named = byName.get(fn.name);
    if (named?.some((macro) => !excludes(macro.presence, fn.presence))) byName.delete(fn.name);
  }
  const slices: FunctionSlice[] = [];
  for (const named of byName.values()) {
    if (named.some((a, i) => named.some((b, j) => i < j && !excludes(a.presence, b.presence)))) continue;
    const made = named.map((macro) => macroFunction(text, macro, look));
    if (made.every((slice) => slice !== null)) slices.push(...made);
  }
  return slices.sort((a, b) => a.end - b.end);
}

function isSame(a: MacroDefinition, b: MacroDefinition): boolean {
  return (
    a.body === b.body &&
    `${a.parameters}` === `${b.parameters}` &&
    a.presence.length === b.presence.length &&
    a.presence.every((l, i) => l.text === b.presence[i]!.text && l.holds === b.presence[i]!.holds)
  );
}

function excludes(a: Presence, b: Presence): boolean {
  return a.some((l) => b.some((other) => l.text === other.text && l.holds !== other.holds));
}

function macroFunction(text: string, macro: MacroDefinition, look: Look): FunctionSlice | null {
  const body = withoutContinuations(text.slice(macro.bodySpan.start, macro.bodySpan.end));
  const form = macroForm(macro, body);
  return form === null ? null : new MacroFunction(macro, body, form, look);
}

/**
 * A macro's body with the head and the end of a function around it. The body stands in the text as it stands in the
 * file, so that one difference turns its spans into places of the file, and what begins before it or ends behind it
 * begins and ends with it.
 */
class MacroFunction implements FunctionSlice {
  readonly macro = true;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly nameSpan: FunctionSlice['nameSpan'];
  readonly bodySpan: FunctionSlice['bodySpan'];
  readonly presence: Presence;
  readonly text: string;
  private hashed: string | undefined;
  /** Where the brace of the generated body is. */
  private readonly brace: number;
  private readonly nameAt: number;
  private known: FlatTree | undefined;

  constructor(
    macro: MacroDefinition,
    body: string,
    form: MacroForm,
    private readonly look: Look,
  ) {
    const { name, parameters, presence, span, bodySpan } = macro;
    const list = (parameters ?? []).map((parameter) => `long ${parameter}`).join(', ') || 'void';
    const [type, open, close] =
      form === 'expression'
        ? ['long', '{ return (', '\n);}']
        : ['void', '{ ', /[;}]\s*$/.test(body) || body === '' ? '\n}' : '\n;}'];
    const before = `static inline ${type} `;
    const head = `${before}${name}(${list}) `;
    // Blanks, so that the name is no place before the text.
    const blanks = ' '.repeat(Math.max(0, bodySpan.start - span.start - head.length - open.length));
    const at = blanks.length + head.length + open.length;
    this.text = `${blanks}${head}${open}${body}${close}`;
    this.brace = blanks.length + head.length;
    this.nameAt = blanks.length + before.length;
    this.name = name;
    this.presence = presence;
    this.start = bodySpan.start - at;
    this.end = bodySpan.end;
    this.nameSpan = { start: span.start - this.start, end: span.end - this.start };
    this.bodySpan = { start: at, end: at + body.length };
  }

  get hash(): string {
    this.hashed ??= hashText(`${this.nameSpan.start} ${this.text}`);
    return this.hashed;
  }

  private parsed(): Parsed {
    return this.look(this.text, { name: this.nameAt, body: this.brace }, this.hash);
  }

  get normalised(): string {
    return this.parsed().source.text;
  }
  get regions(): FunctionSlice['regions'] {
    return this.parsed().source.regions;
  }
  get dropped(): FunctionSlice['dropped'] {
    return this.parsed().source.dropped;
  }
  get attributes(): FunctionSlice['attributes'] {
    return this.parsed().source.attributes;
  }
  errorCount(): number {
    return this.parsed().errors;
  }

  tree(): FlatTree {
    this.known ??= within(this.parsed().tree, this.brace, this.bodySpan);
    return this.known;
  }
}

/** A tree whose nodes from `brace` on are cut to `body`. */
function within(tree: FlatTree, brace: number, body: FunctionSlice['bodySpan']): FlatTree {
  const cut = (places: Uint32Array) =>
    places.map((place, i) =>
      tree.start[i]! < brace ? place : Math.min(Math.max(place, body.start), body.end),
    );
  return { ...tree, start: cut(tree.start), end: cut(tree.end) };
}
