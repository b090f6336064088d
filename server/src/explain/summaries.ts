import type { Coverage } from '../analysis/finding.ts';
import type { Effect, Guard, Row, Summary } from '../analysis/summary.ts';
import type { Size, Term } from '../analysis/terms.ts';
import { coverageText, knownInPart } from './coverage.ts';
import { pathText, sizeWords, termText } from './terms.ts';
import { ascii, callText, count, list } from './words.ts';

/** Classes of a value as the engine's rows carry them, one bit each. */
export const valueClasses = { zero: 1, negative: 2, positive: 4, pointer: 8, errorPointer: 16 } as const;

const all = 31;

/**
 * What callers know of a function: its rows, one after the other, each with what must hold for it, what it does to memory
 * and cells in order, and what it returns. `summary` null: the engine did not follow the function, which may be a transition itself.
 */
export function summaryText(
  name: string,
  summary: Summary | null,
  gaps: readonly Coverage[],
  isTransition = false,
): string {
  const lines: string[] = [];
  if (summary === null && isTransition) {
    lines.push(`${name}(): a transition itself; membrane model show has its steps on a platform`);
  } else if (summary === null) {
    lines.push(`${name}(): not followed, because nothing in view leads from it to a transition`);
  } else {
    const { rows, parameters, incomplete } = summary;
    const ways = count(rows.length, 'way', 'ways');
    const heading = knownInPart(gaps).size > 0 ? `${ways} through it, of more` : `${ways} through it`;
    lines.push(`${name}(${parameters.join(', ')}): ${heading}`);
    for (const [i, row] of rows.entries()) lines.push('', ...rowText(row, i + 1));
    if (incomplete) lines.push('', 'There are more ways than these; they are left out.');
  }
  if (gaps.length > 0) lines.push('', 'Not analysed:', ...gaps.map((entry) => `  ${coverageText(entry)}`));
  return `${lines.join('\n')}\n`;
}

function rowText(row: Row, number: number): string[] {
  const effects = row.effects.map(effectText).filter((text) => text !== '');
  const guards = row.guards.map(guardText).filter((text) => text !== '');
  const lines = effects.length === 0 ? ['leaves memory as it is'] : effects;
  if (row.sleeps !== null) lines.push(`may sleep, in ${callText(row.sleeps.callee)}`);
  if (row.joined) lines.push('joined from several paths: there are more than are followed');
  lines.push(resultText(row));
  const when = guards.length === 0 ? 'may happen at any call' : `if ${list(guards)}`;
  return [`  ${number}  ${when}`, ...lines.map((line) => `     ${line}`)];
}

function resultText(row: Row): string {
  if (row.result === null) return 'returns nothing';
  const classes = classWords(row.resultClasses);
  const text = resultName(row.result);
  return `returns ${text}${isConstant(row.result) || classes === '' ? '' : `, which ${classes}`}`;
}

/** A variable of the function says nothing to its callers: what it holds is what they know of it, and that may be nothing. */
function resultName(result: Term): string {
  if (result.k !== 'fresh' || result.hint.endsWith('()')) return termText(result);
  return /^\w+$/.test(result.hint) ? `some value ('${result.hint}')` : 'some value';
}

/** `0`, `-ENOMEM`: it tells its sign itself. */
function isConstant(term: Term): boolean {
  if (term.k === 'op' && term.op === 'neg') return isConstant(term.args[0]!);
  return term.k === 'int' || term.k === 'const';
}

/** `force_dma_unencrypted(dev) is not 0`, `size == 0 does not hold`. */
function guardText({ term, classes }: Guard): string {
  const words = classWords(classes);
  if (words === '') return '';
  if (term.k === 'op' && ['eq', 'lt', 'land', 'lor', 'not'].includes(term.op)) {
    return `${termText(term)} ${(classes & valueClasses.zero) === 0 ? 'holds' : 'does not hold'}`;
  }
  return `${termText(term)} ${words}`;
}

/** A set of classes in words; empty if it says nothing. */
function classWords(classes: number): string {
  const { zero, negative, positive, pointer, errorPointer } = valueClasses;
  if ((classes & all) === all) return '';
  // Of a number only its sign is asked.
  if (classes === (zero | negative | positive)) return '';
  if (classes === (negative | positive)) return 'is not 0';
  if (classes === (all & ~zero)) return 'is not 0';
  if (classes === (all & ~errorPointer)) return 'is no error pointer';
  const words: string[] = [];
  if (classes & zero) words.push('0');
  if (classes & negative) words.push('negative');
  if (classes & positive) words.push('positive');
  if (classes & pointer) words.push('a pointer');
  if (classes & errorPointer) words.push('an error pointer');
  return `is ${list(words, 'or')}`;
}

function effectText(effect: Effect): string {
  switch (effect.k) {
    case 'write':
      return `sets ${pathText(effect.path)} = ${termText(effect.value)}`;
    case 'zero':
      return `clears ${pathText(effect.path)}`;
    case 'flip':
      return `${callText(effect.callee)} on ${memoryText(effect.memory)}${sizeText(effect.extent)}: ${
        effect.ok ? effect.to : 'fails, state unknown'
      }${effect.dropped ? '; nothing reads its result' : ''}`;
    case 'new':
      return `${callText(effect.info.callee)}: new memory, private${sizeText(effect.info.size)}`;
    case 'free':
      return `${callText(effect.callee)} on ${memoryText(effect.memory)}: back to the allocator`;
    case 'kind':
      return `only if ${memoryText(effect.memory)} is ${effect.is ? '' : 'not '}${effect.kind} memory`;
    case 'map':
      return `${callText(effect.callee)}: maps ${memoryText(effect.memory)} as ${effect.attribute}`;
    case 'unmap':
      return `${callText(effect.callee)} on ${memoryText(effect.memory)}: mapping removed`;
    case 'publish':
      return `${memoryText(effect.memory)} becomes visible: ${ascii(effect.to)}`;
    case 'contents':
      return '';
    case 'defer':
      return `${callText(effect.callee)} arms ${callText(effect.callback)}`;
    case 'lock':
      return effect.op === 'acquire'
        ? `returns with ${callText(effect.callee)} in force`
        : `${callText(effect.callee)} ends what the caller began`;
    case 'touch':
      return `${memoryText(effect.memory)} goes to a function that is not in view`;
    case 'require':
      return `hands ${memoryText(effect.memory)} to ${callText(effect.callee)}, which wants it ${list(effect.states, 'or')}`;
    case 'escape':
      return `hands on ${memoryText(effect.memory)}`;
  }
}

function memoryText(memory: Term): string {
  return memory.k === 'obj' ? 'the new memory' : `the memory of ${termText(memory)}`;
}

function sizeText(size: Size | null): string {
  if (size === null) return '';
  // What is written may be a temporary of the engine, which has no name.
  return `, ${sizeWords(size) ?? sizeWords({ ...size, text: termText(size.term) })}`;
}
