import { pageSizeOf, platformsOfFile } from '../kernel/platforms.ts';
import { TRANSITION_FACTS, type TransitionFacts, type Unaligned } from '../kernel/transition-facts.ts';
import type { ApiRow, PlatformId, TransitionRow, Version, Vocabulary } from '../kernel/types.ts';
import { compareVersions, holdsIn, isWrittenDown } from '../kernel/vocabulary.ts';
import { platformIds, platformNames } from './platforms.ts';
import type { ToldStep, ToldSteps, TransitionSteps } from './transition-steps.ts';
import { list } from './words.ts';

/** A call that converts memory, in words without markup. */
export interface ToldCall {
  readonly to: TransitionRow['to'];
  /** The platforms that are told in full, the first that was asked for first. Never empty. */
  readonly told: readonly ToldPlatform[];
  /** What is different on others, a line for each kind of thing. */
  readonly others: readonly string[];
  /** The transition that the call is a part of, where it is one for the architecture itself. */
  readonly whole: { readonly name: string; readonly told: readonly ToldPlatform[] } | null;
  /** Where the call is from, relative to a kernel tree. */
  readonly source: string;
}

/** What the call does on one platform. */
export interface ToldPlatform {
  /** Null: the model has no steps of the call, on any. */
  readonly platform: PlatformId | null;
  /** `TDX (tree 6.12)` */
  readonly where: string;
  /** Which way, where, and what each result means. */
  readonly verdict: string;
  /** What the arguments are, and what can be expected of it. */
  readonly units: string;
  readonly steps: readonly ToldStep[];
  /** What strays in meanwhile, and what becomes of memory that is freed after a failure. */
  readonly after: readonly string[];
}

/** Which call is asked about. */
export interface CallQuestion {
  readonly name: string;
  /** Relative to the tree's root. */
  readonly file: string;
  /** Those that somebody wants to hear of; empty: all that the file can run on. */
  readonly platforms: readonly PlatformId[];
  /** How many platforms are told in full. */
  readonly most: number;
}

/** Tells what a call does; null if it converts no memory, or if only a contract says so: what that leaves is no transition of a platform. */
export function tellCall(
  { name, file, platforms, most }: CallQuestion,
  vocabulary: Vocabulary,
  steps: TransitionSteps,
): ToldCall | null {
  const row = vocabulary.row(name, 'transition');
  if (row === undefined || isWrittenDown(row)) return null;
  const { version } = vocabulary;
  const wants = (id: PlatformId) => platforms.length === 0 || platforms.includes(id);
  const here = (ids: readonly PlatformId[]) =>
    platformIds.filter((id) => ids.includes(id) && row.platforms?.includes(id) !== false);
  const possible = here(vocabulary.platformsOf(file));
  const asked = possible.some(wants) ? possible.filter(wants) : possible;
  const { source, to } = row;
  // The model has what drivers call, from its begin to its end.
  const modelled = row.implementation ? vocabulary.names((one) => isWhole(one, to))[0] : name;
  const called = modelled === undefined ? undefined : vocabulary.row(modelled, 'transition');
  const all = (called === undefined || called.unmodelled ? [] : asked).flatMap((id) => {
    const known = steps.of(id, to === 'shared' ? 'share' : 'unshare', version);
    return known === null ? [] : [new OnPlatform(called!, known, version, steps.data.platforms[id])];
  });
  const full = all.slice(0, most).map((one) => one.told());
  if (called !== row || all.length === 0) {
    const whole =
      called === undefined || called === row || all.length === 0 ? null : { name: called.name, told: full };
    return { to, told: [anywhere(row, asked, version)], others: [], whole, source };
  }
  const absent = here(platformsOfFile(file, null)).filter((id) => wants(id) && !possible.includes(id));
  return {
    to,
    told: full,
    others: [
      ...different(all[0]!, all.slice(most)),
      ...(absent.length > 0 ? [`Not in this tree: ${namesOf(absent)}.`] : []),
    ],
    whole: null,
    source,
  };
}

const isWhole = (row: ApiRow, to: TransitionRow['to']): boolean =>
  row.k === 'transition' && row.to === to && !row.implementation && !row.unmodelled;

const UNALIGNED: Readonly<Record<Unaligned, string>> = {
  'rounded-down': 'WARN, rounded down',
  'rounded-silently': 'rounded down',
  ignored: 'WARN and 0, nothing converted',
  error: '-EINVAL',
  bug: 'BUG',
  'rounded-out': 'rounded outwards',
};

