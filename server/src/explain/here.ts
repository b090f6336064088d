import type { StateName, TraceStep } from '../analysis/finding.ts';
import type { Here, MemoryHere } from '../analysis/here.ts';
import type { FlagHere } from '../analysis/here-flags.ts';
import type { GuardHere, Keeper } from '../analysis/here-guards.ts';
import { addTo } from '../base/maps.ts';
import type { MemoryKind } from '../kernel/types.ts';
import { flagHeadline, flagLines } from './here-flags.ts';
import { type Silent, silentText } from './silent.ts';
import { eventText } from './steps.ts';
import { sizeWords } from './terms.ts';
import { ascii, callText, count, list } from './words.ts';

/** What is known at a place, in sentences without markup. */
export interface ToldHere {
  /** Stands alone. */
  readonly headline: string;
  /** A line for each path, shortest way first. */
  readonly paths: readonly string[];
  /** Where the memory is from, other names for it. */
  readonly about: readonly string[];
}

function stateWords(states: readonly StateName[]): string {
  return list([...states], 'or');
}

/** Rules that are kept silent and told one by one. */
const mostSilent = 2;

/** Paths that are told one by one. */
const mostPaths = 4;

/** What the rules say of a place. */
export interface JudgedThere {
  /** A finding is shown there. */
  readonly isReported: boolean;
  /** What else would be, and what keeps it silent. Asked where it is of interest. */
  readonly silent: () => readonly Silent[];
}

/** Says what is known at a place; null if that is nothing. `written`: what stands there; `lineOf`: where a step of the function stands, from 1. */
export function tellHere(
  here: Here,
  written: string,
  judged: JudgedThere,
  lineOf: (step: TraceStep) => number | null,
): ToldHere | null {
  const memory = told(here.memory);
  if (here.flag !== null) return tellFlag(here.flag, memory, written, lineOf);
  // NULL or not: that says something only of what can be memory.
  if (here.place === 'value' && memory.every(({ nothing }) => nothing !== null)) return null;
  if (here.place === 'return') return tellReturn(memory, judged, lineOf);
  if (memory.length === 0) return null;
  return {
    headline: headlineOf(here, memory, ascii(written), judged),
    paths: pathLines(memory, lineOf),
    about: aboutLines(memory, here.place === 'value' ? ascii(written) : null),
  };
}

function headlineOf(here: Here, memory: readonly MemoryHere[], written: string, judged: JudgedThere): string {
  if (here.role === 'free') return freeHeadline(memory, judged);
  if (here.role !== 'takes') return valueHeadline(memory, here.role === 'transition' ? null : written);
  const { is, on } = here.owner!;
  const state = valueHeadline(memory, ascii(memory[0]!.subject)).replace(/\.$/, '');
  const does = is === 'taken' ? 'takes it over' : 'leaks it';
  const who = `${callText(ascii(here.name))} ${does}${on === null ? '' : ` on ${on}`}`;
  return `${judged.isReported ? 'Reported: ' : ''}${state}; ${who}.`;
}

function tellFlag(
  flag: FlagHere,
  memory: readonly MemoryHere[],
  written: string,
  lineOf: (step: TraceStep) => number | null,
): ToldHere {
  const { name: own, memory: field } = flag;
  const name = written.endsWith(own) ? `${written.slice(0, -own.length)}${field}` : field;
  const headline = flagHeadline(flag, written, name);
  // Who leaves it how is told below.
  const isOpen = memory.every((one) => isUndecided(one) && !isHarmless(one));
  const known = isOpen ? '' : ` ${valueHeadline(memory, ascii(name))}`;
  const way = memory.some(({ steps }) => steps.length > 0) ? pathLines(memory, lineOf) : [];
  return { headline: `${headline}${known}`, paths: [...flagLines(flag, name), ...way], about: [] };
}

/** Paths on which there is nothing to be known are left out if there are others. */
function told(memory: readonly MemoryHere[]): readonly MemoryHere[] {
  const known = memory.filter(({ nothing }) => nothing === null);
  return known.length > 0 ? known : memory;
}

