import {
  all,
  any,
  become,
  type Condition,
  derive,
  is,
  never,
  not,
  type Process,
  ProcessBuilder,
} from '../core/program.ts';
import type { StepLabel } from '../step.ts';
import { breaksProperty, isUnfixed, waysOf } from './access.ts';
import { harmOf } from './caller.ts';
import { type Layout, type PageLayout, present, pteOf } from './layout.ts';
import type { Platform } from './platform.ts';
import type { StrayReach, TransitionScenario } from './scenario.ts';

interface Scope {
  readonly scenario: TransitionScenario;
  readonly platform: Platform;
  readonly layout: Layout;
}

/** Everybody who may step at any time. Those with nothing to do are left out. */
export function daemonsOf(scope: Scope): Process<StepLabel>[] {
  const { scenario } = scope;
  return [
    speculation(scope),
    ...(scenario.stray === undefined ? [] : [strayReader(scope)]),
    ...(scenario.user ? [user(scope)] : []),
    ...(scenario.nextOwner ? [nextOwner(scope)] : []),
    ...(scenario.nextOwner || scenario.hostile ? [host(scope)] : []),
    ...(scenario.incoherentCache ? [cache(scope)] : []),
  ].filter((process) => process.edges.length > 0);
}

/** The CPU caches any entry that is present, at any time. */
function speculation({ layout }: Scope): Process<StepLabel> {
  const builder = new ProcessBuilder<StepLabel>('speculation');
  for (const page of layout.pages)
    for (const [mapping, tlb] of page.tlb) {
      const pte = pteOf(page, mapping);
      builder.edge(
        0,
        0,
        { actor: 'CPU', action: 'caches the translation', page: page.index, mapping },
        {
          guard: all(is(tlb, 'none'), present(pte)),
          effects: [derive(tlb, pte, (entry) => (entry.endsWith('S') ? 'S' : 'P'))],
        },
      );
    }
  return builder.build();
}

/** Which pages a stray read can run into through a mapping. */
function reachOf(reach: StrayReach, pages: readonly PageLayout[]): readonly PageLayout[] {
  if (reach.from === 'guard-page') return [];
  return reach.from === 'page-before' ? pages.slice(1) : pages;
}

/** load_unaligned_zeropad(): reads past the end of what it was asked for, into whatever page is mapped behind. */
function strayReader({ scenario, platform, layout }: Scope): Process<StepLabel> {
  const builder = new ProcessBuilder<StepLabel>('stray_reader');
  for (const reach of scenario.stray ?? []) {
    // Whoever strays out of the page in front of a guard page takes a fault on that.
    if (reach.from === 'guard-page')
      builder.edge(0, 0, {
        actor: 'stray reader',
        action: 'runs into the guard page in front',
        mapping: reach.through,
        outcome: 'page-fault',
      });
    for (const page of reachOf(reach, layout.pages)) {
      const access = { accessor: 'stray', mapping: reach.through, write: false } as const;
      for (const { guard, outcome, effects } of waysOf(access, page, platform, scenario))
        builder.edge(
          0,
          0,
          {
            actor: 'stray reader',
            action: 'reads into the page',
            page: page.index,
            mapping: reach.through,
            outcome,
            ...(isUnfixed('stray', outcome) ? harmOf(outcome) : {}),
          },
          {
            guard,
            effects,
            breaks: breaksProperty(scenario.property, 'stray', outcome) ? guard : never,
          },
        );
    }
  }
  return builder.build();
}

/** User space reads what it left there; a page fault is served. */
function user({ scenario, platform, layout }: Scope): Process<StepLabel> {
  const builder = new ProcessBuilder<StepLabel>('user');
  for (const page of layout.pages) {
    if (!page.pte.has('user')) continue;
    const access = { accessor: 'user', mapping: 'user', write: false } as const;
    for (const { guard, outcome, effects } of waysOf(access, page, platform, scenario))
      builder.edge(
        0,
        0,
        { actor: 'user', action: 'reads the page', page: page.index, mapping: 'user', outcome },
        { guard, effects, breaks: breaksProperty(scenario.property, 'user', outcome) ? guard : never },
      );
  }
  return builder.build();
}

