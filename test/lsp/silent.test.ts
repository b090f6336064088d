import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withServer } from './client.ts';
import { type Hovering, hovers } from './hovered.ts';
import { Tree } from './tree.ts';

/** What a hover says where a finding is kept silent: by whom. */

const limit = { timeout: 60_000 };

const source = (comment = '') => `static int foo_share(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1 << order)) {
		__free_pages(page, order);${comment}
		return -EIO;
	}
	foo_keep(page);
	return 0;
}

static void foo_drop(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (page && set_memory_decrypted((unsigned long)page_address(page), 1 << order))
		return;
	foo_keep(page);
}
`;

/** What a hover on the first `word` begins with. */
async function hovered(word: string, text: string, options: Hovering): Promise<string> {
  const [value] = await hovers(text, [word], options);
  return value!.split('\n')[0]!;
}

const rule = 'free-after-failed-transition';
const free = (text: string, settings = {}, config?: Record<string, unknown>) =>
  hovered('__free_pages', text, { settings, ...(config ? { config } : {}) });

test('a free whose finding a comment allows: its line and reason', limit, async () => {
  const comment = `\t/* coco: allow ${rule} -- the host *was* asked */`;
  assert.equal(
    await free(source(comment)),
    `Not reported: unknown here; ${rule} is allowed by the comment in line 8: the host \\*was\\* asked.`,
  );
  assert.match(await free(source()), /^Reported: unknown here\.$/);
});

test('a free whose finding the file of the tree allows, for the function or the file', limit, async () => {
  const entry = { rule, file: 'foo.c', reason: 'x'.repeat(300) };
  assert.equal(
    await free(source(), {}, { allow: [{ ...entry, reason: 'known to all', function: 'foo_share' }] }),
    `Not reported: unknown here; ${rule} is allowed by .membrane.json in this function: known to all.`,
  );
  const long = await free(source(), {}, { allow: [entry] });
  assert.match(long, /is allowed by \.membrane\.json in this file: x{100,117}\.\.\.\.$/);
});

test('a free whose finding a setting keeps silent: which', limit, async () => {
  const told = async (settings: Record<string, unknown>, config?: Record<string, unknown>) =>
    (await free(source(), settings, config)).replace('Not reported: unknown here; ', '');
  assert.equal(
    await told({ rules: { [rule]: 'off' } }),
    `${rule} would report it, and is off in membrane.rules.`,
  );
  assert.equal(
    await told({}, { rules: { [rule]: 'off' } }),
    `${rule} would report it, and is off in .membrane.json.`,
  );
  assert.equal(
    await told({ rules: { [rule]: 'hint' }, show: 'warning' }),
    `${rule} reports it as hint, and membrane.show is warning.`,
  );
});

test('a free whose finding is known, or matters on platforms that nobody asks about', limit, async () => {
  let fingerprint = '';
  const tree = new Tree({ 'foo.c': source() });
  try {
    await withServer({}, async (client) => {
      await client.open(tree.uri('foo.c'), source());
      const [found] = await client.diagnostics(tree.uri('foo.c'), 1);
      fingerprint = found!.data.fingerprint;
    });
  } finally {
    tree.end();
  }
  const known = { findings: [{ fingerprint, rule, file: 'foo.c', function: 'foo_share' }] };
  assert.equal(
    await hovered('__free_pages', source(), {
      config: { baseline: 'known.json' },
      baseline: { version: 1, ...known },
    }),
    `Not reported: unknown here; ${rule} reports it, and the baseline of .membrane.json has it.`,
  );
  assert.equal(
    await hovered('__free_pages', source(), { settings: { platforms: ['cca'] }, file: 'arch/x86/foo.c' }),
    `Not reported: unknown here; ${rule} reports it for platforms that membrane.platforms leaves out.`,
  );
});

test('a way out on which memory is lost and a rule is kept silent', limit, async () => {
  const text = source().slice(source().indexOf('static void foo_drop'));
  const told = (settings: Record<string, unknown>) => hovered('return;', text, { settings });
  assert.match(
    await told({}),
    /^Not reported: page is left unknown, and nothing leads there any more: it is leaked, which is right /,
  );
  assert.match(
    await told({ rules: { 'unaccounted-leak': 'warning' } }),
    /^Reported: page is left unknown\.$/,
  );
  assert.match(
    await told({ rules: { 'unaccounted-leak': 'off' } }),
    /^Not reported: page is left unknown; unaccounted-leak would report it, and is off in membrane\.rules\.$/,
  );
});

test('a way out with a comment that tells of the leak, and one without', limit, async () => {
  const [first, ...more] = source().slice(source().indexOf('static void foo_drop')).split('\t\treturn;\n');
  const text = `${first}\t\treturn;\t/* leaked */\n${more.join('')}`;
  assert.equal(
    await hovered('return;', text, {}),
    'Not reported: page is left unknown, and a comment says that it is leaked.',
  );
  const other = text.replace('struct page *page', '/* No leak here. */\n\n\tfoo();\n\n\tstruct page *page');
  const elsewhere = other.replace('\t/* leaked */', '').replace('\t/* No leak', '\tbar();\n\t/* No leak');
  assert.match(
    await hovered('return;', elsewhere, {}),
    /^Not reported: page is left unknown, and nothing leads there any more/,
  );
});
