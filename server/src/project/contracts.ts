import { soundClauses } from '../annotations/check.ts';
import { type FunctionPlace, findNotes, mayHaveNotes } from '../annotations/find.ts';
import { mask } from '../annotations/masked.ts';
import { parseContract } from '../annotations/parse.ts';
import { parametersAt, returnsOf } from '../annotations/prototype.ts';
import type { ClassWord, Clause, Extent, Region } from '../annotations/types.ts';
import type { FunctionHead } from '../ir/types.ts';
import { alloc, free, transition } from '../kernel/apis/row.ts';
import { contractDirection } from '../kernel/contracts.ts';
import type { ApiRow, Contract, ContractEffect, Failure, SizeSpec, Vocabulary } from '../kernel/types.ts';
import { isWrittenDown } from '../kernel/vocabulary.ts';
import type { SourceUnit } from '../syntax/types.ts';
import type { LoweredText } from './pipeline.ts';

/** A function as a contract speaks of it. */
export interface Contracting {
  readonly name: string;
  /** Null: nothing in view says what they are called. */
  readonly parameters: readonly string[] | null;
  /** Null: nothing in view says what it returns; then the words of the contract do. */
  readonly returns: Contract['returns'] | null;
  /** Where the contract stands. */
  readonly source: string;
}

/**
 * The row that a contract is to callers; null: it says nothing of memory. Or why it is none: a contract is used whole or not at all.
 * `told`: as it is written.
 */
export function contractRow(
  fn: Contracting,
  clauses: readonly Clause[],
  told = '',
): { readonly row: ApiRow | null } | { readonly problem: string } {
  const { name, parameters, source } = fn;
  const effects: ContractEffect[] = [];
  for (const clause of clauses) {
    if (!('region' in clause) || clause.k === 'flag') continue;
    const place = parameters === null ? unnamed(clause.region) : placeOf(clause.region, parameters);
    if (typeof place === 'string') return { problem: place };
    // What it must be is asked of the callers, whatever the function does.
    if (clause.k === 'requires') continue;
    effects.push({
      verb: clause.k === 'effect' ? clause.verb : clause.k,
      place,
      extent: sizeOf(clause.region.extent, parameters ?? []),
      cases:
        clause.k === 'effect'
          ? clause.cases.map(({ outcomes, on, otherwise }) => ({ outcomes, on, otherwise }))
          : [
              {
                outcomes: [clause.k === 'takes' ? 'taken' : 'leaked'],
                on: clause.on,
                otherwise: clause.on === null,
              },
            ],
    });
  }
  const words = effects.flatMap(({ cases }) => cases.flatMap(({ on }) => on ?? []));
  const returns = fn.returns ?? returnsBy(words, effects);
  const context = clauses.find((clause) => clause.k === 'context');
  const contract: Contract = { returns, sleeps: context?.context === 'sleeps', effects };
  const more = parameters === null ? { undeclared: told } : { contract };
  // Who gets memory that is shared already has to do with conversions, too.
  const flip = effects.find(
    ({ verb, cases }) =>
      verb === 'flips' || (verb === 'allocs' && cases.some(({ outcomes }) => outcomes.includes('shared'))),
  );
  const first = flip ?? effects[0];
  if (first === undefined) return { row: null };
  const { extent, place } = first;
  const address = typeof place.argument === 'number' ? place.argument : -1;
  if (flip !== undefined)
    return {
      row: transition(name, source, contractDirection(flip), {
        ...{ address, extent, sleeps: contract.sleeps, failure: failureOf(returns, words) },
        ...(parameters === null ? {} : { parameters }),
        ...more,
      }),
    };
  if (first.verb !== 'allocs') return { row: free('pool', name, source, address, extent, more) };
  const failure = words.includes('ERR_PTR') ? 'errptr' : 'null';
  return { row: alloc('pool', name, source, extent, { failure, ...more }) };
}

/** A place whose parameters nobody names yet: which they are does not matter to a row that does nothing. */
function unnamed({ place: { stars, members } }: Region): ContractEffect['place'] {
  return { argument: -1, stars, members };
}

function placeOf({ place }: Region, parameters: readonly string[]): ContractEffect['place'] | string {
  const { stars, members, root } = place;
  if (root === 'return') return { argument: 'return', stars, members };
  const argument = parameters.indexOf(root);
  return argument < 0 ? `there is no parameter '${root}'` : { argument, stars, members };
}

/** How much, as far as the arguments of a call tell it; null: not known. */
function sizeOf(extent: Extent | null, parameters: readonly string[]): SizeSpec | null {
  if (extent === null) return null;
  const { expression, unit } = extent;
  if (/^\d+$/.test(expression) && Number(expression) > 0) return { count: Number(expression), unit };
  const arg = parameters.indexOf(expression);
  if (arg >= 0) return { arg, unit };
  const order = parameters.indexOf(/^1U?L? << (\w+)$/.exec(expression)?.[1] ?? '');
  if (order >= 0 && unit === 'pages') return { arg: order, unit: 'order' };
  const inBytes = parameters.indexOf(/^(?:PFN_UP|PAGE_ALIGN)\((\w+)\)$/.exec(expression)?.[1] ?? '');
  return inBytes >= 0 && (unit === 'pages') === expression.startsWith('PFN_UP')
    ? { arg: inBytes, unit: 'bytes' }
    : null;
}

