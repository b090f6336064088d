import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeAction, Diagnostic, TextEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type Client, withServer } from './client.ts';

const limit = { timeout: 60_000 };
const uri = 'file:///nowhere/drivers/ring.c';

const source = `static int expand(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1 << order);
	if (ret)
		goto free_page;
	keep(page);
	return 0;
free_page:
	__free_pages(page, order);
	return ret;
}
`;

/** As editors say what they can do with actions. */
const modern = {
  textDocument: {
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ['', 'quickfix'] } },
      dataSupport: true,
      disabledSupport: true,
      isPreferredSupport: true,
      resolveSupport: { properties: ['edit'] },
    },
  },
  workspace: { workspaceEdit: { documentChanges: true } },
};
const simple = {
  textDocument: { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } } } },
};

function actionsAt(client: Client, diagnostic: Diagnostic, only?: string[]): Promise<CodeAction[]> {
  return client.connection.sendRequest('textDocument/codeAction', {
    textDocument: { uri },
    range: { start: diagnostic.range.start, end: diagnostic.range.start },
    context: { diagnostics: [diagnostic], ...(only ? { only } : {}) },
  });
}

async function opened(client: Client, text = source): Promise<Diagnostic> {
  await client.open(uri, text);
  const [finding] = await client.diagnostics(uri, 1);
  assert.ok(finding);
  return finding;
}

/** What the menu says. */
async function titles(client: Client, diagnostic: Diagnostic, only?: string[]): Promise<string[]> {
  return (await actionsAt(client, diagnostic, only)).map(({ title }) => title);
}

const suppress = 'Suppress here, with reason';

const applied = (text: string, edits: readonly TextEdit[]) =>
  TextDocument.applyEdits(TextDocument.create(uri, 'c', 1, text), [...edits]);

test(
  'the fixes of a finding, in their order; each edit is made when it is asked for, for this version',
  limit,
  () =>
    withServer({ capabilities: modern }, async (client) => {
      assert.deepEqual(client.initialized.capabilities.codeActionProvider, {
        codeActionKinds: ['quickfix', 'refactor.rewrite'],
        resolveProvider: true,
      });
      const finding = await opened(client);
      const all = await actionsAt(client, finding);
      const actions = all.filter(({ title }) => title !== suppress);
      assert.equal(all.length, actions.length + 1);
      assert.deepEqual(
        actions.map(({ title, kind, isPreferred }) => [title, kind, isPreferred ?? false]),
        [
          ["Leak the pages: 'return ret' instead of 'goto free_page'", 'quickfix', true],
          ["Leak the pages: set 'leak_pages', skip the free", 'quickfix', false],
          ['Re-encrypt, free only if that returns 0', 'quickfix', false],
        ],
      );
      for (const action of actions) {
        assert.equal(action.edit, undefined);
        assert.deepEqual(
          action.diagnostics?.map(({ message, range }) => [message, range]),
          [[finding.message, finding.range]],
        );
      }
      let text = source;
      let version = 1;
      for (const index of actions.keys()) {
        const [change] = await Promise.all([
          client.connection.sendRequest<CodeAction>(
            'codeAction/resolve',
            (await actionsAt(client, finding))[index],
          ),
        ]);
        const [edit] = change.edit!.documentChanges as { textDocument: unknown; edits: TextEdit[] }[];
        assert.deepEqual(edit!.textDocument, { uri, version });
        const fixed = applied(text, edit!.edits);
        await client.change(uri, ++version, [{ text: fixed }]);
        assert.deepEqual(await client.diagnostics(uri, version), [], fixed);
        text = source;
        await client.change(uri, ++version, [{ text }]);
        await client.diagnostics(uri, version);
      }
    }),
);

test('a client that neither resolves nor knows versions gets the edit at once', limit, () =>
  withServer({ capabilities: simple }, async (client) => {
    const finding = await opened(client);
    const [first] = await actionsAt(client, finding);
    const edits = first!.edit!.changes![uri]!;
    assert.match(
      applied(source, edits),
      /if \(ret\)\n\t\treturn ret;\t\/\* leaked: .*\*\/\n\tkeep\(page\);\n\treturn 0;\n}\n$/,
    );
  }),
);

test('a client that has no actions with edits is not told of any', limit, () =>
  withServer({}, async (client) => {
    assert.equal(client.initialized.capabilities.codeActionProvider, undefined);
  }),
);

test('with pulled diagnostics the same fixes', limit, () =>
  withServer({ pull: true, capabilities: modern }, async (client) => {
    await client.open(uri, source);
    const report = await client.pull(uri);
    assert.ok(report.kind === 'full');
    assert.equal((await titles(client, report.items[0]!)).length, 4);
  }),
);

test('nothing is offered for a text that is not analysed yet, and no edit for one that is gone', limit, () =>
  withServer({ capabilities: modern }, async (client) => {
    const finding = await opened(client);
    const [first] = await actionsAt(client, finding);
    await client.change(uri, 2, [{ text: `\n${source}` }]);
    assert.deepEqual(await actionsAt(client, finding), []);
    await assert.rejects(client.connection.sendRequest('codeAction/resolve', first), { code: -32801 });
    const [moved] = await client.diagnostics(uri, 2);
    assert.equal((await titles(client, moved!)).length, 4);
  }),
);

