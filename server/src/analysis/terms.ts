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

const noAtoms: readonly Term[] = [];

/** What was made of a term: asking again must not cost a key. */
class TermMemo {
  /** The cell it points to. */
  cell: Path | null = null;
  atoms: readonly Term[] | null = null;
  below: readonly Term[] | null = null;
  /** Operations on it, by their operator: with it alone, and with another by that one. */
  alone: Map<string, Term> | null = null;
  pairs: Map<string, Map<Term, Term>> | null = null;
}

/** A term as it is kept. What was made of it is private, for whoever walks over a term must not get to what hangs on it. */
class TermNode {
  readonly #memo = new TermMemo();
  readonly value: number = 0;
  readonly name: string = '';
  readonly hint: string = '';
  readonly outcomeOf: Site | null = null;
  readonly path: Path | null = null;
  readonly site: Site | null = null;
  readonly old: boolean = false;
  readonly op: string = '';
  readonly args: readonly Term[] = noAtoms;

  /** One class, and all fields in each: what reads terms of all kinds is the hottest code there is. */
  constructor(
    readonly k: Term['k'],
    readonly id: number,
    readonly key: string,
    readonly depth: number,
    fields: Partial<
      Pick<TermNode, 'value' | 'name' | 'hint' | 'outcomeOf' | 'path' | 'site' | 'old' | 'op' | 'args'>
    >,
  ) {
    if (fields.value !== undefined) this.value = fields.value;
    if (fields.name !== undefined) this.name = fields.name;
    if (fields.hint !== undefined) this.hint = fields.hint;
    if (fields.outcomeOf !== undefined) this.outcomeOf = fields.outcomeOf;
    if (fields.path !== undefined) this.path = fields.path;
    if (fields.site !== undefined) this.site = fields.site;
    if (fields.old !== undefined) this.old = fields.old;
    if (fields.op !== undefined) this.op = fields.op;
    if (fields.args !== undefined) this.args = fields.args;
  }

  static memo(term: Term): TermMemo {
    return (term as unknown as TermNode).#memo;
  }
}

/** What was made of a cell. */
class PathMemo {
  atoms: readonly Term[] | null = null;
  terms: readonly Term[] | null = null;
  /** What it held at entry, and its address. */
  held: Term | null = null;
  address: Term | null = null;
  fields: Map<string, Path> | null = null;
  elements: Map<Term, Path> | null = null;
}

/** A cell as it is kept; see {@link TermNode}. */
class PathNode implements Path {
  readonly #memo = new PathMemo();

  constructor(
    readonly key: string,
    readonly root: PathRoot,
    readonly parent: Path | null,
    readonly step: Path['step'],
    readonly length: number,
    readonly depth: number,
  ) {}

  static memo(path: Path): PathMemo {
    return (path as PathNode).#memo;
  }
}

/** Makes terms and paths. One table per unit; nothing global. */
export class Terms {
  private readonly terms = new Map<string, Term>();
  private readonly ints = new Map<number, Term>();
  /** Operations on none or on more than two, by their operator and the numbers of their arguments: their own keys are long. */
  private readonly ops = new Map<string, Term>();
  private readonly roots = new Map<string, PathNode>();
  private made = 0;
  private counter = 0;

  /** How many terms and cells there are. */
  get size(): number {
    return this.made;
  }

  private make(
    k: Term['k'],
    key: string,
    depth: number,
    fields: ConstructorParameters<typeof TermNode>[4],
  ): Term {
    return new TermNode(k, this.made++, key, depth, fields) as Term;
  }

  private interned(k: Term['k'], key: string, fields: ConstructorParameters<typeof TermNode>[4]): Term {
    let term = this.terms.get(key);
    if (term === undefined) {
      term = this.make(k, key, 0, fields);
      this.terms.set(key, term);
    }
    return term;
  }

