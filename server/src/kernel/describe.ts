import {
  type FailureLeaves,
  TRANSITION_FACTS,
  type TransitionFacts,
  type Unaligned,
  type VmallocAddress,
} from './transition-facts.ts';
import type { PlatformId, SizeSpec, TransitionRow, Version, Vocabulary } from './types.ts';
import { compareVersions, holdsIn } from './vocabulary.ts';

/** One result of a conversion, what the memory is then, and what a caller does about it. */
export interface TransitionOutcome {
  readonly result: string;
  readonly leaves: string;
  readonly todo: string;
  /** Families of platforms that can answer so; undefined: all of them. */
  readonly families?: readonly string[];
}

/** What is known about a call that converts memory, in one kernel version. */
export interface TransitionDescription {
  readonly name: string;
  /** `set_memory_decrypted(addr, numpages)` */
  readonly signature: string;
  readonly to: 'shared' | 'private';
  readonly extent: SizeSpec;
  readonly sleeps: boolean;
  /** Families of platforms that this version can run on, with what the call does there. Empty where no table says. */
  readonly families: readonly TransitionFacts[];
  readonly outcomes: readonly TransitionOutcome[];
  /** The same in sentences, without markup. */
  readonly lines: readonly string[];
  readonly source: string;
}

/**
 * Describes the transition `name`; null if it is none in that version. `version` null is the newest. `platforms`
 * leaves out families that have none of them (a file below `arch/` runs on few).
 */
export function describeTransition(
  name: string,
  vocabulary: Vocabulary,
  version: Version | null = vocabulary.version,
  platforms?: readonly PlatformId[],
): TransitionDescription | null {
  const row = vocabulary.row(name, 'transition');
  if (row === undefined) return null;
  const families = TRANSITION_FACTS.filter(
    (facts) =>
      facts.calls.includes(name) &&
      holdsIn(facts, version) &&
      (platforms === undefined || facts.platforms.some((id) => platforms.includes(id))),
  );
  return {
    name,
    signature: `${name}(${row.parameters.join(', ')})`,
    to: row.to,
    extent: row.extent,
    sleeps: row.sleeps,
    families,
    outcomes: outcomesOf(row, families, version),
    lines: linesOf(row, families),
    source: row.source,
  };
}

const TRIED: Readonly<Record<TransitionRow['to'], string>> = {
  shared: 'leak it, or encrypt it and free it only if that returns 0',
  private: 'leak it: the host may still have it',
};

function outcomesOf(
  row: TransitionRow,
  families: readonly TransitionFacts[],
  version: Version | null,
): readonly TransitionOutcome[] {
  const kept = families.length > 0 && families.every(({ contents }) => contents === 'kept');
  const done: TransitionOutcome = {
    result: row.failure === 'none' ? 'returns' : '0',
    leaves: row.to,
    todo: [
      row.to === 'shared' ? 'encrypt it before it is freed' : 'it may be freed',
      ...(kept ? [] : ['write it before it is read: its contents are not what they were']),
    ].join('; '),
  };
  if (row.failure === 'none') return [done];
  const failed: TransitionOutcome = {
    result: row.failure === 'positive' ? '1' : 'not 0',
    leaves: 'state unknown: part of the range may be converted, nothing is rolled back',
    todo: TRIED[row.to],
  };
  const busy = families.filter(
    ({ busy }) => busy !== undefined && (version === null || compareVersions(version, busy.since) >= 0),
  );
  if (busy.length === 0) return [done, failed];
  return [
    done,
    failed,
    {
      result: busy[0]!.busy!.result,
      leaves: `untouched: still ${row.to === 'shared' ? 'private' : 'shared'}`,
      todo: 'a kexec has stopped conversions for good',
      families: busy.map(({ family }) => family),
    },
  ];
}

const UNALIGNED: Readonly<Record<Unaligned, string>> = {
  'rounded-down': 'WARN, rounded down, the tail is missed',
  'rounded-silently': 'rounded down, the tail is missed',
  ignored: 'WARN, nothing converted, and 0 comes back',
  error: '-EINVAL',
  bug: 'BUG',
  'rounded-out': 'rounded outwards: whole pages are converted',
};

const VMALLOC: Readonly<Record<VmallocAddress, string>> = {
  handled: 'takes it',
  refused: 'refuses it',
  'wrong-pages': 'converts other pages',
};

const FAILURE: Readonly<Record<FailureLeaves, string>> = {
  partial: 'a part converted',
  'invalid-mapping': 'a part converted, and the linear map invalid there: touching it faults',
  'ends-guest': 'the guest ends',
  'not-told': '0 comes back all the same',
};

const CONTENTS: Readonly<Record<TransitionFacts['contents'], string>> = {
  kept: 'kept',
  lost: 'lost',
  unknown: 'not documented',
};

/** `label: words (family, family); elsewhere words.` `usual`, or else what holds for most families, goes without names. */
function grouped(
  label: string,
  families: readonly TransitionFacts[],
  words: (facts: TransitionFacts) => string,
  usual?: string,
): string {
  const groups = new Map<string, string[]>();
  for (const facts of families) {
    const text = words(facts);
    groups.set(text, [...(groups.get(text) ?? []), facts.family]);
  }
  const rest = [...groups].reduce((best, group) =>
    group[0] === usual || (best[0] !== usual && group[1].length > best[1].length) ? group : best,
  )[0];
  const special = [...groups]
    .filter(([text]) => text !== rest)
    .map(([text, names]) => `${text} (${names.join(', ')})`);
  return `${label}: ${[...special, special.length > 0 ? `elsewhere ${rest}` : rest].join('; ')}.`;
}

function extentWords(row: TransitionRow): string {
  const { extent } = row;
  if ('count' in extent) return 'One page.';
  if ('product' in extent) return '';
  const name = row.parameters[extent.arg] ?? `argument ${extent.arg + 1}`;
  const unit: Readonly<Record<typeof extent.unit, string>> = {
    bytes: 'bytes',
    pages: 'pages of PAGE_SIZE (4 KiB on x86)',
    hvpages: 'pages of 4 KiB',
    order: 'an order',
  };
  return `${name}: ${unit[extent.unit]}.`;
}

function addressWords(row: TransitionRow): string {
  const name = row.parameters[row.address] ?? 'address';
  switch (row.addressView) {
    case 'va':
      return `${name}: a virtual address, page aligned.`;
    case 'phys':
      return `${name}: a physical address, page aligned.`;
    case 'pfn':
      return `${name}: a page frame number.`;
    case 'page':
      return `${name}: a struct page.`;
  }
}

function linesOf(row: TransitionRow, families: readonly TransitionFacts[]): readonly string[] {
  const from = row.to === 'shared' ? 'private' : 'shared';
  const lines = [
    `${from} -> ${row.to}. ${row.sleeps ? 'May sleep: not under a spin lock, not with interrupts off.' : 'Does not sleep.'}`,
    [addressWords(row), extentWords(row)].filter(Boolean).join(' '),
  ];
  if (row.implementation) lines.push('For the architecture itself: drivers call set_memory_*().');
  if (families.length === 0) return lines;
  return [
    ...lines,
    grouped('Unaligned', families, ({ unaligned }) => UNALIGNED[unaligned]),
    grouped('vmalloc address', families, ({ vmalloc }) => VMALLOC[vmalloc], VMALLOC.handled),
    grouped('On failure', families, ({ failure }) => FAILURE[failure]),
    grouped('Contents', families, ({ contents }) => CONTENTS[contents]),
  ];
}
