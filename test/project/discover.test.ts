import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled } from '../../server/src/base/token.ts';
import { discover, isWalked } from '../../server/src/project/discover.ts';
import { compileGlobs } from '../../server/src/project/glob.ts';
import { Prefilter } from '../../server/src/project/prefilter.ts';
import { scan } from '../../server/src/project/read.ts';
import { MemoryFiles, type Node } from '../harness/memory-files.ts';

function walk(nodes: Record<string, Node>, paths: string[], exclude: string[] = [], cancelled = false) {
  const problems: string[] = [];
  const files = [
    ...discover({
      fs: new MemoryFiles(nodes),
      root: '/k',
      paths,
      excluded: exclude.length > 0 ? compileGlobs(exclude) : null,
      token: { cancelled },
      onProblem: ({ file, message }) => problems.push(`${file}: ${message}`),
    }),
  ].map(({ path, named }) => (named ? `${path} named` : path));
  return { files, problems };
}

const tree = {
  '/k/b.c': '',
  '/k/a/x.h': '',
  '/k/a/y.S': '',
  '/k/a/z.c': '',
  '/k/.git/no.c': '',
  '/k/.gitignore': '*',
};

test('C files and headers, folder by folder in name order; ignore files are not obeyed', () => {
  assert.deepEqual(walk(tree, ['/k']).files, ['/k/b.c', '/k/a/x.h', '/k/a/z.c']);
});

test('each file once, named ones first, with any ending that C has; others are told', () => {
  const more = { ...tree, '/k/a/w.h.in': '', '/k/README.md': '' };
  const named = ['/k/a/z.c', '/k/a/w.h.in', '/k/a/y.S', '/k/README.md', '/k/a/z.c'];
  const { files, problems } = walk(more, ['/k', '/k/a', ...named]);
  assert.deepEqual(
    problems.map((problem) => problem.replace(/: is no C file .*/, ' no C')),
    ['a/y.S no C', 'README.md no C'],
  );
  assert.deepEqual(files, ['/k/a/z.c named', '/k/a/w.h.in named', '/k/b.c', '/k/a/x.h']);
});

test('architectures on which nothing is ever shared are left out, unless a path leads there', () => {
  const arch = {
    '/k/arch/x86/a.c': '',
    '/k/arch/mips/b.c': '',
    '/k/arch/mips/mm/c.c': '',
    '/k/arch/riscv/d.c': '',
    '/k/drivers/mips/e.c': '',
  };
  assert.deepEqual(walk(arch, ['/k']).files, ['/k/arch/riscv/d.c', '/k/arch/x86/a.c', '/k/drivers/mips/e.c']);
  assert.deepEqual(walk(arch, ['/k/arch/mips']).files, ['/k/arch/mips/b.c', '/k/arch/mips/mm/c.c']);
  assert.deepEqual(walk(arch, ['/k/arch/mips/mm']).files, ['/k/arch/mips/mm/c.c']);
  assert.deepEqual(walk(arch, ['/k/arch/mips/b.c']).files, ['/k/arch/mips/b.c named']);
  for (const [file, walked] of Object.entries({ 'arch/mips/b.c': false, 'arch/riscv/d.c': true }))
    assert.equal(isWalked(file), walked);
});

test('links are not followed: a loop ends, nothing comes twice', () => {
  const nodes: Record<string, Node> = { ...tree, '/k/a/loop': { link: '..' }, '/k/a/l.c': { link: 'z.c' } };
  assert.deepEqual(walk(nodes, ['/k']).files, walk(tree, ['/k']).files);
  assert.deepEqual(walk(nodes, ['/k/a/l.c']).files, ['/k/a/l.c named']);
});

test('what cannot be listed is a problem, the rest goes on', () => {
  const { files, problems } = walk({ ...tree, '/k/a': { trouble: 'denied' } }, ['/k']);
  assert.deepEqual(files, ['/k/b.c']);
  assert.deepEqual(problems, ['a: may not be read: permission denied']);
});

test('a named link that leads in a circle is a problem', () => {
  const nodes: Record<string, Node> = { '/k/l.c': { link: 'm.c' }, '/k/m.c': { link: 'l.c' } };
  assert.deepEqual(walk(nodes, ['/k/l.c']), {
    files: [],
    problems: ['l.c: cannot be reached: its symbolic links go in a circle'],
  });
});

test('excluded folders are not entered, excluded files not taken, named or not', () => {
  assert.deepEqual(walk(tree, ['/k', '/k/b.c'], ['a', 'b.*']).files, []);
});

test('a cancelled walk throws', () => {
  assert.throws(() => walk(tree, ['/k'], [], true), Cancelled);
});

test('a scan takes what has a needle or was named, and tells what it could not read', () => {
  const fs = new MemoryFiles({
    '/k/hit.c': 'x = set_memory_decrypted(a, 1);',
    '/k/miss.c': 'set_memory_uc(a)',
    '/k/big.h': ` ${'x'.repeat(2 * 1024 * 1024)} set_memory_decrypted`,
    '/k/secret.c': { trouble: 'denied' },
  });
  const files = ['hit.c', 'miss.c', 'big.h', 'secret.c', 'gone.c'].map((name) => ({
    path: `/k/${name}`,
    named: false,
  }));
  const { relevant, problems } = scan(fs, '/k', files, new Prefilter(['set_memory_decrypted']));
  assert.deepEqual(
    relevant.map((file) => file.path),
    ['/k/hit.c'],
  );
  assert.deepEqual(
    problems.map(({ file, message }) => `${file}: ${message}`),
    [
      'big.h: header of more than 2 MB, not searched; name it to have it checked',
      'secret.c: may not be read: permission denied',
      'gone.c: is not there (any more)',
    ],
  );
  const named = scan(
    fs,
    '/k',
    [
      { path: '/k/big.h', named: true },
      { path: '/k/miss.c', named: true },
    ],
    new Prefilter(['q']),
  );
  assert.equal(named.relevant.length, 2);
});
