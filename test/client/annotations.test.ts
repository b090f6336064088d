import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnnotationsResult, SuppressArguments } from '../../server/src/protocol.ts';
import { Disposable, document, loadClient } from './bundle.ts';

const uri = 'file:///k/a.c';
const config = 'file:///k/.membrane.json';
const wanted: SuppressArguments = {
  ...{ uri, rule: 'free-while-shared', fingerprint: 'f', where: 'config', target: config },
};

/** The feature over what `session` answers and what is typed, and what was done. */
async function feature(answers: {
  edit?: unknown;
  reason?: string;
  list?: AnnotationsResult;
  line?: number;
}) {
  const done: unknown[][] = [];
  const registered = new Map<string, (...given: unknown[]) => Promise<void>>();
  const file = {
    ...document('{}', 'json', config),
    isDirty: true,
    save: async () => void done.push(['saved']),
  };
  class Range {
    readonly given: unknown[];
    constructor(...given: unknown[]) {
      this.given = given;
    }
  }
  class TabInputText {
    readonly uri = uri;
  }
  const own = document('', 'c', uri);
  const vscode = {
    Disposable,
    Range,
    TabInputText,
    TabInputTextDiff: class {},
    Uri: { parse: (text: string) => text },
    EventEmitter: class {},
    l10n: { t: (text: string) => text },
    commands: {
      registerCommand: (name: string, run: (...given: unknown[]) => Promise<void>) => {
        registered.set(name, run);
        return new Disposable(() => undefined);
      },
    },
    window: {
      activeTextEditor: { document: own, selection: { active: { line: answers.line ?? 0, character: 0 } } },
      tabGroups: { activeTabGroup: { activeTab: { input: new TabInputText() } } },
      createOutputChannel: () => ({}),
      showInputBox: async (options: { validateInput(text: string): string | undefined }) => {
        assert.equal(options.validateInput(' ... '), 'A reason is needed.');
        assert.equal(options.validateInput('why'), undefined);
        return answers.reason;
      },
      showInformationMessage: async (text: string) => void done.push(['message', text]),
      showQuickPick: async (items: { label: string; description: string; detail: string }[]) => {
        done.push(...items.map(({ label, description, detail }) => [label, description, detail]));
        return items[0];
      },
      showTextDocument: async (shown: unknown, { selection }: { selection: Range }) =>
        void done.push(['shown', shown, ...selection.given]),
    },
    workspace: {
      textDocuments: [own, file],
      applyEdit: async (edit: unknown) => {
        done.push(['applied', edit]);
        return true;
      },
      openTextDocument: async (at: string) => at,
    },
  };
  const { activateAnnotations } = await loadClient<{ activateAnnotations: (session: unknown) => unknown }>(
    'client/src/features/annotations.ts',
    vscode,
  );
  activateAnnotations({
    suppress: async (params: unknown) => {
      done.push(['asked', params]);
      return answers.edit;
    },
    annotate: async (params: unknown) => {
      done.push(['asked', params]);
      return answers.edit;
    },
    annotations: async () => answers.list ?? null,
  });
  return { done, run: (name: string, ...given: unknown[]) => registered.get(name)!(...given) };
}

test('a suppression asks for its reason; the file that it goes into is saved before and after', async () => {
  const { done, run } = await feature({ edit: 'edit', reason: 'the pool' });
  await run('membrane.suppress', wanted);
  const params = { textDocument: { uri }, fingerprint: 'f', where: 'config', reason: 'the pool' };
  assert.deepEqual(done, [['saved'], ['asked', params], ['applied', 'edit'], ['saved']]);
  const none = await feature({ edit: 'edit' });
  await none.run('membrane.suppress', wanted);
  assert.deepEqual(none.done, []);
  const gone = await feature({ reason: 'the pool' });
  await gone.run('membrane.suppress', { ...wanted, where: 'here', target: uri });
  assert.deepEqual(gone.done.at(-1), ['message', 'Membrane: the finding is not there any more.']);
});

test('Annotate Function asks for the one at the cursor, Annotate Wrappers in File for all', async () => {
  const { done, run } = await feature({ edit: 'edit', line: 7 });
  await run('membrane.annotateFunction');
  await run('membrane.annotateFile');
  assert.deepEqual(done, [
    ['asked', { textDocument: { uri }, position: { line: 7, character: 0 } }],
    ['applied', 'edit'],
    ['asked', { textDocument: { uri } }],
    ['applied', 'edit'],
  ]);
  const nothing = await feature({});
  await nothing.run('membrane.annotateFile');
  assert.deepEqual(nothing.done.at(-1), ['message', 'Membrane: no function of this file wants a contract.']);
});

test('List Annotations shows what there is and what is wrong, and goes there', async () => {
  const range = { start: { line: 4, character: 3 }, end: { line: 4, character: 9 } };
  const list: AnnotationsResult = [
    {
      uri,
      range,
      of: 'share()',
      text: 'coco: flips p: shared',
      suppresses: false,
      wrong: ['It does not hold.'],
    },
    { uri: config, range, of: 'a.c', text: 'allow x -- y', suppresses: true, wrong: [] },
  ];
  const { done, run } = await feature({ list });
  await run('membrane.listAnnotations');
  assert.deepEqual(done, [
    ['$(warning) share()', 'a.c:5', 'coco: flips p: shared | It does not hold.'],
    ['$(mute) a.c', '.membrane.json:5', 'allow x -- y'],
    ['shown', uri, 4, 3, 4, 9],
  ]);
  const nothing = await feature({ list: [] });
  await nothing.run('membrane.listAnnotations');
  assert.match(String(nothing.done.at(-1)![1]), /^Membrane: no annotations here/);
});
