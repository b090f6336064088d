import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hover } from 'vscode-languageserver/node';
import { Cancelled } from '../../server/src/base/token.ts';
import type { HoverActions } from '../../server/src/protocol.ts';
import { type ClientOptions, serve } from './client.ts';
import { FakeEngines } from './fake.ts';

const uri = 'file:///tree/a.c';
const source = 'one() {\n  flip bad\n}\ntwo() {\n  bad\n}\n';

async function session(
  options: ClientOptions,
  run: (client: Awaited<ReturnType<typeof serve>>, engines: FakeEngines) => Promise<void>,
): Promise<void> {
  const engines = new FakeEngines();
  const client = await serve(engines, options);
  try {
    await run(client, engines);
  } finally {
    await client.stop();
  }
}

test('a push client gets the path as related information, and the rule as code', () =>
  session({ initializationOptions: { rulePages: 'membrane:/rules/' } }, async (client) => {
    assert.equal(client.initialized.capabilities.diagnosticProvider, undefined);
    await client.open(uri, source);
    const [first, second] = await client.diagnostics(uri, 1);
    assert.deepEqual(first, {
      range: { start: { line: 1, character: 7 }, end: { line: 1, character: 10 } },
      severity: 1,
      code: 'no-bad',
      codeDescription: { href: 'membrane:/rules/no-bad.md' },
      source: 'membrane',
      message: 'bad in one',
      relatedInformation: [{ location: { uri, range: first!.range }, message: '1 it is bad' }],
      data: { fingerprint: 'one0', function: 'one' },
    });
    assert.equal(second!.range.start.line, 4);
    assert.equal(client.statuses.length, 0, 'no status for a client that did not ask');
    await client.close(uri);
    await client.until(() => client.published.at(-1)!.diagnostics.length === 0);
  }));

test('a client without related information reads the path in the message', () =>
  session({ capabilities: { textDocument: { publishDiagnostics: {} } } }, async (client) => {
    await client.open(uri, source);
    const [first] = await client.diagnostics(uri, 1);
    assert.equal(first!.message, 'bad in one\n  1 line 2: it is bad');
    assert.equal(first!.relatedInformation, undefined);
    assert.equal(first!.codeDescription, undefined);
  }));

test('a pull client is never pushed to, and is told what did not change', () =>
  session({ pull: true, settings: () => ({}) }, async (client, engines) => {
    assert.ok(client.initialized.capabilities.diagnosticProvider);
    await client.open(uri, source);
    const first = await client.pull(uri);
    assert.equal(first.kind, 'full');
    assert.ok(first.kind === 'full' && first.items.length === 2);
    const second = await client.pull(uri, first.resultId);
    assert.deepEqual(second, { kind: 'unchanged', resultId: first.resultId });
    assert.equal(engines.checks.length, 1);
    const text = await client.replace(uri, 2, source, 'flip bad', 'flip good');
    const third = await client.pull(uri, first.resultId);
    assert.ok(third.kind === 'full' && third.items.length === 1);
    assert.deepEqual(engines.checks, [source, text]);
    assert.deepEqual(client.published, []);
    const closed = await client.close(uri).then(() => client.pull(uri));
    assert.deepEqual(closed, { kind: 'full', items: [] });
  }));

test('changes that wait are taken together: one analysis, of the last text', () =>
  session({}, async (client, engines) => {
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    let text = source;
    const sent: Promise<unknown>[] = [];
    for (let version = 2; version <= 40; version++) {
      const at = text.indexOf('two');
      text = `${text.slice(0, at)}x${text.slice(at)}`;
      const position = { line: 3, character: 0 };
      sent.push(client.change(uri, version, [{ range: { start: position, end: position }, text: 'x' }]));
    }
    await Promise.all(sent);
    const last = await client.diagnostics(uri, 40);
    assert.equal(engines.checks.at(-1), text);
    assert.equal(last[1]!.message, `bad in ${'x'.repeat(39)}two`);
    assert.ok(engines.checks.length <= 4, `${engines.checks.length} analyses for 40 versions`);
  }));

