import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CodeAction, TextEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { AnnotationsResult, SuppressArguments } from '../../server/src/protocol.ts';
import { visualColumn } from '../harness/expectations.ts';
import { type Client, type ClientOptions, withServer } from './client.ts';
import { caller, shows, Tree, wrapper } from './tree.ts';

const limit = { timeout: 60_000 };

const rule = 'free-after-failed-transition';

/** As editors say what they can do with actions and edits. */
const modern = {
  textDocument: {
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix', 'refactor'] } } },
  },
  workspace: { workspaceEdit: { documentChanges: true, resourceOperations: ['create'] } },
};

const source = `static int expand(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		goto free_page;
	keep(page);
	return 0;
free_page:
	__free_page(page);
	return -EIO;
}
`;

async function session(
  options: ClientOptions,
  files: Readonly<Record<string, string>>,
  run: (client: Client, tree: Tree) => Promise<void>,
): Promise<void> {
  const tree = new Tree(files);
  try {
    await withServer({ capabilities: modern, ...options }, (client) => run(client, tree));
  } finally {
    tree.end();
  }
}

function actions(client: Client, uri: string, line: number, only?: string[]): Promise<CodeAction[]> {
  const position = { line, character: 0 };
  const range = { start: position, end: { line, character: 100 } };
  return client.connection.sendRequest('textDocument/codeAction', {
    textDocument: { uri },
    range,
    context: { diagnostics: [], ...(only ? { only } : {}) },
  });
}

async function edit(client: Client, uri: string, line: number, title: string): Promise<WorkspaceEdit> {
  const found = (await actions(client, uri, line)).find((one) => one.title === title);
  assert.ok(found?.edit, `no edit of '${title}'`);
  return found.edit;
}

const apply = (text: string, edits: readonly TextEdit[]) =>
  TextDocument.applyEdits(TextDocument.create('', 'c', 1, text), [...edits]);

/** Changes documents that are open, and files that are not, as an edit says. */
async function applied(
  client: Client,
  { documentChanges }: WorkspaceEdit,
  open: Map<string, { text: string; version: number }>,
): Promise<void> {
  for (const change of documentChanges ?? []) {
    if ('kind' in change) {
      assert.equal(change.kind, 'create');
      writeFileSync(fileURLToPath((change as { uri: string }).uri), '');
      continue;
    }
    const { uri, version } = change.textDocument;
    const edits = change.edits as TextEdit[];
    const document = open.get(uri);
    if (document === undefined) {
      assert.equal(version, null);
      const path = fileURLToPath(uri);
      writeFileSync(path, apply(readFileSync(path, 'utf8'), edits));
      await client.changedOnDisk(uri);
      continue;
    }
    assert.equal(version, document.version);
    document.text = apply(document.text, edits);
    await client.change(uri, ++document.version, [{ text: document.text }]);
  }
}

test('Suppress here: a comment whose reason is to be written, and counts from then on', limit, () =>
  session({}, { 'drivers/ring.c': source }, async (client, tree) => {
    const uri = tree.uri('drivers/ring.c');
    const open = new Map([[uri, { text: source, version: 1 }]]);
    await client.open(uri, source);
    await shows(client, uri, [`${rule} 12`]);
    await applied(client, await edit(client, uri, 11, 'Suppress here, with reason'), open);
    const { text } = open.get(uri)!;
    assert.equal(text, source.replace('\t__free', `\t/* coco: allow ${rule} -- ... */\n\t__free`));
    await shows(client, uri, [`${rule} 13`, 'wrong-annotation 12']);
    await client.replace(uri, 3, text, '...', 'the host never had it');
    await shows(client, uri, []);
  }),
);

test('Dismiss in .membrane.json: makes the file, or adds to it; what stands there stays', limit, async () => {
  for (const before of [null, '{\n  // ours\n  "rules": { "size-mismatch": "hint" }, // quiet\n}\n']) {
    const files = { 'drivers/ring.c': source, ...(before === null ? {} : { '.membrane.json': before }) };
    await session(
      {
        capabilities: {
          ...modern,
          workspace: { ...modern.workspace, didChangeWatchedFiles: { dynamicRegistration: true } },
        },
      },
      files,
      async (client, tree) => {
        const uri = tree.uri('drivers/ring.c');
        await client.open(uri, source);
        await shows(client, uri, [`${rule} 12`]);
        const change = await edit(client, uri, 11, 'Dismiss in .membrane.json, with reason');
        assert.match(JSON.stringify(change), /\.\.\./);
        const answer = await client.connection.sendRequest<WorkspaceEdit>('membrane/suppress', {
          textDocument: { uri },
          fingerprint: client.published.at(-1)!.diagnostics[0]!.data.fingerprint,
          where: 'config',
          reason: 'the host never had it',
        });
        await applied(client, answer, new Map());
        const written = readFileSync(fileURLToPath(tree.uri('.membrane.json')), 'utf8');
        const unit = before === null ? '\t' : '  ';
        const entry = `{
      "rule": "${rule}",
      "file": "drivers/ring.c",
      "function": "expand",
      "reason": "the host never had it"
    }`;
        const allow = `  "allow": [\n    ${entry}\n  ]`.replaceAll('  ', unit);
        assert.equal(
          written,
          before === null ? `{\n${allow}\n}\n` : before.replace('quiet\n', `quiet\n${allow},\n`),
        );
        await shows(client, uri, []);
      },
    );
  }
});

