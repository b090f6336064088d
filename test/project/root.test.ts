import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRoot, kernelVersion } from '../../server/src/project/root.ts';
import { MemoryFiles } from '../harness/memory-files.ts';

const kernel = { '/k/MAINTAINERS': '', '/k/Kbuild': '', '/k/Kconfig': '', '/k/arch/x86/Kbuild': '' };
const file = '/k/arch/x86/mm/pat.c';
const rootOf = (nodes: Record<string, string>, path = file) => {
  const { folder, marker } = findRoot(new MemoryFiles({ [file]: '', ...nodes }), path);
  return `${folder} ${marker}`;
};

test('each marker goes before the next, however near that one is', () => {
  assert.equal(rootOf(kernel), '/k kernel');
  assert.equal(rootOf({ ...kernel, '/.git/HEAD': '' }), '/ git');
  assert.equal(rootOf({ ...kernel, '/.git/HEAD': '', '/k/arch/.membrane.json': '{}' }), '/k/arch config');
});

test('a lone Kbuild or Makefile is a root only where there is no tree', () => {
  assert.equal(rootOf({ '/k/arch/x86/Kbuild': '' }), '/k/arch/x86 make');
  assert.equal(rootOf({ '/k/Makefile': '' }), '/k make');
  assert.equal(rootOf({ '/k/MAINTAINERS': '', '/k/Kconfig': '' }), '/k/arch/x86/mm path');
});

test('a folder can be its own root, and a file that is not there yet has one', () => {
  assert.equal(rootOf(kernel, '/k'), '/k kernel');
  assert.equal(rootOf({}, '/k/arch'), '/k/arch path');
  assert.equal(rootOf(kernel, '/k/arch/new.c'), '/k kernel');
});

test('the version is that of the root Makefile', () => {
  const version = (text: string) => kernelVersion(new MemoryFiles({ '/k/Makefile': text }), '/k');
  assert.deepEqual(version('# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n'), [6, 12]);
  assert.deepEqual(version('VERSION=7\r\nPATCHLEVEL=3 \r\n'), [7, 3]);
  assert.equal(version('obj-m := foo.o\nVERSION = 2\n'), null);
  assert.equal(version('VERSION = 6-rc\nPATCHLEVEL = 12\n'), null);
  assert.equal(kernelVersion(new MemoryFiles({}), '/k'), null);
});
