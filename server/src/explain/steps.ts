import type { StateName, TraceEvent, TraceStep } from '../analysis/finding.ts';
import { configurationText } from './configurations.ts';
import { ascii, callText, isOperand, list } from './words.ts';

/**
 * The narrator: every front end tells a path in these words and no others, so that the Problems panel, the
 * terminal, SARIF viewers and mail agree. ASCII, present tense, no full stop.
 */

/** `private`, `private or shared`; `freed` is told as where the memory went. */
export function stateWords(states: readonly StateName[]): string {
  const words = states.map((state) => (state === 'freed' ? 'allocator' : state));
  return words.length === 0 ? 'nothing' : list(words, 'or');
}

/** What one step of a path says. `subject` is the memory as the source writes it. */
export function eventText(event: TraceEvent, subject: string): string {
  const text = toldText(event, subject);
  return 'believed' in event && event.believed ? `${text}, by annotation` : text;
}

function toldText(event: TraceEvent, subject: string): string {
  switch (event.k) {
    case 'alloc':
      // Of memory that somebody else had before only its annotation knows what it is.
      return `'${ascii(subject)}' from ${callText(event.callee)}${event.believed ? '' : ', private'}`;
    case 'transition':
      return transitionText(event);
    case 'free':
      return `${callText(event.callee)}: back to the allocator`;
    case 'map':
      return event.attribute === 'unknown'
        ? `${callText(event.callee)}: mapped once more`
        : `${callText(event.callee)}: mapped as ${event.attribute}`;
    case 'unmap':
      return `${callText(event.callee)}: mapping removed`;
    case 'branch':
      return branchText(ascii(event.text), event.taken);
    case 'config':
      return `with ${configurationText({ text: event.text, holds: event.holds })}`;
    case 'goto':
      return `goto ${event.label}`;
    case 'call':
      if (event.owner !== undefined)
        return `${callText(event.callee)} ${event.owner === 'taken' ? 'takes' : 'leaks'} it`;
      return event.believed
        ? `calls ${callText(event.callee)}, which wants it otherwise`
        : `calls ${callText(event.callee)}`;
    case 'return':
      return event.text === null ? 'returns' : `returns ${ascii(event.text)}`;
    case 'store':
      return event.value === ''
        ? `${ascii(event.target)} is set`
        : `${ascii(event.target)} = ${ascii(event.value)}`;
    case 'publish':
      return `from here on ${audience(event.to)} can reach it`;
    case 'lock':
      return `${callText(event.callee)}: ${event.op === 'acquire' ? 'held from here' : 'dropped'}`;
    case 'context':
    case 'entry':
      return ascii(event.text);
    case 'defer':
      return `${callText(event.callee)} arms ${callText(event.callback)}`;
  }
}

/** `r != 0`, as errors are ints and not truths; a comparison or negation stands as written: `'n < 0' does not hold`. */
function branchText(condition: string, taken: boolean): string {
  if (isOperand(condition)) return `${condition} ${taken ? '!=' : '=='} 0`;
  return `'${condition}' ${taken ? 'holds' : 'does not hold'}`;
}

function transitionText(event: Extract<TraceEvent, { k: 'transition' }>): string {
  const call = callText(event.callee);
  // Whether 0 is success, what was written down need not say.
  if (event.believed)
    return event.outcome === 'failure' ? `${call} fails: state unknown` : `${call}: ${event.to}`;
  if (event.outcome === 'success') return `${call} == 0: ${event.to}`;
  if (event.outcome === 'failure') return `${call} != 0: state unknown`;
  return `${call}: ${event.to}, or state unknown if it fails`;
}

function audience(to: string): string {
  const words: Readonly<Record<string, string>> = {
    rcu: 'RCU readers',
    device: 'the device',
    hypervisor: 'the hypervisor',
    user: 'user space',
    container: 'every user of the container',
    register: 'whoever it is registered with',
  };
  return words[to] ?? ascii(to);
}

/**
 * The state column: `page: private`, `page: unknown -> allocator`; null where the step does not concern the subject.
 * An allocation adds how much. A store that keeps the subject changes no state, and says under which name it is known now.
 */
export function stateText(
  step: Pick<TraceStep, 'event' | 'before' | 'after'>,
  subject: string,
): string | null {
  if (step.after === null) return step.event.k === 'store' ? storeText(step.event, subject) : null;
  const name = ascii(subject);
  const after = stateWords(step.after);
  if (step.event.k === 'free' && step.before !== null) {
    return `${name}: ${stateWords(step.before)} -> ${after}`;
  }
  const size = step.event.k === 'alloc' && step.event.size !== null ? `, ${ascii(step.event.size)}` : '';
  return `${name}: ${after}${size}`;
}

/** `hvclock_mem: memory of p`. */
function storeText(event: Extract<TraceEvent, { k: 'store' }>, subject: string): string {
  const value = ascii(event.value);
  const target = ascii(event.target);
  const name = ascii(subject);
  if (target !== name) return `${target}: memory of ${name}`;
  // The finding knows the memory by the name that it gets here: what it had before is in the value.
  const source = /^(?:\w+\()?([A-Za-z_][\w.>-]*?)\)?$/.exec(value)?.[1];
  return source === undefined || source === target
    ? `${target}: the same memory`
    : `${target}: memory of ${source}`;
}

/** What a listing puts beside the source line of a step: what the line itself does not say. */
export function besideSource(
  event: TraceEvent,
  text: string,
  state: string | null,
  again: boolean = false,
): string {
  const beside = withoutSource(event, text, state);
  if (beside === text) return beside;
  const isBelieved = 'believed' in event && event.believed === true;
  const told = isBelieved ? `${beside}${beside === '' ? '' : ', '}by annotation` : beside;
  return again ? inLaterRound(told) : told;
}

/** The words for a step of a later round of a loop than the step before it. */
export function inLaterRound(text: string): string {
  return text === '' ? 'in a later round' : `in a later round, ${text}`;
}

function withoutSource(event: TraceEvent, text: string, state: string | null): string {
  if (event.k === 'transition' && event.outcome !== 'either') {
    const outcome = event.outcome === 'success' ? 'returns 0' : 'fails';
    return state === null ? outcome : `${outcome}, ${state}`;
  }
  if (state !== null) return state;
  const toldBySource =
    event.k === 'goto' || event.k === 'return' || event.k === 'store' || event.k === 'alloc';
  return toldBySource || event.k === 'free' ? '' : text;
}
