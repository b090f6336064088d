import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hover } from 'vscode-languageserver/node';
import { withServer } from './client.ts';

test(
  'annotations are completed, told in a hover, and reported where they are misspelt',
  {
    timeout: 120_000,
  },
  () =>
    withServer({}, async (client) => {
      assert.deepEqual(client.initialized.capabilities.completionProvider?.triggerCharacters, [
        ' ',
        ':',
        '[',
      ]);
      const note = '/* coco: flips buf[n page]: shared, unknown on error */';
      const body =
        'int foo_share(void *buf, int n)\n{\n\treturn set_memory_decrypted((unsigned long)buf, n);\n}\n';
      const uri = 'untitled:note.c';
      await client.open(uri, `${note}\n${body}`);
      const [wrong] = await client.diagnostics(uri, 1);
      assert.equal(wrong?.code, 'wrong-annotation');
      assert.match(String(wrong?.message), /'page' is no unit\. Did you mean 'pages'\?/);
      const position = { line: 0, character: note.indexOf(' page') + 1 };
      const textDocument = { uri };
      const items = await client.connection.sendRequest<{ label: string }[]>('textDocument/completion', {
        textDocument,
        position,
      });
      assert.deepEqual(
        items.map(({ label }) => label),
        ['pages', 'bytes'],
      );
      const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', {
        textDocument,
        position: { line: 0, character: note.indexOf('unknown') },
      });
      assert.match(JSON.stringify(hover), /A conversion failed/);
    }),
);
