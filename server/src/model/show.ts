import { Machine, type Move } from './core/machine.ts';
import type { Data } from './scenario.ts';
import { type Asked, type Policy, policies, resolve, scenarioOf, type TableOptions } from './show-ask.ts';
import { closed, distinct, harmsFrom, type Met, metIn, type Possible, worstFirst } from './show-reach.ts';
import { type PageState, pageStates, type Rowed, type Shown } from './show-state.ts';
import type { Mapping, StepLabel } from './step.ts';
import { buildTransition } from './transition/build.ts';
import {
  type Direction,
  type KernelVersion,
  kernelVersions,
  type Platform,
  type PlatformName,
  type TransitionOp,
  type TransitionStep,
} from './transition/platform.ts';

export { type Policy, policies, type TableOptions } from './show-ask.ts';
export type { Met } from './show-reach.ts';
export type { CachedEntry, Contents, PageState } from './show-state.ts';

/** One column: what is shown of each page. */
export type Column =
  | { readonly k: 'entry' | 'tlb'; readonly mapping: Mapping }
  | { readonly k: 'host' | 'contents' | 'owner' | 'belief' };

/**
 * `before`: how it starts. `step`: of the protocol. `cleanup`: of the error path. `return`: the call is over. `caller`: what
 * the caller does then. `back`: a step of the transition back. `next`: who gets the pages afterwards, and the host.
 * `read`: what a stray read meets after the row before it.
 */
export type RowKind = 'before' | 'step' | 'cleanup' | 'return' | 'caller' | 'back' | 'next' | 'read';

/** One row of the table: who did what, and the state after it. */
export interface TableRow {
  readonly kind: RowKind;
  /** Of a step within its protocol, from 1. */
  readonly number?: number;
  /** The step's id. */
  readonly step?: string;
  readonly actor: string;
  /** The title of the step, or the action of the program's label. */
  readonly title: string;
  /** What kind of thing the step does. */
  readonly op?: TransitionOp['k'];
  /** The step has nothing to do here: no lazy alias, no dirty line. */
  readonly idle?: boolean;
  readonly error?: string;
  /** Where it failed. */
  readonly at?: { readonly page?: number; readonly mapping?: Mapping };
  /** The guest is no more. */
  readonly terminated?: boolean;
  readonly pages: readonly PageState[];
  /** What the accesses of the row itself met; in other rows, those to whom something could happen in this state. */
  readonly met: readonly Met[];
}

/** What became of it. */
export interface Verdict {
  /** Who comes to harm on some way from here on, or came to harm on the way here; worst first. */
  readonly harms: readonly Met[];
  /** The call returned 0, and pages are not what the caller takes them for. */
  readonly misled: boolean;
  readonly terminated: boolean;
  /** What the same failure leads to with each policy, tried in the same way; empty where nothing failed. */
  readonly policies: readonly { readonly policy: Policy; readonly harms: readonly Met[] }[];
}

/** The table of one transition: plain data, for every renderer. */
export interface TransitionTable {
  readonly platform: PlatformName;
  readonly title: string;
  readonly protocol: string;
  readonly protocolTitle: string;
  /** Versions of the kernel that run it. */
  readonly kernels: readonly KernelVersion[];
  readonly direction: Direction;
  readonly address: 'linear' | 'vmalloc';
  readonly pages: number;
  /** The steps of the protocol, and whether they can fail. */
  readonly steps: readonly { readonly id: string; readonly title: string; readonly fails: boolean }[];
  /** The number of the step that fails, and the page. */
  readonly failing: { readonly number: number; readonly step: string; readonly page: number } | null;
  readonly policy: Policy | null;
  /** Nothing failed, and the caller frees the pages. */
  readonly freed: boolean;
  /** Whether `host` says how the contents were last written, for nobody keeps a state of the page. */
  readonly keyed: boolean;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
  readonly verdict: Verdict;
}

/** The versions of the kernel that run a protocol of a platform. */
export function kernelsOf(platform: Platform, protocol: string): readonly KernelVersion[] {
  return kernelVersions.filter((version) => platform.versions[version] === protocol);
}

/**
 * Runs one transition step by step in the compiled program, and writes down what is seen.
 *
 * @throws RangeError on a platform, protocol, version, step or page that is not there.
 */