/** Whoever the allocator gives a page to takes it for ordinary kernel memory and writes to it. */
function nextOwner({ scenario, platform, layout }: Scope): Process<StepLabel> {
  const builder = new ProcessBuilder<StepLabel>('next_owner');
  const foreign = layout.foreign === null ? [] : [layout.foreign];
  for (const page of layout.pages)
    builder.edge(
      0,
      0,
      { actor: 'next owner', action: 'gets the page', page: page.index },
      { guard: is(page.own, 'allocator'), effects: [become(page.own, 'next')] },
    );
  for (const page of [...layout.pages, ...foreign]) {
    const access = { accessor: 'kernel', mapping: 'direct', write: true } as const;
    const who = foreign.includes(page) ? { actor: 'owner', foreign: true } : { actor: 'next owner' };
    for (const { guard, outcome, effects, visible } of waysOf(access, page, platform, scenario))
      builder.edge(
        0,
        0,
        {
          ...who,
          action: 'writes to the page',
          page: page.index,
          mapping: 'direct',
          outcome,
          ...harmOf(outcome),
        },
        {
          guard: all(is(page.own, 'next', 'exposed'), guard),
          effects: visible ? [...effects, become(page.own, 'exposed')] : effects,
          breaks: breaksProperty(scenario.property, 'kernel', outcome) ? guard : never,
        },
      );
  }
  return builder.build();
}

/** The host reads and writes what it can; elsewhere the fault is its own. */
function host({ scenario, platform, layout }: Scope): Process<StepLabel> {
  const builder = new ProcessBuilder<StepLabel>('host');
  if (!platform.host.is) return inTheClear(layout);
  for (const page of [...layout.pages, ...(layout.foreign === null ? [] : [layout.foreign])]) {
    const shared = is(page.host, 'SHARED');
    const foreign = page === layout.foreign ? { foreign: true } : {};
    const label = { actor: 'host', action: 'reads and writes the page', page: page.index, ...foreign };
    const asked: Condition = scenario.property === 'P-host' ? shared : never;
    builder.edge(
      0,
      0,
      { ...label, outcome: 'ok', harm: 'host-access' },
      {
        guard: is(page.own, 'exposed'),
        breaks: asked,
      },
    );
    if (!scenario.hostile) continue;
    builder.edge(
      0,
      0,
      { ...label, outcome: 'ok' },
      { guard: all(shared, not(is(page.own, 'exposed'))), breaks: asked },
    );
    builder.edge(0, 0, { ...label, outcome: 'host-fault' }, { guard: not(shared) });
  }
  return builder.build();
}

/** No host above: what is kept without encryption can still be read out of the memory. */
function inTheClear(layout: Layout): Process<StepLabel> {
  const builder = new ProcessBuilder<StepLabel>('memory');
  for (const page of layout.pages)
    builder.edge(
      0,
      0,
      { actor: 'memory', action: 'holds the page in the clear', page: page.index, harm: 'unencrypted' },
      { guard: is(page.own, 'exposed') },
    );
  return builder.build();
}

/** A dirty line goes back to memory when it likes, encrypted as it was written: over whatever is there by then. */
function cache({ scenario, layout }: Scope): Process<StepLabel> {
  const builder = new ProcessBuilder<StepLabel>('cache');
  for (const page of layout.pages) {
    const { line, data } = page;
    if (line === null || data === null) continue;
    for (const dirty of ['dirty_P', 'dirty_S']) {
      const now = is(line, dirty);
      builder.edge(
        0,
        0,
        { actor: 'cache', action: 'writes a dirty line back', page: page.index },
        {
          guard: all(now, is(data, 'new')),
          effects: [become(line, 'clean'), become(data, 'scrambled')],
          breaks: scenario.property === 'P-use' ? any(now) : never,
        },
      );
      builder.edge(
        0,
        0,
        { actor: 'cache', action: 'writes a dirty line back', page: page.index },
        { guard: all(now, not(is(data, 'new'))), effects: [become(line, 'clean')] },
      );
    }
  }
  return builder.build();
}
