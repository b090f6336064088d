import type { Finding, TraceStep } from '../analysis/finding.ts';
import type { PlatformId } from '../kernel/types.ts';
import type { Consequence } from '../model/consequences.ts';
import { platforms } from '../model/transition/platforms/index.ts';
import type { Level } from './types.ts';

/** Columns that Error Lens, quickfix windows and mail show of a message; its first clause has to fit. */
export const clauseWidth = 76;

/** One line of ASCII: white space folded, anything else as `?`. */
export function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trim();
}

/** `free_pages()`; what is no plain name stays as it is. */
export function call(name: string): string {
  return /^\w+$/.test(name) ? `${name}()` : plain(name);
}

/**
 * At most `width` columns of an expression, cut where a reader misses least: what leads to the last member
 * (`...->ring.buf`), then the middle.
 */
export function shorten(text: string, width: number): string {
  const line = plain(text);
  if (line.length <= width) return line;
  for (const member of line.matchAll(/->|\./g)) {
    const tail = line.slice(member.index).replace(/^\./, '');
    if (/^(->)?\w/.test(tail) && tail.length + 3 <= width && balanced(tail)) return `...${tail}`;
  }
  const head = Math.max(1, Math.ceil((width - 3) / 2));
  const rest = Math.max(0, width - 3 - head);
  return `${line.slice(0, head)}...${rest > 0 ? line.slice(-rest) : ''}`;
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const unit of text) {
    if (unit === '(' || unit === '[') depth++;
    else if ((unit === ')' || unit === ']') && --depth < 0) return false;
  }
  return depth === 0;
}

/** The least that a name is cut to: below that it says nothing. */
const leastName = 10;

/**
 * The first clause of a message, from names of any length: `say` is asked with the names as they are, then with
 * the longest cut until the clause has at most 76 columns. Names of functions are what one searches for, and cut last.
 */
export function clause(names: readonly string[], say: (...names: readonly string[]) => string): string {
  const cut = names.map(plain);
  let text = say(...cut);
  while (text.length > clauseWidth) {
    const longest = longestOf(cut);
    const width = Math.max(leastName, cut[longest]!.length - (text.length - clauseWidth));
    if (width >= cut[longest]!.length) break;
    cut[longest] = shortenName(cut[longest]!, width);
    text = say(...cut);
  }
  return text;
}

/** The place of the longest expression that can be cut, or if there is none of the longest name. */
function longestOf(names: readonly string[]): number {
  const expressions = names.filter((name) => !isFunction(name) && name.length > leastName);
  const among = expressions.length > 0 ? expressions : names;
  return names.indexOf(among.reduce((best, name) => (name.length > best.length ? name : best), among[0]!));
}

function shortenName(name: string, width: number): string {
  return isFunction(name) ? `${shorten(name.slice(0, -2), width - 2)}()` : shorten(name, width);
}

const isFunction = (name: string): boolean => /^\w+\(\)$/.test(name);

/** `error` needs every step to be certain; what rests on a platform or an `#if` is a warning, on a joined state a hint. */
export function levelOf(finding: Finding, loudest: Level): Level {
  const order: readonly Level[] = ['error', 'warning', 'info', 'hint'];
  const allowed: Level =
    finding.certainty === 'joined'
      ? 'hint'
      : finding.certainty === 'assumed' || finding.configurations.length > 0
        ? 'warning'
        : 'error';
  return order[Math.max(order.indexOf(loudest), order.indexOf(allowed))]!;
}

/** The last step of the path that is a transition of the subject. */
export function lastTransition(finding: Finding): TraceStep | undefined {
  return finding.trace.findLast((step) => step.event.k === 'transition');
}

/** The transition behind a finding, as a call; what to say where none is in view. */
export function transitionCall(finding: Finding): string | null {
  if (finding.transition !== null) return call(finding.transition.callee);
  const event = lastTransition(finding)?.event;
  return event?.k === 'transition' ? call(event.callee) : null;
}

/** What the model says of a finding, sorted by what a message needs. */
export interface Outlook {
  /** Platforms on which the host reads what the kernel keeps. */
  readonly exposed: readonly PlatformId[];
  /** Platforms on which it lies in memory in the clear, with no host above. */
  readonly unencrypted: readonly PlatformId[];
  /** Platforms on which somebody else comes to harm, but nothing is exposed. */
  readonly faulting: readonly PlatformId[];
  /** What is returned where the call is refused. */
  readonly refused: ReadonlyMap<string, readonly PlatformId[]>;
  /** Platforms on which what the path says failed cannot fail. */
  readonly impossible: readonly PlatformId[];
}

