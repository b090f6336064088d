// npm run trees: every report over real kernel trees, in a form to be read beside the source.
//   npm run trees [-- 6.12 6.1 ...] [--trace] [--rule ID] [--trees DIR]   list reports
//   npm run trees -- --judge [6.12]                                       compare with docs/trees.md, print the precision
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, root } from './install.mjs';
import { check, options, prepare } from './membrane.mjs';
import { tree, trees } from './outside.mjs';
import { compareVerdicts, draftRow, precision, readVerdicts } from './verdicts.mjs';

const given = options(process.argv.slice(2), {
  values: ['trees', 'rule'],
  flags: ['trace', 'judge', 'no-build'],
});
const verdicts = readVerdicts(readFileSync(join(root, 'docs/trees.md'), 'utf8'));
const judged = [...verdicts.keys()].map((name) => name.replace('linux-source-', ''));
const wanted =
  given.rest.length > 0
    ? given.rest
    : given.judge
      ? judged
      : trees(given.trees).map((name) => name.slice(13));
if (wanted.length === 0 || !wanted.some((version) => tree(version, given.trees))) {
  console.log(
    `skipped: no kernel tree (${wanted.join(', ') || 'linux-source-*'}); MEMBRANE_TREES names the folder that has them`,
  );
  process.exit(0);
}
if (!given['no-build']) {
  install();
  await prepare();
}

let failed = false;
for (const version of wanted) {
  const path = tree(version, given.trees);
  if (!path) {
    console.log(`linux-source-${version}: skipped, not there`);
    continue;
  }
  const { report } = await check(path, [], { args: given.rule ? ['--rule', given.rule] : [] });
  const rows = verdicts.get(`linux-source-${version}`) ?? [];
  if (given.judge) judge(version, report.findings, rows);
  else list(version, report.findings, rows);
}
process.exit(failed ? 1 : 0);

/** One line a report, with the verdict it has. */
function list(version, findings, rows) {
  console.log(`\nlinux-source-${version}: ${findings.length} reports`);
  const left = [...rows];
  for (const finding of findings) {
    const at = left.findIndex((row) => compareVerdicts([finding], [row]).unjudged.length === 0);
    const verdict = at < 0 ? 'unjudged' : left.splice(at, 1)[0].verdict;
    const where = `${finding.file}:${finding.line} ${finding.function}()`;
    console.log(`${where}  ${finding.level} [${finding.rule}]  ${verdict}\n    ${finding.message}`);
    const on = [finding.platforms.join(' '), finding.configurations.join(' ')].filter(Boolean).join('; ');
    if (on) console.log(`    on ${on}`);
    if (!given.trace) continue;
    for (const step of finding.trace) {
      const place = `${step.file === finding.file ? '' : step.file}:${step.line}`;
      console.log(
        `      ${'  '.repeat(step.depth)}${place} ${step.function}: ${words(step.event)}${step.state ? ` -> ${words(step.state)}` : ''}`,
      );
    }
  }
}

function words(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function judge(version, findings, rows) {
  const { unjudged, vanished } = compareVerdicts(findings, rows);
  const { right, of, bugs } = precision(rows);
  const share = of === 0 ? '' : ` (${((100 * right) / of).toFixed(1)} %)`;
  console.log(
    `linux-source-${version}: ${findings.length} reports, ${rows.length} judged; true among errors and warnings: ${right} of ${of}${share}, ${bugs} of them bugs`,
  );
  for (const finding of unjudged)
    console.log(`  unjudged  ${finding.file}:${finding.line}\n  ${draftRow(finding)}`);
  for (const row of vanished)
    console.log(`  vanished  docs/trees.md:${row.line} ${row.file} ${row.function} ${row.rule} ${row.level}`);
  if (unjudged.length + vanished.length > 0) failed = true;
}
