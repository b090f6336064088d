import type { Span } from '../base/span.ts';
import type { SizeUnit } from '../kernel/types.ts';

/**
 * Values and cells, hash-consed: two values are the same if and only if they are the same term. What is known of
 * a term (its class) lives in the path state, so that a test of one copy is a test of all.
 */
export type Term =
  | {
      readonly k: 'int';
      readonly id: number;
      readonly key: string;
      readonly value: number;
      readonly depth: number;
    }
  /** A named constant whose value is not in view; `unit` from the vocabulary. */
  | {
      readonly k: 'const';
      readonly id: number;
      readonly key: string;
      readonly name: string;
      readonly depth: number;
    }
  | { readonly k: 'str'; readonly id: number; readonly key: string; readonly depth: number }
  /** A value number: what an unknown call gave, the outcome of an event. */
  | {
      readonly k: 'fresh';
      readonly id: number;
      readonly key: string;
      readonly hint: string;
      readonly outcomeOf: Site | null;
      readonly depth: number;
    }
  /** What a cell held when the function was entered. */
  | {
      readonly k: 'entry';
      readonly id: number;
      readonly key: string;
      readonly path: Path;
      readonly depth: number;
    }
  /** Memory allocated on this path; one recent object a site. */
  | {
      readonly k: 'obj';
      readonly id: number;
      readonly key: string;
      readonly site: Site;
      readonly old: boolean;
      readonly depth: number;
    }
  | {
      readonly k: 'addr';
      readonly id: number;
      readonly key: string;
      readonly path: Path;
      readonly depth: number;
    }
  | {
      readonly k: 'op';
      readonly id: number;
      readonly key: string;
      readonly op: string;
      readonly args: readonly Term[];
      readonly depth: number;
    };

/** Where something was made: a function, a place in it, and the calls that led there from the function under analysis. */
export interface Site {
  /** Tells it from all others. It stays when text is inserted above. */
  readonly key: string;
  /** The place itself, whatever calls led there. */
  readonly name: string;
  readonly file: string;
  readonly function: string;
  /** In the version of the function that was analysed. */
  readonly span: Span;
  /** Which of the spans that begin at the place. */
  readonly among: number;
}

export type PathRoot =
  | { readonly k: 'local'; readonly index: number; readonly name: string }
  | { readonly k: 'temp'; readonly id: number }
  | { readonly k: 'global'; readonly name: string }
  /** What a term points to. */
  | { readonly k: 'deref'; readonly term: Term };

/** A cell: a root and fields or indices below it. */
export interface Path {
  readonly key: string;
  readonly root: PathRoot;
  readonly parent: Path | null;
  /** The last step; null for a root. */
  readonly step:
    | { readonly k: 'field'; readonly name: string }
    | { readonly k: 'index'; readonly term: Term }
    | null;
  /** Fields and indices below the root. */
  readonly length: number;
  readonly depth: number;
}

/** Deeper terms are cut off to a fresh value: a linked list walked in a loop must end. */
const maxDepth = 9;

/** Makes terms and paths. One table per unit; nothing global. */
export class Terms {
  private readonly terms = new Map<string, Term>();
  private readonly paths = new Map<string, Path>();
  private counter = 0;

  /** How many terms and cells there are. */
  get size(): number {
    return this.terms.size + this.paths.size;
  }

  private intern<T extends Term>(key: string, make: (id: number) => T): T {
    const known = this.terms.get(key);
    if (known) return known as T;
    const made = make(this.terms.size);
    this.terms.set(key, made);
    return made;
  }

  int(value: number): Term {
    return this.intern(`#${value}`, (id) => ({ k: 'int', id, key: `#${value}`, value, depth: 0 }));
  }

  constant(name: string): Term {
    return this.intern(`c:${name}`, (id) => ({ k: 'const', id, key: `c:${name}`, name, depth: 0 }));
  }

  str(text: string): Term {
    return this.intern(`"${text}`, (id) => ({ k: 'str', id, key: `"${text}`, depth: 0 }));
  }

  fresh(hint: string, outcomeOf: Site | null = null): Term {
    const n = this.counter++;
    return this.intern(`$${n}`, (id) => ({ k: 'fresh', id, key: `$${n}`, hint, outcomeOf, depth: 0 }));
  }

  /** The same value each time for the same key: an unknown result of one call site on one visit. */
  named(key: string, hint: string, outcomeOf: Site | null = null): Term {
    return this.intern(`$${key}`, (id) => ({ k: 'fresh', id, key: `$${key}`, hint, outcomeOf, depth: 0 }));
  }

  entry(path: Path): Term {
    if (path.depth > maxDepth) return this.deep(path.key, path.root.k);
    return this.intern(`e${path.key}`, (id) => ({
      k: 'entry',
      id,
      key: `e${path.key}`,
      path,
      depth: path.depth + 1,
    }));
  }

  obj(site: Site, old = false): Term {
    const key = `@${site.key}${old ? '*' : ''}`;
    return this.intern(key, (id) => ({ k: 'obj', id, key, site, old, depth: 0 }));
  }

  addr(path: Path): Term {
    return this.intern(`&${path.key}`, (id) => ({
      k: 'addr',
      id,
      key: `&${path.key}`,
      path,
      depth: path.depth + 1,
    }));
  }

  op(op: string, args: readonly Term[]): Term {
    const depth = args.reduce((d, a) => Math.max(d, a.depth), 0) + 1;
    const key = `${op}(${args.map((a) => a.key).join(',')})`;
    if (depth > maxDepth) return this.deep(key, op);
    return this.intern(key, (id) => ({ k: 'op', id, key, op, args, depth }));
  }

