import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { json, root, text } from './repository.ts';

/** Lines of the README's shell fences. */
const commands = [...text('README.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((fence) =>
  fence[1]!
    .split('\n')
    .map((line) => line.replace(/ +# .*$/, '').trim())
    .filter(Boolean),
);

/** The first file of the example, and a function of it, stand for what the README names in somebody's kernel tree. */
const file = `example/${readdirSync(join(root, 'example')).find((name) => name.endsWith('.c'))}`;
const functionName = /^(?:static )?[\w *]*?\b(\w+)\([^;]*\)\n\{/m.exec(text(file))?.[1];

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

test('every rule of the engine is in the README, with its default', () => {
  const rules = readdirSync(join(root, 'server/src/rules'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const rows = new Map(
    [...text('README.md').matchAll(/^\| \[`([\w-]+)`\]\([^)]*\) \| *(\w+) *\|/gm)].map((row) => [
      row[1]!,
      row[2]!,
    ]),
  );
  assert.deepEqual([...rows.keys()].sort(), rules.sort());
  for (const rule of rules) {
    const source = text(`server/src/rules/${rule}/rule.ts`);
    const on = /onByDefault: true/.test(source);
    const level = /defaultLevel: '(\w+)'/.exec(source)?.[1];
    assert.equal(rows.get(rule), on ? level : 'off', rule);
  }
});

test('the picture shows what the command line says', () => {
  const run = spawnSync(process.execPath, [join(root, 'scripts/picture.mjs'), '--check', '--no-build'], {
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
});
