import type { StateName, TraceEvent } from '../analysis/finding.ts';
import { data } from '../model/data.ts';
import { kernelsOf, type Policy, policies, type TransitionTable, transitionTable } from '../model/show.ts';
import {
  type KernelVersion,
  type Platform,
  type PlatformName,
  protocolOf as protocolRun,
  type TransitionStep,
} from '../model/transition/platform.ts';
import { platformIds, platformNames } from './platforms.ts';
import { policyWords } from './transition-verdict.ts';
import {
  type NarratedPlace,
  type NarratedRow,
  type NarratedTable,
  narrateTable,
} from './transition-words.ts';
import { list } from './words.ts';

/**
 * The transition view: the table of one transition, as `membrane model show` prints it, joined with the steps of a path, and
 * what else could be chosen. One function makes it for the panel, for text documents and for other editors.
 */

/** What the caller does next: `keep` or `free` after a transition that worked, a policy after one that failed. */
export type Then = 'keep' | Policy;

/** What is chosen; what is left out, or is not there on the platform, is as the path or the newest kernel has it. */
export interface ViewChoice {
  readonly platform?: string | undefined;
  readonly protocol?: string | undefined;
  readonly to?: 'shared' | 'private' | undefined;
  readonly address?: 'linear' | 'vmalloc' | undefined;
  /** The number of the step that fails; null: none. */
  readonly fails?: number | null | undefined;
  /** Where a stray read strikes: nowhere, wherever what it meets changes, or behind the step of that number (0: before the first). */
  readonly stray?: 'none' | 'all' | number | undefined;
  readonly then?: Then | undefined;
}

/** A step of a path, resolved and narrated. */
export interface ViewStep {
  readonly place: NarratedPlace;
  readonly event: TraceEvent;
  readonly text: string;
  readonly before: readonly StateName[] | null;
  readonly after: readonly StateName[] | null;
}

/** What is to be seen. */
export interface ViewQuestion {
  /** Of the kernel that is reviewed, `[major, minor]`; null: the newest that is known. */
  readonly version: readonly [number, number] | null;
  /** Those that matter here, the one to begin with first; empty: all. */
  readonly platforms: readonly PlatformName[];
  /** The direction of the call that is asked about. */
  readonly to: 'shared' | 'private';
  /** Where that call is, if it is in view and no path is given. */
  readonly call: NarratedPlace | null;
  /** Empty where there is no finding. */
  readonly path: readonly ViewStep[];
  readonly choice: ViewChoice;
}

/** One thing that can be chosen. */
export interface ViewOption<T> {
  readonly value: T;
  readonly title: string;
}

/** All of it in words; rows are numbered by their place in the list. */
export interface TransitionView extends NarratedTable {
  /** What is shown: every choice has its value. */
  readonly chosen: {
    readonly platform: PlatformName;
    readonly protocol: string;
    readonly to: 'shared' | 'private';
    readonly address: 'linear' | 'vmalloc';
    readonly fails: number | null;
    readonly stray: 'none' | 'all' | number;
    readonly then: Then;
  };
  readonly choices: {
    /** `matters`: the finding or file is about it. */
    readonly platforms: readonly (ViewOption<PlatformName> & { readonly matters: boolean })[];
    readonly protocols: readonly ViewOption<string>[];
    readonly fails: readonly ViewOption<number>[];
    readonly stray: readonly ViewOption<number>[];
    readonly then: readonly ViewOption<Then>[];
  };
}

/** The view that a question asks for. Never fails: what cannot be chosen is not. */
export function transitionView(question: ViewQuestion): TransitionView {
  const { path, choice } = question;
  const joint = jointOf(path);
  const platform = platformOf(question);
  const to = choice.to ?? joint.to ?? question.to;
  const direction = to === 'shared' ? 'share' : 'unshare';
  const protocol = protocolOf(platform, question);
  const way = platform.protocols[protocol]!.ways[direction];
  const fails = failingOf(way, choice.fails, joint);
  const thens: readonly Then[] = fails === null ? ['keep', 'free'] : policies;
  const usual = thens.includes(joint.then) ? joint.then : thens[0]!;
  const then = choice.then !== undefined && thens.includes(choice.then) ? choice.then : usual;
  const address = choice.address ?? joint.address;
  const stray = strayOf(way, choice.stray);
  const policy = policies.find((one) => one === then);
  const table = transitionTable(
    {
      platform: platform.id,
      protocol,
      direction,
      address,
      reader: stray === 'none' ? false : stray === 'all' ? true : stray,
      freed: fails === null && then === 'free',
      // Where the kernel and the host count the same pages there is no other one that could be in another state.
      ...(joint.onePage && !platform.splitsPages?.is ? { pages: 1 } : {}),
      ...(fails === null ? {} : { fail: fails, ...(policy === undefined ? {} : { policy }) }),
    },
    data,
  );
  const narrated = narrateTable(table);
  const follows = then === joint.then && (fails !== null) === joint.failed && to === (joint.to ?? to);
  return {
    ...narrated,
    rows: joined(narrated, joint, follows, question.call),
    chosen: { platform: platform.id, protocol, to, address, fails, stray, then },
    choices: {
      platforms: platformIds.map((id) => ({
        value: id,
        title: platformNames[id].short,
        matters: question.platforms.length === 0 || question.platforms.includes(id),
      })),
      protocols: Object.entries(platform.protocols).map(([id, { title }]) => ({
        value: id,
        title: `${id}: ${title} (${runBy(kernelsOf(platform, id))})`,
      })),
      fails: way.flatMap((step, i) =>
        step.fails === undefined ? [] : [{ value: i + 1, title: `${i + 1} ${step.title}` }],
      ),
      stray: [
        { value: 0, title: 'before step 1' },
        ...way.map((step, i) => ({ value: i + 1, title: `after ${i + 1} ${step.title}` })),
      ],
      then: thens.map((one) => ({ value: one, title: thenWords(one, direction) })),
    },
  };
}

