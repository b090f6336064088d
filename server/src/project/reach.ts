import { addTo } from '../base/maps.ts';
import { type CancellationToken, check } from '../base/token.ts';
import type { FunctionHead } from '../ir/types.ts';
import { linkable } from '../kernel/layout.ts';
import type { MemoryKind, Vocabulary } from '../kernel/types.ts';
import { isTransition } from '../kernel/vocabulary.ts';
import { withoutComments } from '../syntax/names.ts';
import { declaredContracts, isContract, isUndeclared } from './contracts.ts';
import { entriesIn, namesNoParameters } from './entries.ts';
import { type Modules, modulesOf } from './modules.ts';
import { folderOf, nameOf, normalisePath } from './paths.ts';
import type { LoweredText } from './pipeline.ts';

/** Finds files by what they name, without reading them again. */
export interface NameIndex {
  /** Files, relative to the root, in which the name is called or defined: none is missing, some may be wrong. Sorted. */
  filesNaming(name: string): readonly string[];
  /** The same for many names at once. */
  filesNamingAll(names: Iterable<string>): ReadonlyMap<string, readonly string[]>;
  /** Files of a folder, those of folders in it left out. Sorted. */
  filesIn(folder: string): readonly string[];
  has(file: string): boolean;
}

/** How far callers are followed; each is counted when it is hit. */
export interface ReachBounds {
  /**
   * Files that name a function: one that is called from more is nobody's wrapper in particular. Half as many with every call
   * from one file into another on the way to a transition, for what is far from it and still much called is infrastructure.
   */
  readonly fanIn: number;
  /** Calls from one file into another on the way to a transition. */
  readonly hops: number;
  /** Files that name a function which is looked for because it may free or allocate for those that convert. */
  readonly helper: number;
  /** Source files of a folder that is taken for one driver's if its Makefile says nothing. */
  readonly siblings: number;
}

/** What bounds are without settings. */
export const defaultReach: ReachBounds = { fanIn: 64, hops: 6, helper: 8, siblings: 8 };

/** A function whose callers were not followed, and the bound that says so. */
export interface Unfollowed {
  readonly file: string;
  readonly function: string;
  readonly bound: 'fanIn' | 'hops';
}

/** Files that have to do with each other; each list is sorted. */
export interface FileGroup {
  readonly files: readonly string[];
  /** Headers that say what structs and constants of theirs are. */
  readonly headers: readonly string[];
}

/** Which files have to do with each other. */
export interface Reached {
  /** In the order of their first files. Every seed is in one. */
  readonly groups: readonly FileGroup[];
  readonly unfollowed: readonly Unfollowed[];
}

/** What {@link reach} works with. */
export interface ReachInput {
  /** Files that may name a transition. */
  readonly seeds: readonly string[];
  readonly index: NameIndex;
  readonly vocabulary: Vocabulary;
  readonly bounds: ReachBounds;
  /** A file of the tree, cut; null where it cannot be read. */
  text(file: string): LoweredText | null;
  /** The Makefile or Kbuild file of a folder (relative to the root); empty where there is none. */
  makefile(folder: string): string;
  readonly token: CancellationToken;
}

/**
 * Finds the files that paths to and from a transition lead through: whoever converts memory, whoever calls that, directly or
 * not, and neighbours that allocate or free what is kept in a struct. Looks at names only; what they come to is for the
 * analysis to say. @throws Cancelled
 */
export function reach(input: ReachInput): Reached {
  return new Search(input).run();
}

/** A function that matters, with the calls between files that lead from it to a transition. */
interface Wanted {
  readonly file: string;
  readonly name: string;
  /** What its text has; null for another name of a function that a header gives it. */
  readonly head: FunctionHead | null;
  readonly hops: number;
}

class Search {
  private readonly wanted = new Map<string, Wanted>();
  private readonly queue: Wanted[] = [];
  private readonly joined = new Map<string, string>();
  private readonly unfollowed: Unfollowed[] = [];
  /** Headers that name the functions of a file. */
  private readonly declaring = new Map<string, Set<string>>();
  /** Files with functions that matter. */
  private readonly involved = new Set<string>();

