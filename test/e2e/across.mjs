// A finding that only shows with another file: the index of the tree brings them together, or in a web worker that of the folder; the
// status says which, and what changes on the disk changes the finding.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './processes.mjs';
import { oneLine } from './scenario.mjs';

const share = `#include <linux/set_memory.h>

int ring_share(struct page *page)
{
	return set_memory_decrypted((unsigned long)page_address(page), 1);
}
`;

const grow = `#include <linux/gfp.h>

int ring_share(struct page *page);

int ring_grow(struct ring *ring)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (ring_share(page)) {
		__free_page(page);
		return -EIO;
	}
	ring->page = page;
	return 0;
}
`;

const said = {
  node: /2 files indexed; checked together with 1 other\./,
  worker:
    /2 files read; checked together with 1 other\. Only the folders of open files .* No index of the tree here/,
};

/** Makes `folder`; `url` shows grow.c of it in `workbench`. `host`: where the extension runs. */
export async function across(workbench, folder, url, host) {
  const { page } = workbench;
  const say = (text) => console.log(`  ${text}`);
  mkdirSync(folder, { recursive: true });
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write('.membrane.json', '{}\n');
  write('share.c', share);
  write('grow.c', grow);
  await workbench.open(url(), 'int ring_grow(');
  await workbench.squiggles().first().waitFor({ timeout: 30_000 });
  const status = page.locator('.statusbar-item', { hasText: 'analysed' });
  const label = async () => oneLine((await status.getAttribute('aria-label')) ?? '');
  await until('the status of both files', async () => said[host].test(await label()));
  say(`together: ${await label()}`);
  assert.equal(await workbench.squiggles().count(), 1);
  await workbench.shot('across');

  const gone = async () => (await workbench.squiggles().count()) === 0;
  write('share.c', share.replace('return set_memory_decrypted', 'return ring_nothing'));
  await until('no finding without the transition', gone);
  write('share.c', share);
  await workbench.squiggles().first().waitFor({ timeout: 20_000 });
  say('together: what changes on the disk is read again');
}
