import type { PlatformId, Version } from '../kernel/types.ts';
import type { Data } from '../model/scenario.ts';
import { type TransitionTable, transitionTable } from '../model/show.ts';
import type { AccessOutcome } from '../model/step.ts';
import {
  type Direction,
  heldVersion,
  type ProtocolChoice,
  protocolOf,
} from '../model/transition/platform.ts';
import { outcomeWords } from './model-words.ts';
import { platformNames } from './platforms.ts';
import { list } from './words.ts';

/** What one platform does in a transition, step by step, as the model has it. */
export interface ToldSteps {
  readonly platform: PlatformId;
  readonly name: string;
  /** Who is known to do so: `Linux 6.1, 6.12`. */
  readonly kernels: string;
  readonly steps: readonly {
    readonly number: number;
    readonly title: string;
    readonly fails: string | null;
  }[];
  /** What becomes of memory that is freed after a failure; null: nothing bad, or nothing fails. */
  readonly freed: string | null;
  /** What a stray read of the linear map meets on the way; null: nothing. */
  readonly stray: string | null;
}

/** Runs transitions in the model and tells their steps; each is run once. */
export class TransitionSteps {
  private readonly known = new Map<string, ToldSteps | null>();

  constructor(
    private readonly data: Data,
    private readonly protocol: ProtocolChoice = 'tree',
  ) {}

  /** Null: that version of the kernel has no such platform, as far as is known. `version` null: the newest. */
  of(platform: PlatformId, direction: Direction, version: Version | null): ToldSteps | null {
    const held = heldVersion(this.data.platforms[platform], version);
    const key = `${platform} ${direction} ${held}`;
    let told = this.known.get(key);
    if (told === undefined) {
      const protocol = protocolOf(this.data.platforms[platform], version, this.protocol);
      told = held === undefined ? null : this.run({ platform, direction, protocol });
      this.known.set(key, told);
    }
    return told;
  }

  private run(options: Parameters<typeof transitionTable>[0]): ToldSteps {
    const plain = transitionTable({ ...options, reader: true }, this.data);
    const failures = plain.steps.map(({ id, fails }) =>
      fails ? transitionTable({ ...options, fail: id }, this.data) : null,
    );
    const harmful = failures.find((table) =>
      table?.verdict.policies.some(({ policy, harms }) => policy === 'free' && harms.length > 0),
    );
    return {
      platform: plain.platform,
      name: platformNames[plain.platform].short,
      kernels: plain.kernels.length === 0 ? 'no kernel yet' : `Linux ${plain.kernels.join(', ')}`,
      steps: plain.steps.map(({ title }, i) => ({
        number: i + 1,
        title,
        fails: failureText(failures[i] ?? null),
      })),
      freed: harmful === undefined || harmful === null ? null : freedText(harmful),
      stray: strayText(plain),
    };
  }
}

/** `-EIO, part of the range has shared entries, the host is told of a part`. */
function failureText(table: TransitionTable | null): string | null {
  if (table === null) return null;
  const failing = table.rows.find((row) => row.error !== undefined);
  const end = table.rows.find((row) => row.kind === 'return') ?? table.rows.at(-1)!;
  const error = failing?.error ?? 'an error';
  if (table.verdict.terminated) return `${error}, and the guest ends`;
  const entries = end.pages.map((page) => page.entries.direct ?? '');
  const hosts = end.pages.map((page) => page.host);
  const goal = table.direction === 'share' ? 'S' : 'P';
  const to = goal === 'S' ? 'shared' : 'private';
  const parts = [
    ...share(entries, (entry) => entry.startsWith('NP') || entry === 'absent', 'not mapped'),
    ...share(entries, (entry) => entry.endsWith(goal), `mapped ${to}`),
    ...share(hosts, (host) => (goal === 'S' ? host === 'SHARED' : host === 'PRIV'), `${to} for the host`),
  ];
  const misled = table.verdict.misled ? '; 0 comes back all the same' : '';
  return `${error}, ${parts.length === 0 ? 'nothing is converted' : list(parts)}${misled}`;
}

function share<T>(pages: readonly T[], is: (page: T) => boolean, words: string): string[] {
  const n = pages.filter(is).length;
  if (n === 0) return [];
  return [`${n === pages.length ? 'all' : 'a part'} ${words}`];
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
      return "the next owner's data lie in memory in the clear";
    default:
      return 'the next owner does not get what it wrote';
  }
}

/** `#VE after step 2, fixed up`: from which step on a stray read meets something. */
function strayText(table: TransitionTable): string | null {
  let step = 0;
  let first: { readonly after: number; readonly outcome: AccessOutcome } | null = null;
  let last = 0;
  for (const row of table.rows) {
    if (row.kind === 'step' && row.number !== undefined) step = row.number;
    if (row.kind !== 'read' || step === 0) continue;
    const met = row.met.find(({ outcome }) => outcome !== undefined && outcome !== 'ok');
    if (met?.outcome === undefined) continue;
    first ??= { after: step, outcome: met.outcome };
    last = step;
  }
  if (first === null) return null;
  const next = Math.min(last + 1, table.steps.length);
  const when = next > first.after ? `between ${first.after} and ${next}` : `after ${first.after}`;
  return `${when}: ${outcomeWords[first.outcome]}`;
}