function freeHeadline(memory: readonly MemoryHere[], { isReported, silent }: JudgedThere): string {
  const bad = memory.filter((one) => !isHarmless(one));
  if (isReported) {
    const share = bad.length === memory.length ? '' : ` on ${bad.length} of ${count(memory.length, 'path')}`;
    if (bad.length > 0 && bad.every(isUndecided)) return `Reported: ${undecided(bad, true)}.`;
    return bad.length === 0 ? 'Reported.' : `Reported: ${wordsOf(bad)} here${share}.`;
  }
  if (memory.every(({ nothing }) => nothing !== null))
    return 'Nothing to free here: no memory was allocated.';
  if (bad.length === 0)
    return `Not reported: ${wordsOf(memory)} here${onPaths(memory)}${because(memory)}${demanded(memory)}.`;
  const kept = silencedText(silent());
  if (bad.every((one) => isUndecided(one)))
    return `Not reported: ${kept === '' ? undecided(bad) : `${undecided(bad, true)}; ${kept}`}.`;
  const where = bad.length === memory.length ? '' : ` on ${bad.length} of ${count(memory.length, 'path')}`;
  return `Not reported: ${wordsOf(bad)} here${where}${demanded(bad)}; ${kept === '' ? 'no rule objects to that' : kept}.`;
}

/** What would be said, and by what it is kept silent; empty: nothing would. */
function silencedText(silent: readonly Silent[]): string {
  const told = silent.slice(0, mostSilent).map(silentText);
  return [...told, ...(silent.length > told.length ? [`and ${silent.length - told.length} more`] : [])].join(
    '; ',
  );
}

/** Memory that came from elsewhere, of which this function knows nothing. */
function isUndecided({ states, demand }: MemoryHere): boolean {
  return demand === null && states?.includes('private') === true && states.includes('shared');
}

/** On this path a free is right: the memory is private, or nobody in view leaves it otherwise where the path can come from. */
function isHarmless(one: MemoryHere): boolean {
  if (one.nothing !== null || one.states === null) return true;
  if (one.states.every((state) => state === 'private')) return true;
  return (
    isUndecided(one) && one.keepers.length > 0 && one.keepers.every(({ keptAwayBy }) => keptAwayBy !== null)
  );
}

function undecided(memory: readonly MemoryHere[], isReported = false): string {
  const keepers = memory.flatMap(({ keepers: all }) => all.filter(({ keptAwayBy }) => keptAwayBy === null));
  if (keepers.length === 0)
    return isReported
      ? 'a caller leaves it shared or of unknown state, as the path shows'
      : 'nobody in view leaves it shared or of unknown state';
  return `${keeperText(keepers)}, and ${isReported ? 'nothing here asks for that' : 'no way that was followed brings that here'}`;
}

