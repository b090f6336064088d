import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  add,
  all,
  always,
  any,
  become,
  change,
  count,
  derive,
  equal,
  is,
  never,
  not,
  ProcessBuilder,
  type Program,
  variable,
} from '../../server/src/model/core/program.ts';
import { toPromela } from '../../server/src/model/core/promela.ts';

const host = variable('host', ['PRIV', 'SHARED'], 'PRIV');
const pte = variable('pte', ['absent', 'P', 'S'], 'P');
const n = variable('n', count(2), '0');

function program(more: Partial<Program<string>> = {}): Program<string> {
  const kernel = new ProcessBuilder<string>('kernel');
  const [end, failed] = [kernel.location(), kernel.location()];
  kernel.edge(0, end, 'shares */ it', { effects: [become(pte, 'S'), become(host, 'SHARED')] });
  kernel.edge(0, failed, 'fails', { guard: is(n, '0', '1'), breaks: is(host, 'SHARED') });
  const reader = new ProcessBuilder<string>('reader');
  reader.edge(0, 0, 'reads', { guard: not(is(pte, 'absent')), effects: [add(n, 1)] });
  return {
    variables: [host, pte, n],
    processes: [kernel.build(), reader.build(), new ProcessBuilder<string>('idle').build()],
    invariant: always,
    halted: never,
    ...more,
  };
}

const printed = (more: Partial<Program<string>> = {}, question?: 'survival'): string =>
  toPromela(program(more), {
    title: ['a title'],
    comment: (label) => label,
    ...(question ? { question } : {}),
  });

test('a program reads as Promela: names for values, a comment for each step', () => {
  assert.equal(
    printed(),
    `/* a title */

#define PRIV 0
#define SHARED 1
#define absent 0
#define P 1
#define S 2

byte host = PRIV; /* PRIV, SHARED */
byte pte = P; /* absent, P, S */
byte n = 0;

active proctype kernel() {
L0:
  if
  /* shares * / it */
  :: atomic { true -> pte = S; host = SHARED; goto L1 }
  /* fails */
  :: atomic { n == 0 || n == 1 -> assert(!(host == SHARED)); goto L2 }
  fi;
L1:
  false;
L2:
  false;
}

active proctype reader() {
L0:
  if
  /* reads */
  :: atomic { !(pte == absent) -> n = (n == 0 -> 1 : (n == 1 -> 2 : n)); goto L0 }
  fi;
}
`,
  );
});

test('an invariant is looked at before anybody starts, and after every step that changes something', () => {
  const text = printed({ invariant: equal(host, n) });
  assert.match(text, /^#define INVARIANT \(host == n\)$/m);
  assert.match(text, /^init \{ atomic \{ assert\(INVARIANT\); run kernel\(\); run reader\(\); \} \}$/m);
  assert.doesNotMatch(text, /active/);
  assert.match(text, /host = SHARED; assert\(INVARIANT\); goto L1/);
  assert.match(text, /assert\(!\(host == SHARED\)\); goto L2/);
  assert.match(printed({ invariant: never }), /#define INVARIANT \(false\)/);
});

test('where the guest is terminated nobody steps, and survival asks for nothing else', () => {
  const halted = is(n, '2');
  const text = printed({ halted, invariant: is(host, 'PRIV') });
  assert.match(text, /^#define HALTED \(n == 2\)$/m);
  assert.match(text, /^#define INVARIANT \(host == PRIV\)$/m);
  assert.equal(text.match(/atomic \{ !HALTED\b/g)!.length, 3);
  const survival = printed({ halted, invariant: is(host, 'PRIV') }, 'survival');
  assert.match(survival, /^#define INVARIANT \(!HALTED\)$/m);
  assert.doesNotMatch(survival, /host ==/);
  assert.equal(survival.match(/assert\(INVARIANT\)/g)!.length, 3);
});

test('a name that means two numbers, or something else, is a number', () => {
  const variables = [
    variable('a', ['none', 'x', 'b'], 'none'),
    variable('b', ['x', 'none'], 'x'),
    variable('c', ['y', 'kernel', '0', 'if', 'L1'], 'y'),
  ];
  const text = printed({
    variables,
    processes: [{ name: 'kernel', locations: 1, edges: [] }],
  });
  assert.deepEqual(text.match(/#define .*/g), ['#define y 0']);
  assert.match(text, /byte a = 0; \/\* 0 none, 1 x, 2 b \*\//);
  assert.match(text, /byte c = y; \/\* y, 1 kernel, 2 0, 3 if, 4 L1 \*\//);
});

test('an assignment says what changes, and leaves the rest alone', () => {
  const assigned = (effect: ReturnType<typeof become>): string => {
    const process = new ProcessBuilder<string>('p');
    process.edge(0, 0, 'x', { effects: [effect] });
    const text = printed({ variables: [pte, host], processes: [process.build()] });
    return /-> (.*); goto/.exec(text)![1]!;
  };
  assert.equal(assigned(become(pte, 'S')), 'pte = S');
  assert.equal(assigned(change(pte, (v) => (v === 'P' ? 'S' : v))), 'pte = (pte == P -> S : pte)');
  assert.equal(
    assigned(derive(pte, host, (v) => (v === 'PRIV' ? 'P' : 'S'))),
    'pte = (host == PRIV -> P : S)',
  );
  // The same number in another variable is no value that stays.
  assert.equal(
    assigned(derive(pte, host, (v) => (v === 'PRIV' ? 'absent' : 'S'))),
    'pte = (host == PRIV -> absent : S)',
  );
  assert.equal(
    assigned(change(pte, (v) => (v === 'absent' ? 'P' : 'absent'))),
    'pte = (pte == absent -> P : absent)',
  );
});

test('conditions keep their meaning in brackets', () => {
  const guard = any(all(is(pte, 'P', 'S'), not(is(host, 'PRIV'))), not(equal(host, n)), is(n, '1'));
  const process = new ProcessBuilder<string>('p');
  process.edge(0, 0, 'x', { guard });
  assert.match(
    printed({ processes: [process.build()] }),
    /\{ \(\(pte == P \|\| pte == S\) && !\(host == PRIV\)\) \|\| !\(host == n\) \|\| n == 1 -> goto L0 \}/,
  );
});
