import type { PlatformId, Version } from '../kernel/types.ts';
import type { Data } from '../model/scenario.ts';
import { type PageState, type TableOptions, type TransitionTable, transitionTable } from '../model/show.ts';
import {
  type Direction,
  heldVersion,
  type KernelVersion,
  type ProtocolChoice,
  protocolOf,
} from '../model/transition/platform.ts';
import { outcomeSentence, valueWords } from './model-words.ts';

/** What one platform does in a transition, step by step, as the model has it. */
export interface ToldSteps {
  readonly platform: PlatformId;
  /** The version of the kernel that it is known of. */
  readonly kernel: KernelVersion;
  /** The protocol is another one than that kernel's: which, and who runs it. */
  readonly chosen: string | null;
  readonly steps: readonly ToldStep[];
  /** What failures come to: the result tells of them, or does not, or the guest ends. */
  readonly failures: { readonly told: boolean; readonly hidden: boolean; readonly fatal: boolean };
  /** What becomes of memory that is freed after a failure that the result told of; null: nothing bad. */
  readonly freed: string | null;
  /** What a stray read of the linear map meets on the way, between which steps, and whether that does harm; null: nothing. */
  readonly stray: { readonly when: string; readonly meets: string; readonly harms: boolean } | null;
  /** What comes back for an address outside of the linear map; null: the call does not look. */
  readonly refusal: string | null;
}

/** One step, and what its failure leaves; `fails` null: it cannot. */
export interface ToldStep {
  readonly number: number;
  readonly title: string;
  readonly fails: string | null;
}

/** Runs transitions in the model and tells their steps; each is run once. */
export class TransitionSteps {
  private readonly known = new Map<string, ToldSteps | null>();

  constructor(
    readonly data: Data,
    private readonly protocol: ProtocolChoice = 'tree',
  ) {}

  /** Null: that version of the kernel has no such platform, as far as is known. `version` null: the newest. */
  of(platform: PlatformId, direction: Direction, version: Version | null): ToldSteps | null {
    const held = heldVersion(this.data.platforms[platform], version);
    const key = `${platform} ${direction} ${held}`;
    let told = this.known.get(key);
    if (told === undefined) {
      const protocol = protocolOf(this.data.platforms[platform], version, this.protocol);
      told = held === undefined ? null : this.run({ platform, direction, protocol }, held);
      this.known.set(key, told);
    }
    return told;
  }

  private run(
    options: Pick<TableOptions, 'platform' | 'direction' | 'protocol'>,
    kernel: KernelVersion,
  ): ToldSteps {
    const plain = transitionTable({ ...options, reader: true }, this.data);
    const failures = plain.steps.map(({ id, fails }) =>
      fails ? transitionTable({ ...options, fail: id }, this.data) : null,
    );
    const failed = failures.filter((table) => table !== null);
    const told = failed.filter(({ verdict }) => !verdict.misled && !verdict.terminated);
    const freed = told.map(freedText).find((text) => text !== null);
    const elsewhere = transitionTable({ ...options, address: 'vmalloc' }, this.data);
    return {
      platform: plain.platform,
      kernel,
      chosen: plain.kernels.includes(kernel) ? null : chosenText(plain),
      steps: plain.steps.map(({ title }, i) => ({
        number: i + 1,
        title,
        fails: failures[i] ? failureText(failures[i]) : null,
      })),
      failures: {
        told: told.length > 0,
        hidden: failed.some(({ verdict }) => verdict.misled),
        fatal: failed.some(({ verdict }) => verdict.terminated),
      },
      freed: freed ?? null,
      stray: strayText(plain),
      refusal: elsewhere.rows.find(({ op }) => op === 'require-linear')?.error ?? null,
    };
  }
}

/** `protocol new, no kernel yet` */
function chosenText({ protocol, kernels }: TransitionTable): string {
  return `protocol ${protocol}, ${kernels.length === 0 ? 'no kernel yet' : `Linux ${kernels.join(', ')}`}`;
}

/** `-EIO; PTEs all shared, host part shared`. */
function failureText(table: TransitionTable): string {
  if (table.verdict.terminated) return 'the guest ends';
  const error = table.rows.find((row) => row.error !== undefined)?.error ?? 'an error';
  const told = table.verdict.misled ? `${error} is dropped, 0 comes back` : error;
  return `${told}; ${leftText(table)}`;
}

/** What is not as it was before: page table entries, what the host has been told. */
function leftText(table: TransitionTable): string {
  const before = table.rows[0]!.pages;
  const end = table.rows.find((row) => row.kind === 'return') ?? table.rows.at(-1)!;
  const shareOf = (words: string, is: (page: PageState, was: PageState) => boolean) => {
    const n = end.pages.filter((page, i) => is(page, before[i]!)).length;
    return n === 0 ? [] : [`${n === end.pages.length ? 'all' : 'part'} ${words}`];
  };
  const entry = ({ entries }: PageState) => entries.direct ?? '';
  const inTable = table.columns.some((column) => column.k === 'entry' && column.mapping === 'direct');
  const entries = inTable
    ? [
        ...shareOf('not present', (page) => entry(page).startsWith('NP')),
        ...shareOf(
          table.direction === 'share' ? 'shared' : 'private',
          (page, was) => entry(page).at(-1) !== entry(was).at(-1),
        ),
      ]
    : [];
  // Where nobody keeps a state of the page there is nobody to tell.
  const views = table.keyed ? [] : [...new Set(end.pages.map(({ host }) => host))];
  const host = views.flatMap((view) =>
    shareOf(
      view === 'UNVAL' ? 'not accepted' : valueWords(view).words,
      (page, was) => page.host === view && was.host !== view,
    ),
  );
  if (entries.length + host.length === 0) return 'nothing changed';
  const told = host.length > 0 ? [`host ${host.join(', ')}`] : table.keyed ? [] : ['host not told'];
  return [...(entries.length > 0 ? [`PTEs ${entries.join(', ')}`] : []), ...told].join(', ');
}

function freedText(table: TransitionTable): string | null {
  const harm = table.verdict.policies.find(({ policy }) => policy === 'free')?.harms[0];
  if (harm === undefined) return null;
  switch (harm.harm) {
    case 'host-access':
      return 'the host can read and change what the next owner keeps there';
    case 'oops':
      return 'the next owner oopses';
    case 'fatal':
      return 'the guest ends when the next owner touches it';
    case 'unencrypted':
      return "the next owner's data lie in the clear";
    default:
      return 'the next owner does not get what it wrote';
  }
}

/** From which step on a stray read meets something, until when, and what. */
function strayText(table: TransitionTable): ToldSteps['stray'] {
  let step = 0;
  let first: { readonly after: number; readonly meets: string; readonly harms: boolean } | null = null;
  let last = 0;
  for (const row of table.rows) {
    if (row.kind === 'step' && row.number !== undefined) step = row.number;
    if (row.kind !== 'read' || step === 0) continue;
    const met = row.met.find(({ outcome }) => outcome !== undefined && outcome !== 'ok');
    if (met?.outcome === undefined) continue;
    const meets = outcomeSentence(met.outcome, met.actor, table.platform);
    first ??= { after: step, meets, harms: met.harm !== undefined };
    last = step;
  }
  if (first === null) return null;
  const next = Math.min(last + 1, table.steps.length);
  const when = next > first.after ? `between ${first.after} and ${next}` : `after ${first.after}`;
  return { when, meets: first.meets, harms: first.harms };
}
