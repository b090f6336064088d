import { join } from 'node:path';
import { build } from 'esbuild';

const root = process.env.MEMBRANE_ROOT ?? '.';

/** The exports of a module of the extension, run on a stand-in for the editor's API. */
export async function loadClient<T>(
  entry: string,
  vscode: Record<string, unknown>,
  needles: readonly string[] = ['flip'],
): Promise<T> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    define: { MEMBRANE_NEEDLES: JSON.stringify(needles) },
    write: false,
  });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', outputFiles[0]!.text)(module, module.exports, (id: string) => {
    if (id !== 'vscode') throw new Error(`${entry} requires ${id}`);
    return vscode;
  });
  return module.exports as T;
}

/** The editor's events, disposables and documents, as little of them as the tests touch. */
export class Emitter<T> {
  readonly listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}

export class Disposable {
  static from(...all: { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const one of all) one.dispose();
    });
  }

  constructor(readonly dispose: () => void) {}
}

/** A document of the editor. */
export function document(text: string, languageId = 'c', uri = 'file:///a.c') {
  const lines = () => text.split('\n');
  return {
    uri,
    languageId,
    getText: () => text,
    setText: (value: string) => {
      text = value;
    },
    lineAt: (line: number) => ({ text: lines()[line]! }),
    get lineCount() {
      return lines().length;
    },
  };
}

/** The editor with one document of C, which is in front: what a feature that follows the active tab asks for. */
export function oneTab(uri: string) {
  class TabInputText {
    readonly uri = uri;
  }
  const never = new Emitter<void>().event;
  return {
    Disposable,
    EventEmitter: Emitter,
    TabInputText,
    TabInputTextDiff: class {},
    l10n: { t: (text: string, ...args: unknown[]) => text.replace(/\{(\d)\}/g, (_, i) => String(args[i])) },
    window: {
      tabGroups: {
        activeTabGroup: { activeTab: { input: new TabInputText() } },
        onDidChangeTabs: never,
        onDidChangeTabGroups: never,
      },
      onDidChangeActiveTextEditor: never,
    },
    workspace: { textDocuments: [document('', 'c', uri)] },
  };
}