  /** Functions of which the configuration says something without naming their parameters. */
  private readonly unnamed: ReadonlySet<string>;

  constructor(private readonly input: ReachInput) {
    this.unnamed = new Set(
      entriesIn(input.vocabulary.held)
        .filter(namesNoParameters)
        .map(({ name }) => name),
    );
  }

  run(): Reached {
    const { seeds, token } = this.input;
    for (const file of seeds) {
      check(token);
      this.joined.set(file, file);
      const text = this.input.text(file);
      if (text === null) continue;
      for (const head of functionsOf(text)) if (this.converts(head)) this.want(file, head, 0);
      for (const [name, other] of text.ir.aliases)
        if (this.input.vocabulary.rows(other).some(isTransition)) this.wantName(file, name, 0);
      // Whoever calls a function that is said to convert memory belongs to who says so.
      for (const { fn, clauses, hasBody } of declaredContracts(text))
        if (!hasBody && clauses.some((clause) => clause.k === 'effect'))
          this.note(`${file} ${fn.name}`, { file, name: fn.name, head: null, hops: 0 });
      this.withDeclarations(text);
    }
    for (let at = this.queue.shift(); at !== undefined; at = this.queue.shift()) {
      check(token);
      this.follow(at);
    }
    const handlers = this.handlers();
    this.withHelpers(handlers);
    this.withNeighbours(handlers);
    return { groups: this.groups(), unfollowed: this.unfollowed };
  }

  /** Headers that may declare functions of which a contract speaks without their parameters. */
  private withDeclarations({ file, ir }: LoweredText): void {
    const { vocabulary, index, bounds } = this.input;
    for (const head of ir.heads)
      for (const name of head.calls) {
        if (!vocabulary.rows(name).some(isUndeclared) && !this.unnamed.has(name)) continue;
        const headers = index.filesNaming(name).filter((other) => other.endsWith('.h') && other !== file);
        if (headers.length > bounds.helper) continue;
        const known = this.declaring.get(file) ?? new Set<string>();
        for (const header of headers) known.add(header);
        this.declaring.set(file, known);
      }
  }

  private converts(head: FunctionHead): boolean {
    for (const name of head.calls) if (this.input.vocabulary.rows(name).some(isTransition)) return true;
    return false;
  }

  private want(file: string, head: FunctionHead, hops: number): void {
    this.note(`${file} ${head.slice.name} ${head.slice.start}`, { file, name: head.slice.name, head, hops });
  }

  /** Another name for a function; whoever includes the file may use it. */
  private wantName(file: string, name: string, hops: number): void {
    if (file.endsWith('.h')) this.note(`${file} ${name}`, { file, name, head: null, hops });
  }

  private note(key: string, one: Wanted): void {
    if (this.wanted.has(key)) return;
    this.involved.add(one.file);
    this.wanted.set(key, one);
    this.queue.push(one);
  }

  private follow({ file, name, head, hops }: Wanted): void {
    const text = this.input.text(file)!;
    if (head !== null) {
      this.callersIn(text, name, hops);
      for (const [alias, other] of text.ir.aliases) if (other === name) this.wantName(file, alias, hops);
      const isHeader = file.endsWith('.h');
      if ((head.isStatic && !isHeader) || !handsOver(head)) return;
    }
    // What the vocabulary says of a name holds wherever it is called.
    if (this.input.vocabulary.rows(name).some((row) => !isContract(row))) return;
    const files = this.input.index
      .filesNaming(name)
      .filter((other) => other !== file && linkable(file, other));
    if (files.length === 0) return;
    const headers = files.filter((other) => other.endsWith('.h'));
    if (headers.length <= this.input.bounds.helper) {
      const known = this.declaring.get(file) ?? new Set<string>();
      for (const header of headers) known.add(header);
      this.declaring.set(file, known);
    }
    if (hops >= this.input.bounds.hops) this.unfollowed.push({ file, function: name, bound: 'hops' });
    else if (files.length > this.input.bounds.fanIn >> hops)
      this.unfollowed.push({ file, function: name, bound: 'fanIn' });
    else
      for (const other of files) {
        const found = this.input.text(other);
        if (found !== null && this.callersIn(found, name, hops + 1)) this.join(file, other);
      }
  }

