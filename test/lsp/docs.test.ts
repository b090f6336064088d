import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withServer } from './client.ts';

const root = process.env.MEMBRANE_ROOT ?? process.cwd();
const page = readFileSync(join(root, 'docs/lsp.md'), 'utf8');

/** The first cells of the table below a heading. */
function rows(heading: string): string[] {
  const part = page.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return [...part.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
}

/** A client that can and wants everything. */
const everything = {
  pull: true,
  capabilities: {
    workspace: { workspaceFolders: true },
    textDocument: {
      codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } } },
    },
  },
  initializationOptions: { callHierarchy: true },
  workspaceFolders: ['file:///nowhere'],
};

test(
  'docs/lsp.md lists the capabilities that initialize answers, and no others',
  {
    timeout: 60_000,
  },
  () =>
    withServer(everything, async (client) => {
      const { workspace, ...own } = client.initialized.capabilities;
      const offered = [...Object.keys(own), ...Object.keys(workspace ?? {}).map((key) => `workspace.${key}`)];
      assert.deepEqual(rows('Capabilities').sort(), offered.sort());
    }),
);

test('docs/lsp.md lists the options and messages of protocol.ts', () => {
  const protocol = readFileSync(join(root, 'server/src/protocol.ts'), 'utf8');
  const methods = [...protocol.matchAll(/= '(membrane\/\w+)'/g)].map((match) => match[1]!);
  assert.deepEqual(rows('Messages').sort(), methods.sort());
  const options = /interface InitializationOptions \{([\s\S]*?)\n\}/.exec(protocol)![1]!;
  const names = [...options.matchAll(/^ {2}readonly (\w+)\?:/gm)].map((match) => match[1]!);
  assert.deepEqual(rows('Options').sort(), names.sort());
});
