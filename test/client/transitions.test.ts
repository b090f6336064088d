import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallersResult, TransitionsResult } from '../../server/src/protocol.ts';
import { Disposable, Emitter, loadClient, oneTab } from './bundle.ts';

const uri = 'file:///a.c';
const place = (line: number, file = uri) => ({
  uri: file,
  range: { start: { line, character: 1 }, end: { line, character: 4 } },
});

const found: TransitionsResult = {
  functions: [
    {
      name: 'other',
      does: 'encrypts p | 0: private',
      callers: 'no callers in view',
      ...place(3, 'file:///b.c'),
    },
    {
      name: 'share',
      does: 'decrypts p | 0: shared, else unknown | sleeps',
      callers: '1 caller',
      ...place(5),
    },
  ],
  calls: [
    {
      ...{ function: 'share', callee: 'set_memory_decrypted', text: 'set_memory_decrypted(p,\n\t1)' },
      ...{ outcomes: '0: shared, else unknown', ...place(7) },
    },
    { function: 'init', callee: 'share', text: 'share(p)', outcomes: null, ...place(20) },
  ],
};

interface Item {
  label: string;
  description: string;
  tooltip: string;
  command: { arguments: [string, { selection: unknown }] };
}

class TreeItem {
  constructor(
    readonly label: string,
    readonly state: number,
  ) {}
}

/** The view over what `session` says, and what was done in the editor. */
async function view(session: { transitions?: unknown; callers?: CallersResult; skipped?: string | null }) {
  const done: unknown[][] = [];
  const registered = new Map<string, (...given: unknown[]) => Promise<void>>();
  let provider!: { getChildren(node?: unknown): unknown[]; getTreeItem(node: unknown): Item };
  const changed = new Emitter<void>();
  const editor = oneTab(uri);
  const vscode = {
    ...editor,
    TreeItem,
    TreeItemCollapsibleState: { None: 0, Collapsed: 1 },
    ThemeIcon: class {},
    Range: class {
      readonly given: unknown[];
      constructor(...given: unknown[]) {
        this.given = given;
      }
    },
    Position: class {},
    Location: class {
      constructor(
        readonly uri: string,
        readonly range: { given: unknown[] },
      ) {}
    },
    Uri: { parse: (text: string) => text },
    commands: {
      executeCommand: async (...given: unknown[]) => void done.push(given),
      registerCommand: (name: string, run: (...given: unknown[]) => Promise<void>) => {
        registered.set(name, run);
        return new Disposable(() => undefined);
      },
    },
    window: {
      ...editor.window,
      createTreeView: (_id: string, options: { treeDataProvider: typeof provider }) => {
        provider = options.treeDataProvider;
        return new Disposable(() => undefined);
      },
      createOutputChannel: () => ({}),
      showInformationMessage: async (text: string) => void done.push(['message', text]),
      activeTextEditor: undefined,
      onDidChangeTextEditorSelection: new Emitter<void>().event,
    },
  };
  const { activateTransitions } = await loadClient<{ activateTransitions: (session: unknown) => unknown }>(
    'client/src/features/transitions.ts',
    vscode,
  );
  activateTransitions({
    status: () => ({ skipped: session.skipped ?? null }),
    onDidChange: changed.event,
    transitions: async () => session.transitions ?? found,
    callers: async () => session.callers ?? null,
  });
  await new Promise((resolve) => setImmediate(resolve));
  return { provider, done, registered };
}

test('the view shows functions that convert memory, those of the file in front first, their calls and callers', async () => {
  const { provider, done } = await view({});
  const roots = provider.getChildren();
  const items = roots.map((node) => provider.getTreeItem(node));
  assert.deepEqual(
    items.map(({ label, description }) => [label, description]),
    [
      ['share', '0: shared, else unknown'],
      ['other', '0: private'],
    ],
  );
  assert.equal(items[0]!.tooltip, 'share() decrypts p\n0: shared, else unknown\nsleeps\n1 caller');
  const below = provider.getChildren(roots[0]).map((node) => provider.getTreeItem(node));
  assert.deepEqual(
    below.map(({ label, description, tooltip }) => [label, description, tooltip]),
    [
      ['set_memory_decrypted', '0: shared, else unknown', 'set_memory_decrypted(p, 1)'],
      ['init', 'calls it', 'share(p)'],
    ],
  );
  assert.equal(below[1]!.command.arguments[0], uri);
  assert.deepEqual(done, [['setContext', 'membrane.hasTransitions', true]]);
});

test('a file that was not analysed shows nothing, and is not asked about', async () => {
  const { provider, done } = await view({ skipped: 'no-transition' });
  assert.deepEqual(provider.getChildren(), []);
  assert.deepEqual(done, [['setContext', 'membrane.hasTransitions', false]]);
});

test('Show Callers opens a peek view of the calls, or says why there is none', async () => {
  const callers = { name: 'share', calls: [found!.calls[1]!] };
  const { registered, done } = await view({ callers });
  await registered.get('membrane.showCallers')!(uri, { line: 5, character: 1 });
  const [command, at, , locations] = done.at(-1) as [string, string, unknown, { uri: string }[]];
  assert.deepEqual(
    [command, at, locations.length, locations[0]!.uri],
    [...['editor.action.showReferences', uri, 1, uri]],
  );
  const nothing = await view({});
  await nothing.registered.get('membrane.showCallers')!(uri, { line: 5, character: 1 });
  assert.deepEqual(nothing.done.at(-1), [
    'message',
    'Membrane: put the cursor on a function that converts memory.',
  ]);
});
