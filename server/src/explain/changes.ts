import type { ChangeOutcome, FunctionChanges, MemoryChange } from '../analysis/effects.ts';
import type { Size, Term } from '../analysis/terms.ts';
import { pathText, sizeWords, termText } from './terms.ts';
import { ascii, count, list } from './words.ts';

/** What stands for memory that one line has no room for. */
const mostMemory = 2;
const longestName = 44;

/**
 * What a function does to memory, on one line: `decrypts kbuffer (size bytes) | 0: shared, else unknown and gpadl->decrypted set |
 * sleeps`. Null: it changes none.
 */
export function changesText(changes: FunctionChanges): string | null {
  const parts = changeParts(changes);
  return parts === null ? null : parts.join(' | ');
}

/** The same in parts: what it does, what each answer leaves, in which contexts it can be called. */
function changeParts({ changes, sleeps, incomplete }: FunctionChanges): readonly string[] | null {
  const told = converting(changes);
  const first = told[0];
  if (first === undefined) return null;
  const doing = told.slice(0, mostMemory).map(doingText);
  const more = told.length - doing.length;
  return [
    `${list(doing)}${more > 0 ? `, and ${more} more` : ''}`,
    outcomesText(first, true),
    ...(sleeps ? ['sleeps'] : []),
    ...(incomplete ? ['not all ways followed'] : []),
  ].filter((part) => part !== '');
}

/** The transition that a function converts memory with; null: it converts none. */
export function convertsBy({ changes }: FunctionChanges): string | null {
  return converting(changes)[0]?.by ?? null;
}

/** What a call of the function leaves: `0: shared, else unknown`. Null: it converts nothing. */
export function callOutcomes({ changes }: FunctionChanges): string | null {
  const first = converting(changes).find(
    ({ does }) => does.includes('decrypts') || does.includes('encrypts'),
  );
  const text = first === undefined ? '' : outcomesText(first, false);
  return text === '' ? null : text;
}

/** `4 callers`. */
export function callersText(callers: number): string {
  return callers === 0 ? 'no callers in view' : count(callers, 'caller');
}

/** Memory that is converted, and what else happens to such; memory that is only allocated or freed is everybody's business. */
function converting(changes: readonly MemoryChange[]): readonly MemoryChange[] {
  return changes.filter(({ does }) => does.includes('decrypts') || does.includes('encrypts'));
}

function doingText({ memory, keptAt, isReturned, does, extent }: MemoryChange): string {
  const name =
    memory.k === 'obj'
      ? isReturned
        ? 'the memory that it returns'
        : keptAt !== null
          ? pathText(keptAt)
          : 'memory of its own'
      : termText(memory);
  return `${list([...does])} ${shortened(ascii(name))}${sizeText(extent)}`;
}

/** Of a long way to memory its end. */
function shortened(name: string): string {
  if (name.length <= longestName) return name;
  const at = Math.max(name.lastIndexOf('->'), name.lastIndexOf('.'));
  return at < 0 ? `${name.slice(0, longestName - 2)}..` : `..${name.slice(at)}`;
}

function sizeText(extent: Size | null): string {
  const words = extent && sizeWords(asCallersSee(extent));
  return words === null ? '' : ` (${words})`;
}

/** A size of what the function is given is told as that: names of its own variables, and of those that it calls, mean nothing outside. What is rounded up to pages is given in bytes. */
function asCallersSee(size: Size): Size {
  if (!isOfEntry(size.term)) return size;
  const { term } = size;
  const bytes =
    term.k === 'op' && term.op === 'size:pfn-up' && size.unit === 'pages' ? term.args[0] : undefined;
  return bytes === undefined
    ? { ...size, text: termText(term) }
    : { ...size, text: termText(bytes), unit: 'bytes' };
}

function isOfEntry(term: Term): boolean {
  if (term.k === 'op') return term.args.every(isOfEntry);
  return term.k === 'int' || term.k === 'const' || term.k === 'entry';
}

function outcomesText({ memory, outcomes }: MemoryChange, withFlags: boolean): string {
  // Of new memory there is nothing to be said where it was not made, or is gone.
  const told = memory.k === 'obj' ? outcomes.filter(({ states }) => states.length > 0) : outcomes;
  const parts = told.map((outcome) =>
    outcomeText(withFlags ? outcome : { ...outcome, flags: [] }, outcomes.length > 1, memory.k === 'obj'),
  );
  return parts.filter((part) => part !== '').join(', ');
}

function outcomeText(
  { answer, states, untouched, flags }: ChangeOutcome,
  several: boolean,
  isNew: boolean,
): string {
  const words = states.length === 0 ? [] : [list([...states], 'or')];
  if (untouched && !isNew) words.push('untouched');
  // A flag matters where its memory must not be freed.
  const isOpen = states.includes('unknown') && answer !== 'zero' && answer !== 'pointer';
  const after = `${list(words, 'or')}${isOpen ? flagText(flags) : ''}`;
  if (!several || answer === 'all') return answer === 'zero' ? `0: ${after}` : after;
  if (answer === 'zero') return `0: ${after}`;
  return answer === 'pointer' ? `a pointer: ${after}` : `else ${after}`;
}

function flagText(flags: ChangeOutcome['flags']): string {
  const [first] = flags;
  return first === undefined
    ? ''
    : ` and ${shortened(pathText(first.path))} ${first.set ? 'set' : 'cleared'}`;
}
