// npm run picture: renders what `membrane check` says about the example into docs/terminal.svg, the picture of the README.
//   --check: fails if the picture shows something else than what it says today.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, root } from './install.mjs';
import { launcher, options, prepare } from './membrane.mjs';
import { terminalSvg } from './terminal-svg.mjs';

const given = options(process.argv.slice(2), { flags: ['check', 'no-build'] });
if (!given['no-build']) {
  install();
  await prepare();
}
const run = spawnSync(process.execPath, [launcher, 'check', 'example'], {
  cwd: root,
  encoding: 'utf8',
  env: { ...process.env, FORCE_COLOR: '1' },
});
if (run.status !== 1) {
  console.error(`membrane check example ended with ${run.status}: ${run.stderr}`);
  process.exit(2);
}
const picture = join(root, 'docs/terminal.svg');
const svg = terminalSvg(shorten(run.stdout), 'npx membrane check example');
if (!given.check) writeFileSync(picture, svg);
else if (timeless(readFileSync(picture, 'utf8')) !== timeless(svg)) {
  console.error(
    'docs/terminal.svg shows something else than membrane says today: npm run picture, and look at it',
  );
  process.exit(1);
}

/** The first reports and the end: a picture, not a log. */
function shorten(text, reports = 3) {
  const blocks = text.trimEnd().split('\n\n');
  if (blocks.length <= reports + 1) return text;
  const left = blocks.length - 1 - reports;
  return [...blocks.slice(0, reports), `... ${left} more ...`, blocks.at(-1)].join('\n\n');
}

/** How long it took is not the same twice. */
function timeless(text) {
  return text
    .replaceAll('\u00a0', ' ')
    .replace(/ *\d+(\.\d+)? m?s</g, '<')
    .replace(/ (textLength|width|viewBox)="[^"]*"/g, '');
}
