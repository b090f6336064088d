import {
  add,
  all,
  always,
  any,
  become,
  type Condition,
  change,
  count,
  type Effect,
  equal,
  is,
  never,
  not,
  ProcessBuilder,
  type Program,
  type Variable,
  variable,
} from '../core/program.ts';
import { edited } from '../protocol.ts';
import type { AccessOutcome, Harm, Property, StepLabel } from '../step.ts';
import { isUnfixed } from '../transition/access.ts';
import {
  type Attribute,
  hostViews,
  outcomesOf,
  type Platform,
  type Platforms,
  type TransitionStep,
} from '../transition/platform.ts';
import type { KexecProtocol, KexecProtocols, KexecScenario, KexecStep, KexecWay } from './scenario.ts';

export type {
  KexecFailure,
  KexecOp,
  KexecProtocol,
  KexecProtocols,
  KexecScenario,
  KexecStep,
  KexecWay,
} from './scenario.ts';

interface Page {
  readonly index: number;
  readonly kind: KexecScenario['pages'][number];
  readonly pte: Variable;
  readonly host: Variable;
  readonly tlb: Variable | null;
}

const entries = ['absent', 'NP_P', 'NP_S', 'PR_P', 'PR_S'] as const;
const asked: readonly Property[] = ['P-fix', 'P-count', 'P-report', 'P-done', 'P-io'];

/**
 * The program of a kexec.
 *
 * @throws RangeError on a name that the data do not have, and on a property that is not one of kexec.
 */
export function buildKexec(
  scenario: KexecScenario,
  data: { readonly platforms: Platforms; readonly kexec: KexecProtocols },
): Program<StepLabel> {
  if (!asked.includes(scenario.property)) throw new RangeError(`kexec is not asked for ${scenario.property}`);
  return new Kexec(
    scenario,
    data.platforms[scenario.platform],
    named(data.kexec, scenario.protocol),
  ).program();
}

function named<T>(from: Readonly<Record<string, T>>, name: string): T {
  const found = from[name];
  if (found === undefined)
    throw new RangeError(`no protocol '${name}' among ${Object.keys(from).join(', ')}`);
  return found;
}

/** Writes the processes over one set of variables. */
class Kexec {
  private readonly variables: Variable[] = [];
  private readonly pages: readonly Page[];
  private readonly allowed = this.make('allowed', ['no', 'yes'], 'yes');
  private readonly store = this.make('store', ['empty', 'pending'], 'empty');
  private readonly inProgress = this.make('in_progress', ['0', '1'], '0');
  private readonly lock = this.make('lock', ['free', 'read', 'write'], 'free');
  /** SPIN has a function of its own by the name of `stopped`. */
  private readonly cpus = this.make('other_cpus', ['live', 'stopped'], 'live');
  private readonly reported = this.make('reported', ['no', 'yes'], 'no');
  private readonly apics = this.make('apics', ['on', 'off'], 'on');
  private readonly msr = this.make('msr', ['no', 'yes'], 'no');
  private readonly dead = this.make('dead', ['no', 'yes'], 'no');
  private readonly booted = this.make('booted', ['no', 'yes'], 'no');
  private readonly counted: Variable;
  private readonly found: Variable;
  private readonly kexec: ProcessBuilder<StepLabel>;

  constructor(
    private readonly scenario: KexecScenario,
    private readonly platform: Platform,
    private readonly protocol: KexecProtocol,
  ) {
    const { conversion, pages } = scenario;
    const before = conversion === undefined ? [] : [conversion.direction === 'share' ? 'private' : 'shared'];
    const kinds = [...before, ...pages] as Page['kind'][];
    this.pages = kinds.map((kind, index) => {
      const found = kind === 'shared' || kind === 'ghcb';
      return {
        index,
        kind,
        pte: this.make(`pte_${index}`, entries, found ? 'PR_S' : 'PR_P'),
        host: this.make(`host_${index}`, hostViews, kind === 'private' ? 'PRIV' : 'SHARED'),
        tlb: scenario.accessor?.caches ? this.make(`tlb_${index}`, ['none', 'S'], 'none') : null,
      };
    });
    // GHCBs and .bss..decrypted become shared early, before anybody counts.
    const shared = kinds.filter((kind) => kind === 'shared').length;
    this.counted = this.make('nr_shared', count(kinds.length), `${shared}`);
    this.found = this.make('found', count(kinds.length), '0');
    this.kexec = new ProcessBuilder('kexec', is(this.booted, 'no'));
  }

  program(): Program<StepLabel> {
    this.writeKexec();
    const processes = [
      this.kexec,
      this.converter(),
      this.storeBuffer(),
      this.accessor(),
      this.secondKernel(),
    ];
    const written = processes.filter((p) => p !== null).map((p) => p.build());
    return {
      variables: this.variables,
      processes: written.filter((p) => p.edges.length > 0),
      invariant: always,
      halted: is(this.dead, 'yes'),
    };
  }