export function transitionTable(options: TableOptions, data: Data): TransitionTable {
  const asked = resolve(options, data);
  const { platform, protocol, way, failing, policy } = asked;
  const walk = new Walk(asked, policy, data);
  const rows = withoutBystanders(walk.rows(typeof options.reader === 'number' ? options.reader : null));
  const shown =
    options.reader !== undefined && options.reader !== false
      ? rows
      : rows.filter((row) => row.kind !== 'read');
  return {
    platform: platform.id,
    title: platform.title,
    protocol,
    protocolTitle: platform.protocols[protocol]!.title,
    kernels: kernelsOf(platform, protocol),
    direction: asked.direction,
    address: asked.address,
    pages: asked.pages,
    steps: way.map(({ id, title, fails }) => ({ id, title, fails: fails !== undefined })),
    failing:
      failing === null
        ? null
        : { number: way.indexOf(failing.step) + 1, step: failing.step.id, page: failing.page },
    policy: walk.reported ? policy : null,
    freed: asked.freed && failing === null,
    keyed: platform.view.is === 'last-write',
    columns: columnsOf(rows, platform),
    rows: shown,
    verdict: {
      harms: walk.harms(),
      misled: walk.misled,
      terminated: walk.terminated,
      policies: walk.reported
        ? tried(policy).map((other) => {
            const way = other === policy ? walk : new Walk(asked, other, data);
            if (way !== walk) way.rows();
            return { policy: other, harms: way.harmsAfterFailure() };
          })
        : [],
    },
  };
}

/** What callers do who know of a failure, and what this one does. */
const tried = (policy: Policy): readonly Policy[] =>
  policies.filter((other) => other !== 'ignore' || policy === 'ignore');

const isReturn = (label: StepLabel): boolean =>
  label.step === undefined &&
  label.page === undefined &&
  (label.error !== undefined || label.action === 'returns 0');
const isStart = (label: StepLabel): boolean =>
  label.step === undefined && label.page === undefined && !isReturn(label);

/** One way through the program: the kernel's steps in their order, and what can be seen after each. */
class Walk implements Shown {
  readonly machine: Machine<StepLabel>;
  readonly platform: Platform;
  failed = false;
  /** The failure was told to the caller. */
  reported = false;
  terminated = false;
  misled = false;
  /** Calls of a transition that have started: the one asked for, then the one back. */
  private calls = 0;
  /** Steps of the current call that have their row. */
  private passed = 0;
  private occurrences = 0;
  private possible: Possible;
  /** Pages whose view at the host, or key, is not the first one any more. */
  readonly touched = new Set<string>();
  private readonly first: Uint8Array;
  private readonly found: TableRow[] = [];
  private afterFailure: Possible | null = null;
  private afterAll: Possible | null = null;

  constructor(
    private readonly asked: Asked,
    policy: Policy,
    data: Data,
  ) {
    this.platform = asked.platform;
    this.machine = new Machine(buildTransition(scenarioOf(asked, policy), data.platforms));
    this.first = this.machine.initial();
    this.possible = closed(this.machine, [this.first]);
  }

  /** `reader`: the number of the step that a stray read comes behind; null: wherever what it meets changes. */
  rows(reader: number | null = null): readonly TableRow[] {
    this.add({ kind: 'before', actor: 'kernel', title: '' });
    for (let move = this.next(); move !== null; move = this.next()) this.take(move);
    this.afterAll = this.possible;
    this.terminated = this.machine.isHalted(this.possible[0]!);
    this.hand();
    return reader === null ? withReads(this.found) : withReadAt(this.found, reader);
  }

  /** Everything bad on the way that is shown, and on every way on from its end. */
  harms(): readonly Met[] {
    const seen = this.found.flatMap((row) => row.met.filter((met) => met.harm !== undefined));
    return worstFirst([...seen, ...harmsFrom(this.machine, this.afterAll ?? this.possible)]);
  }

  /** Everything bad on every way on from where the transition has failed. */
  harmsAfterFailure(): readonly Met[] {
    return worstFirst(harmsFrom(this.machine, this.afterFailure ?? this.possible));
  }

  private get way(): readonly TransitionStep[] {
    return this.calls <= 1 ? this.asked.way : this.asked.wayBack;
  }

  /** What the kernel does next: it fails where it was asked to, and works anywhere else. */
  private next(): Move<StepLabel> | null {
    const moves = this.machine.moves(this.possible[0]!).filter((move) => move.process === 0);
    const { failing } = this.asked;
    if (failing !== null && !this.failed) {
      const fails = moves.find(
        ({ edge: { label } }) =>
          label.step === failing.step.id &&
          label.error !== undefined &&
          (label.page === undefined ||
            label.page === failing.page ||
            (label.foreign === true && this.occurrences === failing.page)),
      );
      if (fails !== undefined) return fails;
    }
    const move = moves.find(({ edge }) => edge.label.error === undefined) ?? moves[0];
    if (move?.edge.label.step === failing?.step.id) this.occurrences++;
    return move ?? null;
  }