function thenWords(then: Then, direction: TransitionTable['direction']): string {
  return then === 'keep' ? 'keeps it' : policyWords(then, direction);
}

function runBy(kernels: readonly KernelVersion[]): string {
  return kernels.length === 0 ? 'no kernel yet' : `Linux ${list(kernels)}`;
}

function platformOf({ choice, platforms }: ViewQuestion): Platform {
  const wanted = platformIds.find((id) => id === choice.platform);
  return data.platforms[wanted ?? platforms[0] ?? platformIds[0]!];
}

/** What is chosen, else what the kernel runs. */
function protocolOf(platform: Platform, { choice, version }: ViewQuestion): string {
  if (choice.protocol !== undefined && Object.hasOwn(platform.protocols, choice.protocol))
    return choice.protocol;
  return protocolRun(platform, version);
}

function failingOf(
  way: readonly TransitionStep[],
  wanted: number | null | undefined,
  joint: Joint,
): number | null {
  if (wanted === null || (wanted === undefined && !joint.failed)) return null;
  if (wanted !== undefined && way[wanted - 1]?.fails !== undefined) return wanted;
  if (!joint.failed) return null;
  // The caller hears of it: what ends the guest, or is lost, is no path that goes on. The later, the more is done by then.
  const heard = way.findLastIndex((step) => step.fails?.some(({ then }) => then === 'return'));
  return heard < 0 ? null : heard + 1;
}

function strayOf(way: readonly TransitionStep[], wanted: ViewChoice['stray']): 'none' | 'all' | number {
  if (typeof wanted !== 'number') return wanted === 'none' ? 'none' : 'all';
  return Number.isInteger(wanted) && wanted >= 0 && wanted <= way.length ? wanted : 'all';
}

/** A path, cut where the transition's own steps go. */
interface Joint {
  readonly to: 'shared' | 'private' | null;
  readonly address: 'linear' | 'vmalloc';
  /** The transition is of one page. */
  readonly onePage: boolean;
  readonly failed: boolean;
  readonly then: Then;
  readonly before: readonly ViewStep[];
  /** The call of the transition. */
  readonly at: ViewStep | null;
  /** Between it and what the caller does with the memory. */
  readonly between: readonly ViewStep[];
  readonly end: ViewStep | null;
  readonly rest: readonly ViewStep[];
}

function jointOf(path: readonly ViewStep[]): Joint {
  const transition = path.findLastIndex(({ event, after }) => event.k === 'transition' && after !== null);
  const free = path.findIndex(({ event }, i) => i > transition && event.k === 'free');
  const at = path[transition] ?? null;
  const end = path[free] ?? null;
  const event = at?.event.k === 'transition' ? at.event : null;
  const failed =
    event !== null &&
    (event.outcome === 'failure' ||
      (event.outcome === 'either' && (end === null || (end.before?.includes('unknown') ?? false))));
  const outside = path.some(
    ({ event: one }) => one.k === 'alloc' && (one.kind === 'vmalloc' || one.kind === 'vmap'),
  );
  const then: Then =
    end !== null ? 'free' : !failed ? 'keep' : event?.outcome === 'either' ? 'ignore' : 'leak';
  const last = free < 0 ? path.length : free;
  return {
    to: event?.to ?? null,
    address: outside ? 'vmalloc' : 'linear',
    onePage: event?.onePage === true,
    failed,
    then,
    before: path.slice(0, Math.max(0, transition)),
    at,
    between: path.slice(transition + 1, last),
    end,
    rest: free < 0 ? [] : path.slice(free + 1),
  };
}

/** The rows of the model with the steps of the path among them. `follows`: what is shown is what the path does. */
function joined(
  { rows }: NarratedTable,
  { before, at, between, end, rest }: Joint,
  follows: boolean,
  call: NarratedPlace | null,
): readonly NarratedRow[] {
  const place = at?.place ?? call;
  const out: NarratedRow[] = [];
  const returned = rows.findIndex(({ kind }) => kind === 'return');
  const ended = rows.findLastIndex(({ kind }) => kind === 'caller');
  rows.forEach((row, i) => {
    const isCall = row.kind === 'step' || row.kind === 'cleanup' || (row.kind === 'return' && i === returned);
    if (isCall && place !== null) out.push({ ...row, place });
    else if (follows && i === ended && end !== null)
      out.push({ ...row, place: end.place, sentence: `${row.sentence.slice(0, -1)}; ${end.text}.` });
    else out.push(row);
    const here = (steps: readonly ViewStep[]) => out.push(...steps.map((step) => pathRow(step, row)));
    if (row.kind === 'before') here(before);
    if (follows && i === returned) here(between);
    if (follows && i === ended) here(rest);
  });
  return out;
}

/** A step that changes nothing that the model has: the state is that of the row before it. */
function pathRow({ text, place }: ViewStep, row: NarratedRow): NarratedRow {
  return {
    kind: 'path',
    mark: ' ',
    number: null,
    text,
    idle: false,
    lane: 'kernel',
    notes: [],
    lines: row.lines,
    repeats: row.lines.length > 1,
    accesses: [],
    place,
    sentence: `${text}.`,
  };
}
