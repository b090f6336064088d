import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadClient } from './bundle.ts';

/** A text of the editor's hover, and what it may do. */
class MarkdownString {
  isTrusted: unknown = undefined;
  constructor(readonly value: string) {}
}
class Hover {
  constructor(
    readonly contents: readonly MarkdownString[],
    readonly range: unknown,
  ) {}
}

const l10n = { t: (text: string) => text };
const range = { start: 1, end: 2 };

/** What the editor shows where the server answers `answer`. */
async function shown(answer: unknown, cancelled = false): Promise<Hover | null> {
  const { provideHover } = await loadClient<{
    provideHover(...all: unknown[]): Promise<Hover | null>;
  }>('client/src/hover.ts', { Hover, MarkdownString, l10n });
  const client = {
    code2ProtocolConverter: { asTextDocumentPositionParams: () => 'params' },
    protocol2CodeConverter: {
      asHover: ({ contents }: { contents: { value: string } }) =>
        new Hover([new MarkdownString(contents.value)], range),
    },
    sendRequest: async (method: string, params: string) => {
      assert.deepEqual([method, params], ['textDocument/hover', 'params']);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return provideHover(client, {}, {}, { isCancellationRequested: cancelled });
}

const contents = (value: string) => ({ kind: 'markdown', value });
const action = (command: string) => ({
  commands: [{ title: 'x', command, arguments: [{ callee: 'flip', uri: 'file:///a(1).c' }] }],
});

test('the link is a text of its own, behind the first part, and may run one command', async () => {
  const hover = (await shown({
    contents: contents('[a](command:evil)\n\n---\n\nmore\n\n---\n\nlast'),
    actions: [action('membrane.showTransition')],
  }))!;
  assert.equal(hover.range, range);
  assert.deepEqual(
    hover.contents.map(({ value }) => value.replace(/\?.*/, '')),
    ['[a](command:evil)', '[Show the transition](command:membrane.showTransition', 'more\n\n---\n\nlast'],
  );
  const [first, link, rest] = hover.contents;
  assert.deepEqual([first!.isTrusted, rest!.isTrusted], [undefined, undefined]);
  assert.deepEqual(link!.isTrusted, { enabledCommands: ['membrane.showTransition'] });
  const query = /^\[Show the transition\]\(command:membrane\.showTransition\?([^()]*)\)$/.exec(
    link!.value,
  )![1]!;
  assert.deepEqual(JSON.parse(decodeURIComponent(query)), [{ callee: 'flip', uri: 'file:///a(1).c' }]);
});

test('no other command becomes a link, and without one nothing is trusted', async () => {
  for (const actions of [undefined, [], [action('workbench.action.terminal.new')]]) {
    const hover = (await shown({ contents: contents('a\n\n---\n\nb'), actions }))!;
    assert.deepEqual(
      hover.contents.map(({ value, isTrusted }) => [value, isTrusted]),
      [['a\n\n---\n\nb', undefined]],
    );
  }
});

test('nothing to show, a cancelled request, a fault', async () => {
  assert.equal(await shown(null), null);
  assert.equal(await shown(new Error('cancelled'), true), null);
  await assert.rejects(shown(new Error('broken')), /broken/);
});