function returnsBy(words: readonly ClassWord[], effects: readonly ContractEffect[]): Contract['returns'] {
  const isPointer = words.some((word) => word === 'NULL' || word === 'ERR_PTR');
  if (isPointer || effects.some(({ place }) => place.argument === 'return')) return 'pointer';
  return words.some((word) => word === 'true' || word === 'false') ? 'bool' : 'number';
}

/** How a hover tells a failure. */
function failureOf(returns: Contract['returns'], words: readonly ClassWord[]): Failure {
  if (returns === 'number' && (words.includes('nonzero') || words.includes('0'))) return 'nonzero';
  return ({ nothing: 'none', number: 'negative', bool: 'false', pointer: 'null' } as const)[returns];
}

/** Functions of a cut text as annotations look for them, in their order. */
export function functionPlaces(source: Pick<SourceUnit, 'functions'>): readonly FunctionPlace[] {
  return source.functions
    .filter((fn) => !fn.macro)
    .map(({ name, start, end, nameSpan, bodySpan }) => ({
      name,
      start,
      end,
      nameStart: start + nameSpan.start,
      body: { start: start + bodySpan.start, end: start + bodySpan.end },
    }))
    .sort((a, b) => a.start - b.start);
}

/** A contract above a prototype or a function. */
interface Declared {
  readonly fn: Contracting;
  readonly clauses: readonly Clause[];
  readonly isStatic: boolean;
  readonly hasBody: boolean;
}

const declared = new WeakMap<SourceUnit, readonly Declared[]>();

/** The contracts of a text, without what is wrong in them. */
export function declaredContracts({
  file,
  source,
}: Pick<LoweredText, 'file' | 'source'>): readonly Declared[] {
  let found = declared.get(source);
  if (found === undefined) {
    found = contractsOf(source, file);
    declared.set(source, found);
  }
  return found;
}

function contractsOf(source: SourceUnit, file: string): readonly Declared[] {
  const { text } = source;
  if (!mayHaveNotes(text)) return [];
  const { text: code } = mask(text);
  return findNotes(text, functionPlaces(source)).flatMap((one): Declared[] => {
    const { target } = one;
    if (target.k !== 'function') return [];
    const clauses = soundClauses(one, { code, rules: [] });
    const head = code.slice(target.span.start, code.indexOf('(', target.span.start));
    // A parameter without a name keeps its place.
    const parameters = target.parameters.map(({ name }) => name ?? '');
    const fn = { name: target.name, parameters, returns: returnsOf(head), source: file };
    return clauses.length === 0
      ? []
      : [{ fn, clauses, isStatic: /\bstatic\b/.test(head), hasBody: target.body !== null }];
  });
}

/**
 * What these texts say of functions that none of them has: contracts above prototypes; what a tree's configuration says of functions
 * whose parameters are named here; and which bodies have a contract above them that they are held against.
 */
export function contractsInView(texts: readonly LoweredText[], vocabulary: Vocabulary): readonly ApiRow[] {
  const rows = new Map<string, ApiRow>();
  const beside: ApiRow[] = [];
  const add = (fn: Contracting, clauses: readonly Clause[]) => {
    const read = contractRow(fn, clauses);
    if ('row' in read && read.row !== null) rows.set(fn.name, read.row);
  };
  for (const text of texts)
    for (const { fn, clauses, isStatic, hasBody } of declaredContracts(text)) {
      const isThere = texts.some(
        ({ file, ir }) =>
          (file === text.file || !isStatic) &&
          ir.heads.some(
            (head) => head.slice.name === fn.name && !head.macro && (file === text.file || !head.isStatic),
          ),
      );
      if (hasBody && clauses.some(({ k }) => k === 'effect' || k === 'context'))
        beside.push({ k: 'held', name: fn.name, source: text.file });
      // A row goes by its name alone.
      if (!isStatic || isAlone(fn.name, text.file, texts)) {
        beside.push(...requirementsOf(fn, clauses));
        // Without a body the contract says so itself.
        if (hasBody || isThere) beside.push(...ownersOf(fn, clauses));
      }
      if (!hasBody && !isThere && !rows.has(fn.name)) add(fn, clauses);
    }
  for (const name of vocabulary.names(isUndeclared)) {
    if (rows.has(name)) continue;
    const row = vocabulary.rows(name).find(isUndeclared)!;
    const fn = declarationOf(name, texts);
    if (fn !== null) add({ ...fn, source: row.source }, parseContract(row.undeclared!).clauses);
  }
  return [...rows.values(), ...beside];
}

/** A function that none of some texts has, and what is believed of it. */
export interface Believed {
  readonly name: string;
  readonly clauses: readonly Clause[];
  /** By the tree's configuration; else by a comment. */
  readonly isConfigured: boolean;
}

