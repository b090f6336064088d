import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '../../server/src/service-fixes.ts';
import { offered, rewritesOf } from './offered.ts';

/** A ring whose memory is that of vmalloc(), with all that is done with it. */
const scattered = (
  more = '',
  {
    init = '\tring->size = size;\n\tring->buf = vzalloc(size);',
    members = '\tvoid *buf;\n\tsize_t size;',
    free = '\t\tvfree(r->buf);',
  } = {},
) => `struct ring {
${members}
};

int ring_open(struct ring *ring, size_t size)
{
${init}
	if (!ring->buf)
		return -ENOMEM;
	return set_memory_decrypted((unsigned long)ring->buf, PFN_UP(size));
}

void ring_close(struct ring *r)
{
	if (!set_memory_encrypted((unsigned long)r->buf, PFN_UP(r->size)))
${free}
}
${more}`;

test('memory of vmalloc() is taken from the page allocator, and given back there with its size', async () => {
  const text = scattered('\nvoid ring_drop(struct ring *ring)\n{\n\tvfree(ring->buf);\n}\n');
  const [fix] = await offered('vmalloc-alias-flip', text);
  assert.deepEqual(
    [fix?.kind, fix?.title],
    ['refactor.rewrite', "Take 'ring->buf' from alloc_pages_exact() instead of vzalloc()"],
  );
  const fixed = edited(text, fix!.edits);
  assert.match(fixed, /\tring->buf = alloc_pages_exact\(size, GFP_KERNEL \| __GFP_ZERO\);\n/);
  assert.match(fixed, /PFN_UP\(r->size\)\)\)\n\t\tfree_pages_exact\(r->buf, r->size\);\n/);
  // Without a look at it, it may be NULL, which vfree() takes.
  assert.match(fixed, /\{\n\tif \(ring->buf\)\n\t\tfree_pages_exact\(ring->buf, ring->size\);\n}/);
});

const scatteredStill: readonly (readonly [why: string, text: string, file?: string])[] = [
  ['it is returned', scattered('\nvoid *ring_memory(struct ring *ring)\n{\n\treturn ring->buf;\n}\n')],
  [
    'somebody else is handed it',
    scattered('\nvoid ring_tell(struct ring *ring)\n{\n\tfoo_tell(ring->buf);\n}\n'),
  ],
  [
    'its address is handed on',
    scattered('\nvoid ring_tell(struct ring *ring)\n{\n\tfoo_fill(&ring->buf);\n}\n'),
  ],
  [
    'it is looked up as memory of vmalloc()',
    scattered(
      '\nstruct page *ring_page(struct ring *ring)\n{\n\tring->page = vmalloc_to_page(ring->buf);\n}\n',
    ),
  ],
  ['a macro names the field', `#define RING_BUF(ring) ((ring)->buf)\n\n${scattered()}`],
  ['an initialiser names it', scattered('\nstatic struct ring ring_zero = {\n\t.buf = zero,\n};\n')],
  [
    'a function that does not parse names it',
    scattered('\nvoid ring_odd(struct ring *ring)\n{\n\tring->buf oops;\n}\n'),
  ],
  [
    'it is other memory sometimes',
    scattered('\nvoid ring_use(struct ring *ring, void *mem)\n{\n\tring->buf = mem;\n}\n'),
  ],
  ['the structure is elsewhere', scattered().replace(/^struct ring \{[^}]*};\n\n/, '')],
  ['others include the file', scattered(), 'drivers/foo/ring.h'],
  ['its size is not known where it is freed', scattered('', { init: '\tring->buf = vzalloc(size);' })],
  [
    'so many pages in a row are too much to ask for',
    scattered('', { init: '\tring->buf = vzalloc(SZ_16M);' }),
  ],
  [
    'a helper frees what it is given',
    scattered('\nstatic void ring_free(void *mem)\n{\n\tvfree(mem);\n}\n', {
      free: '\t\tring_free(r->buf);',
    }),
  ],
  [
    'its size may be another one since',
    scattered('\nvoid ring_resize(struct ring *ring, size_t size)\n{\n\tring->size = size;\n}\n'),
  ],
  ['nobody frees it', scattered('', { free: '\t\tr->size = 0;' })],
];
for (const [why, text, file] of scatteredStill)
  test(`memory of vmalloc() stays what it is where ${why}`, async () => {
    assert.deepEqual(await rewritesOf('vmalloc-alias-flip', text, file), []);
  });