test('a client that cannot make files is offered the entry only where the file is', limit, async () => {
  const simple = { ...modern, workspace: {} };
  const title = 'Dismiss in .membrane.json, with reason';
  await session({ capabilities: simple }, { 'a.c': source }, async (client, tree) => {
    const uri = tree.uri('a.c');
    await client.open(uri, source);
    await shows(client, uri, [`${rule} 12`]);
    assert.deepEqual(
      (await actions(client, uri, 11)).filter((one) => one.title === title),
      [],
    );
  });
  await session(
    { capabilities: simple },
    { 'a.c': source, '.membrane.json': '{}\n' },
    async (client, tree) => {
      const uri = tree.uri('a.c');
      await client.open(uri, source);
      await shows(client, uri, [`${rule} 12`]);
      const { changes } = await edit(client, uri, 11, title);
      assert.deepEqual(Object.keys(changes!), [tree.uri('.membrane.json')]);
      assert.doesNotThrow(() => JSON.parse(apply('{}\n', changes![tree.uri('.membrane.json')]!)));
    },
  );
  await session(
    { capabilities: simple },
    { 'a.c': source, '.membrane.json': '{ "allow": \n' },
    async (client, tree) => {
      const uri = tree.uri('a.c');
      await client.open(uri, source);
      await shows(client, uri, [`${rule} 12`]);
      const titles = (await actions(client, uri, 11)).map((one) => one.title);
      assert.ok(titles.includes('Suppress here, with reason') && !titles.includes(title), titles.join());
    },
  );
});

test('a client that asks for the reason itself gets the edit for it, in 80 columns', limit, () =>
  session(
    {
      initializationOptions: { commands: ['membrane.suppress'] },
      settings: () => ({ annotations: { marker: 'membrane' } }),
    },
    { 'a.c': source },
    async (client, tree) => {
      const uri = tree.uri('a.c');
      await client.open(uri, source);
      await shows(client, uri, [`${rule} 12`]);
      const offered = (await actions(client, uri, 11)).filter((one) => one.command);
      assert.deepEqual(
        offered.map((one) => [one.title, one.edit, one.command!.command]),
        [
          ['Suppress here, with reason', undefined, 'membrane.suppress'],
          ['Dismiss in .membrane.json, with reason', undefined, 'membrane.suppress'],
        ],
      );
      const [here, config] = offered.map((one) => one.command!.arguments![0] as SuppressArguments);
      assert.deepEqual([here!.uri, here!.where, here!.rule, here!.target], [uri, 'here', rule, uri]);
      assert.equal(config!.target, tree.uri('.membrane.json'));
      const answer = await client.connection.sendRequest<WorkspaceEdit>('membrane/suppress', {
        textDocument: { uri },
        fingerprint: here!.fingerprint,
        where: 'here',
        reason: 'goes back to the decrypted pool,\nnot to the page */ allocator, as it always did',
      });
      const open = new Map([[uri, { text: source, version: 1 }]]);
      await applied(client, answer, open);
      const { text } = open.get(uri)!;
      assert.match(
        text,
        /\n\t\/\*\n\t \* @membrane allow [^\n]+\n\t \* [^\n]+\* \/ allocator[^\n]*\n\t \*\/\n\t__free_page/,
      );
      for (const line of text.split('\n')) assert.ok(visualColumn(line, line.length) <= 80, line);
      await shows(client, uri, []);
      const gone = await client.connection.sendRequest('membrane/suppress', {
        ...{ textDocument: { uri }, fingerprint: here!.fingerprint, where: 'here', reason: 'x' },
      });
      assert.equal(gone, null);
    },
  ),
);