test('a change during a long analysis ends it, and its result never shows', () =>
  session({}, async (client, engines) => {
    let late = '';
    engines.onCheck = (text, token) => {
      if (text !== source) return;
      if (late === '') void client.replace(uri, 2, source, 'flip bad', 'flip good');
      late = source.replace('flip bad', 'flip good');
      while (!token.cancelled);
      throw new Cancelled();
    };
    await client.open(uri, source);
    const diagnostics = await client.diagnostics(uri, 2);
    assert.equal(diagnostics.length, 1);
    assert.equal(engines.checks.at(-1), late);
    assert.ok(!client.published.some((one) => one.version === 1));
  }));

test('a long analysis goes on after it let messages through', () =>
  session({}, async (client, engines) => {
    let rounds = 0;
    engines.onCheck = (_text, token) => {
      if (++rounds > 2) return;
      while (!token.cancelled);
      throw new Cancelled();
    };
    await client.open(uri, source);
    assert.equal((await client.diagnostics(uri, 1)).length, 2);
    assert.equal(rounds, 3);
  }));

test('a half-typed function keeps its findings, moved, until it parses again', () =>
  session({}, async (client) => {
    await client.open(uri, source);
    const before = await client.diagnostics(uri, 1);
    let text = await client.replace(uri, 2, source, '  flip bad', '  @\n  flip bad bad');
    let now = await client.diagnostics(uri, 2);
    assert.deepEqual(now.map((one) => [one.message, one.range.start.line]).sort(), [
      ['bad in one', 2],
      ['bad in two', 5],
    ]);
    const held = now.find((one) => one.message === 'bad in one')!;
    assert.deepEqual(held.relatedInformation![0]!.location.range, held.range);
    assert.deepEqual((await client.status(uri, 2)).held, ['one']);
    assert.equal((await client.status(uri, 2)).notAnalysed[0]!.line, 1);
    // Lines above move it on.
    text = await client.replace(uri, 3, text, 'one()', '\n\none()');
    now = await client.diagnostics(uri, 3);
    assert.equal(now.find((one) => one.message === 'bad in one')!.range.start.line, 4);
    text = await client.replace(uri, 4, text, '@\n', '\n');
    now = await client.diagnostics(uri, 4);
    assert.equal(now.filter((one) => one.message === 'bad in one').length, 2);
    assert.deepEqual((await client.status(uri, 4)).held, []);
    assert.equal(before.length, 2);
  }));

test('a function that its half-typed neighbour swallows keeps its findings too', () =>
  session({}, async (client) => {
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    await client.replace(uri, 2, source, '}\ntwo', '@\ntwo');
    const now = await client.diagnostics(uri, 2);
    assert.deepEqual(now.map((one) => one.message).sort(), ['bad in one', 'bad in two']);
    assert.deepEqual((await client.status(uri, 2)).held.toSorted(), ['one', 'two']);
  }));

test('a function that never parsed shows what there is, a deleted one nothing', () =>
  session({}, async (client) => {
    const odd = 'one() {\n  flip bad @\n}\ntwo() {\n  bad\n}\n';
    await client.open(uri, odd);
    assert.equal((await client.diagnostics(uri, 1)).length, 2);
    const text = await client.replace(uri, 2, odd, 'bad @', 'bad bad @');
    assert.equal((await client.diagnostics(uri, 2)).length, 3);
    await client.replace(uri, 3, text, 'two() {\n  bad\n}\n', '');
    assert.equal((await client.diagnostics(uri, 3)).length, 2);
  }));

test('a file that names no transition is not analysed, and says so', () =>
  session({}, async (client, engines) => {
    await client.open(uri, 'one() {\n  bad\n}\n');
    assert.deepEqual(await client.diagnostics(uri, 1), []);
    assert.equal((await client.status(uri, 1)).skipped, 'no-transition');
    assert.deepEqual(engines.checks, []);
  }));

