import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowAt } from '../../server/src/annotations/write.ts';
import { never } from '../../server/src/base/token.ts';
import { optionsFor, testService } from '../harness/fixtures.ts';

const service = await testService();
const rule = 'free-while-shared';

/** What is found in a function with these statements in it; `buf` is shared there. */
function check(text: string) {
  return service.checkText('drivers/foo/a.c', text, optionsFor([]), never).diagnostics;
}

const around = (statements: string) => `#define drop(p) \\
	free_page((unsigned long)(p))

int foo(void *buf, int a)
{
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
${statements}
	return 0;
}
`;

const free = 'free_page((unsigned long)buf)';

/** Statements with one free, and where the comment is to stand: `@` stands for it. */
const places: readonly string[] = [
  `@	${free};`,
  `@	free_page(
		(unsigned long)buf);`,
  `@	if (a)
		${free};`,
  `	if (a) {
@		${free};
	}`,
  `	if (a)
		a = 1;
@	else
		${free};`,
  `	if (a) {
		a = 1;
	} else
@		${free};`,
  `	if (a) {
		a = 1;
	} else if (${free}, a) { @
		a = 2;
	}`.replace(' @', '@'),
  `	if (a)
		goto out;
	a = 2;
out:
@	${free};`,
  `	switch (a) {
	case 1:
@		${free};
		break;
	default:
		break;
	}`,
  `#ifdef CONFIG_FOO
@	${free};
#endif`,
  `@	for (a = 0; a < 1; a++)
		${free};`,
  `	/* a comment */
@	${free}; /* and one more */`,
];

test('a suppression stands above the statement of its finding, else at the end of the line, and keeps that silent', () => {
  for (const place of places) {
    const text = around(place.replaceAll('@', ''));
    const found = check(text);
    assert.deepEqual(
      found.map((one) => one.rule),
      [rule],
      text,
    );
    const { line, column } = found[0]!.place.start;
    const offset =
      text
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + column;
    const edit = allowAt(text, offset, rule, 'the test says so', 'coco:');
    assert.ok(edit, text);
    const after = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
    const comment = `/* coco: allow ${rule} -- the test says so */`;
    const expected = around(
      place
        .replace(/@(?=\t)/g, (_, at: number) => `${/^\t*/.exec(place.slice(at + 1))![0]}${comment}\n`)
        .replace(/@/g, ` ${comment}`),
    );
    assert.equal(after, expected);
    assert.deepEqual(
      check(after).map((one) => one.message),
      [],
      after,
    );
  }
});

test('there is no place for one outside of functions, in macros, and where another statement is on the line', () => {
  const text = around(`	do { ${free}; } while (0);`);
  for (const where of ['define', 'free_page((unsigned long)(p))', 'int foo', free])
    assert.equal(allowAt(text, text.indexOf(where), rule, 'why', 'coco:'), null, where);
});
