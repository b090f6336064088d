import type { MemoryKind } from '../kernel/types.ts';
import { type Attribute, anyLive, type StateSet } from '../model/generic.ts';
import type { Choice } from './choices.ts';
import { CowMap } from './cow-map.ts';
import type { Elements } from './elements.ts';
import type { TraceEvent } from './finding.ts';
import type { Effect, Given, Sleep } from './summary.ts';
import type { Path, Site, Size, Term, Terms } from './terms.ts';
import { within } from './terms.ts';
import type { Uses } from './uses.ts';

/** Classes of a value, as bits: zero, negative, positive, a valid pointer, an error pointer. */
export const Z = 1;
export const N = 2;
export const P = 4;
export const PTR = 8;
export const ERR = 16;
export const ANY = Z | N | P | PTR | ERR;
/** Classes of a number of which nothing is known. */
export const integers = Z | N | P;

/** Where something happened, for traces: the function it stands in and how deep below the one under analysis. */
export interface TraceNode {
  readonly prev: TraceNode | null;
  readonly at: Site;
  readonly depth: number;
  readonly event: TraceEvent;
  /** The memory it concerns; null: control or context. */
  readonly subject: Term | null;
  readonly before: StateSet;
  readonly after: StateSet;
  /** Terms that a decision looked at: it is told only if one of them has to do with the subject. */
  readonly looksAt: readonly Term[];
  /** The cell that a store writes or a guard tests. */
  readonly cell?: Path;
  readonly length: number;
}

/** What is known of one memory object on one path. Immutable; replaced on change. */
export interface ObjectState {
  readonly states: StateSet;
  readonly kind: MemoryKind | null;
  /** Allocated on this path, so that its state is the path's own doing. */
  readonly own: boolean;
  readonly allocatedBy: string | null;
  readonly allocSite: Site | null;
  readonly allocSize: Size | null;
  readonly wholePages: boolean;
  readonly managed: boolean;
  /** The last flip of it on this path: what it did, how much, and the value that told the outcome. */
  readonly flip: FlipRecord | null;
  /** How much was decrypted, kept through a way back, to compare extents. */
  readonly sharedExtent: Size | null;
  /** The mapping this object is, of other memory: a vmap alias. */
  readonly aliasOf: Term | null;
  readonly aliasAttribute: Attribute | null;
  /** A mapping of it with an attribute that it did not certainly have. */
  readonly mappedAs: { readonly attribute: Attribute; readonly node: TraceNode | null } | null;
  readonly userMapped: TraceNode | null;
  readonly published: TraceNode | null;
  readonly contents: 'unwritten' | 'written' | 'stale';
  readonly freedAt: TraceNode | null;
  /** Since its last flip the path printed or warned, or came by a comment that says that memory is leaked. */
  readonly told: 'log' | 'comment' | null;
  /** An annotation says that it belongs to somebody else from here on, or to nobody. */
  readonly given: Given | null;
  /** States come from a join that a bound forced. */
  readonly joined: boolean;
  /** Stands for several objects of one allocation site. */
  readonly many: boolean;
  /** What happened to memory that came from elsewhere, in short: callers meet it in another state. */
  readonly history: string;
  /** Its state is what another function left behind. */
  readonly borrowed: boolean;
}

/** The last attempt to convert an object: which way, with which outcome, how much. */
export interface FlipRecord {
  readonly to: 'shared' | 'private';
  readonly ok: boolean;
  readonly callee: string;
  readonly site: Site;
  readonly extent: Size | null;
  readonly result: Term;
  /** It was all of the memory, as far as the path knows. */
  readonly whole: boolean;
  /** The address as the call writes it. */
  readonly text: string;
}

/** An object that came from elsewhere, before anything happened to it here. */
export const entryObject: ObjectState = {
  states: anyLive,
  kind: null,
  own: false,
  allocatedBy: null,
  allocSite: null,
  allocSize: null,
  wholePages: true,
  managed: false,
  flip: null,
  sharedExtent: null,
  aliasOf: null,
  aliasAttribute: null,
  mappedAs: null,
  userMapped: null,
  published: null,
  contents: 'unwritten',
  freedAt: null,
  told: null,
  given: null,
  joined: false,
  many: false,
  history: '',
  borrowed: false,
};

/** A lock or section that the path is in. */
export interface HeldLock {
  readonly key: string;
  readonly callee: string;
  readonly forbidsSleep: boolean;
  readonly node: TraceNode;
  /** As callers meet it, if it is still held at the end; null for a guard, which ends with its scope. */
  readonly effect: Extract<Effect, { k: 'lock' }> | null;
}

const noSweeps: ReadonlyMap<string, string> = new Map();

/** Takes the last lock of that key off the list. */
export function dropLock<T extends { readonly key: string }>(locks: readonly T[], key: string): readonly T[] {
  const at = locks.map((l) => l.key).lastIndexOf(key);
  return at < 0 ? locks : [...locks.slice(0, at), ...locks.slice(at + 1)];
}

interface EffectNode {
  readonly prev: EffectNode | null;
  readonly effect: Effect;
  readonly count: number;
}

