import { FileType, Uri, workspace } from 'vscode';
import type { FileAnswer, FilesParams, FilesResult, WantedFile } from '../../server/src/protocol.ts';

/** Answers `membrane/files`: what the server cannot read itself. */
export function answerFiles({ wanted }: FilesParams): Promise<FilesResult> {
  return Promise.all(wanted.map((one) => answer(one).catch(() => null)));
}

/** @throws if nothing is there, or it cannot be read */
async function answer({ uri, what, limit }: WantedFile): Promise<FileAnswer> {
  const at = Uri.parse(uri);
  if (what === 'names') {
    const names = await workspace.fs.readDirectory(at);
    return names.map(([name, type]) => ({
      name,
      kind: (type & FileType.SymbolicLink) !== 0 ? 'link' : kindOf(type),
    }));
  }
  if (what === 'kind') return kindOf((await workspace.fs.stat(at)).type);
  if (limit !== undefined) {
    const { size } = await workspace.fs.stat(at);
    if (size > limit) return size;
  }
  return await workspace.fs.readFile(at);
}

function kindOf(type: FileType): 'file' | 'directory' | 'other' {
  if ((type & FileType.File) !== 0) return 'file';
  return (type & FileType.Directory) !== 0 ? 'directory' : 'other';
}