  /** Functions of a file that call `name`, unless the file means another function by it. */
  private callersIn(text: LoweredText, name: string, hops: number): boolean {
    let found = false;
    const isOwn = (head: FunctionHead) => head.name === name && head.isStatic;
    if (hops > 0 && !text.file.endsWith('.h') && functionsOf(text).some(isOwn)) return false;
    for (const head of functionsOf(text)) {
      if (head.slice.name === name || !head.calls.has(name)) continue;
      found = true;
      this.want(text.file, head, hops);
    }
    return found;
  }

  /** Source files in which memory that is made of pages is allocated or freed. */
  private handlers(): ReadonlySet<string> {
    const { index, vocabulary } = this.input;
    const handlers = new Set<string>();
    for (const files of index.filesNamingAll(vocabulary.names(handlesPages)).values())
      for (const file of files) if (file.endsWith('.c')) handlers.add(file);
    return handlers;
  }

  /** Functions of other files that free or allocate pages for those that convert them. */
  private withHelpers(handlers: ReadonlySet<string>): void {
    const { index, vocabulary, bounds } = this.input;
    const callers = new Map<string, Set<string>>();
    for (const { file, head, hops } of this.wanted.values()) {
      if (head === null || hops > 1) continue;
      const own = new Set(this.input.text(file)!.ir.heads.map(({ name }) => name));
      for (const name of head.calls) {
        if (own.has(name) || vocabulary.rows(name).length > 0) continue;
        callers.set(name, (callers.get(name) ?? new Set()).add(file));
      }
    }
    for (const [name, files] of index.filesNamingAll(callers.keys())) {
      if (files.length > bounds.helper) continue;
      for (const other of files)
        for (const file of callers.get(name)!) {
          check(this.input.token);
          if (other === file || !handlers.has(other) || !linkable(file, other)) continue;
          if (this.rootOf(other) !== this.rootOf(file) && this.isHelper(other, name)) this.join(file, other);
        }
    }
  }

