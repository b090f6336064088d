import type { Span } from '../base/span.ts';
import { didYouMean, list } from '../base/words.ts';
import type { FoundNote, Target } from './find.ts';
import type { Clause, NoteProblem, Region } from './types.ts';

/** What an annotation may speak of. */
export interface Scope {
  /** The text around, with comments and literals blank. */
  readonly code: string;
  /** Ids of all rules. */
  readonly rules: readonly string[];
}

/** Clauses by what they may stand at; elsewhere they would say nothing. */
const fitting: Readonly<Record<Target['k'], readonly Clause['k'][]>> = {
  function: ['requires', 'effect', 'takes', 'leaks', 'context', 'allow'],
  statement: ['takes', 'leaks', 'allow'],
  field: ['flag'],
  nothing: [],
};

const places: Readonly<Record<Clause['k'], string>> = {
  requires: 'above a function',
  effect: 'above a function',
  takes: 'above a function, or at a call',
  leaks: 'above a function, or at a statement',
  context: 'above a function',
  flag: 'at a field of a struct',
  allow: 'above a function, or at a statement',
};

/** Everything that is wrong in an annotation, in the order of the text: what the parser says, then names, units and places. */
export function checkNote(found: FoundNote, scope: Scope): readonly NoteProblem[] {
  const problems = [...found.note.problems];
  for (const clause of found.note.clauses) problems.push(...checkClause(clause, found.target, scope));
  return problems.sort((a, b) => a.span.start - b.span.start);
}

/** The clauses of a note that say something where they stand, and nothing wrong. */
export function soundClauses({ note, target }: FoundNote, scope: Scope): readonly Clause[] {
  return note.clauses.filter((clause) => checkClause(clause, target, scope).length === 0);
}

function checkClause(clause: Clause, target: Target, scope: Scope): NoteProblem[] {
  const word = clause.k === 'effect' ? clause.verb : clause.k;
  if (!fitting[target.k].includes(clause.k)) {
    return [{ span: clause.span, message: `'${word}' says nothing here. Write it ${places[clause.k]}.` }];
  }
  switch (clause.k) {
    case 'allow':
      return clause.rules.flatMap(({ id, span }) => {
        if (scope.rules.includes(id)) return [];
        return [{ span, message: `there is no rule '${id}'.${didYouMean(id, scope.rules)}` }];
      });
    case 'context':
      return [];
    case 'flag':
      return [
        ...unknownNames(clause.flag.root, clause.flag.span, target, scope),
        ...regionProblems(clause.region, target, scope),
      ];
    case 'effect':
      return [...effectProblems(clause, target), ...regionProblems(clause.region, target, scope)];
    default:
      if (clause.region.place.root === 'return')
        return [{ span: clause.region.span, message: `'${word}' speaks of what goes in, not of 'return'.` }];
      return regionProblems(clause.region, target, scope);
  }
}

function effectProblems(clause: Extract<Clause, { k: 'effect' }>, target: Target): NoteProblem[] {
  const { place, span } = clause.region;
  const isResult = place.root === 'return';
  if (clause.verb !== 'allocs') {
    if (!isResult) return [];
    return [{ span, message: `'${clause.verb}' speaks of what goes in, not of 'return'. Use 'allocs'.` }];
  }
  if (isResult || place.stars > 0 || place.members.length > 0 || target.k !== 'function') return [];
  return [
    { span, message: `'${place.root}' goes in: new memory comes out of 'return' or '*${place.root}'.` },
  ];
}

function regionProblems({ place, extent }: Region, target: Target, scope: Scope): NoteProblem[] {
  const problems = place.root === 'return' ? [] : unknownNames(place.root, place.span, target, scope);
  for (const { name, span } of extent?.names ?? []) problems.push(...unknownNames(name, span, target, scope));
  return problems;
}

function unknownNames(name: string, span: Span, target: Target, { code }: Scope): NoteProblem[] {
  const known = namesInScope(target, code);
  if (known.includes(name)) return [];
  const where =
    target.k === 'function'
      ? `parameter of ${target.name}()`
      : target.k === 'field'
        ? 'member beside it'
        : target.k === 'statement'
          ? `name in ${target.function}()`
          : 'name';
  const near = didYouMean(name, known);
  const few = known.length > 0 && known.length <= 6 && near === '' ? ` Known here: ${list(known)}.` : '';
  return [{ span, message: `there is no ${where} '${name}'.${near}${few}` }];
}

/** Names that an annotation at `target` can speak of, in the order in which they appear. */
export function namesInScope(target: Target, code: string): readonly string[] {
  switch (target.k) {
    case 'function':
      return target.parameters.flatMap(({ name }) => name ?? []);
    case 'statement':
      return wordsIn(code.slice(target.around.start, target.around.end));
    case 'field':
      return wordsIn(code.slice(target.members.start, target.members.end));
    case 'nothing':
      return [];
  }
}

const keywords = new Set(
  'if else for while do switch case default break continue goto return sizeof struct union enum static const void int long short char unsigned signed bool inline extern volatile typedef'.split(
    ' ',
  ),
);

function wordsIn(code: string): readonly string[] {
  return [...new Set(code.match(/\b[A-Za-z_]\w*\b/g) ?? [])].filter((word) => !keywords.has(word));
}
