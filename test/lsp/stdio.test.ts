import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { MarkupContent } from 'vscode-languageserver/node';
import { nativePackages, noPackages } from '../harness/native-packages.ts';
import { type Client, forkServer, withServer } from './client.ts';

const limit = { timeout: 60_000 };

/** Memory is freed after its transition failed, in `expand`; its twin leaks it and is right. */
const source = `#include <linux/set_memory.h>

static int expand(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1 << order);
	if (ret) {
		__free_pages(page, order);
		return ret;
	}
	keep(page);
	return 0;
}

static int expand_ok(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1 << order);
	if (ret)
		return ret;
	keep(page);
	return 0;
}
`;

const unchecked = `static void share(unsigned long addr)
{
	set_memory_decrypted(addr, 1);
}
`;

test('push: one finding with its path, none in the correct twin', limit, () =>
  withServer({}, async (client) => {
    const uri = 'file:///nowhere/drivers/ring.c';
    await client.open(uri, source);
    const diagnostics = await client.diagnostics(uri, 1);
    assert.deepEqual(
      diagnostics.map((one) => [one.code, one.severity, one.range.start.line]),
      [['free-after-failed-transition', 1, 11]],
    );
    const [finding] = diagnostics;
    assert.equal(finding!.source, 'membrane');
    assert.match(String(finding!.message), /^frees 'page' after set_memory_decrypted\(\) failed/);
    assert.match(finding!.codeDescription!.href, /docs\/rules\/free-after-failed-transition\.md$/);
    assert.match((finding!.data as { fingerprint: string }).fingerprint, /^[0-9a-f]{16}$/);
    const path = finding!.relatedInformation!.map((one) => one.location.range.start.line);
    assert.ok(path.includes(4) && path.includes(9) && path.at(-1) === 11, `path over lines ${path}`);
    assert.ok(finding!.relatedInformation!.every((one) => one.location.uri === uri));
    const status = await client.status(uri, 1);
    assert.equal(status.functions, 2);
    assert.equal(status.functionsWithTransitions, 2);
    assert.deepEqual(status.notAnalysed, []);
  }),
);

test('pull: the same findings, and nothing is pushed', limit, () =>
  withServer({ pull: true }, async (client) => {
    const uri = 'file:///nowhere/drivers/ring.c';
    await client.open(uri, source);
    const report = await client.pull(uri);
    assert.ok(report.kind === 'full');
    assert.deepEqual(
      report.items.map((one) => one.code),
      ['free-after-failed-transition'],
    );
    assert.deepEqual(client.published, []);
  }),
);

test('a header, which editors open as cpp', limit, () =>
  withServer({}, async (client) => {
    const uri = 'file:///nowhere/include/ring.h';
    await client.open(uri, unchecked.replace('static', 'static inline'), 'cpp');
    assert.deepEqual(
      (await client.diagnostics(uri, 1)).map((one) => one.code),
      ['unchecked-transition'],
    );
  }),
);

test('documents that are no files: unsaved ones, virtual ones', limit, () =>
  withServer({ workspaceFolders: ['vscode-vfs://github/torvalds/linux'] }, async (client) => {
    for (const uri of [
      'untitled:Untitled-1',
      'vscode-vfs://github/torvalds/linux/drivers/hv/ring.c',
      'membrane-test://host/a%20b/ring.c?x#y',
    ]) {
      await client.open(uri, source);
      const [finding] = await client.diagnostics(uri, 1);
      assert.equal(finding!.code, 'free-after-failed-transition', uri);
      assert.ok(finding!.relatedInformation!.every((one) => one.location.uri === uri));
    }
  }),
);

test('edits move findings, a half-typed function keeps its own, and what is repaired is gone', limit, () =>
  withServer({}, async (client) => {
    const uri = 'file:///nowhere/ring.c';
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    let text = await client.replace(uri, 2, source, '#include', '\n\n#include');
    const line = async (version: number) =>
      (await client.diagnostics(uri, version)).map((one) => one.range.start.line);
    assert.deepEqual(await line(2), [13]);
    text = await client.replace(uri, 3, text, '\tif (!page)', '\tif (order >\n\tif (!page)');
    assert.deepEqual(await line(3), [14]);
    assert.deepEqual((await client.status(uri, 3)).held, ['expand']);
    assert.ok(
      (await client.status(uri, 3)).notAnalysed.some(
        (gap) => gap.kind === 'parse-error' && gap.function === 'expand',
      ),
    );
    // An open brace swallows the neighbour; both wait.
    text = await client.replace(uri, 4, text, '\tif (order >\n', '\tif (order > 9) {\n');
    assert.deepEqual(await line(4), [14]);
    text = await client.replace(uri, 5, text, '\tif (order > 9) {\n', '');
    assert.deepEqual(await line(5), [13]);
    assert.deepEqual((await client.status(uri, 5)).held, []);
    await client.replace(uri, 6, text, '\t\t__free_pages(page, order);\n', '');
    assert.deepEqual(await line(6), []);
  }),
);

