import type { PlatformId } from '../kernel/types.ts';
import type { Consequence, Reachable } from '../model/consequences.ts';
import { stepSentence } from './model-words.ts';
import { platformIds, shortNames } from './platforms.ts';

/** What becomes of a path on some platforms, told. */
export interface ToldConsequence {
  readonly platforms: readonly PlatformId[];
  /** A sentence without a capital. */
  readonly text: string;
  /** Whether the path comes about there; false: what it says cannot happen, or the guest has ended before it matters. */
  readonly happens: boolean;
  /** The shortest way to it, a sentence a step, as the model found it on the first of the platforms. */
  readonly steps: readonly string[];
}

/** What becomes reachable, told once for all platforms on which it is the same, in the order of the platforms. */
export function toldConsequences(consequences: readonly Consequence[]): ToldConsequence[] {
  const groups = new Map<string, Consequence[]>();
  for (const id of platformIds)
    for (const consequence of consequences) {
      if (consequence.platform !== id) continue;
      const text = consequenceText(consequence);
      groups.set(text, [...(groups.get(text) ?? []), consequence]);
    }
  return [...groups].map(([text, group]) => ({
    platforms: group.map((c) => c.platform),
    text,
    happens: happens(group[0]!),
    steps: (group[0]!.reachable[0]?.trace ?? []).map((label) => stepSentence(label, group[0]!.platform)),
  }));
}

/**
 * The platforms that a finding is told of: those that it is possible on, without those where the model says that its path
 * does not come about. All of them where that leaves none: an empty list would mean every platform.
 */
export function platformsTold(
  platforms: readonly PlatformId[],
  consequences: readonly Consequence[],
): readonly PlatformId[] {
  const not = new Set(consequences.filter((one) => !happens(one)).map(({ platform }) => platform));
  const told = platforms.filter((id) => !not.has(id));
  return told.length === 0 ? platforms : told;
}

function happens({ verdict }: Consequence): boolean {
  return verdict !== 'impossible' && verdict !== 'terminates';
}

/** `TDX, SEV: the host reads ...`. */
export function consequenceLine({ platforms, text }: ToldConsequence): string {
  return `${shortNames(platforms).join(', ')}: ${text}`;
}

/** The worst that a path leads to on one platform, a sentence without a capital. */
export function consequenceText({ verdict, reachable, error }: Consequence): string {
  switch (verdict) {
    case 'harmed':
      return reachableText(reachable[0]!);
    case 'harmless':
      return 'nobody comes to harm';
    case 'no-worse':
      return 'nothing that would not happen anyway';
    case 'undecided':
      return 'not decided, too many states';
    case 'impossible':
      return 'it never returns an error there';
    case 'refused':
      return `it returns ${error ?? 'an error'} there`;
    case 'terminates':
      return 'the guest ends itself instead';
    case 'ends':
      return 'the call ends the guest';
  }
}

/** One thing that can happen, a clause. */
export function reachableText({ harm, who, foreign }: Reachable): string {
  if (foreign) {
    if (harm === 'host-access')
      return 'the host can read and change other memory, which is converted instead';
    return `other memory is converted instead, and its owner can ${meets(harm)}`;
  }
  if (harm === 'host-access' && who === 'owner') return 'the host can get what the caller keeps there';
  if (harm === 'corruption' && who === 'owner')
    return 'the host may answer the accesses of the caller, as those to a device';
  if (harm === 'host-access') return 'the host can read and change what the next owner keeps there';
  if (harm === 'unencrypted') return 'what the next owner keeps there can lie in DRAM in the clear';
  if (harm === 'unreached') return 'whoever it is shared with may not see what is written there';
  return `${subjects[who] ?? `the ${who}`} can ${meets(harm)}`;
}

const subjects: Readonly<Record<string, string>> = {
  'stray reader': 'a stray load_unaligned_zeropad()',
  owner: 'the caller',
};

function meets(harm: Reachable['harm']): string {
  switch (harm) {
    case 'fatal':
      return 'take a fault that ends the guest';
    case 'unfixed-exception':
      return 'take an exception that nobody fixes up';
    case 'oops':
      return 'oops';
    case 'corruption':
      return 'get garbage';
    case 'unreached':
      return 'reach nobody';
    case 'host-access':
    case 'unencrypted':
      return 'be read by others';
  }
}
