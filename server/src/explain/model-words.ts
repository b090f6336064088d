import type { TraceStep } from '../model/core/explore.ts';
import type { Scenario } from '../model/scenario.ts';
import type { AccessOutcome, Harm, Mapping, Property, StepLabel } from '../model/step.ts';
import type { PlatformName } from '../model/transition/platform.ts';

/** Words for what the transition model says: steps, outcomes, properties, values. */

/** Where a page is mapped. */
export const mappingWords: Readonly<Record<Mapping, string>> = {
  direct: 'linear map',
  vmap: 'vmalloc mapping',
  user: 'user mapping',
  tmp: 'temporary mapping',
};

/** What an access met, whoever it was. */
export const outcomeWords: Readonly<Record<AccessOutcome, string>> = {
  ok: 'works',
  ciphertext: 'ciphertext',
  'page-fault': 'ordinary page fault',
  exception: 'exception of the platform',
  'paravisor-exception': 'exception that goes to the paravisor',
  emulated: 'exception, handled as an access to a device: the host answers',
  'unhandled-exception': 'exception that the guest does not handle: it ends itself',
  abort: 'synchronous external abort',
  fatal: 'exit to the host, the guest cannot go on',
  'nested-fault': 'nested page fault, the host answers as it likes',
  elsewhere: 'other memory that the host put there',
  'host-fault': 'the host takes the fault, the guest notices nothing',
  unreached: 'the device is not reached',
};

/** Who comes to harm, and how. */
export const harmWords: Readonly<Record<Harm, string>> = {
  'host-access': 'the host can read and write what the kernel takes for private',
  unencrypted: 'what the kernel takes for encrypted lies in memory in the clear',
  fatal: 'the guest is shut down',
  'unfixed-exception': 'an exception that nobody fixes up ends the guest',
  oops: 'the kernel oopses where it expects no fault',
  corruption: 'contents are lost silently',
  unreached: 'what is written for the host or a device does not arrive',
};

/** `holds`: what a property says; `breaks`: what has happened when it is broken. */
export interface PropertyWords {
  readonly holds: string;
  readonly breaks: string;
}

/** What can be asked of a scenario. */
export const propertyWords: Readonly<Record<Property, PropertyWords>> = {
  'P-exc': {
    holds: 'no access takes an exception of the platform',
    breaks: 'an access took an exception of the platform',
  },
  'P-fix': {
    holds: 'nobody who had no part in it comes to harm',
    breaks: 'somebody who had no part in it comes to harm',
  },
  'P-agree': {
    holds: 'outside of a transition every mapping and TLB entry has the attribute that the page has',
    breaks: 'no transition runs, and a mapping or TLB entry disagrees with what the page is',
  },
  'P-alloc': {
    holds: 'what goes back to the allocator is private, and mapped so in the linear map alone',
    breaks: 'a page is with the allocator that is not private, or not mapped so in the linear map alone',
  },
  'P-bbm': {
    holds: 'no TLB entry differs from a valid page table entry',
    breaks: 'the TLB holds a translation that differs from a valid page table entry',
  },
  'P-va': {
    holds: 'nothing needs an address that is not present',
    breaks: 'the step needs an address that is not present',
  },
  'P-pa': {
    holds: 'every physical address is the right one',
    breaks: 'the physical address is not that of the page',
  },
  'P-use': {
    holds: 'whoever owns a page can use it, and it is what they take it for',
    breaks: 'the owner cannot use the page, or it is not what the owner takes it for',
  },
  'P-host': {
    holds: 'the host cannot use the memory',
    breaks: 'the host uses the memory',
  },
  'P-done': {
    holds: 'what says that it is done is done',
    breaks: 'it says that it is done, and a page is not what it should be',
  },
  'P-count': {
    holds: 'as many shared pages are found as were counted',
    breaks: 'not as many shared pages are found as were counted',
  },
  'P-report': {
    holds: 'whatever goes wrong was reported',
    breaks: 'it goes wrong, and nothing was reported',
  },
  'P-sept': {
    holds: 'the TDX module refuses no call: parents come first, shootdowns before removal',
    breaks: 'the TDX module refuses the call: it comes in the wrong order',
  },
  'P-hkid': {
    holds: 'nobody uses a page that still has the key of the guest',
    breaks: 'the kernel uses a page that still has the key of the guest',
  },
  'P-orphan': {
    holds: 'no entry stays frozen by somebody who has returned',
    breaks: 'the entry stays frozen, and who froze it has returned',
  },
  'P-leaks': {
    holds: 'as many pages are lost as are counted',
    breaks: 'not as many pages are lost as are counted',
  },
  'P-io': {
    holds: 'I/O that goes through a GHCB finds it shared',
    breaks: 'I/O goes through a GHCB that is not shared any more',
  },
};

/** A value of a variable: a mark of three columns where state is shape and letter, and words. */
export interface ValueWords {
  readonly mark: string;
  readonly words: string;
}

/**
 * Values of page table entries, TLB entries, views of the host, owners, beliefs, cache lines and contents by their names
 * in the model. `[ ]` is private, `( )` shared, `< >` neither; ` . ` is not there.
 */