  int(value: number): Term {
    let term = this.ints.get(value);
    if (term === undefined) {
      term = this.interned('int', `#${value}`, { value });
      this.ints.set(value, term);
    }
    return term;
  }

  constant(name: string): Term {
    return this.interned('const', `c:${name}`, { name });
  }

  str(text: string): Term {
    return this.interned('str', `"${text}`, {});
  }

  fresh(hint: string, outcomeOf: Site | null = null): Term {
    // Nobody asks for it by its key.
    return this.make('fresh', `$${this.counter++}`, 0, { hint, outcomeOf });
  }

  /** The same value each time for the same key: an unknown result of one call site on one visit. */
  named(key: string, hint: string, outcomeOf: Site | null = null): Term {
    return this.interned('fresh', `$${key}`, { hint, outcomeOf });
  }

  entry(path: Path): Term {
    const node = PathNode.memo(path);
    node.held ??=
      path.depth > maxDepth
        ? this.deep(path.key, path.root.k)
        : this.make('entry', `e${path.key}`, path.depth + 1, { path });
    return node.held;
  }

  obj(site: Site, old = false): Term {
    return this.interned('obj', `@${site.key}${old ? '*' : ''}`, { site, old });
  }

  addr(path: Path): Term {
    const node = PathNode.memo(path);
    node.address ??= this.make('addr', `&${path.key}`, path.depth + 1, { path });
    return node.address;
  }

  op(op: string, args: readonly Term[]): Term {
    const [a, b] = args;
    if (a === undefined || args.length > 2) return this.ofMany(op, args);
    const memo = TermNode.memo(a);
    if (b === undefined) {
      memo.alone ??= new Map();
      return memo.alone.get(op) ?? this.operation(op, args, memo.alone, op);
    }
    memo.pairs ??= new Map();
    let others = memo.pairs.get(op);
    if (others === undefined) {
      others = new Map();
      memo.pairs.set(op, others);
    }
    return others.get(b) ?? this.operation(op, args, others, b);
  }

  private ofMany(op: string, args: readonly Term[]): Term {
    let ids = op;
    for (const arg of args) ids += ` ${arg.id}`;
    return this.ops.get(ids) ?? this.operation(op, args, this.ops, ids);
  }

  private operation<K>(op: string, args: readonly Term[], known: Map<K, Term>, key: K): Term {
    const depth = args.reduce((d, a) => Math.max(d, a.depth), 0) + 1;
    const text = `${op}(${args.map((a) => a.key).join(',')})`;
    const term = depth > maxDepth ? this.deep(text, op) : this.make('op', text, depth, { op, args });
    known.set(key, term);
    return term;
  }

  /** What is too deep to be followed: a value of its own, unless it comes from one; of a list there is no end otherwise. */
  private deep(key: string, kind: string): Term {
    return this.named(`deep:${key.includes('deep:') ? kind : key}`, 'deep');
  }

  private root(key: string, root: () => PathRoot): Path {
    let path = this.roots.get(key);
    if (path === undefined) {
      this.made++;
      path = new PathNode(key, root(), null, null, 0, 0);
      this.roots.set(key, path);
    }
    return path;
  }

  local(fn: string, index: number, name: string): Path {
    return this.root(`${fn}%${index}`, () => ({ k: 'local', index, name }));
  }

  temp(id: number): Path {
    return this.root(`T${id}`, () => ({ k: 'temp', id }));
  }

  global(name: string): Path {
    return this.root(`G:${name}`, () => ({ k: 'global', name }));
  }

  /** The cell that `term` points to: an address gives its cell back. */
  deref(term: Term): Path {
    if (term.k === 'addr') return term.path;
    const node = TermNode.memo(term);
    if (node.cell === null) {
      this.made++;
      node.cell = new PathNode(`*${term.key}`, { k: 'deref', term }, null, null, 0, term.depth);
    }
    return node.cell;
  }

