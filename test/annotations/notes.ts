// What a note can look like, for property tests.
import fc from 'fast-check';
import { hasWord } from '../../server/src/annotations/lex.ts';
import { markers } from '../../server/src/base/markers.ts';

/** A name of C. */
export const name = fc.constantFrom(
  'buf',
  'vaddr',
  'n',
  'size',
  'ring',
  'pages',
  'gpadl',
  'on',
  'kbuffer_with_a_long_name',
);
const member = fc.record({ arrow: fc.constantFrom('.', '->'), name });
const place = fc
  .record({
    stars: fc.nat(2),
    root: fc.oneof(name, fc.constant('return')),
    members: fc.array(member, { maxLength: 2 }),
  })
  .map(
    ({ stars, root, members }) => '*'.repeat(stars) + root + members.map((m) => m.arrow + m.name).join(''),
  );
const expression: fc.Arbitrary<string> = fc.letrec<{ e: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    name,
    fc.constantFrom('1', '0x10UL', '12'),
    place.filter((p) => !/^(?:\*|return)/.test(p)),
  ),
  e: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.tuple(tie('e'), fc.constantFrom('+', '*', '<<', '/', '-', '&'), tie('e')).map((p) => p.join(' ')),
    tie('e').map((e) => `(${e})`),
    tie('e').map((e) => `PFN_UP(${e})`),
    fc.tuple(tie('e'), tie('e')).map(([a, b]) => `foo(${a}, ${b})`),
    fc.constantFrom('sizeof(struct foo)', 'sizeof(*ring)', 'sizeof(struct foo *)'),
  ),
})).e;
const extent = fc.tuple(expression, fc.constantFrom('pages', 'bytes')).map(([e, unit]) => `[${e} ${unit}]`);
const region = fc.tuple(place, fc.oneof(fc.constant(''), extent)).map((p) => p.join(''));
const someOf = (words: string[], by: string) =>
  fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((all) => all.join(by));
const states = someOf(['private', 'shared', 'unknown'], ' or ');
const outcomes = someOf(['private', 'shared', 'unknown', 'unchanged', 'freed', 'leaked'], ' or ');
const on = fc.constantFrom('', ' on error', ' on 0', ' on -EBUSY', ' otherwise', ' on ERR_PTR');
const cases = fc
  .uniqueArray(fc.tuple(outcomes, on), { minLength: 1, maxLength: 3, selector: ([, when]) => when })
  .map((all) => all.map((p) => p.join('')).join(', '));
/** A clause in its one form, in which names may be words of the language. */
export const clause = fc.oneof(
  fc.tuple(region, states).map(([r, s]) => `requires ${r}: ${s}`),
  fc.tuple(fc.constantFrom('flips', 'allocs', 'frees'), region, cases).map(([v, r, c]) => `${v} ${r}: ${c}`),
  fc
    .tuple(fc.constantFrom('takes', 'leaks'), region, fc.constantFrom('', ' on 0', ' on nonzero'))
    .map(([k, r, c]) => `${k} ${r}${c}`),
  fc
    .tuple(fc.constantFrom('', '!'), place, region, states)
    .map(([n, f, r, s]) => `flag ${n}${f} means ${r}: ${s}`),
  fc.constantFrom('context: sleeps', 'context: atomic', 'context: any'),
  someOf(['free-while-shared', 'size-mismatch', 'unaccounted-leak'], ', ').map((ids) => `allow ${ids}`),
);
const reason = fc
  .array(fc.constantFrom('goes', 'back', 'to', 'the', 'pool;', '-', '*x', 'a--b', '/2'), {
    minLength: 1,
    maxLength: 30,
  })
  .map((words) => words.join(' '))
  .filter(hasWord);
/** An annotation in its one form, with a reason. */
export const noteText = fc
  .tuple(fc.constantFrom(...markers), fc.array(clause, { minLength: 1, maxLength: 3 }), reason)
  .map(([marker, clauses, why]) => `${marker} ${clauses.join('; ')} -- ${why}`);