  private make(name: string, values: readonly string[], initial: string): Variable {
    const made = variable(name, values, initial);
    this.variables.push(made);
    return made;
  }

  private steps(way: KexecWay): readonly KexecStep[] {
    return edited(this.protocol.ways[way], this.scenario.edits?.[way] ?? []);
  }

  /** The condition, if the property is the one that is asked for. */
  private breaking(property: Property, condition: Condition): Condition {
    return this.scenario.property === property ? condition : never;
  }

  private writeKexec(): void {
    const steps = this.steps(this.scenario.way);
    let at = 0;
    for (const step of steps) {
      if (step.op.k === 'walk') at = this.walk(at);
      else if (step.op.k === 'convert-ghcbs')
        at = this.convertAll(at, step, 'ghcb', (page) => [become(page.pte, 'PR_P')]);
      else if (step.op.k === 'convert-bss') at = this.convertAll(at, step, 'bss', () => []);
      else at = this.step(at, step, this.delayed(steps, step));
    }
  }

  /**
   * Whether the cleared flag may be seen later than the counter is read: the CPU holds stores back, or no barrier keeps
   * the compiler from moving the read before the store.
   */
  private delayed(steps: readonly KexecStep[], step: KexecStep): boolean {
    if (this.scenario.storeBuffer) return true;
    const next = steps
      .slice(steps.indexOf(step))
      .find(({ op }) => ['barrier', 'wait', 'warn'].includes(op.k));
    return next !== undefined && next.op.k !== 'barrier';
  }

  private step(from: number, step: KexecStep, delayed: boolean): number {
    const to = this.kexec.location();
    const { op } = step;
    const edge = (how: Parameters<ProcessBuilder<StepLabel>['edge']>[3] = {}, action = step.title): void =>
      this.kexec.edge(from, to, { actor: 'kexec', action, step: step.id }, how);
    const report = become(this.reported, 'yes');
    switch (op.k) {
      case 'forbid':
        edge({ effects: [delayed ? become(this.store, 'pending') : become(this.allowed, 'no')] });
        break;
      case 'barrier':
        edge({ guard: op.orders === 'cpu' ? is(this.store, 'empty') : always });
        break;
      case 'wait':
        edge({ guard: is(this.inProgress, '0') });
        if (this.scenario.timeout) edge({ guard: is(this.inProgress, '1') }, 'gives up after 30 seconds');
        break;
      case 'warn':
        edge({ guard: is(this.inProgress, '0') }, 'finds no conversion in progress');
        edge({ guard: is(this.inProgress, '1'), effects: [report] });
        break;
      case 'lock':
        edge({ guard: is(this.lock, 'free'), effects: [become(this.lock, 'write')] });
        if (!op.waits)
          edge({ guard: is(this.lock, 'read'), effects: [report] }, 'reports that the lock is taken');
        break;
      case 'stop-cpus':
        edge({ effects: [become(this.cpus, 'stopped')] });
        break;
      case 'disable-apics': {
        const unreached = any(...this.ghcbs().map((page) => not(is(page.host, 'SHARED'))));
        const breaks = this.breaking('P-io', all(is(this.apics, 'on'), unreached));
        edge({ effects: [become(this.apics, 'off')], breaks });
        break;
      }
      case 'flush':
        edge({ effects: this.pages.flatMap((page) => flushed(page)) });
        break;
      case 'compare':
        edge({ guard: equal(this.found, this.counted) }, 'finds the count right');
        edge({
          guard: not(equal(this.found, this.counted)),
          effects: [report],
          breaks: this.breaking('P-count', always),
        });
        break;
      case 'use-msr':
        edge({ effects: [become(this.msr, 'yes')] });
        break;
      case 'boot':
        edge({
          effects: [become(this.booted, 'yes')],
          breaks: this.breaking('P-done', not(all(...this.pages.map(isPrivate)))),
        });
        break;
      default:
        throw new RangeError(`'${step.id}' is no step of a kexec`);
    }
    return to;
  }

  private walk(from: number): number {
    let at = from;
    for (const page of this.pages) {
      const next = this.kexec.location();
      const steps = this.steps('walk');
      steps.forEach((step, i) => {
        const to = i === steps.length - 1 ? next : this.kexec.location();
        this.walkStep(at, to, next, step, page);
        at = to;
      });
      at = next;
    }
    return at;
  }