test('settings: levels that are shown, off, and a change of mind', () => {
  let settings: unknown = { enable: 'off', shwo: 1, show: 'loud' };
  return session({ settings: () => settings }, async (client, engines) => {
    await client.open(uri, source);
    assert.deepEqual(await client.diagnostics(uri, 1), []);
    assert.equal((await client.status(uri, 1)).skipped, 'off');
    assert.deepEqual(engines.checks, []);
    assert.ok(client.log.some((line) => line.includes('membrane.show: "loud" is not one of')));
    settings = { enable: 'on' };
    const before = client.published.length;
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await client.until(() => client.published.length > before);
    assert.equal(client.published.at(-1)!.diagnostics.length, 2);
  });
});

test('settings that a client sends by itself are taken where it cannot be asked', () =>
  session({ initializationOptions: { settings: { enable: 'off' }, status: true } }, async (client) => {
    await client.open(uri, source);
    assert.equal((await client.status(uri, 1)).skipped, 'off');
    await client.connection.sendNotification('workspace/didChangeConfiguration', {
      settings: { membrane: { enable: 'auto' } },
    });
    await client.until(() => client.published.at(-1)!.diagnostics.length === 2);
  }));

test('on save: nothing new while typing, the old findings move', () =>
  session({ settings: () => ({ diagnostics: { run: 'onSave' } }) }, async (client, engines) => {
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    await client.replace(uri, 2, source, 'flip bad', 'bad\nflip bad');
    const moved = await client.diagnostics(uri, 2);
    assert.deepEqual(
      moved.map((one) => one.range.start.line),
      [2, 5],
    );
    assert.equal(engines.checks.length, 1);
    await client.save(uri);
    await client.until(() => client.published.at(-1)!.diagnostics.length === 3);
  }));

test('a change of settings asks a pull client to pull again', () =>
  session({ pull: true, settings: () => ({}) }, async (client) => {
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await client.until(() => client.refreshes === 1);
  }));

test('hover: the call step by step, the rule in short, no markup from the source', () =>
  session({}, async (client) => {
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    const call = (await client.hover(uri, 1, 3))!;
    assert.deepEqual(call.range, { start: { line: 1, character: 2 }, end: { line: 1, character: 6 } });
    assert.equal(
      (call.contents as { value: string }).value,
      [
        'private -> shared.',
        'Sleeps \\| \\<b>not\\</b> \\[x\\](y).',
        '1. turns \\*it\\* *fails: -EIO*',
        '---',
        'Other platforms:',
        '- CCA: the same.',
      ].join('\n\n'),
    );
    assert.equal('actions' in call, false);
    const page = ((await client.hover(uri, 1, 8))!.contents as { value: string }).value;
    assert.equal(page, '**no-bad**: No bad. **Fix**: Write good.');
    assert.equal(await client.hover(uri, 0, 1), null);
    assert.equal(await client.hover('file:///unknown.c', 0, 1), null);
    assert.equal(await client.hover(uri, 999, 1), null);
  }));

test('hover is plain text for a client that has no markdown', () =>
  session({ capabilities: { textDocument: { hover: { contentFormat: ['plaintext'] } } } }, async (client) => {
    await client.open(uri, source);
    const { contents } = (await client.hover(uri, 1, 3))!;
    assert.deepEqual(contents, {
      kind: 'plaintext',
      value: [
        'private -> shared.',
        'Sleeps | <b>not</b> [x](y).',
        ' 1 turns *it*  fails: -EIO',
        '',
        'Other platforms:',
        '- CCA: the same.',
      ].join('\n'),
    });
  }));

