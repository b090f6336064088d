import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter, loadClient } from './bundle.ts';

/** An editor whose cursor is at `|`. */
function at(marked: string, languageId = 'c') {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const words = [...text.matchAll(/[A-Za-z_]\w*/g)];
  const word = words.find(({ index, 0: one }) => index <= offset && offset <= index + one.length);
  const document = {
    languageId,
    getWordRangeAtPosition: () => word,
    getText: (range: typeof word) => range![0],
  };
  return { document, selection: { active: offset } };
}

type Editor = ReturnType<typeof at>;

test('the context menu is told where the cursor is on a transition, or on a function that converts memory', async () => {
  const moved = new Emitter<{ textEditor: Editor }>();
  const switched = new Emitter<Editor | undefined>();
  const told: unknown[] = [];
  const window = {
    activeTextEditor: undefined as Editor | undefined,
    onDidChangeTextEditorSelection: moved.event,
    onDidChangeActiveTextEditor: switched.event,
    createOutputChannel: () => ({}),
  };
  const { CursorContext } = await loadClient<{
    CursorContext: new () => { functions: ReadonlySet<string>; dispose(): void };
  }>('client/src/features/cursor.ts', {
    window,
    EventEmitter: Emitter,
    commands: {
      executeCommand: (command: string, key: string, value: boolean) => told.push([command, key, value]),
    },
  });
  const cursor = new CursorContext();
  const move = (marked: string, languageId?: string) => {
    window.activeTextEditor = at(marked, languageId);
    moved.fire({ textEditor: window.activeTextEditor });
    return told.splice(0).map((one) => (one as unknown[])[2]);
  };
  assert.deepEqual(move('ret = other|(p);'), []);
  assert.deepEqual(move('ret = fl|ip(p);'), [true]);
  assert.deepEqual(move('ret = flip|(p);'), []);
  assert.deepEqual(move('ret = flip(p|);'), [false]);
  assert.deepEqual(move('flip|', 'markdown'), []);
  assert.deepEqual(move('ring_share|(p);'), []);
  // The server has said so by now.
  cursor.functions = new Set(['ring_share']);
  assert.deepEqual(told.splice(0), [['setContext', 'membrane.onTransition', true]]);
  switched.fire(undefined);
  assert.deepEqual(told.splice(0), [['setContext', 'membrane.onTransition', false]]);
  cursor.dispose();
  assert.deepEqual(move('flip|'), []);
});
