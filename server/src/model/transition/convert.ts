import {
  all,
  always,
  any,
  become,
  type Condition,
  change,
  type Effect,
  is,
  never,
  not,
  type ProcessBuilder,
} from '../core/program.ts';
import type { Mapping, Property, StepLabel } from '../step.ts';
import {
  changedEntry,
  flippedMappings,
  type Layout,
  missedFrame,
  notPresent,
  type PageLayout,
  present,
  pteOf,
} from './layout.ts';
import type { Failure, HostView, Platform, TransitionStep } from './platform.ts';
import { doneAs } from './properties.ts';
import type { CallerStep, TransitionScenario } from './scenario.ts';

/** What a call of a transition is compiled in. */
export interface ConvertContext {
  readonly scenario: TransitionScenario;
  readonly platform: Platform;
  readonly layout: Layout;
  readonly builder: ProcessBuilder<StepLabel>;
}

type Convert = Extract<CallerStep, { do: 'convert' }>;

const actor = 'kernel';

/**
 * Writes one call of a transition, step by step and page by page, from location `start`; the locations where it has
 * returned 0 and where it has returned an error, or null where it cannot.
 */
export function writeConvert(
  call: Convert,
  steps: readonly TransitionStep[],
  start: number,
  context: ConvertContext,
): { worked: number | null; failed: number | null } {
  return new ConvertWriter(call, context).write(steps, start);
}

class ConvertWriter {
  private readonly pages: readonly PageLayout[];
  private readonly through: Mapping;
  private readonly flipped: readonly Mapping[];
  private failed: number | null = null;

  constructor(
    private readonly call: Convert,
    private readonly context: ConvertContext,
  ) {
    const { layout, platform } = context;
    this.pages = layout.pages.filter((page) => call.pages?.includes(page.index) ?? true);
    this.through = call.through ?? 'direct';
    this.flipped = flippedMappings(platform, this.through);
  }

  write(steps: readonly TransitionStep[], start: number): { worked: number | null; failed: number | null } {
    let at = this.edge(start, { action: `starts to make it ${this.call.to}` }, this.believe('unknown'));
    for (const step of steps) at = this.step(step, at);
    const worked = this.call.outcome === 'fails' ? null : this.returnZero(at);
    return { worked, failed: this.call.outcome === 'works' ? null : this.failed };
  }

  private returnZero(at: number): number {
    const { platform, scenario } = this.context;
    const flipped = platform.flips.is === 'none' ? [] : this.flipped;
    const done = all(...this.pages.map((page) => doneAs(page, this.call.to, flipped, platform)));
    const breaks = scenario.property === 'P-done' ? not(done) : never;
    return this.edge(at, { action: 'returns 0' }, this.believe(this.call.to), { breaks });
  }

  private believe(what: 'unknown' | 'private' | 'shared'): Effect[] {
    return this.pages.map((page) => become(page.belief, what));
  }

  private step(step: TransitionStep, at: number): number {
    const { op } = step;
    for (const failure of this.failuresOf(step)) if (failure.at === 'start') this.fail(step, failure, at);
    switch (op.k) {
      case 'unalias': {
        const lazy = this.context.scenario.mappings.filter((m) => m.is === 'lazy').map((m) => m.mapping);
        return this.eachMapping(step, at, lazy, (page, m) => [
          become(pteOf(page, m), 'absent'),
          ...this.flush(page, [m]),
        ]);
      }
      case 'flush-cache': {
        const lines = this.pages.flatMap((page) => page.line ?? []);
        return lines.length === 0
          ? at
          : this.edge(
              at,
              titled(step),
              lines.map((line) => become(line, 'clean')),
            );
      }
      case 'flush-tlb': {
        const scope: readonly Mapping[] = op.scope === 'tmp' ? ['tmp'] : this.flipped;
        return this.edge(
          at,
          titled(step),
          this.pages.flatMap((page) => this.flush(page, scope)),
        );
      }
      case 'page-table': {
        const attribute = op.attribute === undefined ? undefined : this.call.to === 'shared' ? 'S' : 'P';
        return this.eachMapping(step, at, this.flipped, (page, m) => [
          change(pteOf(page, m), (entry) => changedEntry(entry, { present: op.present, attribute })),
        ]);
      }
      case 'map-tmp':
        return this.eachMapping(step, at, ['tmp'], (page) => [become(pteOf(page, 'tmp'), 'PR_P')]);
      case 'unmap-tmp':
        return this.eachMapping(step, at, ['tmp'], (page) => [become(pteOf(page, 'tmp'), 'absent')]);
      case 'require-linear':
        if (this.through === 'direct') return at;
        this.edge(at, { ...titled(step), error: '-EINVAL' }, [], { to: this.failedLocation() });
        return this.context.builder.location();
      case 'none':
        return this.eachPage(step, at);
      case 'host':
        return this.pages.reduce((from, page) => this.tellHost(step, from, page), at);
    }
  }