const CONTENTS = {
  kept: 'Contents kept',
  lost: 'Contents lost',
  scrambled: 'Contents lost',
  zeroed: 'Contents lost',
  unsure: 'Contents: not documented',
} as const;

/** What a call is, as its arguments and the tables have it; the model says the rest. */
class OnPlatform {
  private readonly facts: TransitionFacts | undefined;

  constructor(
    private readonly row: TransitionRow,
    private readonly known: ToldSteps,
    private readonly version: Version | null,
    private readonly model: TransitionSteps['data']['platforms'][PlatformId],
  ) {
    this.facts = factsOf(row.name, known.platform, version);
  }

  get id(): PlatformId {
    return this.known.platform;
  }

  told(): ToldPlatform {
    const { row, known } = this;
    const where = `${platformNames[this.id].short} (${this.kernel()})`;
    return {
      platform: this.id,
      where,
      verdict: `${way(row)}, on ${where}. ${[...this.results(), ...this.busy()].join('. ')}.`,
      units: `${[unitsOf(row, this.id), addressOf(row, this.facts)].filter(Boolean).join('; ')}. ${[this.sleeps(), vmallocText(this.vmalloc()), this.contents()].join('. ')}.`,
      steps: known.steps,
      after: [...this.stray(), ...this.freed()].map((text) => `${text}.`),
    };
  }

  /** What can be different elsewhere, in the order of {@link ASPECTS}; empty: there is no such thing here. */
  aspects(): readonly string[] {
    const { row, facts, known } = this;
    return [
      this.vmalloc() ?? 'taken',
      failureText(known),
      known.freed ?? '',
      // What nobody notices is no difference; between which steps says nothing where these are not shown.
      known.stray?.harms ? known.stray.meets : '',
      facts === undefined ? '' : UNALIGNED[facts.unaligned],
      unitsOf(row, this.id),
      this.sleeps(),
      this.contents(),
    ];
  }

  private kernel(): string {
    const { version, known } = this;
    if (known.chosen !== null) return known.chosen;
    if (version === null) return `Linux ${known.kernel}`;
    const tree = version.join('.');
    return tree === known.kernel ? `tree ${tree}` : `tree ${tree}, steps of ${known.kernel}`;
  }

  /** What 0 and what another answer means. */
  private results(): readonly string[] {
    const { row, known } = this;
    const { told, hidden, fatal } = known.failures;
    if (row.failure === 'none') return [`Afterwards: ${row.to}`];
    const done = hidden ? `0: ${row.to}, or it failed and nobody is told` : `0: ${row.to}`;
    if (told) return [done, failed(row, known.freed !== null)];
    return fatal ? [done, 'A failure ends the guest'] : [done];
  }

  private busy(): readonly string[] {
    const { facts, version } = this;
    const busy = facts?.busy;
    if (busy === undefined || (version !== null && compareVersions(version, busy.since) < 0)) return [];
    return [`${busy.result} (kexec): untouched`];
  }

  private sleeps(): string {
    return this.row.sleeps && this.model.sleeps.is ? 'Sleeps' : 'Does not sleep';
  }

  /** What it makes of an address of another mapping, where that is not what is meant. */
  private vmalloc(): string | null {
    const { vmalloc, arithmetic } = this.model;
    return otherAddress(this.row, vmalloc.is, this.known.refusal, arithmetic.is === 'other-memory');
  }

  private contents(): string {
    return CONTENTS[this.model.contents.is];
  }

  private freed(): readonly string[] {
    return this.known.freed === null ? [] : [`Freed after a failure: ${this.known.freed}`];
  }

  private stray(): readonly string[] {
    const { stray } = this.known;
    return stray === null ? [] : [`Stray load ${stray.when}: ${stray.meets}`];
  }
}

function failureText({ failures: { told, hidden, fatal } }: ToldSteps): string {
  if (told) return 'the result tells';
  if (hidden) return '0 comes back';
  return fatal ? 'the guest ends' : 'none';
}

function otherAddress(
  { parameters, address }: TransitionRow,
  is: 'converted' | 'refused' | 'mistaken',
  refusal: string | null = null,
  other = false,
): string | null {
  if (is === 'converted') return null;
  if (is === 'refused') return refusal ?? 'refused';
  return `takes __pa(${parameters[address] ?? 'addr'})${other ? ', other memory' : ''}`;
}

