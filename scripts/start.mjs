// npm start: installs, builds, reviews the bundled example in the terminal, and says what to try next. Exits 0: what it finds is meant.
import './node-version.mjs';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, root, start } from './install.mjs';

install();
const { check, launcher, prepare } = await import('./membrane.mjs');
await prepare();

const example = join(root, 'example');
// Relative to the repository, so that a click on a place opens it.
const code = start(process.execPath, [launcher, 'check', '--tree', '.', '--fail-on', 'never', 'example']);
if (code !== 0) process.exit(code);
console.log(await twins());
console.log(`
try   npx membrane check ../linux             a whole kernel tree, or one file of it
      npx membrane explain free-while-shared  what a rule means, why, and what to do
      npx membrane model show tdx --fail 5    what the hardware does meanwhile
      npx membrane lsp --stdio                the same in your editor, see README.md
      npm test`);

/** Which correct functions of the example stay silent: those whose names end in _ok. */
async function twins() {
  const { report } = await check(example, [example]);
  const correct = readdirSync(example)
    .filter((file) => /\.[ch]$/.test(file))
    .flatMap((file) => [...readFileSync(join(example, file), 'utf8').matchAll(/^[\w *]*?\b(\w+_ok)\(/gm)])
    .map((match) => match[1]);
  const names = [...new Set(correct)];
  const loud = names.filter((name) => report.findings.some((finding) => finding.function === name));
  if (loud.length > 0) return `Reported although they are correct, which is our mistake: ${loud.join(', ')}.`;
  return `${names.length} correct twins of these functions are silent; their names end in _ok.`;
}