test('hover: what can be opened is told beside the text, to clients that say they can', () =>
  session({ initializationOptions: { commands: ['membrane.showTransition', 7] } }, async (client) => {
    await client.open(uri, source);
    const { contents, actions } = (await client.hover(uri, 1, 3)) as Hover & { actions: HoverActions };
    const start = { line: 1, character: 2 };
    const wanted = {
      callee: 'flip',
      platform: 'tdx',
      uri,
      range: { start, end: { line: 1, character: 6 } },
      position: start,
    };
    assert.deepEqual(actions, [
      {
        commands: [{ title: 'Show the transition', command: 'membrane.showTransition', arguments: [wanted] }],
      },
    ]);
    assert.doesNotMatch((contents as { value: string }).value, /command:/);
  }));

test('an engine that throws costs that analysis only; what was shown stays', () =>
  session({}, async (client, engines) => {
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    engines.onCheck = () => {
      throw new Error('boom');
    };
    const text = await client.replace(uri, 2, source, 'one', '\none');
    const kept = await client.diagnostics(uri, 2);
    assert.deepEqual(
      kept.map((one) => one.range.start.line),
      [2, 5],
    );
    assert.equal((await client.status(uri, 2)).skipped, 'failed');
    assert.ok(client.log.some((line) => line.includes('analysis of a.c: Error: boom')));
    engines.onCheck = () => undefined;
    await client.replace(uri, 3, text, 'flip bad', 'flip good');
    assert.equal((await client.diagnostics(uri, 3)).length, 1);
  }));

test("a change of a tree's own configuration is asked for, and makes everything be looked at again", () =>
  session(
    {
      settings: () => ({}),
      capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
    },
    async (client, engines) => {
      await client.open(uri, source);
      await client.diagnostics(uri, 1);
      const watched = client.registrations.find(({ method }) => method === 'workspace/didChangeWatchedFiles');
      assert.deepEqual(watched?.registerOptions, {
        watchers: [{ globPattern: '**/.membrane.json' }, { globPattern: '**/.membrane-baseline.json' }],
      });
      await client.changedOnDisk('file:///tree/other.json');
      await client.settled();
      assert.equal(engines.checks.length, 1);
      engines.excluded.push('a.c');
      await client.changedOnDisk('file:///tree/.membrane.json');
      await client.until(() => client.published.at(-1)!.diagnostics.length === 0);
      assert.equal(client.statuses.at(-1)!.skipped, 'excluded');
      engines.excluded.pop();
      await client.save('file:///tree/.membrane.json');
      await client.until(() => client.published.at(-1)!.diagnostics.length === 2);
      assert.equal(engines.checks.length, 2);
    },
  ));

test('a pull client is asked to pull again, and one that cannot be registered with is left alone', () =>
  session({ pull: true, settings: () => ({}) }, async (client, engines) => {
    await client.open(uri, source);
    const first = await client.pull(uri);
    assert.ok(!client.registrations.some(({ method }) => method === 'workspace/didChangeWatchedFiles'));
    await client.changedOnDisk('file:///tree/.membrane.json');
    await client.until(() => client.refreshes === 1);
    const second = await client.pull(uri, first.kind === 'full' ? first.resultId : undefined);
    assert.equal(second.kind, 'full');
    assert.equal(engines.checks.length, 2);
  }));

test('messages that make no sense are survived', () =>
  session({}, async (client) => {
    await client.change('file:///unknown.c', 7, [{ text: 'x' }]);
    await client.close('file:///unknown.c');
    await client.save('file:///unknown.c');
    await client.connection.sendNotification('textDocument/didOpen', {} as never);
    assert.equal(await client.connection.sendRequest('membrane/rulePage', null as never), null);
    assert.equal(await client.connection.sendRequest('membrane/rulePage', { id: 'nope' }), null);
    await client.open(uri, source);
    await client.change(uri, 2, [
      { range: { start: { line: 99, character: 99 }, end: { line: 1, character: 5 } }, text: 'x' },
    ]);
    await client.diagnostics(uri, 2);
    const pages = await client.connection.sendRequest('membrane/rules');
    assert.deepEqual(pages, [{ id: 'no-bad', title: 'No bad' }]);
  }));