  private take(move: Move<StepLabel>): void {
    const { label } = move.edge;
    if (isStart(label)) {
      this.calls++;
      this.passed = 0;
    }
    const index = this.way.findIndex((step) => step.id === label.step);
    const cleaning = this.failed && this.calls === 1;
    const numbered = label.step !== undefined && !cleaning;
    // The steps passed over come first, with the state as it was.
    if (numbered) this.idle(index);
    else if (isReturn(label) && label.error === undefined) this.idle(this.way.length);
    this.possible = closed(
      this.machine,
      this.possible.map((state) => this.machine.after(state, move)),
    );
    this.touch();
    if (isStart(label)) return;
    if (isReturn(label)) this.returned(label);
    else if (label.step === undefined) this.add({ kind: 'caller', ...plain(label) }, true, own(label));
    else if (cleaning) this.add({ kind: 'cleanup', ...plain(label), ...this.cleanupOf(label) }, true);
    else this.stepped(label, index);
  }

  private stepped(label: StepLabel, index: number): void {
    const failing = label.error !== undefined;
    const step = this.way[index];
    this.passed = Math.max(this.passed, index + 1);
    this.add(
      {
        kind: this.calls > 1 ? 'back' : 'step',
        number: index + 1,
        ...plain(label),
        ...(step === undefined ? {} : { op: step.op.k }),
        ...(failing ? { at: placeOf(label) } : {}),
        ...(this.machine.isHalted(this.possible[0]!) ? { terminated: true } : {}),
      },
      true,
    );
    if (!failing) return;
    this.failed = true;
    this.reported =
      !this.machine.isHalted(this.possible[0]!) && !step?.fails?.some((failure) => failure.then === 'ignore');
    this.afterFailure = this.possible;
  }

  /** What kind of thing a step of the error path does. */
  private cleanupOf({ step }: StepLabel): Pick<TableRow, 'op'> {
    const op = this.asked.failing?.failure.cleanup?.find(({ id }) => id === step)?.op.k;
    return op === undefined ? {} : { op };
  }

  private returned(label: StepLabel): void {
    const worked = label.error === undefined;
    this.add({ kind: 'return', ...plain(label) });
    if (!worked || this.calls > 1) return;
    this.misled = pageStates(this.possible, this).some(
      (page) => !page.foreign && !page.agrees && this.failed,
    );
  }

  /** Steps that have no edge here: nothing to remove, nothing to flush. */
  private idle(before: number): void {
    const kind = this.calls > 1 ? 'back' : 'step';
    for (; this.passed < before; this.passed++) {
      const { id, title, op } = this.way[this.passed]!;
      const number = this.passed + 1;
      this.add({ kind, number, step: id, actor: 'kernel', title, op: op.k, idle: true });
    }
  }

  /** Adds a row, or goes on with the one before if that is of the same step. */
  private add(row: Omit<TableRow, 'pages' | 'met'>, joins = false, met: readonly Met[] | null = null): void {
    const last = this.found.at(-1);
    const same =
      joins &&
      last !== undefined &&
      !last.idle &&
      last.error === undefined &&
      last.kind === row.kind &&
      last.number === row.number &&
      last.title === row.title;
    if (same) this.found.pop();
    const before = same && met !== null ? last.met : [];
    const now = met === null ? metIn(this.machine, this.possible) : distinct([...before, ...met]);
    this.found.push({ ...row, pages: pageStates(this.possible, this), met: now });
  }

  private touch(): void {
    for (const state of this.possible)
      for (const v of this.machine.program.variables) {
        const { name } = v;
        if (!name.startsWith('host_')) continue;
        if (this.machine.value(state, v) !== this.machine.value(this.first, v)) this.touched.add(name);
      }
  }

  /** What was given back gets a next owner, who writes to it; then the host looks. Edges of the program, all of them. */
  private hand(): void {
    const { machine } = this;
    const gets = (state: Uint8Array) =>
      machine
        .moves(state)
        .find(({ edge: { label } }) => label.actor === 'next owner' && label.outcome === undefined);
    const first = gets(this.possible[0]!);
    if (first === undefined) return;
    for (let move: typeof first | undefined = first; move !== undefined; move = gets(this.possible[0]!)) {
      const taken = move;
      this.possible = this.possible.map((state) => machine.after(state, taken));
    }
    this.add({ kind: 'next', ...plain(first.edge.label) }, false, []);
    const { met, after, title } = this.writes();
    this.possible = after;
    this.add({ kind: 'next', actor: 'next owner', title }, false, met);
    const seen = metIn(machine, after).filter(
      (m) => m.harm !== undefined && m.actor !== 'next owner' && m.mapping === undefined,
    );
    if (seen.length > 0)
      this.add({ kind: 'next', actor: seen[0]!.actor, title: seen[0]!.action }, false, seen);
  }

