import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilesParams, FilesResult } from '../../server/src/protocol.ts';
import { loadClient } from './bundle.ts';

const [file, directory, link] = [1, 2, 64];

/** What the editor's file system has; reading more than it may is an error. */
const fs = {
  stat: async (uri: string) => {
    if (uri === 'vfs:/a.c') return { type: file, size: 3 };
    if (uri === 'vfs:/large.h') return { type: file, size: 3000 };
    if (uri === 'vfs:/linked') return { type: directory | link, size: 0 };
    throw new Error('EntryNotFound');
  },
  readFile: async (uri: string) => {
    if (uri !== 'vfs:/a.c') throw new Error(`${uri} is read`);
    return new Uint8Array([1, 2, 3]);
  },
  readDirectory: async () => [
    ['a.c', file],
    ['b', directory],
    ['c', directory | link],
    ['d', 0],
  ],
};

test('files for the server: what is there, its bytes, what is in a folder; null for what cannot be read', async () => {
  const vscode = {
    FileType: { File: file, Directory: directory, SymbolicLink: link },
    Uri: { parse: (uri: string) => uri },
    workspace: { fs },
  };
  const { answerFiles } = await loadClient<{ answerFiles: (params: FilesParams) => Promise<FilesResult> }>(
    'client/src/files.ts',
    vscode,
  );
  const answers = await answerFiles({
    wanted: [
      { uri: 'vfs:/a.c', what: 'kind' },
      { uri: 'vfs:/linked', what: 'kind' },
      { uri: 'vfs:/nothing', what: 'kind' },
      { uri: 'vfs:/a.c', what: 'bytes', limit: 3 },
      { uri: 'vfs:/large.h', what: 'bytes', limit: 2000 },
      { uri: 'vfs:/nothing', what: 'bytes' },
      { uri: 'vfs:/', what: 'names' },
    ],
  });
  assert.deepEqual(answers, [
    'file',
    'directory',
    null,
    new Uint8Array([1, 2, 3]),
    3000,
    null,
    [
      { name: 'a.c', kind: 'file' },
      { name: 'b', kind: 'directory' },
      { name: 'c', kind: 'link' },
      { name: 'd', kind: 'other' },
    ],
  ]);
});