const vmallocText = (words: string | null): string =>
  words === null ? 'Takes vmalloc' : `No vmalloc: ${words}`;

/** Where the model has no steps: what the tables say. */
function anywhere(
  row: TransitionRow,
  platforms: readonly PlatformId[],
  version: Version | null,
): ToldPlatform {
  const where = namesOf(platforms);
  const facts = platforms.flatMap((id) => factsOf(row.name, id, version) ?? [])[0];
  const results = row.failure === 'none' ? [`Afterwards: ${row.to}`] : [`0: ${row.to}`, failed(row, true)];
  const own = facts?.unmodelled;
  return {
    platform: null,
    where,
    verdict: `${way(row)}${where === '' ? '' : `, on ${where}`}. ${results.join('. ')}.`,
    units: `${[unitsOf(row, platforms[0] ?? null), addressOf(row, facts)].filter(Boolean).join('; ')}. ${[
      row.sleeps ? 'Sleeps' : 'Does not sleep',
      ...(own === undefined ? [] : [vmallocText(otherAddress(row, own.vmalloc)), CONTENTS[own.contents]]),
    ].join('. ')}.`,
    steps: [],
    after: [],
  };
}

function factsOf(name: string, id: PlatformId, version: Version | null): TransitionFacts | undefined {
  return TRANSITION_FACTS.find(
    (facts) => facts.calls.includes(name) && facts.platforms.includes(id) && holdsIn(facts, version),
  );
}

const way = ({ to }: TransitionRow): string => (to === 'shared' ? 'private -> shared' : 'shared -> private');

const failed = ({ failure }: TransitionRow, leak: boolean): string =>
  `${failure === 'positive' ? '1' : 'Not 0'}: state unknown${leak ? ', so leak it' : ''}`;

function unitsOf({ extent, parameters }: TransitionRow, id: PlatformId | null): string {
  if (extent === null || 'product' in extent) return '';
  if ('count' in extent) return 'one page';
  const name = parameters[extent.arg] ?? `argument ${extent.arg + 1}`;
  const size = id === null ? null : pageSizeOf(id);
  switch (extent.unit) {
    case 'bytes':
      return `${name} in bytes`;
    case 'pages':
      return `${name} of ${size === null ? 'PAGE_SIZE' : `${size / 1024} KiB`}`;
    case 'hvpages':
      return `${name} of 4 KiB`;
    case 'order':
      return `${name}: an order`;
  }
}

function addressOf(
  { parameters, address, addressView }: TransitionRow,
  facts: TransitionFacts | undefined,
): string {
  const name = parameters[address] ?? 'addr';
  if (addressView === 'pfn') return `${name}: a page frame number`;
  if (addressView === 'page') return `${name}: a struct page`;
  const kind = addressView === 'phys' ? ' physical,' : '';
  const otherwise = facts === undefined ? '' : ` (else ${UNALIGNED[facts.unaligned]})`;
  return `${name}${kind} page aligned${otherwise}`;
}

/** Kinds of things that can be different on platforms; those without a name say it themselves, on one line. */
const ASPECTS = [
  'vmalloc',
  'Failure',
  'Freed after a failure',
  'Stray load',
  'Unaligned',
  '',
  '',
  '',
] as const;

/** What is different on others, and where. */
function different(first: OnPlatform, others: readonly OnPlatform[]): readonly string[] {
  const usual = first.aspects();
  const all = others.map((other) => ({ id: other.id, aspects: other.aspects() }));
  const parts = ASPECTS.map((name, i) => {
    const where = new Map<string, PlatformId[]>();
    for (const { id, aspects } of all) {
      const text = aspects[i]!;
      if (text !== '' && text !== usual[i]) where.set(text, [...(where.get(text) ?? []), id]);
    }
    const texts = [...where].map(([text, ids]) => `${text} (${namesOf(ids)})`);
    return { name, text: texts.join('; ') };
  }).filter(({ text }) => text !== '');
  const rest = parts.filter(({ name }) => name === '').map(({ text }) => `${text}.`);
  return [
    ...parts.filter(({ name }) => name !== '').map(({ name, text }) => `${name}: ${text}.`),
    ...(rest.length > 0 ? [rest.join(' ')] : []),
  ];
}

const namesOf = (ids: readonly PlatformId[]): string => list(ids.map((id) => platformNames[id].short));
