import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hovers } from './hovered.ts';

/** What hovers say of single matters, whole. */

const limit = { timeout: 60_000 };

const required = `struct foo_ring {
	struct foo_desc *desc;
	u64 pages;
};

/* coco: requires ring->desc[n pages]: private; requires buf[n pages]: shared */
int foo_start(struct foo_ring *ring, struct foo_data *buf, int n)
{
	struct foo_desc *first = ring->desc;

	foo_fill(first, buf);
	if (set_memory_decrypted((unsigned long)ring->desc, n))
		return -EIO;
	foo_kick(ring->desc);
	return 0;
}

/* coco: requires buf: private */
void foo_end(void *buf, void *other)
{
	foo_check(set_memory_encrypted((unsigned long)other, 1));
	kfree(buf);
}

/* coco: requires buf: private or shared */
int foo_other(void *buf)
{
	foo_log(buf);
	return set_memory_decrypted((unsigned long)buf, 1);
}
`;

test('memory of which an annotation says what callers must give', limit, async () => {
  const places = [
    '|first, buf',
    'first, |buf',
    '|set_memory_decrypted((unsigned long)ring',
    'kick(ring->d|esc',
  ];
  const more = ['|kfree', 'log(|buf'];
  const [first, buf, call, kicked, free, other] = await hovers(required, [...places, ...more]);
  assert.equal(first, 'first: private here, as an annotation demands of callers.');
  assert.match(buf!, /^buf: shared here, as an annotation demands of callers\.(\n|$)/);
  assert.match(call!, /^first: private before the call, as an annotation demands of callers\./m);
  assert.match(kicked!, /^ring->desc: shared here\.\n/);
  assert.equal(free, 'Not reported: private here, as an annotation demands of callers.');
  assert.match(other!, /^buf: private or shared here, as an annotation demands of callers\.(\n|$)/);
});

test('memory of which the file of the tree says what callers must give', limit, async () => {
  const text = required.replace(/^\/\* coco.*\n/gm, '');
  const config = { contracts: { foo_end: 'requires buf: private' } };
  const [free] = await hovers(text, ['|kfree'], { config });
  assert.equal(free, 'Not reported: private here, as .membrane.json demands of callers.');
});
