/** Where a page can be mapped: the linear map, a vmalloc or vmap address, user space, a temporary kernel address. */
export const mappings = ['direct', 'vmap', 'user', 'tmp'] as const;
export type Mapping = (typeof mappings)[number];

/**
 * What an access meets: the data; ciphertext; nothing mapped, an ordinary page fault; a platform exception that is
 * routed to the guest or to the paravisor; one that the guest's handler takes for an access to a device, so that the host
 * answers it; one that the handler does not know and ends the guest for; an external abort; an exit that nobody recovers from; a nested fault that the
 * host answers as it likes; other memory that the host put there; a fault at the host, not at the guest; a device that
 * is not reached.
 */
export type AccessOutcome =
  | 'ok'
  | 'ciphertext'
  | 'page-fault'
  | 'exception'
  | 'paravisor-exception'
  | 'emulated'
  | 'unhandled-exception'
  | 'abort'
  | 'fatal'
  | 'nested-fault'
  | 'elsewhere'
  | 'host-fault'
  | 'unreached';

/** One step as the explorer and every narrator see it: plain data, phrases from the protocols. */
export interface StepLabel {
  /** Who steps, as a noun phrase without article: `kernel`, `stray reader`, `vCPU 2`. */
  readonly actor: string;
  /** What it does, in the third person: `clears PRESENT`. */
  readonly action: string;
  /** The protocol's step that this is a part of. */
  readonly step?: string;
  /** From 0. */
  readonly page?: number;
  readonly mapping?: Mapping;
  readonly outcome?: AccessOutcome;
  /** The step fails with this error. */
  readonly error?: string;
  /** Who is harmed if this step happens; consequences.ts collects them. */
  readonly harm?: Harm;
  /** The page is not of the range: a wrong address hit it. */
  readonly foreign?: boolean;
  /** What the step means for the path: it gets past the place that `step` names, or the guest is no more. */
  readonly event?: 'passed' | 'terminated';
}

/**
 * What a path does to those who had no part in it, worst first. `host-access`: the host reads or writes what the kernel
 * keeps private. `unencrypted`: it lies in memory in the clear, with no host to read it. `fatal`: an exit that nobody
 * recovers from. `unfixed-exception`: one that the paravisor gets, or an abort. `oops`: an exception or page fault in
 * code that does not expect it. `corruption`: contents are lost silently. `unreached`: what is written for the host or a
 * device does not arrive.
 */
export const harms = [
  'host-access',
  'unencrypted',
  'fatal',
  'unfixed-exception',
  'oops',
  'corruption',
  'unreached',
] as const;
export type Harm = (typeof harms)[number];

/** What can be asked of a program; `model.md` of the design defines them, `docs/model.md` explains them. */
export const properties = [
  'P-exc',
  'P-fix',
  'P-agree',
  'P-alloc',
  'P-bbm',
  'P-va',
  'P-pa',
  'P-use',
  'P-host',
  'P-done',
  'P-count',
  'P-report',
  'P-sept',
  'P-hkid',
  'P-orphan',
  'P-leaks',
  'P-io',
] as const;
export type Property = (typeof properties)[number];
