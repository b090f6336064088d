import { markers } from '../base/markers.ts';
import { didYouMean, list, nearest } from '../base/words.ts';
import { ClauseError, Cursor } from './cursor.ts';
import { readExpression } from './expression.ts';
import { folded, hasWord, lex } from './lex.ts';
import type {
  AllowClause,
  Case,
  ClassWord,
  Clause,
  EffectClause,
  Extent,
  FlagClause,
  Note,
  NoteProblem,
  OutcomeWord,
  Place,
  Region,
  StateWord,
  UnitWord,
} from './types.ts';
import {
  classWords,
  clauseWords,
  contextWords,
  outcomeWords,
  stateWords,
  unitWords,
  wordsOf,
} from './vocabulary.ts';

/** A rule's id. */
const rulePart = /^[a-z][a-z0-9]*$/;

/**
 * Reads a note that begins with its marker at `from` and ends before `limit`. A clause that is not understood is told and left
 * out, the others are kept. Never throws.
 */
export function parseNote(text: string, from: number, limit: number): Note {
  const marker = markers.find((m) => text.startsWith(m, from)) ?? 'coco:';
  return parseClauses(text, from + marker.length, limit, marker, from);
}

/** Reads clauses without a marker, as `.membrane.json` has them. Never throws. */
export function parseContract(text: string): Note {
  return parseClauses(text, 0, text.length, 'coco:', 0);
}

function parseClauses(
  text: string,
  from: number,
  limit: number,
  marker: Note['marker'],
  start: number,
): Note {
  const { tokens, reasonAt } = lex(text, from, limit);
  const cursor = new Cursor(tokens);
  const clauses: Clause[] = [];
  const problems: NoteProblem[] = [];
  const told = reasonAt === null ? '' : folded(text.slice(reasonAt, limit));
  const reason = hasWord(told) ? told : null;
  const end =
    reasonAt === null
      ? (tokens.at(-2)?.span.end ?? from)
      : reasonAt + text.slice(reasonAt, limit).trimEnd().length;
  for (let first = true; first || cursor.take(';'); first = false) {
    if (cursor.token.k === 'end' && !first) break;
    try {
      const clause = readClause(cursor);
      if (cursor.token.k !== 'end' && !cursor.is(';')) {
        cursor.fail(`${cursor.found()} does not go on with this clause. End it with ';'.`);
      }
      const needsReason = clause.k === 'allow' || clause.k === 'leaks';
      if (needsReason && reason === null) {
        const what = clause.k === 'allow' ? "'allow'" : "'leaks'";
        throw new ClauseError(clause.span, `${what} needs a reason. Write it at the end, after ' -- '.`);
      }
      clauses.push(clause);
    } catch (error) {
      if (!(error instanceof ClauseError)) throw error;
      problems.push({ span: error.span, message: error.message });
      cursor.skipClause();
    }
  }
  return {
    marker,
    clauses,
    reason,
    words: cursor.words,
    problems,
    span: { start, end: Math.max(end, from) },
  };
}

function readClause(cursor: Cursor): Clause {
  const { start } = cursor.token.span;
  const word = cursor.clauseWord();
  const spanned = <T extends object>(clause: T) => ({ ...clause, span: { start, end: cursor.lastEnd } });
  switch (word) {
    case 'requires': {
      const region = readRegion(cursor);
      cursor.need(':', 'the memory');
      return spanned({ k: 'requires' as const, region, states: readStates(cursor) });
    }
    case 'flips':
    case 'allocs':
    case 'frees':
      return spanned(readEffect(cursor, word));
    case 'takes':
    case 'leaks': {
      const region = readRegion(cursor);
      const on = cursor.take('on') ? readClass(cursor) : null;
      return spanned({ k: word, region, on } as const);
    }
    case 'flag':
      return spanned(readFlag(cursor));
    case 'context': {
      cursor.need(':', 'context');
      const context = cursor.oneOf(contextWords, 'context') as 'sleeps' | 'atomic' | 'any';
      return spanned({ k: 'context' as const, context });
    }
    case 'allow':
      return spanned(readAllow(cursor));
    default: {
      const known = wordsOf(clauseWords);
      if (cursor.isOver()) cursor.fail(`a clause is missing. Clauses begin with ${list(known, 'or')}.`);
      const { text } = cursor.token;
      const near = nearest(text, known) === null ? '' : didYouMean(text, known);
      return cursor.fail(
        `${cursor.found()} begins no clause.${near} Clauses begin with ${list(known, 'or')}.`,
      );
    }
  }
}

