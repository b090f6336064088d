import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeLens } from 'vscode-languageserver/node';
import { withServer } from './client.ts';

const limit = { timeout: 60_000 };
const uri = 'file:///nowhere/put.c';

test(
  'a lens tells what is done in the order in which it happens, whichever way comes first in the text',
  limit,
  () =>
    withServer({}, async (client) => {
      const text = `void put(void *buf, bool shared)
{
	if (!shared) {
		free_pages((unsigned long)buf, 2);
		return;
	}
	if (set_memory_encrypted((unsigned long)buf, 4))
		return;
	free_pages((unsigned long)buf, 2);
}
`;
      await client.open(uri, text);
      await client.diagnostics(uri, 1);
      const lenses = await client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', {
        textDocument: { uri },
      });
      assert.match(lenses[0]!.command!.title, /^encrypts and frees buf /);
    }),
);
