import { type FileSystem, type Problem, problemText } from './files.ts';
import { joinPath } from './paths.ts';
import type { LoweredText } from './pipeline.ts';
import { readText } from './read.ts';

/** Files of a tree, read and cut when they are first asked for. */
export class Sources {
  private readonly texts = new Map<string, LoweredText | null>();
  readonly problems: Problem[] = [];

  constructor(
    private readonly fs: FileSystem,
    private readonly root: string,
    private readonly cut: (file: string, text: string, note: string | null) => LoweredText,
  ) {}

  /** `file`: relative to the root. Null where it cannot be read; then that is a problem. */
  text(file: string): LoweredText | null {
    let text = this.texts.get(file);
    if (text === undefined) {
      text = this.read(file);
      this.texts.set(file, text);
    }
    return text;
  }

  /** The Makefile or Kbuild file of a folder (relative to the root); empty where there is none. */
  makefile(folder: string): string {
    for (const file of makefilesOf(folder)) {
      try {
        const path = joinPath(this.root, file);
        if (this.fs.status(path)?.kind === 'file') return readText(this.fs, path).text;
      } catch {
        // It only says which files belong together; without it, nothing does.
      }
    }
    return '';
  }

  private read(file: string): LoweredText | null {
    try {
      const { text, note } = readText(this.fs, joinPath(this.root, file));
      return this.cut(file, text, note);
    } catch (error) {
      this.problems.push({ file, message: problemText(error) });
      return null;
    }
  }
}

/** Where the Makefile of a folder may be (relative to the root, like the folder): the first that is there is meant. */
export function makefilesOf(folder: string): readonly string[] {
  return ['Kbuild', 'Makefile'].map((name) => (folder === '' ? name : joinPath(folder, name)));
}