function readEffect(cursor: Cursor, verb: EffectClause['verb']): Omit<EffectClause, 'span'> {
  const region = readRegion(cursor);
  cursor.need(':', 'the memory');
  const cases: Case[] = [];
  do cases.push(readCase(cursor));
  while (cursor.take(','));
  const seen = new Set<string>();
  for (const { on, otherwise, span } of cases) {
    const key = otherwise ? 'otherwise' : (on ?? 'success');
    if (seen.has(key)) {
      throw new ClauseError(span, `'${key}' is told twice. Each class of results can be told once.`);
    }
    seen.add(key);
  }
  return { k: 'effect', verb, region, cases };
}

function readCase(cursor: Cursor): Case {
  const { start } = cursor.token.span;
  const outcomes: OutcomeWord[] = [];
  do outcomes.push(cursor.oneOf(outcomeWords, 'outcome') as OutcomeWord);
  while (cursor.take('or'));
  const otherwise = cursor.take('otherwise');
  const on = !otherwise && cursor.take('on') ? readClass(cursor) : null;
  return { outcomes, on, otherwise, span: { start, end: cursor.lastEnd } };
}

function readClass(cursor: Cursor): ClassWord {
  if (cursor.is('-')) {
    cursor.next();
    const name = cursor.name('the name of an error');
    if (!/^E[A-Z0-9]+$/.test(name.text)) {
      throw new ClauseError(name.span, `'-${name.text}' is no error. Write it as -EBUSY.`);
    }
    return `-${name.text}`;
  }
  return cursor.oneOf(classWords, 'class of results');
}

function readStates(cursor: Cursor): StateWord[] {
  const states: StateWord[] = [];
  do states.push(cursor.oneOf(stateWords, 'state') as StateWord);
  while (cursor.take('or'));
  return states;
}

function readFlag(cursor: Cursor): Omit<FlagClause, 'span'> {
  const negated = cursor.take('!');
  const flag = readPlace(cursor);
  cursor.need('means', 'the flag');
  const region = readRegion(cursor);
  cursor.need(':', 'the memory');
  return { k: 'flag', negated, flag, region, states: readStates(cursor) };
}

function readAllow(cursor: Cursor): Omit<AllowClause, 'span'> {
  const rules: { id: string; span: { start: number; end: number } }[] = [];
  do {
    const { start } = cursor.token.span;
    let id = '';
    do {
      const part = cursor.name('the id of a rule');
      if (!rulePart.test(part.text)) throw new ClauseError(part.span, `'${part.text}' is no id of a rule.`);
      id += id === '' ? part.text : `-${part.text}`;
    } while (cursor.take('-'));
    rules.push({ id, span: { start, end: cursor.lastEnd } });
  } while (cursor.take(','));
  return { k: 'allow', rules };
}

function readRegion(cursor: Cursor): Region {
  const { start } = cursor.token.span;
  const place = readPlace(cursor);
  const extent = cursor.is('[') ? readExtent(cursor) : null;
  return { place, extent, span: { start, end: cursor.lastEnd } };
}

function readPlace(cursor: Cursor): Place {
  const { start } = cursor.token.span;
  let stars = 0;
  while (cursor.take('*')) stars++;
  const root = cursor.name('the name of a parameter or field').text;
  const members: { arrow: '.' | '->'; name: string }[] = [];
  while (cursor.is('.') || cursor.is('->')) {
    const arrow = cursor.next().text as '.' | '->';
    members.push({ arrow, name: cursor.name('the name of a member').text });
  }
  return { stars, root, members, span: { start, end: cursor.lastEnd } };
}

function readExtent(cursor: Cursor): Extent {
  const { start } = cursor.next().span;
  const { text, names } = readExpression(cursor);
  if (cursor.is(']')) cursor.fail(`'[${text}]' has no unit. Write '[${text} pages]' or '[${text} bytes]'.`);
  const unit = cursor.oneOf(unitWords, 'unit') as UnitWord;
  cursor.need(']', 'the unit');
  return { expression: text, names, unit, span: { start, end: cursor.lastEnd } };
}
