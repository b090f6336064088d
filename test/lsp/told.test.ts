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

const elements = `struct foo_ring {
	struct page *pages[16];
	int n;
};

int foo_init(struct foo_ring *r)
{
	int i;

	for (i = 0; i < r->n; i++) {
		r->pages[i] = alloc_page(GFP_KERNEL);
		if (!r->pages[i])
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)page_address(r->pages[i]), 1))
			return -EIO;
		foo_log(r->pages[i]);
	}
	return 0;
}

/* coco: takes page */
void foo_take(struct page *page);

/* coco: leaks page on success -- the host has it */
int foo_lose(struct page *page)
{
	return foo_list(page);
}

int foo_give(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct page *two = alloc_page(GFP_KERNEL);

	if (!page || !two)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		foo_take(page);
		return -EIO;
	}
	if (set_memory_decrypted((unsigned long)page_address(two), 1)) {
		foo_lose(two);
		foo_take(page);
		return -EINVAL;
	}
	if (set_memory_encrypted((unsigned long)page_address(two), 1))
		return -EBUSY;
	foo_log(two);
	return foo_use(page);
}

int foo_size(void *p, size_t size, bool all)
{
	return set_memory_decrypted((unsigned long)p, all ? size : PAGE_SIZE);
}
`;

test(
  'an element of an array: asked for at the name of the array, and not listed as its own other name',
  limit,
  async () => {
    const places = ['foo_log(r->pa|ges', 'address(r->pages[i]|', '|return -EIO'];
    const [name, element, left] = await hovers(elements, places);
    assert.match(name!, /^r->pages\\\[i\\\]: shared here/);
    assert.match(element!, /^r->pages\\\[i\\\]: private here/);
    for (const one of [name!, element!]) {
      assert.match(one, /^From alloc_page\(\), 1 page\./m);
      assert.doesNotMatch(one, /The same memory/);
    }
    assert.match(left!, /^Not reported: .*, and r->pages\\\[i\\\] still leads there\.\n/);
  },
);

test('a call that takes memory over frees nothing, whether its body is in view or not', limit, async () => {
  const [taken, lost] = await hovers(elements, ['|foo_take(page);\n\t\treturn -EIO', '|foo_lose(two)']);
  assert.match(taken!, /^page: unknown here; foo_take\(\) takes it over\.\n/);
  assert.match(lost!, /^two: unknown here; foo_lose\(\) leaks it on success\.\n/);
});

test(
  'a return with several pieces of memory tells each, and on whose lines which stands',
  limit,
  async () => {
    const places = ['|return -EIO;\n\t}', '|return -EINVAL', '|return -EBUSY', '|return foo_use'];
    const [first, second, third, last] = (await hovers(elements, places)).map((one) => one!.split('\n'));
    assert.equal(
      first![0],
      'Not reported: page is left unknown, and foo_take() has taken it over. memory of alloc_page(): private here.',
    );
    assert.match(
      second![0]!,
      /^Not reported: page is left shared, and foo_take\(\) .*; two is left unknown, and /,
    );
    assert.match(
      third![0]!,
      /^Not reported: page is left shared, .*; two is left unknown, .*it is leaked, which/,
    );
    assert.match(last![0]!, /^Not reported: page is left shared, .*\. two: private here\.$/);
    for (const lines of [first!, second!, third!, last!]) {
      assert.equal(lines.filter((line) => line.startsWith('- page: ')).length, 1);
      assert.equal(lines.filter((line) => /^- (two|memory of alloc_page\(\)): /.test(line)).length, 1);
    }
  },
);

test(
  'the rule of a finding, with its fix said once; the argument of a choice as it is written',
  limit,
  async () => {
    const [call] = await hovers(elements, ['return |set_memory_decrypted((unsigned long)p']);
    assert.match(call!, /\*\*size-mismatch\*\*: .* \*\*Fix\*\*: The amount in the unit that is wanted, /);
    assert.doesNotMatch(call!, /Quick fix/);
  },
);
