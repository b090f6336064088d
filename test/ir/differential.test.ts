// Random C does the same in the IR as in the program that the C compiler makes of it: the same calls with the
// same arguments in the same order, the same scope ends, the same result.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { dumpFunction } from '../../server/src/ir/dump.ts';
import { lowerUnit } from '../../server/src/ir/lower.ts';
import { cutUnit } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';
import { testDialect } from './dialect.ts';
import { OutOfFuel, run, type World } from './interpreter.ts';
import { checkFunction } from './invariants.ts';

const FUNCTIONS = 400;
const RUNS = 4;
/** Calls that one run may make. */
const CALLS = 60;

const PRELUDE = `
#include <setjmp.h>
#include <stdio.h>
#define __free(f) __attribute__((cleanup(f)))
#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define guard(kind) int JOIN(guard_, __COUNTER__) __attribute__((cleanup(leave), unused)) = enter
#define scoped_guard(kind, p) for (int held __attribute__((cleanup(leave), unused)) = enter(p), once = 1; once; once = 0)
#define list_for_each_entry(cursor, n, m) while (pass())
#define likely(x) __builtin_expect(!!(x), 1)
static int l, seed, calls;
static jmp_buf out;
static int next(int x)
{
	if (++calls > ${CALLS})
		longjmp(out, 1);
	seed = (seed * 75 + 74 + (x & 7)) & 0xffff;
	return seed >> 3;
}
static int f(int x)
{
	int answer = next(x);

	printf(" f%d", x);
	return answer % 5 - 1;
}
static int pass(void) { return next(0) % 3; }
static void release(int *p) { printf(" r%d", *p); }
static int enter(int *p) { (void)p; printf(" <"); return 0; }
static void leave(int *p) { (void)p; printf(" >"); }
`;

function worldOf(start: number, log: string[], defined: ReadonlySet<string>): World {
  let seed = start;
  let calls = 0;
  const next = (x: number): number => {
    if (++calls > CALLS) throw new OutOfFuel();
    seed = (seed * 75 + 74 + (x & 7)) & 0xffff;
    return seed >> 3;
  };
  return {
    call(_name, [x = 0]) {
      const answer = next(x);
      log.push(`f${x}`);
      return (answer % 5) - 1;
    },
    pass: () => next(0) % 3 !== 0,
    cleanup: (_name, value) => void log.push(`r${value}`),
    guard: (phase) => void log.push(phase === 'enter' ? '<' : '>'),
    config: (text) => defined.has(text),
  };
}

/** Statements of which the order of evaluation is defined. Every loop and label calls, so that every run ends. */
const { body } = fc.letrec<{ pure: string; value: string; body: string; arm: string }>((tie) => {
  const pure = fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom('x', 'y', 'z', '0', '1', '2', '-1'),
    fc
      .tuple(tie('pure'), fc.constantFrom('+', '-', '&', '|', '==', '<', '>=', '&&', '||'), tie('pure'))
      .map((t) => `(${t.join(' ')})`),
    fc.tuple(fc.constantFrom('!', '-', '~'), tie('pure')).map(([op, e]) => `${op}(${e})`),
  );
  const value = fc.oneof(
    { maxDepth: 4 },
    tie('pure'),
    tie('pure').map((e) => `f(${e})`),
    tie('value').map((e) => `f(${e})`),
    fc.tuple(tie('value'), fc.constantFrom('&&', '||', ','), tie('value')).map((t) => `(${t.join(' ')})`),
    fc
      .tuple(tie('value'), fc.constantFrom('+', '-', '==', '<', '!='), fc.constantFrom('0', '1'))
      .map((t) => `(${t.join(' ')})`),
    fc.tuple(tie('value'), tie('value'), tie('value')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie('value'), tie('value')).map(([a, b]) => `(${a} ?: ${b})`),
    tie('value').map((e) => `!${e}`),
    tie('value').map((e) => `likely(${e})`),
    fc.tuple(fc.constantFrom('x', 'y'), tie('value')).map(([v, e]) => `(${v} = ${e})`),
    fc
      .tuple(fc.constantFrom('x', 'y'), fc.constantFrom('+', '|'), tie('pure'))
      .map(([v, op, e]) => `(${v} ${op}= ${e})`),
    fc.constantFrom('x++', '--y', 'y--', '++x'),
    fc.tuple(tie('body'), tie('value')).map(([s, e]) => `({ ${s} ${e}; })`),
  );
  const arm = fc.oneof(
    tie('body'),
    fc.tuple(tie('body'), fc.constantFrom('break;', '')).map(([s, b]) => `case 1: ${s} ${b}`),
    fc.tuple(tie('body'), fc.constantFrom('break;', '')).map(([s, b]) => `case 2 ... 3: ${s} ${b}`),
    fc.tuple(tie('body'), fc.constantFrom('break;', '')).map(([s, b]) => `default: ${s} ${b}`),
    fc
      .tuple(tie('body'), fc.constantFrom('break;', ''))
      .map(([s, b]) => `\n#ifdef A\ncase -1: ${s} ${b}\n#endif\n`),
    fc
      .tuple(tie('body'), tie('body'))
      .map(([s, t]) => `\n#ifdef A\ncase 0: ${s}\n#else\ncase 0: ${t}\n#endif\n`),
  );
  const body = fc.oneof(
    { maxDepth: 4 },
    tie('value').map((e) => `${e};`),
    fc.tuple(fc.constantFrom('x', 'y', 'z'), tie('value')).map(([v, e]) => `${v} = ${e};`),
    tie('value').map((e) => `x |= ${e};`),
    fc.constantFrom('{\n#ifdef A\nif (y) goto c;\n#endif\n}', 'goto d;'),
    fc.constantFrom('goto a;', 'goto b;', 'return x;', 'return y == 1;', ';'),
    tie('value').map((e) => `return ${e};`),
    fc.tuple(tie('value'), tie('body')).map(([e, s]) => `{ int w __free(release) = ${e}; ${s} f(w); }`),
    tie('body').map((s) => `{ guard(mutex)(&l); ${s} f(7); }`),
    fc
      .tuple(tie('body'), fc.constantFrom('break;', 'continue;', ''))
      .map(([s, j]) => `scoped_guard(mutex, &l) { ${s} ${j} }`),
    fc.tuple(tie('value'), tie('body'), tie('body')).map(([e, s, t]) => `if (${e}) { ${s} } else { ${t} }`),
    fc.tuple(tie('value'), tie('body')).map(([e, s]) => `if (${e}) ${s}`),
    fc
      .tuple(tie('value'), tie('body'), fc.constantFrom('break;', 'continue;', ''))
      .map(([e, s, j]) => `while (${e}) { f(8); ${s} if (y) { ${j} } }`),
    fc
      .tuple(tie('value'), tie('body'), fc.constantFrom('break;', 'continue;', ''))
      .map(([e, s, j]) => `do { f(9); ${s} ${j} } while (${e});`),
    fc
      .tuple(tie('value'), tie('body'), fc.constantFrom('break;', 'continue;', ''))
      .map(([e, s, j]) => `for (int i = 0; i < 2; i++, ${e}) { ${s} if (x) { ${j} } }`),
    fc
      .tuple(tie('body'), fc.constantFrom('break;', 'continue;', ''))
      .map(([s, j]) => `list_for_each_entry(z, x, y) { f(6); ${s} ${j} }`),
    fc
      .tuple(
        tie('value'),
        fc.uniqueArray(tie('arm'), {
          maxLength: 4,
          selector: (a) => /^\s*(?:#ifdef A\s*)?(?:case [^:]*|default)/.exec(a)?.[0] ?? a,
        }),
      )
      .map(([e, arms]) => `switch (${e}) { ${arms.join(' ')} }`),
    fc.tuple(tie('body'), tie('body')).map(([s, t]) => `{ ${s} ${t} }`),
    fc.tuple(tie('body'), tie('body')).map(([s, t]) => `{\n#ifdef A\n${s}\n#else\n${t}\n#endif\n}`),
    fc
      .tuple(tie('body'), tie('body'))
      .map(([s, t]) => `{\n#ifndef B\n${s}\n#ifdef A\n${t}\n#endif\n#endif\n}`),
  );
  return { pure, value, body, arm };
});

