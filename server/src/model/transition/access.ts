import { all, become, type Condition, type Effect, is } from '../core/program.ts';
import type { AccessOutcome, Mapping, Property } from '../step.ts';
import { type PageLayout, translates, untranslated } from './layout.ts';
import { type ExceptionRoute, hostViews, outcomesOf, type Platform } from './platform.ts';

/** Who touches a page, by what becomes of a fault. */
export type Accessor =
  /** load_unaligned_zeropad(): a page fault, or an exception that reaches the guest, is fixed up. */
  | 'stray'
  /** Kernel code that expects no fault. */
  | 'kernel'
  /** User space: a page fault is served. */
  | 'user';

/** One access: by whom, through which mapping. */
export interface Access {
  readonly accessor: Accessor;
  readonly mapping: Mapping;
  readonly write: boolean;
}

/** One way that an access can go. */
export interface Way {
  readonly guard: Condition;
  readonly outcome: AccessOutcome;
  /** What the access changes: the key of the contents, or the host's view by implicit conversion. */
  readonly effects: readonly Effect[];
  /** Whether the page is the host's to see when the access was served: shared, or written in the clear. */
  readonly visible: boolean;
}

/** All ways that an access to a page can go: by entry, view, and what the host makes of it. */
export function waysOf(
  access: Access,
  page: PageLayout,
  platform: Platform,
  scope: {
    readonly exceptions?: ExceptionRoute | undefined;
    readonly implicitConversion?: boolean | undefined;
  },
): Way[] {
  const ways: Way[] = [
    { guard: untranslated(page, access.mapping), outcome: 'page-fault', effects: [], visible: false },
  ];
  for (const attribute of ['P', 'S'] as const) {
    const entry = translates(page, access.mapping, attribute);
    for (const view of hostViews) {
      const guard = all(entry, is(page.host, view));
      if (scope.implicitConversion && attribute === 'S' && view !== 'SHARED') {
        ways.push({ guard, outcome: 'ok', effects: [become(page.host, 'SHARED')], visible: true });
        continue;
      }
      for (const outcome of outcomesOf(platform, {
        attribute,
        view,
        write: access.write,
        stray: access.accessor === 'stray',
        exceptions: scope.exceptions,
      })) {
        const written = outcome === 'ok' && access.write && platform.view.is === 'last-write';
        const after = written ? (attribute === 'S' ? 'SHARED' : 'PRIV') : view;
        ways.push({
          guard,
          outcome,
          effects: after === view ? [] : [become(page.host, after)],
          visible: outcome === 'ok' && after === 'SHARED',
        });
      }
    }
  }
  return ways;
}

/** Whether somebody who had no part in it comes to harm: an exit, an exception nobody fixes up, an oops. */
export function isUnfixed(accessor: Accessor, outcome: AccessOutcome): boolean {
  switch (outcome) {
    case 'fatal':
    case 'abort':
    case 'paravisor-exception':
    case 'unhandled-exception':
    case 'emulated':
    case 'nested-fault':
      return true;
    case 'exception':
      return accessor !== 'stray';
    case 'page-fault':
      return accessor === 'kernel';
    default:
      return false;
  }
}

/** Exceptions of the platform, whoever gets them. */
const exceptions: ReadonlySet<AccessOutcome> = new Set([
  'exception',
  'paravisor-exception',
  'unhandled-exception',
  'emulated',
]);

/** Whether an access with that outcome breaks a property that is judged on accesses. */
export function breaksProperty(property: Property, accessor: Accessor, outcome: AccessOutcome): boolean {
  switch (property) {
    case 'P-exc':
      return exceptions.has(outcome);
    case 'P-fix':
      return isUnfixed(accessor, outcome);
    case 'P-use':
      return accessor !== 'stray' && outcome !== 'ok' && !(accessor === 'user' && outcome === 'page-fault');
    default:
      return false;
  }
}