const values: Readonly<Record<string, ValueWords>> = {
  absent: { mark: ' . ', words: 'not mapped' },
  NP_P: { mark: ' . ', words: 'not present, attribute private' },
  NP_S: { mark: ' . ', words: 'not present, attribute shared' },
  PR_P: { mark: '[P]', words: 'private' },
  PR_S: { mark: '(S)', words: 'shared' },
  none: { mark: ' . ', words: 'not cached' },
  P: { mark: '[P]', words: 'private' },
  S: { mark: '(S)', words: 'shared' },
  PRIV: { mark: '[P]', words: 'private' },
  UNVAL: { mark: '[-]', words: 'private, not accepted' },
  SHARED: { mark: '(S)', words: 'shared' },
  DESTROYED: { mark: '<x>', words: 'destroyed by the host' },
  private: { mark: '[P]', words: 'private' },
  shared: { mark: '(S)', words: 'shared' },
  unknown: { mark: '<?>', words: 'unknown' },
};

/** How a value of the model is shown; one that is a word already stays as it is. */
export function valueWords(value: string): ValueWords {
  return values[value] ?? { mark: value, words: value.replaceAll('_', ' ') };
}

/** What the exception of a platform is called. */
const exceptionNames: Readonly<Partial<Record<PlatformName, string>>> = {
  tdx: '#VE',
  'tdx-paravisor': '#VE',
  snp: '#VC',
  'snp-vtom': '#VC',
};

/** What an access meets and what comes of it, by who meets it. */
export function outcomeSentence(
  outcome: AccessOutcome,
  actor: string,
  platform: PlatformName | null = null,
): string {
  const stray = actor === 'stray reader';
  const exception = (platform && exceptionNames[platform]) ?? outcomeWords.exception;
  switch (outcome) {
    case 'ciphertext':
      return stray ? 'gets ciphertext, which does no harm' : 'gets ciphertext';
    case 'page-fault':
      if (stray) return 'ordinary page fault, fixed up';
      return actor === 'user' ? 'page fault, served' : 'page fault that nobody expects: oops';
    case 'exception':
      return stray ? `${exception}, fixed up by the guest` : `${exception} that nobody expects: oops`;
    case 'paravisor-exception':
      return `${exception} that goes to the paravisor, which cannot fix it up`;
    case 'emulated':
      return `${exception}, handled as an access to a device: the host gets what is written, and answers what is read`;
    case 'unhandled-exception':
      return `${exception} that the handler does not know: it ends the guest`;
    case 'host-fault':
      return actor === 'device' ? 'not reached: the host takes a fault instead' : outcomeWords[outcome];
    case 'abort':
      return `${outcomeWords.abort}, which nobody fixes up`;
    case 'elsewhere':
      return `gets to ${outcomeWords.elsewhere}`;
    default:
      return outcomeWords[outcome];
  }
}

/**
 * One step as a sentence without a full stop: `kernel clears PRESENT (page 0, linear map)`, `stray reader reads into
 * page 0 through the linear map: ordinary page fault, fixed up`. Pages count from 0.
 */
export function stepSentence(label: StepLabel, platform: PlatformName | null = null): string {
  const { page, mapping, outcome, actor } = label;
  const inText = page !== undefined && thePage.test(label.action);
  const which = label.foreign ? 'other memory' : `page ${page}`;
  const action = inText ? label.action.replace(thePage, which) : label.action;
  // The action says itself which mapping it goes through, or that it is the temporary one.
  const where = mapping === undefined || /\bmapping\b|temporary/.test(action) ? null : mappingWords[mapping];
  const through = outcome !== undefined && inText && where !== null;
  const details = [
    ...(page === undefined || inText ? [] : [which]),
    ...(where === null || through ? [] : [where]),
  ];
  return [
    `${actor} ${action}`,
    through ? ` through the ${where}` : '',
    details.length === 0 ? '' : ` (${details.join(', ')})`,
    failureOf(label),
    outcome === undefined || action.includes(':') ? '' : `: ${outcomeSentence(outcome, actor, platform)}`,
  ].join('');
}

/** `the page`, but not that of `the page table` or `the page state`. */
const thePage = /\bthe page\b(?! (?:table|state))/;

function failureOf({ action, error }: StepLabel): string {
  if (error === undefined || action.startsWith('returns')) return '';
  if (action.startsWith('refuses')) return `: ${error}`;
  return /^refused /.test(error) ? `: ${error}` : `: fails with ${error}`;
}

/** A trace as sentences, one a step. A read that has the host convert the page says so. */
export function traceSentences(
  trace: readonly TraceStep<StepLabel>[],
  platform: PlatformName | null = null,
): readonly string[] {
  return trace.map((step, i) => {
    const sentence = stepSentence(step.label, platform);
    const before = trace[i - 1];
    return before !== undefined && converts(before, step)
      ? `${sentence}, the host makes it shared`
      : sentence;
  });
}

function converts(before: TraceStep<StepLabel>, { label, after }: TraceStep<StepLabel>): boolean {
  if (label.outcome !== 'ok' || label.page === undefined || !label.action.startsWith('reads')) return false;
  const view = `host_${label.page}`;
  return before.after[view] !== 'SHARED' && after[view] === 'SHARED';
}

/** The platform that a scenario is about; null for a host's Secure EPT, which is TDX but no guest. */
export function platformOf(scenario: Scenario): PlatformName | null {
  return scenario.family === 'sept' ? null : scenario.platform;
}