/** Functions that convert memory of which these texts have a contract and no body. What a comment says goes before the configuration. */
export function believedIn(texts: readonly LoweredText[], vocabulary: Vocabulary): readonly Believed[] {
  const converts = (row: ApiRow) => row.k === 'transition' && row.contract !== undefined;
  const inView = contractsInView(texts, vocabulary).filter(converts);
  const names = new Set([...inView.map(({ name }) => name), ...vocabulary.names(converts)]);
  return [...names].flatMap((name): Believed[] => {
    if (texts.some(({ ir }) => ir.heads.some((head) => !head.macro && head.slice.name === name))) return [];
    const isOf = ({ fn, hasBody }: Declared) => fn.name === name && !hasBody;
    const [comment] = texts.flatMap((text) => declaredContracts(text).filter(isOf));
    if (comment !== undefined) return [{ name, clauses: comment.clauses, isConfigured: false }];
    const entry = vocabulary.held.find((row) => row.name === name)?.entry;
    return entry === undefined
      ? []
      : [{ name, clauses: parseContract(entry.text).clauses, isConfigured: true }];
  });
}

/** Whether a static function of a file can be told by its name: no other of these files has one of that name, or calls one. */
export function isAlone(
  name: string,
  file: string,
  texts: readonly Pick<LoweredText, 'file' | 'ir'>[],
): boolean {
  const isOther = ({ slice, macro, calls }: FunctionHead) =>
    (!macro && slice.name === name) || (!file.endsWith('.h') && calls.has(name));
  return texts.every((text) => text.file === file || !text.ir.heads.some(isOther));
}

/** What callers of a function must give it. */
export function requirementsOf(
  { name, parameters, source }: Contracting,
  clauses: readonly Clause[],
): readonly ApiRow[] {
  return clauses.flatMap((clause): ApiRow[] => {
    if (clause.k !== 'requires') return [];
    const place = placeOf(clause.region, parameters ?? []);
    if (typeof place === 'string') return [];
    return [{ k: 'requirement', name, source, place, states: clause.states }];
  });
}

/** Who has memory after a call; no body tells that. */
export function ownersOf(
  { name, parameters, returns, source }: Contracting,
  clauses: readonly Clause[],
): readonly ApiRow[] {
  return clauses.flatMap((clause): ApiRow[] => {
    if (clause.k !== 'takes' && clause.k !== 'leaks') return [];
    const place = placeOf(clause.region, parameters ?? []);
    if (typeof place === 'string') return [];
    const owner = clause.k === 'takes' ? ('taken' as const) : ('leaked' as const);
    return [{ k: 'owner', name, source, place, owner, on: clause.on, returns: returns ?? 'number' }];
  });
}

/** A row that is believed only where no body is in view. */
export function isContract(row: ApiRow): boolean {
  return row.k === 'requirement' || row.k === 'owner' || isWrittenDown(row);
}

type UndeclaredRow = Extract<ApiRow, { k: 'transition' | 'alloc' | 'free' }>;

/** A row that does nothing as long as nothing in view names its parameters. */
export function isUndeclared(row: ApiRow): row is UndeclaredRow {
  return (row.k === 'transition' || row.k === 'alloc' || row.k === 'free') && row.undeclared !== undefined;
}

/** A function as the first prototype or definition in view has it. */
function declarationOf(name: string, texts: readonly LoweredText[]): Contracting | null {
  for (const text of texts) {
    const [found] = declarationsIn(name, text);
    if (found !== undefined) return found;
  }
  return null;
}

/** A function as the prototypes and definitions of a text have it. */
export function declarationsIn(
  name: string,
  text: Pick<LoweredText, 'file' | 'source'>,
): readonly Contracting[] {
  let known = declarations.get(text.source);
  if (known === undefined) {
    known = new Map();
    declarations.set(text.source, known);
  }
  let found = known.get(name);
  if (found === undefined) {
    found = lookFor(name, text);
    known.set(name, found);
  }
  return found;
}

/** By source and name. */
const declarations = new WeakMap<SourceUnit, Map<string, readonly Contracting[]>>();

function lookFor(
  name: string,
  { source, file }: Pick<LoweredText, 'file' | 'source'>,
): readonly Contracting[] {
  if (!source.text.includes(name)) return [];
  const { text } = mask(source.text);
  const pattern = new RegExp(`^([A-Za-z_][\\w \\t*\\n]*[\\s*])${name}\\s*\\(`, 'gm');
  const found: Contracting[] = [];
  for (const match of text.matchAll(pattern)) {
    const read = parametersAt(text, match.index + match[0].length - 1);
    if (read === null || !/^\s*[;{_A-Za-z]/.test(text.slice(read.end))) continue;
    if (/\b(?:return|else|goto|case)\b/.test(match[1]!)) continue;
    const parameters = read.parameters.map((one) => one.name ?? '');
    found.push({ name, parameters, returns: returnsOf(match[1]!), source: file });
  }
  return found;
}
