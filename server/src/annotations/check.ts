import type { Span } from '../base/span.ts';
import { didYouMean, list } from '../base/words.ts';
import type { FoundNote, Target } from './find.ts';
import { structAt, tagIn, wordsIn } from './members.ts';
import { type Returns, returnsOf } from './prototype.ts';
import type { ClassWord, Clause, NoteProblem, Place, Region } from './types.ts';

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
      return [
        ...effectProblems(clause, target),
        ...regionProblems(clause.region, target, scope),
        ...clause.cases.flatMap(({ on, span }) => resultProblems(on, span, target, scope)),
      ];
    default:
      if (clause.region.place.root === 'return')
        return [{ span: clause.region.span, message: `'${word}' speaks of what goes in, not of 'return'.` }];
      return [
        ...regionProblems(clause.region, target, scope),
        ...(clause.k === 'requires' ? [] : resultProblems(clause.on, clause.span, target, scope)),
      ];
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
  if (problems.length === 0) problems.push(...memberProblems(place, target, scope.code));
  for (const { name, span } of extent?.names ?? [])
    if (!isConstant(name, scope.code)) problems.push(...unknownNames(name, span, target, scope));
  return problems;
}

/** By its letters the name of a macro or an enumerator, and in use in the text: it may be from a header. */
function isConstant(name: string, code: string): boolean {
  return /^[A-Z][A-Z0-9_]+$/.test(name) && new RegExp(`\\b${name}\\b`).test(code);
}

/** Whether a clause of that kind says something at `target`. */
export function saysSomethingAt(k: Clause['k'], target: Target): boolean {
  return fitting[target.k].includes(k);
}

/** Whether a class of results can be one of the function at `target`, as far as its type is C's own or the kernel's. */
export function canBeResult(on: ClassWord, target: Target, code: string): boolean {
  return (
    resultProblems(on, target.k === 'nothing' ? { start: 0, end: 0 } : target.span, target, { code })
      .length === 0
  );
}

function resultProblems(
  on: ClassWord | null,
  span: Span,
  target: Target,
  { code }: Pick<Scope, 'code'>,
): NoteProblem[] {
  if (on === null || target.k !== 'function') return [];
  const head = code.slice(target.span.start, code.indexOf('(', target.span.start));
  const type = resultType(head, target.name);
  if (type === null || fittingResults[type.k](on)) return [];
  const message =
    type.k === 'nothing'
      ? `${target.name}() returns nothing. Leave out 'on ${on}'.`
      : `'${on}' is no result of ${target.name}(), which returns ${type.text}.`;
  return [{ span, message }];
}

const isTruth = (word: ClassWord) => word === 'true' || word === 'false';
const isOfPointers = (word: ClassWord) => word === 'NULL' || word === 'ERR_PTR';

const fittingResults: Readonly<Record<Returns, (word: ClassWord) => boolean>> = {
  nothing: () => false,
  number: (word) => !isOfPointers(word),
  bool: (word) => !isOfPointers(word) && !word.startsWith('-'),
  pointer: (word) => !isTruth(word),
};

const numberType =
  /^(?:int|long|short|char|unsigned|signed|s?size_t|[us](?:8|16|32|64)|u?int(?:8|16|32|64)_t)$/;

/** What a function returns, by the text up to its name; null where that takes knowing a type of the tree. */
function resultType(head: string, name: string): { readonly k: Returns; readonly text: string } | null {
  const before = head.slice(0, Math.max(0, head.lastIndexOf(name)));
  const words = before.match(/\w+|\*/g) ?? [];
  const k = returnsOf(before);
  if (k === 'number' && !words.some((word) => numberType.test(word))) return null;
  const text = words
    .filter((word) => !/^(?:static|extern|inline|const|noinline|asmlinkage|__\w+)$/.test(word))
    .join(' ')
    .replace(/\* (?=\*)/g, '*');
  return { k, text };
}

/** Members that a struct does not have whose definition is in the text, and arrows that a compiler would not take. */
function memberProblems({ root, stars, members, span }: Place, target: Target, code: string): NoteProblem[] {
  if (target.k !== 'function' || members.length === 0) return [];
  const parameter = target.parameters.find(({ name }) => name === root);
  if (parameter === undefined) return [];
  const { arrow, name: first } = members[0]!;
  // Behind a type of the tree there may be a pointer.
  const isPointer = parameter.pointer || (tagIn(parameter.text) === null && arrow === '->');
  if (stars === 0 && isPointer !== (arrow === '->')) {
    const [what, right] = isPointer ? ['a pointer', '->'] : ['no pointer', '.'];
    return [{ span, message: `'${root}' is ${what}. Write '${root}${right}${first}'.` }];
  }
  for (const [at, { name }] of members.entries()) {
    const owner = structAt(
      parameter.text,
      members.slice(0, at).map((member) => member.name),
      code,
    );
    if (owner === null) return [];
    const { tag, words } = owner;
    if (!words.includes(name))
      return [{ span, message: `${tag} has no member '${name}'.${didYouMean(name, owner.members)}` }];
  }
  return [];
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
