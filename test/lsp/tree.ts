import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Diagnostic } from 'vscode-languageserver/node';
import type { StatusParams } from '../../server/src/protocol.ts';
import type { Client } from './client.ts';

/** Shares pages for others; names a transition. */
export const wrapper = `#include <linux/set_memory.h>

int ring_share(struct page *page, unsigned int order)
{
	return set_memory_decrypted((unsigned long)page_address(page), 1 << order);
}

int ring_unshare(struct page *page, unsigned int order)
{
	return set_memory_encrypted((unsigned long)page_address(page), 1 << order);
}
`;

/** Calls `share`, and frees the page if that failed, unless `undo` says otherwise. Names no transition. */
export const caller = (name: string, share: string, undo = '__free_pages(page, order);') => `
static int ${name}(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = ${share}(page, order);
	if (ret) {
		${undo}
		return ret;
	}
	keep(page);
	return 0;
}
`;

/** A wrapper of another wrapper. */
export const relay = (name: string, share: string) => `
int ${name}(struct page *page, unsigned int order)
{
	int ret = ${share}(page, order);

	if (ret)
		pr_err("not shared\\n");
	return ret;
}
`;

/** The files that make a folder the top of a kernel tree. */
export const kernel = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\n',
  MAINTAINERS: '',
  Kbuild: '',
  Kconfig: '',
};

/** A folder of files on the disk, the top of a kernel tree unless `bare`. */
export class Tree {
  readonly root = mkdtempSync(join(tmpdir(), 'membrane-tree-'));

  constructor(files: Readonly<Record<string, string>>, bare = false) {
    for (const [file, text] of Object.entries({ ...(bare ? {} : kernel), ...files })) this.put(file, text);
  }

  put(file: string, text: string): void {
    const path = join(this.root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  remove(file: string): void {
    rmSync(join(this.root, file));
  }

  uri(file = ''): string {
    return pathToFileURL(join(this.root, file)).href;
  }

  end(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** What a client that is pushed to has for a document: `rule line`, sorted. */
export function shownAt(client: Client, uri: string): string[] | null {
  const last = client.published.findLast((one) => one.uri === uri);
  return last === undefined ? null : brief(last.diagnostics);
}

/** `rule line` of diagnostics, sorted. */
export function brief(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map((one) => `${one.code} ${one.range.start.line + 1}`).sort();
}

/** Waits until a document shows just that. */
export function shows(client: Client, uri: string, expected: readonly string[]): Promise<void> {
  return client.until(() => JSON.stringify(shownAt(client, uri)) === JSON.stringify(expected));
}

/** Waits until the last status of a document says that of its index. */
export function indexed(
  client: Client,
  uri: string,
  test: (index: StatusParams['index']) => boolean,
): Promise<void> {
  return client.until(() => {
    const last = client.statuses.findLast((one) => one.uri === uri);
    return last !== undefined && test(last.index);
  });
}

/** The index is there and the document was checked with so many others. */
export function together(client: Client, uri: string, others: number): Promise<void> {
  return indexed(
    client,
    uri,
    (index) => index.state === 'ready' && index.others === others && !index.pending,
  );
}