test('nothing flickers while statements and comments are typed letter by letter', limit, () =>
  withServer({ pull: true }, async (client) => {
    const uri = 'file:///nowhere/ring.c';
    // `again` calls the function that is typed in, and stands behind a comment that an open one would run to.
    const text = `${source}\n/* above */\nstatic void again(unsigned long addr)\n{\n\tset_memory_decrypted(addr, 1);\n\texpand(1);\n}\n`;
    await client.open(uri, text);
    const shown = async () => {
      const report = await client.pull(uri);
      assert.ok(report.kind === 'full');
      return report.items.map((one) => `${one.code} ${(one.data as { function: string }).function}`).sort();
    };
    const before = await shown();
    assert.deepEqual(before, ['free-after-failed-transition expand', 'unchecked-transition again']);
    let version = 1;
    const type = async (line: number, snippet: string) => {
      let at = { line, character: 0 };
      for (const letter of snippet) {
        await client.change(uri, ++version, [{ range: { start: at, end: at }, text: letter }]);
        at =
          letter === '\n'
            ? { line: at.line + 1, character: 0 }
            : { line: at.line, character: at.character + 1 };
        assert.deepEqual(
          await shown(),
          before,
          `after ${JSON.stringify(letter)} of ${JSON.stringify(snippet)}`,
        );
      }
      await client.change(uri, ++version, [{ range: { start: { line, character: 0 }, end: at }, text: '' }]);
      assert.deepEqual(await shown(), before);
    };
    await type(6, '\n\tif (order > 9 && table[1] == \'c\') {\n\t\ttell("no /* such");\n\t}\n');
    await type(6, '\n\t/* why */\n');
    await type(3, '\t/* why */\n');
    await type(2, '/* a helper\n * of ours\n */\n');
    await type(6, '#ifdef CONFIG_X\n\ttell();\n#endif\n');
    await type(6, '\tswitch (order) {\n\tcase 1:\n\t\tbreak;\n\t}\n');
  }),
);

test('many changes at once: the last one wins, and it is right', limit, () =>
  withServer({}, async (client) => {
    const uri = 'file:///nowhere/ring.c';
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    let text = source;
    for (let version = 2; version < 60; version++) {
      text = await client.replace(uri, version, text, 'static int expand(', '\nstatic int expand(');
    }
    const [finding] = await client.diagnostics(uri, 59);
    assert.equal(finding!.range.start.line, 11 + 58);
  }),
);

test('a request that is cancelled is answered, and the server goes on', limit, () =>
  withServer({ pull: true }, async (client) => {
    const uri = 'file:///nowhere/ring.c';
    await client.open(uri, source.repeat(50));
    const { CancellationTokenSource } = await import('vscode-languageserver/node');
    const cancel = new CancellationTokenSource();
    const answer = client.connection.sendRequest(
      'textDocument/diagnostic',
      { textDocument: { uri } },
      cancel.token,
    );
    cancel.cancel();
    await answer.catch((error: { code: number }) =>
      assert.ok([-32800, -32802].includes(error.code), String(error)),
    );
    const report = await client.pull(uri);
    assert.ok(report.kind === 'full' && report.items.length > 0);
  }),
);

test('hover: a call, a finding, nothing', limit, () =>
  withServer({}, async (client) => {
    const uri = 'file:///nowhere/ring.c';
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    const call = (await client.hover(uri, 9, 10))!.contents as MarkupContent;
    assert.equal(call.kind, 'markdown');
    assert.match(call.value, /^private -> shared, on TDX .* 0: shared\. Not 0: state unknown, so leak it\./);
    assert.match(call.value, /^1\. /m);
    const page = (await client.hover(uri, 11, 4))!.contents as MarkupContent;
    assert.match(page.value, /^Reported: unknown here\.[\s\S]*\n\*\*free-after-failed-transition\*\*/);
    assert.equal(await client.hover(uri, 4, 30), null);
  }),
);