  private walkStep(from: number, to: number, next: number, step: KexecStep, page: Page): void {
    const { op } = step;
    const label = (action = step.title): StepLabel => ({
      actor: 'kexec',
      action,
      step: step.id,
      page: page.index,
      mapping: 'direct',
    });
    if (op.k === 'find') {
      const shared = is(page.pte, 'NP_S', 'PR_S');
      if (op.skips === 'ghcb' && page.kind === 'ghcb') {
        this.kexec.edge(from, next, label('leaves the GHCB for later'));
        return;
      }
      this.kexec.edge(from, to, label(), { guard: shared });
      this.kexec.edge(from, next, label('passes the page by'), { guard: not(shared) });
    } else if (op.k === 'entry') {
      const entry = op.becomes === 'absent' ? 'absent' : 'PR_P';
      this.kexec.edge(from, to, label(), { effects: [become(page.pte, entry)] });
    } else if (op.k === 'convert') this.request(from, to, label(), step, page);
    else if (op.k === 'count') this.kexec.edge(from, to, label(), { effects: [add(this.found, 1)] });
    else if (op.k === 'flush') this.kexec.edge(from, to, label(), { effects: flushed(page) });
    else throw new RangeError(`'${step.id}' is no step of a walk`);
  }

  /** Pages that a step of their own converts, one after the other. */
  private convertAll(
    from: number,
    step: KexecStep,
    kind: Page['kind'],
    before: (page: Page) => readonly Effect[],
  ): number {
    let at = from;
    for (const page of this.pages.filter((p) => p.kind === kind)) {
      const to = this.kexec.location();
      const label = { actor: 'kexec', action: step.title, step: step.id, page: page.index };
      this.request(at, to, label, step, page, before(page));
      at = to;
    }
    return at;
  }

  /**
   * Asks the host to make the page private. That needs the GHCB of this CPU, or the MSR protocol; without either the
   * guest ends. The host may refuse.
   */
  private request(
    from: number,
    to: number,
    label: StepLabel,
    step: KexecStep,
    page: Page,
    before: readonly Effect[] = [],
  ): void {
    const [own] = this.ghcbs();
    const heard = own === undefined ? always : any(is(own.host, 'SHARED'), is(this.msr, 'yes'));
    const ends = become(this.dead, 'yes');
    this.kexec.edge(from, to, label, { guard: heard, effects: [...before, become(page.host, 'PRIV')] });
    this.kexec.edge(from, to, { ...label, error: 'GHCB' }, { guard: not(heard), effects: [ends] });
    if (!this.scenario.fails) return;
    for (const failure of step.fails ?? []) {
      const left = failure.leaves === undefined ? [] : [become(page.host, failure.leaves)];
      const told = failure.reports ? [become(this.reported, 'yes')] : [];
      const ended = failure.then === 'terminate' ? [ends] : [];
      this.kexec.edge(
        from,
        to,
        { ...label, error: failure.error },
        { guard: heard, effects: [...before, ...left, ...told, ...ended] },
      );
    }
  }

  private ghcbs(): readonly Page[] {
    return this.pages.filter((page) => page.kind === 'ghcb');
  }

  private converter(): ProcessBuilder<StepLabel> | null {
    const { conversion } = this.scenario;
    if (conversion === undefined) return null;
    const { direction } = conversion;
    const transition = named(this.platform.protocols, conversion.protocol).ways[direction];
    const process = new ProcessBuilder<StepLabel>(
      'converter',
      all(is(this.cpus, 'live'), is(this.booted, 'no')),
    );
    const end = process.location();
    let at = 0;
    for (const step of this.steps('conversion')) {
      const to = process.location();
      const edge = (how: Parameters<typeof process.edge>[3], error?: string, then = to): void => {
        const label = { actor: 'CPU 2', action: step.title, step: step.id };
        process.edge(at, then, error === undefined ? label : { ...label, error }, how);
      };
      switch (step.op.k) {
        case 'enter':
          edge({ effects: [become(this.inProgress, '1')] });
          break;
        case 'check':
          edge({ guard: is(this.allowed, 'yes') });
          edge({ guard: is(this.allowed, 'no'), effects: [become(this.inProgress, '0')] }, '-EBUSY', end);
          break;
        case 'leave':
          edge({ effects: [become(this.inProgress, '0')] });
          break;
        case 'read-lock':
          edge({ guard: is(this.lock, 'free'), effects: [become(this.lock, 'read')] });
          edge({ guard: is(this.lock, 'write') }, '-EBUSY', end);
          break;
        case 'read-unlock':
          edge({ effects: [change(this.lock, (held) => (held === 'read' ? 'free' : held))] });
          break;
        case 'account':
          edge({ effects: [add(this.counted, direction === 'share' ? 1 : -1)] });
          break;
        case 'transition':
          transit(process, { from: at, to }, transition, this.pages[0]!, direction === 'share' ? 'S' : 'P');
          break;
        default:
          throw new RangeError(`'${step.id}' is no step of a conversion`);
      }
      at = to;
    }
    return process;
  }

