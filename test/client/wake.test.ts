import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Disposable, document, Emitter, loadClient } from './bundle.ts';

type Document = ReturnType<typeof document>;

interface Change {
  document: Document;
  contentChanges: { range: { start: { line: number } }; text: string }[];
}

/** An editor with documents, files and settings; counts the starts of the server. */
async function editor(options: {
  documents?: Document[];
  folders?: string[];
  files?: string[];
  enable?: string;
  scope?: string;
}) {
  const opened = new Emitter<Document>();
  const changed = new Emitter<Change>();
  const configured = new Emitter<{ affectsConfiguration: (name: string) => boolean }>();
  const state = { enable: options.enable ?? 'auto' };
  const documents = options.documents ?? [];
  const session = {
    starts: 0,
    get running() {
      return session.starts > 0;
    },
    start: () => {
      session.starts++;
      return Promise.resolve();
    },
  };
  const vscode = {
    Disposable,
    EventEmitter: Emitter,
    Uri: { joinPath: (uri: string, name: string) => `${uri}/${name}` },
    window: {},
    workspace: {
      textDocuments: documents,
      workspaceFolders: options.folders?.map((uri) => ({ uri })),
      onDidOpenTextDocument: opened.event,
      onDidChangeTextDocument: changed.event,
      onDidChangeConfiguration: configured.event,
      getConfiguration: () => ({
        get: (name: string) => (name === 'enable' ? state.enable : options.scope),
      }),
      fs: {
        stat: async (uri: string) => {
          if (!options.files?.includes(uri)) throw new Error('not there');
        },
      },
    },
  };
  const { activateWake } = await loadClient<{ activateWake: (session: unknown) => Disposable }>(
    'client/src/features/wake.ts',
    vscode,
  );
  const wake = activateWake(session);
  const listeners = () => opened.listeners.size + changed.listeners.size + configured.listeners.size;
  await new Promise((resolve) => setImmediate(resolve));
  return { session, opened, changed, configured, state, listeners, wake };
}

test('nothing starts for C that names no transition, whatever is typed elsewhere', async () => {
  const plain = document('int main(void)\n{\n}\n');
  const { session, opened, changed } = await editor({ documents: [plain], folders: ['file:///p'] });
  opened.fire(document('flip()', 'python'));
  opened.fire(document('int x;', 'cpp'));
  changed.fire({ document: plain, contentChanges: [{ range: { start: { line: 1 } }, text: 'x' }] });
  changed.fire({ document: plain, contentChanges: [] });
  assert.equal(session.starts, 0);
});

test('a C file that names one starts the server once, and then nothing listens any more', async () => {
  const { session, opened, listeners } = await editor({});
  assert.ok(listeners() > 0);
  opened.fire(document('x = flip(p);'));
  opened.fire(document('x = flip(p);'));
  assert.equal(session.starts, 1);
  assert.equal(listeners(), 0);
});

test('a file that was open before counts, and so does a header, which is cpp', async () => {
  const { session } = await editor({
    documents: [document('static inline int f(void) { return flip(p); }', 'cpp')],
  });
  assert.equal(session.starts, 1);
});

test('the name typed letter by letter, or pasted among other lines', async () => {
  const typed = document('int f(void)\n{\n\treturn flip\n}\n');
  const one = await editor({});
  one.changed.fire({ document: typed, contentChanges: [{ range: { start: { line: 2 } }, text: 'p' }] });
  assert.equal(one.session.starts, 1);
  const two = await editor({});
  const pasted = document('a\nb flip\nc\n');
  two.changed.fire({
    document: pasted,
    contentChanges: [{ range: { start: { line: 0 } }, text: '\nb flip\nc' }],
  });
  assert.equal(two.session.starts, 1);
});

test('where findings of the whole workspace are wanted, a kernel tree starts it by itself', async () => {
  const files = ['MAINTAINERS', 'Kbuild', 'Kconfig'].map((name) => `file:///linux/${name}`);
  const folders = ['file:///linux'];
  const { session } = await editor({ folders, files, scope: 'workspace' });
  assert.equal(session.starts, 1);
  const later = { folders, files, scope: 'openFiles' };
  const changed = await editor(later);
  assert.equal(changed.session.starts, 0);
  later.scope = 'workspace';
  changed.configured.fire({ affectsConfiguration: (name) => name === 'membrane' });
  assert.equal(changed.session.starts, 1);
  const off = await editor({ folders, files, scope: 'workspace', enable: 'off' });
  assert.equal(off.session.starts, 0);
  const elsewhere = await editor({ folders, scope: 'workspace' });
  assert.equal(elsewhere.session.starts, 0);
});

test('in a kernel tree any C file starts it, and nothing else does', async () => {
  const files = ['MAINTAINERS', 'Kbuild', 'Kconfig'].map((name) => `file:///linux/${name}`);
  const { session, opened, listeners } = await editor({ folders: ['file:///linux'], files });
  assert.equal(session.starts, 0);
  opened.fire(document('# flip', 'markdown'));
  assert.equal(session.starts, 0);
  opened.fire(document('int x;'));
  assert.equal(session.starts, 1);
  assert.equal(listeners(), 0);
  const part = await editor({
    folders: ['file:///linux'],
    files: files.slice(1),
    documents: [document('int x;')],
  });
  assert.equal(part.session.starts, 0);
  const asked = await editor({
    folders: ['file:///p'],
    files: ['file:///p/.membrane.json'],
    documents: [document('int x;')],
  });
  assert.equal(asked.session.starts, 1);
});

test('off means never, on means the first C file, and a change of mind is heard', async () => {
  const off = await editor({ documents: [document('flip')], enable: 'off' });
  assert.equal(off.session.starts, 0);
  off.state.enable = 'auto';
  off.configured.fire({ affectsConfiguration: (name) => name === 'membrane.enable' });
  assert.equal(off.session.starts, 1);
  const on = await editor({ documents: [document('int x;')], enable: 'on' });
  assert.equal(on.session.starts, 1);
});

test('what is disposed of listens no more, not even when the answer about the folders comes late', async () => {
  const files = ['file:///p/.membrane.json'];
  const { wake, listeners } = await editor({ folders: ['file:///p'], files });
  wake.dispose();
  assert.equal(listeners(), 0);
});
