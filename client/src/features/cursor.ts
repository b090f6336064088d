import type { TextEditor } from 'vscode';
import { commands, type Disposable, window } from 'vscode';
import { isC } from '../session.ts';
import { names } from './needles.ts';

/** The context in which the entries of the context menu are there. */
const onTransition = 'membrane.onTransition';

/** Tells the editor whether the cursor is on a transition of memory, or on a function that converts memory. */
export class CursorContext implements Disposable {
  private converting: ReadonlySet<string> = new Set();
  private told = false;
  private readonly listeners = [
    window.onDidChangeTextEditorSelection(({ textEditor }) => this.look(textEditor)),
    window.onDidChangeActiveTextEditor((editor) => this.look(editor)),
  ];

  /** What converts memory in the document in front, as far as the server has said. */
  set functions(converting: ReadonlySet<string>) {
    this.converting = converting;
    this.look(window.activeTextEditor);
  }

  dispose(): void {
    for (const listener of this.listeners) listener.dispose();
  }

  private look(editor: TextEditor | undefined): void {
    const isOn = editor !== undefined && this.isOn(editor);
    if (isOn === this.told) return;
    this.told = isOn;
    void commands.executeCommand('setContext', onTransition, isOn);
  }

  private isOn({ document, selection }: TextEditor): boolean {
    if (!isC(document)) return false;
    const range = document.getWordRangeAtPosition(selection.active, /[A-Za-z_]\w*/);
    if (range === undefined) return false;
    const word = document.getText(range);
    return this.converting.has(word) || names(word);
  }
}
