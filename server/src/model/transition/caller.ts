import {
  all,
  always,
  any,
  become,
  type Condition,
  is,
  never,
  not,
  type ProcessBuilder,
} from '../core/program.ts';
import type { AccessOutcome, StepLabel } from '../step.ts';
import { breaksProperty, type Way, waysOf } from './access.ts';
import { type ConvertContext, writeConvert } from './convert.ts';
import { type PageLayout, pteOf } from './layout.ts';
import type { Direction, TransitionStep } from './platform.ts';
import { believesRight } from './properties.ts';
import type { CallerStep } from './scenario.ts';

type Ways = Readonly<Record<Direction, readonly TransitionStep[]>>;
type DeviceSide = 'host' | 'paravisor';

/** Writes what the caller does from location `at`, one step after the other. */
export function writeCaller(
  steps: readonly CallerStep[],
  at: number,
  ways: Ways,
  context: ConvertContext,
): void {
  new CallerWriter(ways, context).write(steps, at);
}

class CallerWriter {
  private readonly builder: ProcessBuilder<StepLabel>;

  constructor(
    private readonly ways: Ways,
    private readonly context: ConvertContext,
  ) {
    this.builder = context.builder;
  }

  write(steps: readonly CallerStep[], start: number): void {
    let at: number | null = start;
    steps.forEach((step, i) => {
      if (at !== null) at = this.step(step, at, steps.slice(i + 1));
    });
  }

  private get pages(): readonly PageLayout[] {
    return this.context.layout.pages;
  }

  /** The location after the step; null if nothing can follow. */
  private step(step: CallerStep, at: number, rest: readonly CallerStep[]): number | null {
    switch (step.do) {
      case 'convert':
        return this.convert(step, at, rest);
      case 'map':
        return this.each(at, `maps the page ${step.attribute === 'S' ? 'shared' : 'private'}`, (page) => ({
          label: { mapping: step.mapping },
          effects: [become(pteOf(page, step.mapping), `PR_${step.attribute}`)],
        }));
      case 'unmap':
        return this.each(at, 'unmaps the page', (page) => {
          const tlb = page.tlb.get(step.mapping);
          return {
            label: { mapping: step.mapping },
            effects: [become(pteOf(page, step.mapping), 'absent'), ...(tlb ? [become(tlb, 'none')] : [])],
          };
        });
      case 'accept':
        return this.each(at, 'has the page accepted', (page) => ({ effects: [become(page.host, 'PRIV')] }));
      case 'free':
        return this.each(at, 'frees the page', (page) => ({ effects: [become(page.own, 'allocator')] }));
      case 'leak':
        return this.each(at, 'leaks the page', (page) => ({ effects: [become(page.own, 'leaked')] }));
      case 'address':
        return this.each(at, 'takes the physical address from the page table entry', (page) => ({
          label: { mapping: step.mapping },
          breaks: this.asks(
            'P-pa',
            this.context.scenario.wideMask ? is(pteOf(page, step.mapping), 'PR_S', 'NP_S') : never,
          ),
        }));
      case 'device-reads':
        return this.deviceReads(at);
      case 'passed':
        this.builder.edge(at, at, { actor: 'kernel', action: 'goes on', event: 'passed', step: step.place });
        return at;
      case 'use':
        return this.pages.reduce((from, page) => this.use(step, page, from), at);
    }
  }

  private asks(property: string, condition: Condition): Condition {
    return this.context.scenario.property === property ? condition : never;
  }

  private convert(
    step: Extract<CallerStep, { do: 'convert' }>,
    at: number,
    rest: readonly CallerStep[],
  ): number | null {
    const steps = this.ways[step.to === 'shared' ? 'share' : 'unshare'];
    const { worked, failed } = writeConvert(step, steps, at, this.context);
    if (failed === null) return worked;
    if (Array.isArray(step.onError)) this.write(step.onError, failed);
    else if (step.onError === 'continue') {
      if (worked === null) return failed;
      this.write(rest, failed);
    } else if (step.onError === 'ignore') {
      const believed = this.builder.location();
      this.builder.edge(
        failed,
        believed,
        { actor: 'kernel', action: 'goes on as if it had worked' },
        { effects: this.pages.map((page) => become(page.belief, step.to)) },
      );
      this.write(rest, believed);
    }
    return worked;
  }