  /** One step for each page and each mapping of it, with the failures that can come before it. */
  private eachMapping(
    step: TransitionStep,
    at: number,
    where: readonly Mapping[],
    effects: (page: PageLayout, mapping: Mapping) => readonly Effect[],
  ): number {
    let from = at;
    for (const page of this.pages)
      for (const mapping of where) {
        for (const failure of this.failuresOf(step))
          if (failure.at === 'any-page') this.fail(step, failure, from, { page: page.index, mapping });
        from = this.edge(from, { ...titled(step), page: page.index, mapping }, effects(page, mapping));
      }
    return from;
  }

  /** Bookkeeping, page by page. */
  private eachPage(step: TransitionStep, at: number): number {
    let from = at;
    for (const page of this.pages) {
      for (const failure of this.failuresOf(step))
        if (failure.at === 'any-page') this.fail(step, failure, from, { page: page.index });
      from = this.edge(from, { ...titled(step), page: page.index }, []);
    }
    return from;
  }

  private tellHost(step: TransitionStep, at: number, page: PageLayout): number {
    const { op } = step;
    if (op.k !== 'host') return at;
    const { scenario, layout, platform } = this.context;
    const alias = op.translation === 'linear' ? this.through !== 'direct' : page !== this.pages[0];
    const missed = alias ? missedFrame(scenario, platform, op.translation) : null;
    const hit = missed === 'other-memory' ? (layout.foreign ?? page) : page;
    const where = { page: page.index, ...(missed === null ? {} : { foreign: true }) };
    const label = { ...titled(step), ...where };
    const breaks: Record<string, Condition> = {
      'P-va': any(
        op.via === undefined ? never : notPresent(pteOf(page, op.via === 'given' ? this.through : op.via)),
        op.translation === 'walk-present' ? not(present(pteOf(page, this.through))) : never,
      ),
      'P-pa': missed === null ? never : is(layout.dead, 'no'),
    };
    const broken = breaks[scenario.property satisfies Property] ?? never;
    const next = this.context.builder.location();
    const applies = op.from === undefined ? always : is(hit.host, ...op.from);
    const [refusal] = step.fails ?? [];
    const refuses = refusal !== undefined && (op.otherwise === 'fails' || missed === 'no-memory');
    if (refuses && refusal.then !== 'ignore')
      this.fail(step, refusal, at, where, missed === 'no-memory' ? always : not(applies));
    for (const failure of this.failuresOf(step))
      if (failure.at === 'any-page') {
        if (failure.then === 'ignore') this.edge(at, { ...label, error: failure.error }, [], { to: next });
        else this.fail(step, failure, at, where);
      }
    if (missed === 'no-memory') {
      // A host may say yes to what is not there; who answers for a trusted party does not.
      if (refusal?.then !== 'terminate') this.edge(at, label, [], { to: next, breaks: broken });
      return next;
    }
    return this.edge(
      at,
      label,
      [change(hit.host, (view) => ((op.from?.includes(view as HostView) ?? true) ? op.view : view))],
      {
        to: next,
        guard: op.otherwise === 'fails' && refusal !== undefined ? applies : always,
        breaks: broken,
      },
    );
  }

  private failuresOf(step: TransitionStep): readonly Failure[] {
    const { fails } = this.context.scenario;
    if (this.call.outcome === 'works' || fails === undefined) return [];
    const may = step.fails ?? [];
    if (fails === 'all') return may;
    if (fails === 'host') return step.op.k === 'host' ? may : [];
    return may.filter(({ error }) => fails.includes(step.id) || fails.includes(`${step.id}: ${error}`));
  }

  private fail(
    step: TransitionStep,
    failure: Failure,
    from: number,
    at: { page?: number; mapping?: Mapping; foreign?: boolean } = {},
    guard: Condition = always,
  ): void {
    const label = { ...titled(step), ...at, error: failure.error };
    if (failure.then === 'terminate') {
      this.edge(from, { ...label, event: 'terminated' }, [become(this.context.layout.dead, 'yes')], {
        guard,
      });
      return;
    }
    let cleaning = this.edge(from, label, [], { guard });
    for (const cleanup of failure.cleanup ?? []) cleaning = this.step(cleanup, cleaning);
    this.edge(cleaning, { action: `returns ${failure.error}`, error: failure.error }, [], {
      to: this.failedLocation(),
    });
  }

  private failedLocation(): number {
    this.failed ??= this.context.builder.location();
    return this.failed;
  }

  private flush(page: PageLayout, scope: readonly Mapping[]): Effect[] {
    return scope.flatMap((m) => {
      const tlb = page.tlb.get(m);
      return tlb === undefined ? [] : [become(tlb, 'none')];
    });
  }

  private edge(
    from: number,
    label: Omit<StepLabel, 'actor'>,
    effects: readonly Effect[],
    more: { to?: number; guard?: Condition; breaks?: Condition } = {},
  ): number {
    const to = more.to ?? this.context.builder.location();
    this.context.builder.edge(
      from,
      to,
      { actor, ...label },
      { guard: more.guard ?? always, effects, breaks: more.breaks ?? never },
    );
    return to;
  }
}

const titled = (step: TransitionStep): { action: string; step: string } => ({
  action: step.title,
  step: step.id,
});
