import type { Edit } from '../protocol.ts';
import type { Mapping, Property } from '../step.ts';
import type { Attribute, ExceptionRoute, PlatformName, TransitionStep } from './platform.ts';

/** What the caller does next. Steps are on every page of the range unless `pages` says which. */
export type CallerStep =
  /** set_memory_decrypted() or set_memory_encrypted() on an address of `through`. */
  | {
      readonly do: 'convert';
      readonly to: 'shared' | 'private';
      /** Left out: the linear map. */
      readonly through?: Mapping;
      readonly pages?: readonly number[];
      /** `fails`: only what returns an error goes on. Left out: whatever the scenario lets happen. */
      readonly outcome?: 'works' | 'fails';
      /**
       * After an error: these steps and nothing else; or go on, knowing (`continue`) or as if it had worked (`ignore`).
       * Left out: nothing more.
       */
      readonly onError?: readonly CallerStep[] | 'continue' | 'ignore';
    }
  | { readonly do: 'map'; readonly mapping: Mapping; readonly attribute: Attribute }
  | { readonly do: 'unmap'; readonly mapping: Mapping }
  /** Reads or writes each page once. */
  | { readonly do: 'use'; readonly mapping: Mapping; readonly write?: boolean }
  /** Takes the physical address of a page from its page table entry. */
  | { readonly do: 'address'; readonly mapping: Mapping }
  /** Has the memory accepted before it is used, as boot code does. */
  | { readonly do: 'accept' }
  /** Hands each page to a device, which reads it. */
  | { readonly do: 'device-reads' }
  | { readonly do: 'free' }
  | { readonly do: 'leak' }
  /** Nothing: whoever collects consequences sees that the path gets here. */
  | { readonly do: 'passed'; readonly place: string };

/** A mapping that exists when the scenario begins, with the attribute that fits the pages. */
export interface MappingScope {
  readonly mapping: Mapping;
  /** `lazy`: nobody uses it any more, but it is not removed yet. `later`: the caller makes it. */
  readonly is: 'live' | 'lazy' | 'later';
}

/** Where stray reads can come from: what lies in front of a page in a mapping. */
export interface StrayReach {
  readonly through: Mapping;
  /** A guard page keeps every read out; the page before lets reads run into all pages but the first. */
  readonly from: 'kernel-data' | 'guard-page' | 'page-before';
}

/** A transition with all that can happen around it, and one question. */
export interface TransitionScenario {
  readonly family: 'transition';
  readonly platform: PlatformName;
  readonly protocol: string;
  /** What is changed in the protocol, in both directions where the step is there. */
  readonly edits?: readonly Edit<TransitionStep>[];
  readonly property: Property;
  /** Pages of the range, 1 to 3. */
  readonly pages: number;
  readonly initially: 'private' | 'shared' | 'unaccepted';
  readonly mappings: readonly MappingScope[];
  readonly caller: readonly CallerStep[];
  /**
   * Steps that may fail, by id, or by id and error (`visibility: -EFAULT`); `host`: those that ask the host's side; left
   * out: none.
   */
  readonly fails?: 'all' | 'host' | readonly string[];
  readonly stray?: readonly StrayReach[];
  /** Overrides what becomes of the platform's exceptions. */
  readonly exceptions?: ExceptionRoute;
  /** The host converts a page to shared when it is touched through a shared mapping. */
  readonly implicitConversion?: boolean;
  /** User space reads and writes through its mapping. */
  readonly user?: boolean;
  /** Dirty lines of the data cache keep the attribute that they were written with. */
  readonly incoherentCache?: boolean;
  /** The frames behind the range do not lie side by side. */
  readonly scattered?: boolean;
  /** The physical mask still has the bit that says shared. */
  readonly wideMask?: boolean;
  /** Who emulates the device that the pages are registers of, or that reads them. */
  readonly device?: 'host' | 'paravisor';
  /** The host touches every page. */
  readonly hostile?: boolean;
  /** Whoever gets the pages after a free uses them. */
  readonly nextOwner?: boolean;
}
