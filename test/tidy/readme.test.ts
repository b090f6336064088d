import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { withRules } from '../../scripts/rules-table.mjs';
import { rules } from '../../server/src/rules/registry.ts';
import { files, json, root, text } from './repository.ts';

/** Lines of the README's shell fences. */
const commands = [...text('README.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((fence) =>
  fence[1]!
    .split('\n')
    .map((line) => line.replace(/ +# .*$/, '').trim())
    .filter(Boolean),
);

/** The first file of the example, and a function of it, stand for what the README names in somebody's kernel tree. */
const file = files('example').find((name) => name.endsWith('.c')) ?? '';
const functionName = /^(?:static )?[\w *]*?\b(\w+)\([^;]*\)\n\{/m.exec(file && text(file))?.[1];

test('the README shows commands', () => {
  assert.ok(commands.includes('npm start'));
  assert.ok(commands.includes('npm test'));
  assert.ok(commands.filter((line) => line.startsWith('npx membrane ')).length >= 3);
});

for (const line of new Set(commands)) {
  const [program, ...words] = line.split(' ');
  if (program === 'npm') {
    test(`README: ${line}`, () => {
      const script = words[0] === 'run' ? words[1] : words[0];
      assert.ok(json('package.json').scripts[script!], `no npm script ${script}`);
    });
  } else if (program === 'npx') {
    test(`README: ${line}`, () => {
      assert.equal(words.shift(), 'membrane');
      const args = words.map((word) =>
        word
          .replace(/^\.\.\/linux\/\S+:\w+$/, `${file}:${functionName}`)
          .replace(/^\.\.\/linux\/\S+$/, file)
          .replace(/^\.\.\/linux$/, 'example'),
      );
      const launcher = join(root, 'node_modules/.bin/membrane');
      assert.ok(existsSync(launcher), 'npx membrane is not there');
      const run = spawnSync(process.execPath, [launcher, ...args], {
        cwd: root,
        encoding: 'utf8',
        input: '',
        timeout: 60_000,
      });
      const expected = args[0] === 'check' ? [0, 1] : args[0] === 'lsp' ? [0, 1] : [0];
      assert.ok(expected.includes(run.status!), `exit ${run.status}\n${run.stdout}\n${run.stderr}`);
      assert.doesNotMatch(run.stderr, /^\s+at .*:\d+:\d+/m);
      if (args[0] !== 'lsp') assert.notEqual(run.stdout, '');
    });
  } else {
    test(`README: ${line}`, () => {
      assert.match(
        line,
        /^(git clone|cd|code --install-extension|nvim|apt-get|emacs) /,
        'nobody runs this command',
      );
    });
  }
}

test('the table of rules in the README is what the rules say: npm run docs', () => {
  assert.ok(rules.length > 0);
  assert.equal(text('README.md'), withRules(text('README.md'), rules));
  for (const { id } of rules) assert.ok(text('README.md').includes(`[\`${id}\`](docs/rules/${id}.md)`), id);
});

test('the picture shows what the command line says', () => {
  const run = spawnSync(process.execPath, [join(root, 'scripts/picture.mjs'), '--check', '--no-build'], {
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
});