test('half a statement in the function: its finding stays, without fixes', limit, () =>
  withServer({ capabilities: modern }, async (client) => {
    await opened(client);
    await client.change(uri, 2, [{ text: source.replace('\tkeep(page);', '\tkeep(page);\n\tif (ret == ') }]);
    const [held] = await client.diagnostics(uri, 2);
    assert.equal(held?.code, 'free-after-failed-transition');
    assert.deepEqual(await titles(client, held), [suppress]);
  }),
);

test('commands are named only where the client has them; other kinds are not for us', limit, () =>
  withServer(
    {
      capabilities: modern,
      initializationOptions: { commands: ['membrane.explainRule', 'membrane.showTransition'] },
    },
    async (client) => {
      const finding = await opened(client);
      const actions = await actionsAt(client, finding);
      assert.deepEqual(
        actions.slice(3).map(({ title, command }) => [title, command?.command]),
        [
          ['Show the transition', 'membrane.showTransition'],
          ['Why? Open rationale', 'membrane.explainRule'],
          [suppress, undefined],
        ],
      );
      assert.deepEqual(actions[4]!.command!.arguments, ['free-after-failed-transition']);
      const [shown] = actions[3]!.command!.arguments!;
      assert.equal(shown.callee, 'set_memory_decrypted');
      assert.equal(shown.uri, uri);
      assert.equal(shown.range.start.line, 7);
      assert.deepEqual(await actionsAt(client, finding, ['source.fixAll']), []);
      assert.equal((await titles(client, finding, ['quickfix'])).length, 6);
    },
  ),
);

test('membrane.fix.leakMessage: the log is told', limit, () =>
  withServer(
    { capabilities: simple, settings: () => ({ fix: { leakMessage: 'pr_warn_once' } }) },
    async (client) => {
      const finding = await opened(client);
      const [first] = await actionsAt(client, finding);
      assert.match(
        applied(source, first!.edit!.changes![uri]!),
        /if \(ret\) \{\n\t\tpr_warn_once\("[^"]*\\n"\);\n\t\treturn ret;\t\/\* leaked/,
      );
    },
  ),
);

const locked = `int open(struct ring *ring)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);
	int ret;

	if (!buf)
		return -ENOMEM;
	spin_lock(&ring->lock);
	ret = set_memory_decrypted((unsigned long)buf, 4);
	if (!ret)
		ring->buf = buf;
	spin_unlock(&ring->lock);
	return ret;
}
`;

test('what changes who holds a lock is a refactor.rewrite, with its edit, and never preferred', limit, () =>
  withServer({ capabilities: modern }, async (client) => {
    const finding = await opened(client, locked);
    const title = 'Move set_memory_decrypted() out of the lock: before spin_lock()';
    const [action] = (await actionsAt(client, finding)).filter(({ kind }) => kind === 'refactor.rewrite');
    assert.deepEqual([action!.title, action!.isPreferred], [title, undefined]);
    assert.deepEqual(
      action!.diagnostics?.map(({ code }) => code),
      ['transition-in-atomic'],
    );
    assert.deepEqual(await titles(client, finding, ['quickfix']), [suppress]);
    assert.deepEqual(await titles(client, finding, ['refactor.rewrite']), [title]);
    assert.deepEqual(await titles(client, finding, ['refactor']), [title]);
    assert.deepEqual(await titles(client, finding, ['refactor.extract']), []);
    const { edit } = await client.connection.sendRequest<CodeAction>('codeAction/resolve', action);
    const [change] = edit!.documentChanges as { edits: TextEdit[] }[];
    const fixed = applied(locked, change!.edits);
    await client.change(uri, 2, [{ text: fixed }]);
    assert.deepEqual(await client.diagnostics(uri, 2), [], fixed);
  }),
);

test(
  'two rules at one place: each entry says whose it is, and a client that names one finding gets the entries of that',
  limit,
  () =>
    withServer({ capabilities: modern }, async (client) => {
      const text = `static void share(int n)
{
	void *p = vmalloc(n * PAGE_SIZE);

	if (!p)
		return;
	set_memory_decrypted((unsigned long)p, n);
	keep(p);
}
`;
      await client.open(uri, text);
      const found = (await client.diagnostics(uri, 1)).filter(({ range }) => range.start.line === 6);
      const codes = found.map(({ code }) => String(code)).sort();
      assert.deepEqual(codes, ['unchecked-transition', 'vmalloc-alias-flip']);
      const ask = async (diagnostics: readonly Diagnostic[]) => {
        const actions = await client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
          textDocument: { uri },
          range: { start: { line: 6, character: 0 }, end: { line: 7, character: 0 } },
          context: { diagnostics },
        });
        return actions.map(({ title }) => title).filter((title) => title.startsWith(suppress));
      };
      const both = codes.map((code) => `${suppress} (${code})`);
      assert.deepEqual((await ask([])).sort(), both);
      assert.deepEqual((await ask(found)).sort(), both);
      const [one] = found;
      assert.deepEqual(await ask([one!]), [suppress]);
      assert.deepEqual((await ask([{ ...one!, code: 'of-another-server' }])).sort(), both);
    }),
);