const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);

test('IR and compiled program do the same', {
  skip: compiler === undefined && 'no C compiler here',
}, async () => {
  const backend = await testBackend();
  const bodies = fc.sample(fc.array(body, { minLength: 1, maxLength: 4 }), { numRuns: FUNCTIONS, seed: 11 });
  const functions = bodies.map(
    (statements, i) =>
      `static int t${i}(int x, int y)\n{\nint z = 0;\na: f(4);\n${statements.join('\n')}\nb: f(5);\n#ifdef A\nc: f(3);\n#endif\n\n#ifndef B\nd: f(2);\n#else\nd: f(1);\nx--;\n#endif\nreturn z;\n}\n`,
  );
  const main = `
int main(void)
{
	static int (*const all[])(int, int) = { ${functions.map((_, i) => `t${i}`).join(', ')} };
	for (int i = 0; i < ${FUNCTIONS}; i++)
		for (int r = 0; r < ${RUNS}; r++) {
			seed = r * 1000 + i;
			calls = 0;
			printf("%d.%d:", i, r);
			if (!setjmp(out))
				printf(" =%d", all[i](r - 1, r & 1));
			printf("\\n");
		}
	return 0;
}
`;
  const folder = mkdtempSync(join(tmpdir(), 'membrane-ir-'));
  try {
    for (const defined of [[], ['A'], ['A', 'B']]) {
      const source = join(folder, 'all.c');
      const program = join(folder, 'all');
      writeFileSync(source, PRELUDE + functions.join('\n') + main);
      const flags = ['-std=gnu11', '-O0', '-w', ...defined.map((name) => `-D${name}`)];
      const made = spawnSync(compiler!, [...flags, '-o', program, source], { encoding: 'utf8' });
      assert.equal(made.status, 0, made.stderr);
      const expected = spawnSync(program, [], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout.split('\n');
      const unit = lowerUnit('all.c', cutUnit(functions.join('\n'), backend), backend.grammar, testDialect);
      assert.equal(unit.functions.length, FUNCTIONS);
      unit.functions.forEach((fn, i) => {
        checkFunction(fn);
        assert.deepEqual(fn.havocs, [], functions[i]);
        for (let r = 0; r < RUNS; r++) {
          const log = [`${i}.${r}:`];
          try {
            const result = run(fn, [r - 1, r & 1], worldOf(r * 1000 + i, log, new Set(defined)), 20_000);
            log.push(`=${result}`);
          } catch (error) {
            if (!(error instanceof OutOfFuel)) {
              throw new Error(`${functions[i]}\n${dumpFunction(fn)}`, { cause: error });
            }
          }
          assert.equal(log.join(' '), expected[i * RUNS + r], `${functions[i]}\n${dumpFunction(fn)}`);
        }
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