/** What the model says of a finding; null where it has nothing to say. */
export function outlookOf({ consequences }: Finding): Outlook | null {
  if (consequences.length === 0) return null;
  const those = (is: (c: Consequence) => boolean) => consequences.filter(is).map((c) => c.platform);
  const worst = (c: Consequence) => c.reachable[0]?.harm;
  const refused = new Map<string, PlatformId[]>();
  for (const { verdict, error, platform } of consequences) {
    if (verdict !== 'refused') continue;
    const returned = error ?? 'an error';
    refused.set(returned, [...(refused.get(returned) ?? []), platform]);
  }
  return {
    exposed: those((c) => worst(c) === 'host-access'),
    unencrypted: those((c) => worst(c) === 'unencrypted'),
    faulting: those(
      (c) => c.verdict === 'harmed' && worst(c) !== 'host-access' && worst(c) !== 'unencrypted',
    ),
    refused,
    impossible: those((c) => c.verdict === 'impossible'),
  };
}

/**
 * Whether the model has looked at the path and found that nobody comes to harm by it anywhere: it cannot happen, or
 * nothing comes of it. What is refused, or no worse than it would be anyway, is another matter.
 */
export function isHarmless({ consequences }: Finding): boolean {
  const nothing: readonly Consequence['verdict'][] = ['harmless', 'impossible', 'terminates'];
  return consequences.length > 0 && consequences.every((c) => nothing.includes(c.verdict));
}

/** Whether giving memory back makes nothing worse: then the path has another mistake, and that is told. */
export function freesHarmlessly({ consequences }: Finding): boolean {
  const guilty: readonly Consequence['verdict'][] = ['harmed', 'undecided'];
  return consequences.length > 0 && !consequences.some((c) => guilty.includes(c.verdict));
}

/** Whether SME alone is concerned: a machine that encrypts its own memory, with no host above that could read it. */
export function isHostless(finding: Finding): boolean {
  return finding.platforms.length > 0 && finding.platforms.every((id) => !platforms[id].host.is);
}

/** A clause by what the model says: the host has it, it lies in the clear, or nothing is exposed but somebody faults. */
export interface ExposureWords {
  readonly host: string;
  readonly clear: string;
  readonly fault: string;
}

/**
 * The clause that fits the worst that the model finds, with the platforms it holds on where these are few; the host's
 * where the model has not looked.
 */
export function exposureOf(finding: Finding, words: ExposureWords): string {
  if (isHostless(finding)) return words.clear;
  const outlook = outlookOf(finding);
  if (outlook === null) return words.host;
  const [ids, clause] =
    outlook.exposed.length > 0
      ? [outlook.exposed, words.host]
      : outlook.unencrypted.length > 0
        ? [outlook.unencrypted, words.clear]
        : outlook.faulting.length > 0
          ? [outlook.faulting, words.fault]
          : [finding.platforms, words.host];
  return `${onThose(ids, finding)}${clause}${cannotFail(outlook, finding)}`;
}

/** Few enough to be named in a message. */
const nameable = 4;

/**
 * `on TDX and Arm CCA `: where a clause holds, if the finding concerns few platforms and it does not hold on all of
 * them; else nothing, and the lines below the message tell.
 */
function onThose(ids: readonly PlatformId[], { platforms: among }: Finding): string {
  return ids.length < among.length && ids.length <= nameable ? `on ${platformNames(ids)} ` : '';
}

/** `; powerpc SVM cannot fail here`, under the same condition. */
function cannotFail({ impossible }: Outlook, { platforms: among }: Finding): string {
  return impossible.length > 0 && among.length <= nameable
    ? `; ${platformNames(impossible)} cannot fail here`
    : '';
}

/** `TDX and Arm CCA`: the model's names. */
export function platformNames(ids: readonly PlatformId[]): string {
  return inWords(ids.map((id) => platforms[id].title));
}

/** `decrypts`, `encrypts`: what a transition does, in the words of its name. */
export function verb(to: 'shared' | 'private'): 'decrypts' | 'encrypts' {
  return to === 'shared' ? 'decrypts' : 'encrypts';
}

/** `spin_lock` and `a, b and c`: a list in words. */
export function inWords(items: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}