  private writes(): { met: readonly Met[]; after: Possible; title: string } {
    const met: Met[] = [];
    let after = this.possible;
    let title = '';
    for (let page = 0; page < this.asked.pages; page++) {
      const next: Uint8Array[] = [];
      for (const state of after) {
        const writes = this.machine
          .moves(state)
          .filter(
            ({ edge: { label } }) =>
              label.actor === 'next owner' && label.page === page && label.outcome !== undefined,
          );
        if (writes.length === 0) next.push(state);
        for (const move of writes) {
          title = move.edge.label.action;
          met.push(move.edge.label);
          next.push(this.machine.after(state, move));
        }
      }
      after = next;
    }
    return { met: distinct(met), after: closed(this.machine, after), title };
  }
}

/** A row for a stray read after each row where what it meets is not what it met before. */
function withReads(rows: readonly TableRow[]): readonly TableRow[] {
  const out: TableRow[] = [];
  let before = '';
  for (const row of rows) {
    out.push(row);
    if (row.kind === 'next' || row.kind === 'before' || row.terminated) continue;
    const met = row.met.filter((m) => m.actor === 'stray reader');
    const now = met.map((m) => `${m.page} ${m.mapping} ${m.outcome}`).join();
    const plainly = met.every((m) => m.outcome === 'ok');
    if (now !== before && !(before === '' && plainly) && met.length > 0) out.push(readOf(row, met));
    if (before !== '' || !plainly) before = now;
  }
  return out;
}

const readOf = ({ pages }: TableRow, met: readonly Met[]): TableRow => ({
  kind: 'read',
  actor: met[0]!.actor,
  title: met[0]!.action,
  pages,
  met,
});

/** A row for a stray read behind the step of that number, 0: before the first. */
function withReadAt(rows: readonly TableRow[], number: number): readonly TableRow[] {
  return rows.flatMap((row) => {
    const here = number === 0 ? row.kind === 'before' : row.kind === 'step' && row.number === number;
    const met = row.met.filter((m) => m.actor === 'stray reader');
    return here && !row.terminated && met.length > 0 ? [row, readOf(row, met)] : [row];
  });
}

/** Without other memory that no wrong address has hit. */
function withoutBystanders(rows: readonly TableRow[]): readonly TableRow[] {
  const views = rows.flatMap(({ pages }) => pages.filter((page) => page.foreign).map((page) => page.host));
  if (new Set(views).size !== 1) return rows;
  return rows.map((row) => ({ ...row, pages: row.pages.filter((page) => !page.foreign) }));
}

function columnsOf(rows: readonly TableRow[], platform: Platform): readonly Column[] {
  const first = rows[0]!.pages[0]!;
  // Where a transition changes no mapping, page tables have no attribute: there is nothing to see.
  const used = (Object.keys(first.entries) as Mapping[]).filter(
    (mapping) =>
      platform.flips.is !== 'none' &&
      rows.some((row) => row.pages.some((page) => page.entries[mapping] !== 'absent')),
  );
  return [
    ...used.map((mapping) => ({ k: 'entry', mapping }) as const),
    ...used.filter((m) => first.cached[m] !== undefined).map((mapping) => ({ k: 'tlb', mapping }) as const),
    { k: 'host' },
    { k: 'contents' },
    ...(rows.some((row) => row.pages.some((page) => !page.foreign && page.owner !== 'caller'))
      ? [{ k: 'owner' } as const]
      : []),
    { k: 'belief' },
  ];
}

const plain = ({ actor, action, step, error }: StepLabel): Rowed => ({
  actor,
  title: action,
  ...(step === undefined ? {} : { step }),
  ...(error === undefined ? {} : { error }),
});

/** What a step of the caller itself meets; null if it is no access. */
const own = (label: StepLabel): readonly Met[] | null =>
  label.outcome === undefined ? null : distinct([label]);

const placeOf = ({ page, mapping }: StepLabel): NonNullable<TableRow['at']> => ({
  ...(page === undefined ? {} : { page }),
  ...(mapping === undefined ? {} : { mapping }),
});