test('Write down what was inferred: at a function that has no contract, and it holds', limit, () =>
  session({}, { 'lib/share.c': wrapper, 'a.c': caller('open_it', 'ring_share') }, async (client, tree) => {
    const uri = tree.uri('lib/share.c');
    const open = new Map([[uri, { text: wrapper, version: 1 }]]);
    await client.open(uri, wrapper);
    await shows(client, uri, []);
    const title = 'Write down what was inferred';
    assert.deepEqual(
      (await actions(client, uri, 2, ['refactor'])).map((one) => [one.title, one.kind]),
      [[title, 'refactor.rewrite']],
    );
    assert.deepEqual(await actions(client, uri, 2, ['quickfix']), []);
    assert.deepEqual(await actions(client, uri, 4), []);
    await applied(client, await edit(client, uri, 2, title), open);
    const { text } = open.get(uri)!;
    const contract =
      '/*\n * coco: flips page[1 << order pages]: shared, unknown on error; context: sleeps\n */\n';
    assert.equal(text, wrapper.replace('int ring_share', `${contract}int ring_share`));
    await client.diagnostics(uri, 2);
    await shows(client, uri, []);
    assert.deepEqual(await actions(client, uri, 5), []);

    const one = await client.connection.sendRequest<WorkspaceEdit | null>('membrane/annotate', {
      textDocument: { uri },
      position: { line: 7, character: 0 },
    });
    assert.equal(one, null);
    const rest = await client.connection.sendRequest<WorkspaceEdit>('membrane/annotate', {
      textDocument: { uri },
    });
    await applied(client, rest, open);
    assert.equal(open.get(uri)!.text.match(/coco: flips/g)!.length, 2);
    const list = await client.connection.sendRequest<AnnotationsResult>('membrane/annotations', {
      textDocument: { uri },
    });
    assert.deepEqual(
      list!.map((entry) => [entry.uri, entry.range.start.line, entry.of, entry.suppresses, entry.wrong]),
      [
        [uri, 3, 'ring_share()', false, []],
        [uri, 11, 'ring_unshare()', false, []],
      ],
    );
    assert.equal(
      list![0]!.text,
      'coco: flips page[1 << order pages]: shared, unknown on error; context: sleeps',
    );
  }),
);

test("the list has the tree's own entries, and says what is wrong", limit, () => {
  const text = wrapper.replace('int ring_share', '/* coco: flips page: private */\nint ring_share');
  const config = `{\n"allow": [{ "rule": "${rule}", "file": "a.c", "reason": "was once" }]\n}\n`;
  return session({}, { 'a.c': text, '.membrane.json': config }, async (client, tree) => {
    const uri = tree.uri('a.c');
    await client.open(uri, text);
    const list = await client.connection.sendRequest<AnnotationsResult>('membrane/annotations', {
      textDocument: { uri },
    });
    assert.deepEqual(
      list!.map(({ uri: at, range, of, text: said, suppresses, wrong }) => [
        ...[at, range.start.line, of, said, suppresses, wrong.length],
      ]),
      [
        [tree.uri('.membrane.json'), 1, 'a.c', `allow ${rule} -- was once`, true, 1],
        [uri, 2, 'ring_share()', 'coco: flips page: private', false, 1],
      ],
    );
  });
});

test('a contract of .membrane.json that the body does not keep: gone when either is mended', limit, () => {
  const config = (outcome: string) =>
    `{\n"contracts": {\n"ring_share": "flips page[1 << order pages]: ${outcome}, unknown on error"\n}\n}\n`;
  const capabilities = {
    textDocument: { publishDiagnostics: { relatedInformation: true } },
    workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
  };
  const files = { 'lib/share.c': wrapper, '.membrane.json': config('private') };
  return session({ capabilities }, files, async (client, tree) => {
    const uri = tree.uri('lib/share.c');
    const file = tree.uri('.membrane.json');
    const wrong = ['wrong-annotation 3'];
    await client.open(uri, wrapper);
    await shows(client, uri, wrong);
    const [told] = client.published.at(-1)!.diagnostics;
    assert.equal(
      told!.message,
      "'flips page' in .membrane.json does not hold; ring_share() leaves it shared on success, not private. " +
        "Change the code, or what .membrane.json says of 'ring_share'.",
    );
    const places = told!.relatedInformation!.map(({ location: { uri: at, range } }) => [
      ...[at, range.start.line, range.start.character],
    ]);
    assert.deepEqual(places, [
      [uri, 4, 8],
      [uri, 4, 1],
      [file, 2, 0],
    ]);
    const list = () =>
      client.connection.sendRequest<AnnotationsResult>('membrane/annotations', { textDocument: { uri } });
    assert.deepEqual(
      (await list())!.map((entry) => [entry.uri, entry.range.start.line, entry.of, entry.wrong]),
      [[file, 2, 'ring_share', [`lib/share.c:3: ${told!.message}`]]],
    );
    tree.put('.membrane.json', config('shared'));
    await client.changedOnDisk(file);
    await shows(client, uri, []);
    assert.deepEqual(
      (await list())!.map(({ wrong: none }) => none),
      [[]],
    );
    tree.put('.membrane.json', config('private'));
    await client.changedOnDisk(file);
    await shows(client, uri, wrong);
    await client.replace(uri, 2, wrapper, 'return set_memory_decrypted', 'return set_memory_encrypted');
    await shows(client, uri, []);
  });
});