function keeperText(keepers: readonly Keeper[]): string {
  const names = [...new Set(keepers.map((keeper) => callText(keeper.function)))];
  const states = [...new Set(keepers.flatMap(({ states: all }) => all))];
  const some = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} others`] : names;
  return `${list(some)} ${names.length === 1 ? 'leaves' : 'leave'} it ${stateWords(states)}`;
}

function wordsOf(memory: readonly MemoryHere[]): string {
  // What a guard keeps away is not here.
  const states = new Set(
    memory.flatMap((one) =>
      isHarmless(one) && one.states !== null ? ['private' as const] : (one.states ?? []),
    ),
  );
  return stateWords([...states]);
}

function onPaths(memory: readonly MemoryHere[]): string {
  if (memory.length < 2) return '';
  return memory.length === 2 ? ' on both paths' : ` on all ${memory.length} paths`;
}

/** `, because ring->decrypted is false: foo_init() leaves it unknown only where that is true`. */
function because(memory: readonly MemoryHere[]): string {
  const reasons = new Map<string, { guard: GuardHere; keepers: Keeper[] }>();
  for (const keeper of memory.flatMap(({ keepers }) => keepers)) {
    const guard = keeper.keptAwayBy;
    if (guard === null) continue;
    const reason = reasons.get(guard.text) ?? { guard, keepers: [] };
    if (!reason.keepers.some((one) => one.function === keeper.function)) reason.keepers.push(keeper);
    reasons.set(guard.text, reason);
  }
  const [first] = reasons.values();
  if (first === undefined) return '';
  const { guard, keepers } = first;
  const is = guard.holds ? 'true' : 'false';
  const other = guard.holds ? 'false' : 'true';
  return `, because ${ascii(guard.text)} is ${is}: ${keeperText(keepers)} only where that is ${other}`;
}

/** `written`: the value; null: it is the address that a transition is given. */
function valueHeadline(memory: readonly MemoryHere[], written: string | null): string {
  const [first] = memory;
  const name = written ?? ascii(first!.subject);
  if (memory.every(({ nothing }) => nothing !== null))
    return memory.every(({ nothing }) => nothing === 'null')
      ? 'NULL here.'
      : 'No memory here: NULL or an error.';
  const before = written === null ? 'before the call' : 'here';
  const open = memory.every((one) => isUndecided(one) && one.steps.length === 0);
  if (open) {
    const keepers = memory.flatMap(({ keepers: all }) => all);
    const guarded = memory.every(isHarmless);
    if (guarded) return `${name}: private ${before}${because(memory)}.`;
    return keepers.length === 0
      ? `${name}: not known ${before}; it came from outside, and nobody in view leaves it shared.`
      : `${name}: not known ${before}; ${keeperText(keepers)}.`;
  }
  return `${name}: ${wordsOf(memory)} ${before}${onPaths(memory.length > 1 && sameStates(memory) ? memory : [])}${demanded(memory)}.`;
}

/** `, as an annotation demands of callers`: nothing has happened to the memory since. */
function demanded(memory: readonly MemoryHere[]): string {
  const sources = new Set(memory.map(({ demand }) => demand?.source ?? null));
  const [source] = sources;
  if (sources.size !== 1 || source === undefined || source === null) return '';
  return `, as ${source === '.membrane.json' ? source : 'an annotation'} demands of callers`;
}

function sameStates(memory: readonly MemoryHere[]): boolean {
  return new Set(memory.map(({ states }) => String(states))).size === 1;
}

/** A line for each way: what made the memory what it is, and what it is where that is not the same on all. */
function pathLines(memory: readonly MemoryHere[], lineOf: (step: TraceStep) => number | null): string[] {
  const told = new Set(memory.map(pathState));
  const lines = new Set<string>();
  for (const one of [...memory].sort((a, b) => a.steps.length - b.steps.length)) {
    const text = pathText(one, lineOf);
    if (text !== '') lines.add(told.size === 1 ? text : `${pathState(one)}: ${text}`);
  }
  const all = [...lines];
  if (all.length <= mostPaths) return all;
  return [...all.slice(0, mostPaths - 1), `and ${count(all.length - mostPaths + 1, 'more path')}`];
}

function pathState(one: MemoryHere): string {
  return one.nothing === null ? stateOf(one) : one.nothing === 'null' ? 'NULL' : 'an error pointer';
}

function pathText(one: MemoryHere, lineOf: (step: TraceStep) => number | null): string {
  const steps = one.steps
    .filter(({ event }) => event.k !== 'goto')
    .map((step) => stepText(step, one, lineOf));
  const guards = one.guards
    .slice(0, 2)
    .map(({ text, holds }) => `${ascii(text)} is ${holds ? 'true' : 'false'}`);
  return [...(guards.length > 0 ? [list(guards)] : []), ...latest(steps)].join('; ');
}

/** How it got there: the beginning, and the last steps. */
function latest(steps: readonly string[]): readonly string[] {
  return steps.length <= 4 ? steps : [steps[0]!, '...', ...steps.slice(-2)];
}

function stateOf(one: MemoryHere): string {
  if (isUndecided(one)) return isHarmless(one) ? 'private' : 'not known';
  return stateWords(one.states ?? []);
}

function stepText(step: TraceStep, one: MemoryHere, lineOf: (step: TraceStep) => number | null): string {
  const { event, after } = step;
  const line = lineOf(step);
  const at = line === null ? '' : ` (line ${line})`;
  // A callee's doing is told by what it leaves.
  const text =
    event.k === 'call' && after !== null && event.owner === undefined
      ? `${callText(event.callee)}: ${stateWords(after)}`
      : event.k === 'alloc'
        ? `${callText(event.callee)}: private`
        : eventText(event, one.subject);
  return `${text}${at}`;
}

const pageMemory = 'page memory';

/** What memory of a kind is called. */
const kindWords: Readonly<Record<MemoryKind, string>> = {
  page: pageMemory,
  exact: pageMemory,
  folio: pageMemory,
  slab: 'slab memory',
  vmalloc: 'vmalloc memory',
  kvmalloc: 'slab or vmalloc memory',
  vmap: 'a vmap mapping',
  percpu: 'per-CPU memory',
  memblock: 'memblock memory',
  cma: 'CMA memory',
  pool: 'memory of a pool',
  dma: 'DMA memory',
  user: 'user memory',
};

/** The same for all elements of an array: on its first pass a loop is at `pages[0]`, then at `pages[i]`. */
const elementOf = (name: string): string => name.replace(/\[[^[\]]*\]/g, '[]');

/** Names, of elements of one array the one that tells it best. */
function distinct(names: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const name of names) {
    const known = found.get(elementOf(name));
    if (known === undefined || /\[\d+\]/.test(known)) found.set(elementOf(name), name);
  }
  return [...found.values()];
}

/** `value`: what is asked about; null: a call. */
function aboutLines(memory: readonly MemoryHere[], value: string | null): string[] {
  const lines: string[] = [];
  const [first] = memory;
  if (first === undefined) return lines;
  const origins = new Set(
    memory.flatMap(({ allocatedBy }) => (allocatedBy === null ? [] : [callText(allocatedBy)])),
  );
  const sizes = new Set(memory.flatMap(({ size }) => (size && sizeWords(size)) ?? []));
  const kinds = new Set(memory.flatMap(({ kind }) => (kind === null ? [] : [kindWords[kind]])));
  if (origins.size > 0 || kinds.size > 0) {
    const from = origins.size > 0 ? `From ${list([...origins], 'or')}` : `Is ${list([...kinds], 'or')}`;
    const [kind] = kinds;
    // Pages are what comes from an allocator of pages.
    const also = origins.size > 0 && kinds.size === 1 && kind !== pageMemory ? `, ${kind}` : '';
    lines.push(`${from}${also}${sizes.size === 1 ? `, ${[...sizes][0]}` : ''}.`);
  }
  const own = new Set([
    ...memory.map(({ subject }) => elementOf(subject)),
    ...(value === null ? [] : [elementOf(value)]),
  ]);
  const names = distinct(memory.flatMap(({ aliases }) => aliases)).filter(
    (name) => !own.has(elementOf(name)),
  );
  if (names.length > 0) lines.push(`The same memory: ${names.slice(0, 4).map(ascii).join(', ')}.`);
  if (value !== null && memory.some(({ contents }) => contents === 'stale'))
    lines.push('Its contents are those from before a transition.');
  if (memory.some(({ joined }) => joined))
    lines.push('Joined from several paths: there are more than are followed.');
  return lines;
}

/** Pieces of memory that a return is told of one by one. */
const mostMemory = 3;

function tellReturn(
  memory: readonly MemoryHere[],
  { isReported, silent }: JudgedThere,
  lineOf: (step: TraceStep) => number | null,
): ToldHere | null {
  const named = new Map<string, MemoryHere[]>();
  for (const one of memory) addTo(named, ascii(one.subject), one);
  const all = [...named].map(([name, ways]) => leftAt(name, ways));
  if (all.length === 0) return null;
  const left = all.filter(({ isOpen }) => isOpen);
  const closed = all.filter(({ isOpen }) => !isOpen);
  const told = [...left, ...closed].slice(0, mostMemory);
  const paths = told.flatMap(({ name, ways }) =>
    pathLines(ways, lineOf).map((line) => (told.length === 1 ? line : `${name}: ${line}`)),
  );
  const rest = told.filter(({ isOpen }) => !isOpen).map((one) => closedText(one, left.length > 0));
  const beyond = all.length - told.length;
  const more = beyond === 0 ? [] : [`And ${count(beyond, 'more piece')} of memory.`];
  const open = left.slice(0, mostMemory);
  if (open.length === 0) return { headline: [...rest, ...more].join(' '), paths, about: [] };
  // Of a rule that nobody has turned on nobody has to hear.
  const kept = isReported
    ? ''
    : silencedText(silent().filter(({ by }) => by.k !== 'off' || by.where !== null));
  const isMissing = (one: Left) => keptText(one.ways) === null;
  const alike = new Map<string, string[]>();
  for (const one of open) {
    const state = stateWords(statesOf(one.ways));
    // What is meant is that of which nothing tells why it is so.
    const isMeant = isMissing(one) || !open.some(isMissing);
    const why = isReported || kept !== '' ? (isMeant ? null : keptText(one.ways)) : accounted(one.ways);
    addTo(alike, why === null ? state : `${state}, ${why}`, one.name);
  }
  const sentences = [...alike].map(
    ([how, names]) => `${list(names)} ${names.length === 1 ? 'is' : 'are'} left ${how}`,
  );
  const first = [...sentences, ...(kept === '' ? [] : [kept])].join('; ');
  return {
    headline: [`${isReported ? 'Reported' : 'Not reported'}: ${first}.`, ...rest, ...more].join(' '),
    paths,
    about: [],
  };
}

/** A piece of memory at a return: the ways on which it is left shared or unknown, or all if there are none. */
interface Left {
  readonly name: string;
  readonly ways: readonly MemoryHere[];
  readonly isOpen: boolean;
}

function leftAt(name: string, ways: readonly MemoryHere[]): Left {
  const open = ways.filter(({ states }) => states?.some(isLeftOpen) === true);
  return { name, ways: open.length > 0 ? open : ways, isOpen: open.length > 0 };
}

const isLeftOpen = (state: StateName): boolean =>
  state === 'shared' || state === 'unknown' || state === 'mixed';

function statesOf(ways: readonly MemoryHere[]): StateName[] {
  return [...new Set(ways.flatMap(({ states }) => states ?? []))];
}

/** `isBeside`: other memory is left shared. */
function closedText({ name, ways }: Left, isBeside: boolean): string {
  const before = [...new Set(ways.flatMap(freedAs))];
  if (before.length > 0)
    return `${name}: given back on the way here while ${stateWords(before)}; the free tells more.`;
  const states = stateWords(statesOf(ways));
  return isBeside ? `${name}: ${states} here.` : `${name}: ${states} here, nothing is left shared.`;
}

/** In which states memory was freed, where that was not private. */
function freedAs({ steps }: MemoryHere): readonly StateName[] {
  const at = steps.findLastIndex(({ event }) => event.k === 'free');
  const before = at < 0 ? null : steps.slice(0, at).findLast(({ after }) => after !== null)?.after;
  return before?.some(isLeftOpen) ? before : [];
}

/** Who can still reach memory; null: nobody. */
function keptText(open: readonly MemoryHere[]): string | null {
  const kept = distinct(open.flatMap(({ keptIn }) => keptIn));
  const cells = kept.filter((name) => name !== 'return');
  if (cells.length > 0)
    return `and ${list(cells.slice(0, 3).map(ascii))} still ${cells.length === 1 ? 'leads' : 'lead'} there`;
  if (kept.includes('return')) return 'and the caller gets it';
  const [first] = open;
  if (first?.given == null || open.some(({ given }) => given === null)) return null;
  const { callee, owner } = first.given;
  return `and ${callText(callee)} ${owner === 'taken' ? 'has taken it over' : 'leaks it, as is written down of it'}`;
}

/** Why memory that is not private may be left so. */
function accounted(open: readonly MemoryHere[]): string {
  const kept = keptText(open);
  if (kept !== null) return kept;
  const told = new Set(open.map((one) => one.told));
  if (!told.has(null))
    return told.has('comment') ? 'and a comment says that it is leaked' : 'and the path says so in the log';
  if (open.every(({ own, states }) => own && states?.every((state) => state === 'unknown')))
    return 'and nothing leads there any more: it is leaked, which is right for memory of unknown state';
  if (open.every(({ own }) => own))
    return 'and nothing here leads there any more: a leak, unless a callee has kept it';
  if (open.every(({ states }) => states?.includes('shared') === true))
    return 'as its caller asked, or for whoever still has its address';
  return 'whoever gave it still has its address';
}
