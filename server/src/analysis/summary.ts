import type { FreeRow, MemoryKind, RequirementRow } from '../kernel/types.ts';
import type { Attribute } from '../model/generic.ts';
import type { OnElement } from './any-element.ts';
import type { Path, Site, Size, Term } from './terms.ts';
import type { Uses } from './uses.ts';

/** What a row does to memory and cells, in order. Terms speak of the values at the callee's entry. */
export type Effect =
  | {
      readonly k: 'write';
      readonly path: Path;
      readonly value: Term;
      readonly site: Site;
      readonly text: string;
      readonly valueText: string;
      /** Nobody in view asks for the cell: only the function's own verdicts look at it. */
      readonly unasked?: boolean;
    }
  | { readonly k: 'zero'; readonly path: Path; readonly site: Site }
  | {
      readonly k: 'flip';
      readonly to: 'shared' | 'private';
      readonly ok: boolean;
      readonly memory: Term;
      readonly extent: Size | null;
      readonly callee: string;
      readonly site: Site;
      /** The value by which the outcome is told. */
      readonly result: Term;
      /** Nothing reads the result of the call at `at`. */
      readonly dropped: boolean;
      /** The call in the function whose row this is, and whom it calls: the transition itself, or what wraps it. */
      readonly at: Site;
      readonly via: string;
      /** A callee hides the outcome already, and was told so: its callers cannot know better. */
      readonly hiddenBelow: boolean;
      /** The address as written in the call. */
      readonly text: string;
      /** Told already where it happens: callers that replay the row need not tell it again. */
      readonly reported: boolean;
      /** Left out: it is no element of an array that a loop goes through. */
      readonly element?: OnElement;
      /** An annotation says so; the body is not in view. */
      readonly believed?: true;
    }
  | { readonly k: 'new'; readonly memory: Term; readonly info: AllocInfo; readonly site: Site }
  | {
      readonly k: 'free';
      readonly memory: Term;
      readonly row: FreeRow;
      readonly callee: string;
      readonly site: Site;
      readonly size: Size | null;
      readonly text: string;
      readonly reported: boolean;
      /** Left out: it is no element of an array that a loop goes through. */
      readonly element?: OnElement;
    }
  /** This row is taken only if the memory is (or is not) of a kind that a free at run time looks for. */
  | {
      readonly k: 'kind';
      readonly memory: Term;
      readonly kind: MemoryKind;
      readonly is: boolean;
      readonly site: Site;
    }
  | {
      readonly k: 'map';
      readonly memory: Term;
      readonly alias: Term;
      readonly attribute: Attribute;
      readonly user: boolean;
      readonly callee: string;
      readonly site: Site;
    }
  /** Handed to a function that is not in view: what other functions left in it may be so no longer. */
  | { readonly k: 'touch'; readonly memory: Term; readonly site: Site }
  /** A lock or section that is still held, or no longer, when the row is done. */
  | {
      readonly k: 'lock';
      readonly op: 'acquire' | 'release';
      /** `spin`, `irq`, ...: together with the lock's address what must match. */
      readonly lock: string;
      readonly address: Term | null;
      readonly callee: string;
      readonly site: Site;
    }
  | { readonly k: 'unmap'; readonly memory: Term; readonly callee: string; readonly site: Site }
  | {
      readonly k: 'publish';
      readonly memory: Term;
      readonly to: string;
      readonly callee: string | null;
      readonly site: Site;
    }
  | {
      readonly k: 'contents';
      readonly memory: Term;
      readonly op: 'write' | 'read';
      readonly callee: string;
      readonly site: Site;
    }
  | {
      readonly k: 'defer';
      readonly callback: string;
      readonly data: Term | null;
      readonly context: 'process' | 'softirq' | 'hardirq' | 'atomic';
      readonly callee: string;
      readonly site: Site;
    }
  /** Handed, as it was when the function was entered, to one that wants it in one of these states. */
  | {
      readonly k: 'require';
      readonly memory: Term;
      readonly states: RequirementRow['states'];
      readonly callee: string;
      readonly site: Site;
    }
  | {
      readonly k: 'escape';
      readonly memory: Term;
      readonly site: Site;
      /** An annotation says that the caller has it no longer. */
      readonly given?: Given;
    };

/** Who got memory from whom had it; `leaked`: nobody. */
export interface Given {
  readonly owner: 'taken' | 'leaked';
  readonly callee: string;
}

/** What an allocation gave. `size` in the unit of the allocator. */
export interface AllocInfo {
  readonly kind: MemoryKind;
  readonly callee: string;
  readonly size: Size | null;
  readonly wholePages: boolean;
  readonly zeroed: boolean;
  /** It goes with its device, also when the device cannot be set up. */
  readonly managed: boolean;
  /** An annotation says so; the body is not in view. */
  readonly believed?: true;
}

/** A literal of a guard: the classes that a value at entry must be of. */
export interface Guard {
  readonly term: Term;
  readonly classes: number;
}

/** One way through a function, as its callers see it. */
export interface Row {
  /** What is so on all ways that the row stands for. */
  readonly guards: readonly Guard[];
  /** Where it stands for several: each is taken if all of its literals can be so. Null: they are too many to tell apart. */
  readonly ways: readonly Way[] | null;
  /** Null: returns nothing. */
  readonly result: Term | null;
  /** Classes of the result on this row. */
  readonly resultClasses: number;
  readonly effects: readonly Effect[];
  /** A call that sleeps because of a transition, and where it is; null: none. */
  readonly sleeps: Sleep | null;
  /** The return statement, for placing what is wrong with the row as a whole. */
  readonly returnSite: Site;
  readonly returnText: string | null;
  /** The return value is a variable, not a literal. */
  readonly returnsVariable: boolean;
  readonly joined: boolean;
  /** Platforms that the row can be on, as bits of the file's list. */
  readonly mask: number;
  /** Frees that the row does, by place, those included that callers cannot see: what the function does about an outcome. */
  readonly acts: string;
  /** What callers can find in their cells when the row is done, by class of value. */
  readonly writes: string;
  /** The ways that lead to it, through rows of callees. */
  readonly uses: Uses | null;
  /** All that the row does after its first memory event, by place: calls that are not harmless, stores. */
  readonly deeds: string;
}

/** One way through a function, of several that do the same. */
export interface Way {
  readonly guards: readonly Guard[];
  /** Platforms that it can be on, as bits of the file's list. */
  readonly mask: number;
}

/** A call that sleeps, and the calls below it down to the transition that does. */
export interface Sleep {
  readonly callee: string;
  readonly site: Site;
  readonly below: Sleep | null;
}

/** The transition at the end of a chain of calls. */
export function sleepingTransition(sleep: Sleep): string {
  let last = sleep;
  while (last.below) last = last.below;
  return last.callee;
}

/** What callers know of a function. */
export interface Summary {
  readonly name: string;
  readonly file: string;
  readonly parameters: readonly string[];
  readonly rows: readonly Row[];
  /** Bounds were hit: the rows do not tell everything. */
  readonly incomplete: boolean;
  /** Some row flips memory. */
  readonly flips: boolean;
}

/** A free row as an effect. */
export function freeEffect(
  row: FreeRow,
  memory: Term,
  callee: string,
  site: Site,
  size: Size | null,
  text: string,
): Extract<Effect, { k: 'free' }> {
  return { k: 'free', memory, row, callee, site, size, text, reported: false };
}
