import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeAnnotation } from '../../server/src/annotations/complete.ts';

const rules = [{ id: 'free-while-shared', title: 'Freed while shared' }];

/** What is offered at the `|` of a text. */
function offered(text: string): readonly string[] {
  const at = text.indexOf('|');
  const found = completeAnnotation(text.replace('|', ''), at, rules, 'coco:');
  return (found?.candidates ?? []).map(({ text: offer }) => offer.trim());
}

const structs =
  'struct page_list {\n\tvoid *first;\n};\n\nstruct ring {\n\tstruct page_list *pages;\n\tint count, used;\n};\n\n';

function above(note: string, head = 'int f(struct ring *r, int n)'): string {
  return `${structs}/* coco: ${note} */\n${head}\n{\n}\n`;
}

test('behind an arrow the members of the struct are offered, as far as the text defines it', () => {
  assert.deepEqual(offered(above('flips r->|')), ['pages', 'count', 'used']);
  assert.deepEqual(offered(above('flips r->pages->|')), ['first']);
  assert.deepEqual(offered(above('flips r->pages[r->|')), ['pages', 'count', 'used']);
  assert.deepEqual(offered(above('flips r->|', 'int f(struct elsewhere *r)')), []);
  assert.deepEqual(offered(above('flips |')), ['r', 'n']);
});

test('clauses are offered where they say something', () => {
  assert.deepEqual(offered(above('|')), [
    'requires',
    'flips',
    'allocs',
    'frees',
    'takes',
    'leaks',
    'context:',
    'allow',
  ]);
  assert.deepEqual(offered('void f(void *p)\n{\n\t/* coco: | */\n\tput(p);\n}\n'), [
    'takes',
    'leaks',
    'allow',
  ]);
  assert.deepEqual(offered('struct ring {\n\tbool shared; /* coco: | */\n};\n'), ['flag']);
});

test('classes of results are offered that the function can return', () => {
  const of = (head: string) => offered(above('takes r on |', head));
  assert.deepEqual(of('int f(struct ring *r)'), ['success', 'error', '0', 'nonzero', 'true', 'false']);
  assert.deepEqual(of('struct ring *f(struct ring *r)'), [
    'success',
    'error',
    '0',
    'nonzero',
    'NULL',
    'ERR_PTR',
  ]);
  assert.deepEqual(of('bool f(struct ring *r)'), ['success', 'error', '0', 'nonzero', 'true', 'false']);
  assert.deepEqual(of('void f(struct ring *r)'), []);
});