test('rules and their pages for the client', limit, () =>
  withServer({}, async (client) => {
    const rules = await client.connection.sendRequest<{ id: string; title: string }[]>('membrane/rules');
    assert.ok(rules.length >= 14);
    for (const { id, title } of rules) {
      assert.ok(title.length > 5);
      const page = await client.connection.sendRequest<string>('membrane/rulePage', { id });
      assert.match(page, /^# \S/, id);
    }
  }),
);

test('levels from the settings, and a platform that the file cannot run on', limit, () => {
  let settings: unknown = { rules: { 'free-after-failed-transition': 'off' } };
  return withServer({ settings: () => settings }, async (client) => {
    const uri = 'file:///nowhere/ring.c';
    await client.open(uri, source);
    assert.deepEqual(await client.diagnostics(uri, 1), []);
    settings = { rules: { 'free-after-failed-transition': 'info' }, show: 'info' };
    const before = client.published.length;
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await client.until(() => client.published.length > before);
    assert.equal(client.published.at(-1)!.diagnostics[0]!.severity, 3);
  });
});

test('the kernel version of the tree is read, and its files are named from its root', limit, async () => {
  const root = mkdtempSync(join(tmpdir(), 'membrane-lsp-'));
  try {
    for (const name of ['MAINTAINERS', 'Kbuild', 'Kconfig']) writeFileSync(join(root, name), '');
    writeFileSync(join(root, 'Makefile'), 'VERSION = 6\nPATCHLEVEL = 1\n');
    mkdirSync(join(root, 'drivers/x'), { recursive: true });
    const path = join(root, 'drivers/x/ring.c');
    writeFileSync(path, source);
    await withServer({}, async (client) => {
      const uri = pathToFileURL(path).href;
      await client.open(uri, source);
      assert.equal((await client.diagnostics(uri, 1)).length, 1);
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('garbage: bytes, half a program, deep nesting, very long lines', limit, () =>
  withServer({}, async (client) => {
    const garbage = [
      `set_memory_decrypted(${'('.repeat(3000)}`,
      `set_memory_decrypted ${'{'.repeat(3000)}`,
      `${source.slice(0, 400)}\u0000\ufffd\ud800${source.slice(400)}`,
      `#if set_memory_decrypted\n#else\n#elif\n#endif\n#endif\n}}}}`,
      `set_memory_decrypted/* ${'x'.repeat(200_000)}`,
      'set_memory_decrypted"\'\\\n\\',
      source.replaceAll('\n', '\r'),
      Array.from({ length: 3000 }, (_, i) => String.fromCharCode(32 + ((i * 7919) % 95))).join('') +
        'set_memory_decrypted(',
    ];
    for (const [i, text] of garbage.entries()) {
      const uri = `file:///nowhere/garbage${i}.c`;
      await client.open(uri, text);
      await client.diagnostics(uri, 1);
      const { skipped } = await client.status(uri, 1);
      assert.equal(skipped, null, `${i}: ${client.log.join('\n')}`);
    }
    await client.open('file:///nowhere/ring.c', source);
    assert.equal((await client.diagnostics('file:///nowhere/ring.c', 1)).length, 1);
    assert.deepEqual(
      client.log.filter((line) => /Error|at .*:\d+/.test(line)),
      [],
    );
  }),
);

const native = { initializationOptions: { settings: { parser: { backend: 'native' } } } };

test('a parser that does not load: WebAssembly takes its place, and the log says so', limit, async () => {
  // As it is installed from the archive: the bundle alone, no packages around it.
  const folder = mkdtempSync(join(tmpdir(), 'membrane-lsp-'));
  try {
    for (const name of ['server.mjs', 'tree-sitter-c.wasm', 'web-tree-sitter.wasm']) {
      cpSync(join(process.env.MEMBRANE_ROOT ?? '.', 'dist', name), join(folder, name));
    }
    const run = async (client: Client) => {
      const uri = 'file:///nowhere/ring.c';
      await client.open(uri, source);
      assert.equal((await client.diagnostics(uri, 1)).length, 1);
      await client.until(() => client.log.some((line) => /native parser.*WebAssembly instead/.test(line)));
    };
    await withServer(native, run, join(folder, 'server.mjs'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test(
  'the native parser finds the same',
  { ...limit, skip: (await nativePackages()) ? false : noPackages },
  () =>
    withServer(native, async (client) => {
      const uri = 'file:///nowhere/ring.c';
      await client.open(uri, source);
      assert.equal((await client.diagnostics(uri, 1)).length, 1);
      assert.deepEqual(
        client.log.filter((line) => line.includes('WebAssembly')),
        [],
      );
    }),
);

test('the same over the channel that VS Code uses', limit, async () => {
  const client = await forkServer({ pull: true });
  try {
    const uri = 'file:///nowhere/ring.c';
    await client.open(uri, source);
    const report = await client.pull(uri);
    assert.ok(report.kind === 'full' && report.items.length === 1);
  } finally {
    await client.stop();
  }
});

test('the server ends when nobody is at the other end any more', limit, async () => {
  const child = spawn(process.execPath, [
    join(process.env.MEMBRANE_ROOT ?? '.', 'dist/server.mjs'),
    '--stdio',
  ]);
  child.stdin.end();
  await once(child, 'exit');
});

test('what was not analysed is told with its line', limit, () =>
  withServer({}, async (client) => {
    const uri = 'file:///nowhere/odd.c';
    await client.open(
      uri,
      `${source}\nint odd(unsigned long addr)\n{\n\tint ret = set_memory_decrypted(addr, 1) @;\n\treturn ret;\n}\n`,
    );
    const { notAnalysed, functions } = await client.status(uri, 1);
    assert.equal(functions, 3);
    const [gap] = notAnalysed;
    assert.equal(gap!.function, 'odd');
    const first = source.split('\n').length;
    assert.ok(gap!.line! >= first && gap!.line! <= first + 5, `line ${gap!.line}`);
  }),
);

test('200,000 lines: the one finding is found, and hovers are answered meanwhile', limit, () =>
  withServer({}, async (client) => {
    const uri = 'file:///nowhere/large.c';
    const filler = Array.from(
      { length: 20_000 },
      (_, i) =>
        `static int filler_${i}(int a, int b)\n{\n\tint c = a;\n\n\tif (b)\n\t\tc += b;\n\treturn c;\n}\n\n`,
    ).join('');
    await client.open(uri, filler + source);
    const hover = await client.hover(uri, 180_000 + 9, 10);
    assert.ok(hover);
    assert.deepEqual(
      (await client.diagnostics(uri, 1)).map((one) => one.range.start.line),
      [180_000 + 11],
    );
  }),
);

test(
  "a tree's own configuration: words, levels, baseline; a change on the disk is taken",
  limit,
  async (context) => {
    const tree = mkdtempSync(join(tmpdir(), 'membrane-lsp-'));
    context.after(() => rmSync(tree, { recursive: true, force: true }));
    const file = (name: string) => pathToFileURL(join(tree, name)).href;
    const put = (name: string, value: object) => writeFileSync(join(tree, name), JSON.stringify(value));
    const own = source.replaceAll('set_memory_decrypted', 'ring_share');
    const transitions = [{ name: 'ring_share', to: 'shared', extent: { arg: 1, unit: 'pages' } }];
    const settings = () => ({ rules: { 'size-mismatch': 'error' }, index: { enable: false } });
    await withServer({ settings }, async (client) => {
      const uri = file('ring.c');
      await client.open(uri, own);
      assert.equal((await client.status(uri, 1)).skipped, 'no-transition');
      const changed = async (value: object) => {
        const before = client.statuses.length;
        put('.membrane.json', value);
        await client.changedOnDisk(file('.membrane.json'));
        await client.until(() => client.statuses.length > before);
        return client.statuses.at(-1)!;
      };
      const named = await changed({ vocabulary: { transitions }, rules: { 'size-mismatch': 'off' } });
      assert.equal(named.findings, 1);
      // The editor's own settings win over the file.
      assert.deepEqual(named.config, { off: [], lowered: [], redefined: [], known: 0, problems: 0 });
      await client.until(() => client.published.at(-1)!.diagnostics.length === 1);
      const [finding] = client.published.at(-1)!.diagnostics;
      assert.equal(finding!.code, 'free-after-failed-transition');

      const silent = await changed({
        vocabulary: { transitions },
        rules: { 'free-after-failed-transition': 'off', 'no-such': 'off' },
      });
      assert.equal(silent.findings, 0);
      assert.deepEqual(silent.config!.off, ['free-after-failed-transition']);
      assert.equal(silent.config!.problems, 1);
      assert.ok(client.log.some((line) => /\.membrane\.json:1:\d+: there is no rule 'no-such'/.test(line)));

      const { fingerprint } = finding!.data as { fingerprint: string };
      const entry = { fingerprint, rule: String(finding!.code), file: 'ring.c', function: 'expand' };
      put('known.json', { version: 1, findings: [entry] });
      const known = await changed({ vocabulary: { transitions }, baseline: 'known.json' });
      assert.equal(known.findings, 0);
      assert.equal(known.config!.known, 1);
      const before = client.statuses.length;
      put('known.json', { version: 1, findings: [] });
      await client.changedOnDisk(file('known.json'));
      await client.until(() => client.statuses.length > before);
      assert.equal(client.statuses.at(-1)!.findings, 1);
      assert.equal((await changed({ exclude: ['ring.*'] })).skipped, 'excluded');
    });
  },
);
