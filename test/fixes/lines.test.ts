import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '../../server/src/service-fixes.ts';
import { offered } from './offered.ts';
import { styleOf } from './style.ts';
import { variants } from './variants.ts';

const plain = variants().filter(({ name }) => name.endsWith(', foo'));

/** The text with two statements in one line, for each two that stand below each other. */
function joined(text: string): readonly string[] {
  const lines = text.split('\n');
  const isOne = (line = '') =>
    /^\t+[a-z].*;$/.test(line) && !/^\t+(?:if|else|for|while|return|goto)\b/.test(line);
  const isDeclaration = (line = '') => /^\t+(?:int|void|struct|unsigned|bool|static|u32|size_t)\b/.test(line);
  const depth = (line = '') => /^\t*/.exec(line)![0].length;
  return lines.flatMap((line, i) => {
    const next = lines[i + 1] ?? '';
    if (!isOne(line) || isDeclaration(line) || !/;$/.test(next) || depth(line) !== depth(next)) return [];
    return [[...lines.slice(0, i), `${line} ${next.trim()}`, ...lines.slice(i + 2)].join('\n')];
  });
}

for (const { name, rule, text } of plain)
  test(`${name}: statements that share a line are not torn apart`, async () => {
    for (const one of joined(text)) {
      const fixes = await offered(rule, one);
      const own = one.split('\n').map((line) => line.trim());
      for (const { manner, edits } of fixes) {
        const fixed = edited(one, edits);
        const crammed = fixed
          .split('\n')
          .filter((line) => !/\bfor \(/.test(line) && /;\s*[^\s/]|^\s*;/.test(line));
        for (const line of crammed) assert.ok(own.includes(line.trim()), `${manner}\n${fixed}`);
        assert.doesNotMatch(fixed, /^\t*(?:if|else|while)[^{;\n]*\n\t+[^\n]*;[ \t]*[^\s/][^\n]*;$/m, manner);
        assert.ok(styleOf(fixed).length <= styleOf(one).length, `${manner}\n${fixed}`);
      }
    }
  });

for (const length of [14, 26, 34])
  test(`no line has more than 80 columns with names of ${length} letters`, async () => {
    for (const { rule, text } of plain) {
      const long = text.replace(/\bbuf\b/g, 'm'.padEnd(length, 'x'));
      if (styleOf(long).length > 0) continue;
      for (const { manner, edits } of await offered(rule, long))
        assert.deepEqual(styleOf(edited(long, edits)), [], manner);
    }
  });

test('a free that goes under a condition is broken anew', async () => {
  const text = `void foo_close(struct foo *foo)
{
	set_memory_encrypted((unsigned long)foo->receive_ring_memory, 1);
	free_pages((unsigned long)foo->receive_ring_memory, foo->ring_order_now);
	foo->ring = NULL;
}
`;
  const [fix] = await offered('free-after-failed-transition', text);
  assert.match(
    edited(text, fix!.edits),
    /\n\t\tfree_pages\(\(unsigned long\)foo->receive_ring_memory,\n\t\t\t {3}foo->ring_order_now\);\n/,
  );
});

test('what no condition has room for is kept in a variable', async () => {
  const text = `void foo_close(struct foo *foo)
{
	if (foo->is_shared) {
		WARN_ON(set_memory_encrypted((unsigned long)foo->buffer, 1));
		free_page((unsigned long)foo->buffer);
		foo->buffer = NULL;
	}
}
`;
  const [fix] = await offered('free-after-failed-transition', text);
  assert.match(
    edited(text, fix!.edits),
    /\n\t\tret = set_memory_encrypted\(\(unsigned long\)foo->buffer, 1\);\n[^\n]*\n\t\tif \(!WARN_ON\(ret\)\)\n/,
  );
});

test('the only statements of a loop in one line do not leave an empty one', async () => {
  const text = `void foo_close(struct foo *foo, int i)
{
	while (i--) { set_memory_encrypted(foo->mem[i], 1); free_page(foo->mem[i]); }
}
`;
  assert.deepEqual(await offered('free-after-failed-transition', text), []);
});

test('what is put behind a label stands where statements stand', async () => {
  const text = `static void foo_hide(struct foo *foo, void *buf)
{
	mutex_lock(&foo->lock);
	if (set_memory_encrypted((unsigned long)buf, 4))
		goto out;
	foo_account(4);
out:
	mutex_unlock(&foo->lock);
}

void foo_close(struct foo *foo)
{
	foo_hide(foo, foo->mem);
	free_pages((unsigned long)foo->mem, 2);
}
`;
  const [fix] = await offered('free-after-failed-transition', text);
  assert.match(edited(text, fix!.edits), /\n\tmutex_unlock\(&foo->lock\);\n\treturn ret;\n}/);
});