/** One path's state. Cloned at forks; the maps are small. */
export class State {
  readonly cells: CowMap<Path, Term>;
  readonly facts: CowMap<Term, number>;
  readonly objects: CowMap<Term, ObjectState>;
  /** Cells whose untouched parts are zero. */
  zeroed: readonly Path[];
  /** Cells that somebody filled in since the function was entered; their untouched parts are anything. `by`: a key of that call. */
  filled: readonly { readonly path: Path; readonly by: string }[];
  locks: readonly HeldLock[];
  effects: EffectNode | null;
  trace: TraceNode | null;
  /** The first call of the path that was told not to sleep, and by which flag. */
  promise: { readonly flag: string; readonly node: TraceNode } | null;
  /** The first call of the path that sleeps because of a transition. */
  sleeps: Sleep | null;
  joined: boolean;
  /** Platforms that the path can be on, as bits of the file's list. */
  mask: number;
  /** What callees did for reasons that are not known yet. */
  choices: readonly Choice[];
  /** Calls with an effect and stores, by place, since the first transition of the path. */
  deeds: readonly string[];
  /** What loops left in arrays. */
  elements: Elements;
  /** What loops freed in arrays: by memory of some element, how. */
  sweeps: ReadonlyMap<string, string>;
  /** Rows of callees that the path has gone through. */
  uses: Uses | null;
  /** Names under which elements' memory was met again, for the path that led there. */
  renamed: readonly { readonly from: Term; readonly to: Term }[];

  constructor(from?: State) {
    this.cells = from?.cells.copy() ?? CowMap.of();
    this.facts = from?.facts.copy() ?? CowMap.of();
    this.objects = from?.objects.copy() ?? CowMap.of();
    this.zeroed = from?.zeroed ?? [];
    this.filled = from?.filled ?? [];
    this.locks = from?.locks ?? [];
    this.effects = from?.effects ?? null;
    this.trace = from?.trace ?? null;
    this.promise = from?.promise ?? null;
    this.sleeps = from?.sleeps ?? null;
    this.joined = from?.joined ?? false;
    this.mask = from?.mask ?? -1;
    this.choices = from?.choices ?? [];
    this.deeds = from?.deeds ?? [];
    this.elements = from?.elements ?? new Map();
    this.sweeps = from?.sweeps ?? noSweeps;
    this.uses = from?.uses ?? null;
    this.renamed = from?.renamed ?? [];
  }

  clone(): State {
    return new State(this);
  }

  /** What a cell holds; an unread cell holds what it held at entry, or zero if its memory was zeroed. */
  read(path: Path, terms: Terms): Term {
    const known = this.cells.get(path);
    if (known) return known;
    if (this.zeroed.some((z) => z !== path && within(path, z))) return terms.int(0);
    const filled = this.filled.find((f) => within(path, f.path));
    if (filled)
      return terms.named(`${filled.by} ${path.key}`, path.step?.k === 'field' ? path.step.name : 'filled');
    for (let p = path.parent, below = path; p; below = p, p = p.parent) {
      const whole = this.cells.get(p);
      // A struct copied as a whole: its parts are the parts of the other.
      if (whole && whole.k === 'entry') {
        const source =
          below.step?.k === 'field'
            ? terms.field(whole.path, below.step.name)
            : below.step
              ? terms.index(whole.path, below.step.term)
              : whole.path;
        if (p === path.parent) return this.read(source, terms);
      }
    }
    return terms.entry(path);
  }

  /** Stores into a cell; what was known of its parts is gone. */
  write(path: Path, value: Term): void {
    this.forgetBelow(path);
    this.cells.set(path, value);
  }

  /** Everything below `path` is zero now. */
  zero(path: Path): void {
    this.forgetBelow(path);
    this.cells.delete(path);
    this.zeroed = [...this.zeroed.filter((z) => z !== path), path];
    this.filled = this.filled.filter((f) => !within(f.path, path));
  }

  /** What was cleared has been filled in by somebody else. */
  fill(path: Path, by: string): void {
    this.zeroed = this.zeroed.filter((z) => z !== path);
    this.filled = [...this.filled.filter((f) => f.path !== path), { path, by }];
  }

  private forgetBelow(path: Path): void {
    this.cells.forEach((_, other) => {
      if (other.length > 0 && other !== path && within(other, path)) this.cells.delete(other);
    });
  }

  object(term: Term): ObjectState {
    return this.objects.get(term) ?? entryObject;
  }

  setObject(term: Term, change: Partial<ObjectState>): void {
    this.objects.set(term, { ...this.object(term), ...change });
  }

  /** Somebody hears of memory that a transition has left shared or unknown, if it is that. */
  tell(how: 'log' | 'comment'): void {
    this.objects.forEach(({ flip, told }, term) => {
      if (flip !== null && told === null) this.setObject(term, { told: how });
    });
  }

  addEffect(effect: Effect): void {
    this.effects = { prev: this.effects, effect, count: (this.effects?.count ?? 0) + 1 };
  }

  /** Notes that the path does something at `place`, once a transition has happened. */
  deed(place: string): void {
    if (this.deeds.length > 0 || this.objects.size > 0) this.deeds = [...this.deeds, place];
  }

  effectList(): Effect[] {
    const list: Effect[] = [];
    for (let node = this.effects; node; node = node.prev) list.push(node.effect);
    return list.reverse();
  }

  /** Notes a step of the path. */
  addTrace(node: Omit<TraceNode, 'prev' | 'length'>): TraceNode {
    const { at, depth, event, subject, before, after, looksAt, cell } = node;
    const prev = this.trace;
    const length = prev === null ? 1 : prev.length + 1;
    // Written out: a copy by spreading takes many times as long, and there are tens of thousands.
    this.trace =
      cell === undefined
        ? { prev, at, depth, event, subject, before, after, looksAt, length }
        : { prev, at, depth, event, subject, before, after, looksAt, cell, length };
    return this.trace;
  }

  /** Whether some effect of the path is of a kind; the latest are looked at first. */
  hasEffect(is: (effect: Effect) => boolean): boolean {
    for (let node = this.effects; node; node = node.prev) if (is(node.effect)) return true;
    return false;
  }
}