  private each(
    at: number,
    action: string,
    of: (page: PageLayout) => {
      label?: Partial<StepLabel>;
      effects?: ReturnType<typeof become>[];
      breaks?: Condition;
    },
  ): number {
    return this.pages.reduce((from, page) => {
      const { label, effects, breaks } = of(page);
      const to = this.builder.location();
      this.builder.edge(
        from,
        to,
        { actor: 'kernel', action, page: page.index, ...label },
        { effects: effects ?? [], breaks: breaks ?? never },
      );
      return to;
    }, at);
  }

  /** One access by the owner: it must be served, and the page must be what the owner takes it for. */
  private use(step: Extract<CallerStep, { do: 'use' }>, page: PageLayout, at: number): number {
    const { scenario, platform } = this.context;
    const to = this.builder.location();
    const action = step.write ? 'writes to the page' : 'reads the page';
    const label = { actor: 'owner', action, page: page.index, mapping: step.mapping };
    if (scenario.device !== undefined) {
      for (const { guard, outcome } of deviceWays(page, step, scenario.device))
        this.builder.edge(
          at,
          to,
          { ...label, action: 'accesses the device', outcome },
          {
            guard,
            breaks: this.asks('P-use', outcome === 'ok' ? never : guard),
          },
        );
      return to;
    }
    const wrong = this.asks('P-use', not(believesRight(page, platform)));
    const access = { accessor: 'kernel', mapping: step.mapping, write: step.write ?? false } as const;
    for (const way of waysOf(access, page, platform, scenario))
      for (const { when, harm } of ownerHarms(page, way)) {
        const guard = all(way.guard, when);
        const { outcome, effects } = way;
        this.builder.edge(
          at,
          to,
          { ...label, outcome, ...harm },
          {
            guard,
            effects: [...effects, ...(step.write && page.data && page.line ? overwritten(page) : [])],
            breaks: breaksProperty(scenario.property, 'kernel', outcome) ? guard : wrong,
          },
        );
      }
    return to;
  }

  private deviceReads(at: number): number {
    return this.pages.reduce((from, page) => {
      const to = this.builder.location();
      const label = { actor: 'device', action: 'reads the page', page: page.index };
      const shared = is(page.host, 'SHARED');
      this.builder.edge(from, to, { ...label, outcome: 'ok' }, { guard: shared });
      this.builder.edge(
        from,
        to,
        { ...label, outcome: 'host-fault', harm: 'unreached' },
        {
          guard: not(shared),
          breaks: this.asks('P-use', not(shared)),
        },
      );
      return to;
    }, at);
  }
}

/**
 * What the owner itself meets. Memory that it takes for shared has no secrets: an access that the host answers is one
 * to something else than memory then.
 */
function ownerHarms(
  page: PageLayout,
  { outcome, visible }: Way,
): { when: Condition; harm: Partial<StepLabel> }[] {
  const harm = harmOf(outcome);
  if (harm.harm !== 'host-access' && !visible) return [{ when: always, harm }];
  const open = is(page.belief, 'shared');
  return [
    { when: open, harm: visible ? {} : { harm: 'corruption' } },
    { when: not(open), harm: { harm: 'host-access' } },
  ];
}

/** The owner writes new data: in memory at once, the line not dirty any more under the new attribute. */
function overwritten(page: PageLayout) {
  return page.data === null ? [] : [become(page.data, 'new')];
}

/** A device that the host emulates is reached through shared mappings only, one of the paravisor through private ones. */
function deviceWays(
  page: PageLayout,
  step: Extract<CallerStep, { do: 'use' }>,
  side: DeviceSide,
): { guard: Condition; outcome: AccessOutcome }[] {
  const pte = pteOf(page, step.mapping);
  const right = is(pte, side === 'host' ? 'PR_S' : 'PR_P');
  return [
    { guard: right, outcome: 'ok' },
    { guard: all(not(right), any(is(pte, 'PR_P'), is(pte, 'PR_S'))), outcome: 'unreached' },
  ];
}

/** What the owner of a page meets is an oops at worst that nobody fixes up. */
export function harmOf(outcome: AccessOutcome): Partial<StepLabel> {
  switch (outcome) {
    case 'fatal':
    case 'unhandled-exception':
      return { harm: 'fatal' };
    // The host answers: it gets what is written, or makes the page shared and reads it.
    case 'emulated':
    case 'nested-fault':
      return { harm: 'host-access' };
    case 'abort':
    case 'paravisor-exception':
      return { harm: 'unfixed-exception' };
    case 'exception':
    case 'page-fault':
      return { harm: 'oops' };
    case 'ciphertext':
    case 'elsewhere':
      return { harm: 'corruption' };
    default:
      return {};
  }
}