  /** Whether a file defines a function of that name, for others, that allocates or frees pages itself or below. */
  private isHelper(file: string, name: string): boolean {
    const heads = this.input.text(file)?.ir.heads ?? [];
    if (!heads.some((head) => head.name === name && !head.isStatic)) return false;
    const seen = new Set<string>();
    const open = [name];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const head of heads) {
        if (head.name !== at || seen.has(at)) continue;
        seen.add(at);
        for (const callee of head.calls) {
          if (this.input.vocabulary.rows(callee).some(handlesPages)) return true;
          open.push(callee);
        }
      }
    return false;
  }

  /**
   * What one file leaves in a struct another may free, with no call between them: files of one module. The other allocates or
   * frees pages and names a field that matters in the first.
   */
  private withNeighbours(handlers: ReadonlySet<string>): void {
    const byFolder = new Map<string, string[]>();
    for (const file of handlers) addTo(byFolder, folderOf(file), file);
    const fields = new Map<string, Set<string>>();
    for (const { file, head } of this.wanted.values()) {
      if (head === null) continue;
      const known = fields.get(file) ?? new Set<string>();
      fields.set(file, known);
      for (const match of head.slice.text.matchAll(/(?:->|\.)\s*([A-Za-z_]\w*)/g)) known.add(match[1]!);
      for (const match of head.slice.text.matchAll(/^\s*([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*=[^=]/gm))
        if (this.declares(file, match[1]!)) known.add(match[1]!);
    }
    const modules = new Map<string, Modules>();
    for (const [file, names] of fields) {
      const folder = folderOf(file);
      for (const other of byFolder.get(folder) ?? []) {
        check(this.input.token);
        if (other === file || this.rootOf(other) === this.rootOf(file)) continue;
        let ofFolder = modules.get(folder);
        if (ofFolder === undefined) {
          ofFolder = this.modulesOf(folder);
          modules.set(folder, ofFolder);
        }
        const both = (module: ReadonlySet<string>) => module.has(nameOf(file)) && module.has(nameOf(other));
        if (!ofFolder.some(both)) continue;
        const text = this.input.text(other);
        if (text !== null && this.handlesOneOf(text, names)) this.join(file, other);
      }
    }
  }

  /** Whether a name is declared outside of the functions of a file, by its text; or in a header of its folder. */
  private declares(file: string, name: string): boolean {
    const word = new RegExp(`\\b${name}\\b`);
    const of = this.input.text(file)?.source.declarations ?? [];
    return of.some(({ text }) => word.test(text));
  }

  /** The modules of a folder; a small folder that says nothing of them is one. */
  private modulesOf(folder: string): Modules {
    const modules = modulesOf(this.input.makefile(folder));
    if (modules.length > 0) return modules;
    const files = this.input.index.filesIn(folder).filter((file) => file.endsWith('.c'));
    return files.length <= this.input.bounds.siblings ? [new Set(files.map(nameOf))] : [];
  }

  private handlesOneOf(text: LoweredText, fields: ReadonlySet<string>): boolean {
    const { vocabulary } = this.input;
    return text.ir.heads.some((head) => {
      let handles = false;
      for (const name of head.calls) handles ||= vocabulary.rows(name).some(handlesPages);
      if (!handles) return false;
      for (const name of head.mentions) if (fields.has(name)) return true;
      return false;
    });
  }

  private rootOf(file: string): string {
    let root = file;
    for (
      let above = this.joined.get(root);
      above !== undefined && above !== root;
      above = this.joined.get(root)
    )
      root = above;
    return root;
  }

  private join(a: string, b: string): void {
    const one = this.rootOf(a);
    const other = this.rootOf(b);
    this.joined.set(one, one);
    this.joined.set(other, one);
  }

  private groups(): FileGroup[] {
    const byRoot = new Map<string, string[]>();
    for (const file of [...this.joined.keys()].sort()) addTo(byRoot, this.rootOf(file), file);
    return [...byRoot.values()].map((files) => ({ files, headers: this.headersOf(files) }));
  }

  /** Headers that the files name in quotes, and those that declare functions which others of the group call. */
  private headersOf(files: readonly string[]): string[] {
    const headers = new Set<string>();
    for (const file of files) {
      if (!this.involved.has(file)) continue;
      for (const header of this.declaring.get(file) ?? []) headers.add(header);
      for (const name of this.input.text(file)?.source.quoted ?? []) {
        const header = normalisePath(`${folderOf(file)}/${name}`);
        if (!header.startsWith('..') && this.input.index.has(header)) headers.add(header);
      }
    }
    return [...headers].filter((header) => !files.includes(header)).sort();
  }
}

const pageKinds = new Set<MemoryKind>([
  'page',
  'exact',
  'folio',
  'vmalloc',
  'kvmalloc',
  'vmap',
  'cma',
  'memblock',
  'percpu',
]);

/** Allocates or frees memory that is made of pages. */
function handlesPages(row: ReturnType<Vocabulary['rows']>[number]): boolean {
  return (row.k === 'alloc' || row.k === 'free') && pageKinds.has(row.kind);
}

const known = new WeakMap<LoweredText['ir'], readonly FunctionHead[]>();

/** The functions of a file, and its macros that call something. */
function functionsOf({ ir }: LoweredText): readonly FunctionHead[] {
  let all = known.get(ir);
  if (all === undefined) {
    all = [...ir.heads, ...ir.macros];
    known.set(ir, all);
  }
  return all;
}

/** Whether callers can hand memory to a function, or get some from it: by a parameter, or as what it returns. */
function handsOver({ macro, slice: { text, nameSpan, bodySpan } }: FunctionHead): boolean {
  // What a macro is the value of may be anything.
  if (macro) return !/^\s*static inline void \w+\(void\)/.test(text);
  const before = withoutComments(text.slice(0, nameSpan.start));
  const parameters = withoutComments(text.slice(nameSpan.end, bodySpan.start));
  return before.includes('*') || !/^\s*\(\s*(?:void)?\s*\)/.test(parameters);
}