  /** What is too deep to be followed: a value of its own, unless it comes from one; of a list there is no end otherwise. */
  private deep(key: string, kind: string): Term {
    return this.named(`deep:${key.includes('deep:') ? kind : key}`, 'deep');
  }

  private path(key: string, make: () => Path): Path {
    const known = this.paths.get(key);
    if (known) return known;
    const made = make();
    this.paths.set(key, made);
    return made;
  }

  local(fn: string, index: number, name: string): Path {
    const key = `${fn}%${index}`;
    return this.path(key, () => ({
      key,
      root: { k: 'local', index, name },
      parent: null,
      step: null,
      length: 0,
      depth: 0,
    }));
  }

  temp(id: number): Path {
    const key = `T${id}`;
    return this.path(key, () => ({
      key,
      root: { k: 'temp', id },
      parent: null,
      step: null,
      length: 0,
      depth: 0,
    }));
  }

  global(name: string): Path {
    const key = `G:${name}`;
    return this.path(key, () => ({
      key,
      root: { k: 'global', name },
      parent: null,
      step: null,
      length: 0,
      depth: 0,
    }));
  }

  /** The cell that `term` points to: an address gives its cell back. */
  deref(term: Term): Path {
    if (term.k === 'addr') return term.path;
    const key = `*${term.key}`;
    return this.path(key, () => ({
      key,
      root: { k: 'deref', term },
      parent: null,
      step: null,
      length: 0,
      depth: term.depth,
    }));
  }

  field(base: Path, name: string): Path {
    const key = `${base.key}.${name}`;
    return this.path(key, () => ({
      key,
      root: base.root,
      parent: base,
      step: { k: 'field', name },
      length: base.length + 1,
      depth: base.depth + 1,
    }));
  }

  index(base: Path, term: Term): Path {
    const key = `${base.key}[${term.key}]`;
    return this.path(key, () => ({
      key,
      root: base.root,
      parent: base,
      step: { k: 'index', term },
      length: base.length + 1,
      depth: Math.max(base.depth, term.depth) + 1,
    }));
  }
}

/** Whether `inner` is `outer` or a cell below it. */
export function within(inner: Path, outer: Path): boolean {
  for (let p: Path | null = inner; p; p = p.parent) if (p === outer) return true;
  return false;
}

const noAtoms: readonly Term[] = [];

/**
 * Value numbers and objects of this path below a term: what makes it differ from visit to visit. Kept with the term,
 * for it is asked for everything that a state holds.
 */
export function atomsOf(term: Term): readonly Term[] {
  switch (term.k) {
    case 'fresh':
    case 'obj': {
      const known = atoms.get(term);
      if (known) return known;
      const self = [term];
      atoms.set(term, self);
      return self;
    }
    case 'entry':
    case 'addr':
      return pathAtoms(term.path);
    case 'op': {
      const known = atoms.get(term);
      if (known) return known;
      const found = union(term.args.map(atomsOf));
      atoms.set(term, found);
      return found;
    }
    default:
      return noAtoms;
  }
}

/** The atoms that a cell hangs on: of the pointer at its root and of its indices. */
export function pathAtoms(path: Path): readonly Term[] {
  const known = atoms.get(path);
  if (known) return known;
  const parts: (readonly Term[])[] = [];
  if (path.parent) parts.push(pathAtoms(path.parent));
  else if (path.root.k === 'deref') parts.push(atomsOf(path.root.term));
  if (path.step?.k === 'index') parts.push(atomsOf(path.step.term));
  const found = union(parts);
  atoms.set(path, found);
  return found;
}

/** Facts of immutable terms, computed once; weak, so that they go with their tables. */
const atoms = new WeakMap<Term | Path, readonly Term[]>();

function union(parts: readonly (readonly Term[])[]): readonly Term[] {
  const full = parts.filter((p) => p.length > 0);
  if (full.length === 0) return noAtoms;
  if (full.length === 1) return full[0]!;
  return [...new Set(full.flat())];
}

/** Every term below a term, itself included. */
export function* subterms(term: Term): Generator<Term> {
  yield term;
  if (term.k === 'op') for (const arg of term.args) yield* subterms(arg);
  else if (term.k === 'entry' || term.k === 'addr') yield* pathTerms(term.path);
}

/** The terms that a path hangs on: the pointer at its root and its indices. */
export function* pathTerms(path: Path): Generator<Term> {
  for (let p: Path | null = path; p; p = p.parent) if (p.step?.k === 'index') yield* subterms(p.step.term);
  if (path.root.k === 'deref') yield* subterms(path.root.term);
}

/** Names that a term speaks of: predicates, globals, fields. Used to tell whether a fact can still be asked for. */
export function symbolsOf(term: Term, into: Set<string> = new Set()): Set<string> {
  for (const t of subterms(term)) {
    if (t.k === 'op') into.add(t.op);
    else if (t.k === 'const') into.add(t.name);
    else if (t.k === 'entry' || t.k === 'addr') {
      if (t.path.root.k === 'global') into.add(t.path.root.name);
      for (let p: Path | null = t.path; p; p = p.parent) if (p.step?.k === 'field') into.add(p.step.name);
    }
  }
  return into;
}

/** A size with its unit, as far as it is known. */
export interface Size {
  readonly term: Term;
  readonly unit: SizeUnit | 'none';
  readonly rounding: 'exact' | 'up' | 'down' | 'pow2';
  /** As written. */
  readonly text: string;
}