  field(base: Path, name: string): Path {
    const node = PathNode.memo(base);
    node.fields ??= new Map();
    let path = node.fields.get(name);
    if (path === undefined) {
      this.made++;
      const step = { k: 'field', name } as const;
      path = new PathNode(`${base.key}.${name}`, base.root, base, step, base.length + 1, base.depth + 1);
      node.fields.set(name, path);
    }
    return path;
  }

  index(base: Path, term: Term): Path {
    const node = PathNode.memo(base);
    node.elements ??= new Map();
    let path = node.elements.get(term);
    if (path === undefined) {
      this.made++;
      const depth = Math.max(base.depth, term.depth) + 1;
      const step = { k: 'index', term } as const;
      path = new PathNode(`${base.key}[${term.key}]`, base.root, base, step, base.length + 1, depth);
      node.elements.set(term, path);
    }
    return path;
  }
}

/** Whether `inner` is `outer` or a cell below it. */
export function within(inner: Path, outer: Path): boolean {
  for (let p: Path | null = inner; p; p = p.parent) if (p === outer) return true;
  return false;
}

/**
 * Value numbers and objects of this path below a term: what makes it differ from visit to visit. Kept with the term,
 * for it is asked for everything that a state holds.
 */
export function atomsOf(term: Term): readonly Term[] {
  switch (term.k) {
    case 'fresh':
    case 'obj': {
      const node = TermNode.memo(term);
      node.atoms ??= [term];
      return node.atoms;
    }
    case 'entry':
    case 'addr':
      return pathAtoms(term.path);
    case 'op': {
      const node = TermNode.memo(term);
      node.atoms ??= union(term.args.map(atomsOf));
      return node.atoms;
    }
    default:
      return noAtoms;
  }
}

/** Whether an atom is a value number, which means something else on every path. */
export function isFresh(atom: Term): boolean {
  return atom.k === 'fresh';
}

/** The atoms that a cell hangs on: of the pointer at its root and of its indices. */
export function pathAtoms(path: Path): readonly Term[] {
  const node = PathNode.memo(path);
  if (node.atoms !== null) return node.atoms;
  const parts: (readonly Term[])[] = [];
  if (path.parent) parts.push(pathAtoms(path.parent));
  else if (path.root.k === 'deref') parts.push(atomsOf(path.root.term));
  if (path.step?.k === 'index') parts.push(atomsOf(path.step.term));
  node.atoms = union(parts);
  return node.atoms;
}

function union(parts: readonly (readonly Term[])[]): readonly Term[] {
  const full = parts.filter((p) => p.length > 0);
  if (full.length === 0) return noAtoms;
  if (full.length === 1) return full[0]!;
  return [...new Set(full.flat())];
}

/** Whether a value is another one, or computed from it and from nothing else of this path: `i - 1`, of a stack the element below its top. */
export function hangsOn(term: Term, on: Term): boolean {
  if (term === on) return true;
  const atoms = atomsOf(term);
  return atoms.length === 1 && atoms[0] === on;
}

/** Every term below a term, itself included. Kept with the term. */
export function subterms(term: Term): readonly Term[] {
  const node = TermNode.memo(term);
  if (node.below === null) {
    const below: Term[] = [term];
    if (term.k === 'op') for (const arg of term.args) below.push(...subterms(arg));
    else if (term.k === 'entry' || term.k === 'addr') below.push(...pathTerms(term.path));
    node.below = below;
  }
  return node.below;
}

/** The terms that a path hangs on: the pointer at its root and its indices. */
export function pathTerms(path: Path): readonly Term[] {
  const node = PathNode.memo(path);
  if (node.terms === null) {
    const terms: Term[] = [];
    for (let p: Path | null = path; p; p = p.parent)
      if (p.step?.k === 'index') terms.push(...subterms(p.step.term));
    if (path.root.k === 'deref') terms.push(...subterms(path.root.term));
    node.terms = terms.length === 0 ? noAtoms : terms;
  }
  return node.terms;
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