  private storeBuffer(): ProcessBuilder<StepLabel> {
    const process = new ProcessBuilder<StepLabel>('store_buffer', is(this.booted, 'no'));
    const label = { actor: 'store buffer', action: 'lets the cleared flag be seen' };
    process.edge(0, 0, label, {
      guard: is(this.store, 'pending'),
      effects: [become(this.store, 'empty'), become(this.allowed, 'no')],
    });
    return process;
  }

  /**
   * TDX: 004 "Touching memory with shared bit set triggers implicit" conversion. SEV-SNP: a nested fault, which the host
   * may answer in the same way.
   */
  private accessor(): ProcessBuilder<StepLabel> | null {
    const { accessor } = this.scenario;
    if (accessor === undefined) return null;
    const here =
      accessor.cpu === 'same' ? is(this.booted, 'no') : all(is(this.booted, 'no'), is(this.cpus, 'live'));
    const process = new ProcessBuilder<StepLabel>('accessor', here);
    const actor = accessor.cpu === 'same' ? 'NMI handler' : 'CPU 3';
    for (const page of this.pages) {
      const guard = page.tlb === null ? is(page.pte, 'PR_S') : any(is(page.tlb, 'S'), is(page.pte, 'PR_S'));
      const label = { actor, page: page.index, mapping: 'direct', outcome: 'ok' } as const;
      const fill = page.tlb === null ? [] : [become(page.tlb, 'S')];
      process.edge(
        0,
        0,
        { ...label, action: 'uses shared memory' },
        { guard: all(guard, is(page.host, 'SHARED')), effects: fill },
      );
      process.edge(
        0,
        0,
        { ...label, action: 'touches private memory through a shared mapping: the host makes it shared' },
        { guard: all(guard, not(is(page.host, 'SHARED'))), effects: [become(page.host, 'SHARED'), ...fill] },
      );
    }
    return process;
  }

  /** It sees RAM, and all its mappings are private. */
  private secondKernel(): ProcessBuilder<StepLabel> | null {
    if (!this.scenario.touches) return null;
    const process = new ProcessBuilder<StepLabel>('second_kernel', is(this.booted, 'yes'));
    for (const page of this.pages)
      for (const view of hostViews)
        for (const outcome of outcomesOf(this.platform, { attribute: 'P', view, write: true })) {
          const harm = harmOf(outcome);
          const label: StepLabel = {
            actor: 'second kernel',
            action: 'writes through a private mapping',
            page: page.index,
            mapping: 'direct',
            outcome,
            ...(harm === null ? {} : { harm }),
          };
          const bad = harm === null ? never : always;
          const unreported = all(bad, is(this.reported, 'no'));
          const breaks = any(this.breaking('P-fix', bad), this.breaking('P-report', unreported));
          process.edge(0, 0, label, { guard: is(page.host, view), breaks });
        }
    return process;
  }
}

/** The page table and host steps of a transition of one page. Whatever else it does is seen by nobody here. */
function transit(
  process: ProcessBuilder<StepLabel>,
  ends: { readonly from: number; readonly to: number },
  steps: readonly TransitionStep[],
  page: Page,
  target: Attribute,
): void {
  const seen = steps.filter(({ op }) => op.k === 'page-table' || op.k === 'host');
  // A platform that tells nobody anything passes here in one step.
  if (seen.length === 0)
    process.edge(ends.from, ends.to, { actor: 'CPU 2', action: 'converts', page: page.index });
  let at = ends.from;
  seen.forEach(({ op, id, title }, i) => {
    const to = i === seen.length - 1 ? ends.to : process.location();
    const label = { actor: 'CPU 2', action: title, step: id, page: page.index };
    const effects: Effect[] = [];
    if (op.k === 'host') effects.push(become(page.host, op.view));
    if (op.k === 'page-table')
      effects.push(change(page.pte, (entry) => entryAfter(entry, op.present, op.attribute && target)));
    process.edge(at, to, label, { effects });
    at = to;
  });
}

/** PRESENT and the attribute are apart; an entry that was cleared stays so. */
function entryAfter(entry: string, present: boolean | undefined, attribute: Attribute | undefined): string {
  if (entry === 'absent') return entry;
  const [had, was] = entry.split('_');
  return `${present === undefined ? had : present ? 'PR' : 'NP'}_${attribute ?? was}`;
}

const flushed = (page: Page): readonly Effect[] => (page.tlb === null ? [] : [become(page.tlb, 'none')]);

/** The page tables end with the first kernel: what the host says of a page is all that stays. */
const isPrivate = (page: Page): Condition => is(page.host, 'PRIV');

/** Early code of a kernel handles no exception of a private page. */
function harmOf(outcome: AccessOutcome): Harm | null {
  if (!isUnfixed('kernel', outcome)) return null;
  if (outcome === 'fatal') return 'fatal';
  return outcome === 'exception' ? 'oops' : 'unfixed-exception';
}