test('Format annotation: one form, in 80 columns; what is not understood is left alone', limit, () =>
  session({}, {}, async (client) => {
    const cases: readonly (readonly [string, string | null])[] = [
      [
        '/*coco:flips buf [ n  pages ]:shared,unknown on error;context:sleeps*/\nint share(void *buf, int n);\n',
        '/* coco: flips buf[n pages]: shared, unknown on error; context: sleeps */\nint share(void *buf, int n);\n',
      ],
      [
        `/* coco: allow ${rule} -- a reason that is so long that it does not fit into one line */\nint share(void *buf)\n{\n}\n`,
        `/*\n * coco: allow ${rule} -- a reason that is so long that it\n * does not fit into one line\n */\nint share(void *buf)\n{\n}\n`,
      ],
      [
        '/**\n * share - shares\n * @buf: it\n *\n *   coco: flips buf[1   pages]:\n *    shared\n */\nint share(void *buf);\n',
        '/**\n * share - shares\n * @buf: it\n *\n * coco: flips buf[1 pages]: shared\n */\nint share(void *buf);\n',
      ],
      [
        'struct foo {\n\tvoid *buf;\n\tbool on;\t/*  coco: flag !on means *buf:private */\n};\n',
        'struct foo {\n\tvoid *buf;\n\tbool on;\t/* coco: flag !on means *buf: private */\n};\n',
      ],
      ['/* coco: flips buf[1 pages]: shared */\nint share(void *buf);\n', null],
      ['/* coco:  flips buf[1 pags]: shared */\nint share(void *buf);\n', null],
    ];
    for (const [i, [before, after]] of cases.entries()) {
      const uri = `untitled:note${i}.c`;
      const text = `${before}${source}`;
      await client.open(uri, text);
      await client.diagnostics(uri, 1);
      const line = before.split('\n').findIndex((one) => one.includes('coco:'));
      const character = before.split('\n')[line]!.indexOf('coco:');
      const position = { line, character };
      const found = await client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
        textDocument: { uri },
        range: { start: position, end: position },
        context: { diagnostics: [], only: ['refactor.rewrite'] },
      });
      const [change] = (found[0]?.edit?.documentChanges ?? []) as { edits: TextEdit[] }[];
      assert.equal(
        change === undefined ? null : apply(text, change.edits),
        after === null ? null : after + source,
      );
    }
  }),
);

test('Remove the allow: the name, the clause, the lines or the comment that is not needed', limit, () =>
  session({}, {}, async (client) => {
    const other = 'vmalloc-alias-flip';
    const fn = (before: string, behind = '') =>
      `int share(void *buf)\n{\n${before}\treturn set_memory_decrypted((unsigned long)buf, 1);${behind}\n}\n`;
    const doc = (lines: string) => `/**\n * share - shares\n * @buf: it\n${lines} */\n`;
    const above = `/* coco: allow ${other} -- cannot fail */\n`;
    const cases: readonly (readonly [string, string])[] = [
      [fn(`\t/* coco: allow ${other} -- cannot fail */\n`), fn('')],
      [fn(`\t/*\n\t * coco: allow ${other} --\n\t * cannot fail\n\t */\n`), fn('')],
      [fn('', `\t/* coco: allow ${other} -- cannot fail */`), fn('')],
      [
        `/* coco: flips buf[1 pages]: shared, unknown on error; allow ${other} -- said\n * elsewhere */\n${fn('')}`,
        `/* coco: flips buf[1 pages]: shared, unknown on error -- said elsewhere */\n${fn('')}`,
      ],
      [doc(` *\n * coco: allow ${other} -- why not\n`) + fn(''), doc(' *\n') + fn('')],
      [
        doc(` * coco: allow ${other} -- why not\n *\n * Returns 0.\n`) + fn(''),
        doc(' *\n * Returns 0.\n') + fn(''),
      ],
      [above + fn(''), fn('')],
      [(above + fn('')).replaceAll('\n', '\r\n'), fn('').replaceAll('\n', '\r\n')],
    ];
    for (const [i, [before, after]] of cases.entries()) {
      const uri = `untitled:allow${i}.c`;
      await client.open(uri, before);
      const told = (await client.diagnostics(uri, 1)).filter(({ code }) => code === 'unused-allow');
      const line = before.split('\n').findIndex((one) => one.includes(other));
      const found = (await actions(client, uri, line)).filter(({ title }) => title === 'Remove the allow');
      const [change] = (found[0]?.edit?.documentChanges ?? []) as { edits: TextEdit[] }[];
      const left = change === undefined ? null : apply(before, change.edits);
      assert.equal(told.length, 1, before);
      assert.equal(left, after);
    }
  }),
);
