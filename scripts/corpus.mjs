// npm run corpus: what is caught in code whose mistakes are known, and what stays silent where it is right.
//   npm run corpus [-- --corpus DIR] [--trees DIR] [--floor PERCENT] [--json] [--verbose] [--all-rules] [ID ...]
// --all-rules: also those that are off by default, to see what turning one on would bring; not what counts.
// The corpus is no part of the repository: --corpus, MEMBRANE_CORPUS, or shared/corpus beside the checkout. Without it: exit 0
// and a line that says so; 2 if it was named and is not there. Exit 1 under the floor.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  classify,
  functionNames,
  judgeMutation,
  judgePair,
  judgeSilent,
  judgeTrue,
  rounds,
} from './corpus-cases.mjs';
import { install, root } from './install.mjs';
import { check, options, prepare, table } from './membrane.mjs';
import { corpusFolder, tree } from './outside.mjs';

const given = options(process.argv.slice(2), {
  values: ['corpus', 'trees', 'floor'],
  flags: ['json', 'verbose', 'all-rules', 'no-build'],
});
const corpus = corpusFolder(given.corpus);
if (!corpus) {
  const named = given.corpus ?? process.env.MEMBRANE_CORPUS;
  console.error(
    named ? `no corpus at ${named}` : 'skipped: no corpus; --corpus or MEMBRANE_CORPUS names its folder',
  );
  process.exit(named ? 2 : 0);
}
if (!given['no-build']) {
  install();
  await prepare();
}

const map = json(join(root, 'scripts/corpus-rules.json'));
const version = '6.12';
const source = tree(version, given.trees);
if (!source) {
  console.error(
    `no tree linux-source-${version}: mutations and truth are skipped; MEMBRANE_TREES names the folder that has it`,
  );
}
const ruleArguments = given['all-rules']
  ? readdirSync(join(root, 'server/src/rules'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => ['--rule', entry.name])
  : [];
const chosen = (entry) => given.rest.length === 0 || given.rest.some((part) => entry.id.includes(part));
const results = [...(await pairs()), ...(source ? await mutationsAndTruth() : [])];
report(results);

function json(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

async function pairs() {
  const entries = json(join(corpus, 'pairs/index.json')).filter(chosen);
  const side = (name) =>
    entries.map((pair) => ({
      id: pair.id,
      file: pair.file,
      tree: pair.tree,
      text: readFileSync(join(corpus, 'pairs', pair.id, `${name}.c`), 'utf8'),
    }));
  const before = await findingsOf(side('before'));
  const after = await findingsOf(side('after'));
  return entries.map((pair) => {
    const { rules, needs } = classify(pair.id, pair.rule, map);
    const functions = functionNames(pair.function);
    const entry = { set: 'pair', id: pair.id, needs, confidence: 'high', function: pair.function, rules };
    const failed = before.get(pair.id).error ?? after.get(pair.id).error;
    if (failed) return { ...entry, outcome: 'failed', notes: [failed] };
    const { outcome, fits, still, seen } = judgePair(
      { rules, functions },
      before.get(pair.id).findings,
      after.get(pair.id).findings,
    );
    const notes = [...fits.map((f) => `before ${words(f)}`), ...still.map((f) => `after ${words(f)}`)];
    if (outcome !== 'missed' && seen.length < functions.length) notes.unshift(`only in ${seen.join(', ')}`);
    return { ...entry, outcome, notes };
  });
}

async function mutationsAndTruth() {
  const mutations = json(join(corpus, 'mutations.json')).filter(chosen);
  const truth = json(join(corpus, `truth-${version}.json`)).map((entry) => {
    const id = `truth:${entry.function}`;
    return { ...entry, ...classify(id, entry.rule, map), id: `${id}:${entry.line}` };
  });
  const files = [...new Set([...mutations, ...truth].map((entry) => entry.file))];
  const read = new Map(files.map((file) => [file, readFileSync(join(source, file), 'utf8')]));
  const base = await findingsOf(
    files.map((file) => ({ id: file, file, tree: version, text: read.get(file) })),
  );
  const edited = await findingsOf(
    mutations.map((m) => ({ id: m.id, file: m.file, tree: version, text: edit(m, read.get(m.file)) })),
  );

  const judged = mutations.map((mutation) => {
    const { rules, needs } = classify(mutation.id, mutation.rule, map);
    const { id, confidence, function: name } = mutation;
    const entry = { set: 'mutation', id, needs, confidence, function: name, rules };
    const before = base.get(mutation.file);
    const after = edited.get(id);
    if (before.error ?? after.error)
      return { ...entry, outcome: 'failed', notes: [before.error ?? after.error] };
    const result = judgeMutation({ ...mutation, rules, needs }, before.findings, after.findings);
    const notes = [
      ...result.fits.map(words),
      ...result.others.map((f) => `also ${words(f)}`),
      ...result.elsewhere.map((f) => `elsewhere ${words(f)}`),
    ];
    return { ...entry, outcome: result.outcome, notes };
  });

  const all = files.flatMap((file) => base.get(file).findings ?? []);
  const taken = new Set();
  const bugs = truth.filter((entry) => entry.verdict === 'TP');
  const right = truth.filter((entry) => entry.verdict !== 'TP' && entry.verdict !== 'impl');
  for (const entry of bugs.filter(chosen)) {
    const { id, needs, confidence, function: name, rules } = entry;
    const { outcome, fits } = judgeTrue(entry, all, taken);
    judged.push({
      set: 'truth TP',
      id,
      needs,
      confidence,
      function: name,
      rules,
      outcome,
      notes: fits.map(words),
    });
  }
  for (const entry of right.filter(chosen)) {
    const { id, confidence, function: name } = entry;
    const { outcome, wrong } = judgeSilent(entry, all, bugs, map.quiet);
    judged.push({
      set: 'truth TN',
      id,
      needs: 'one-file',
      confidence,
      function: name,
      rules: [],
      outcome,
      notes: wrong.map(words),
    });
  }
  return judged;
}

function edit(mutation, text) {
  if (text.split(mutation.find).length !== 2)
    throw new Error(`${mutation.id}: 'find' must occur once in ${mutation.file}`);
  return text.replace(mutation.find, () => mutation.replace);
}

function words(finding) {
  return `${finding.function}:${finding.line} ${finding.level} ${finding.rule}`;
}

/** Findings (or the error) of each case, by id: one run of the command line for a round of cases. */
async function findingsOf(cases) {
  const found = new Map();
  for (const round of rounds(cases)) {
    try {
      const findings = await run(round.tree, round.cases);
      for (const entry of round.cases) {
        found.set(entry.id, { findings: findings.filter((finding) => finding.file === entry.file) });
      }
    } catch {
      for (const entry of round.cases) {
        // One file that cannot be checked must not cost the others their result.
        found.set(
          entry.id,
          await run(round.tree, [entry]).then(
            (findings) => ({ findings }),
            (error) => ({ error: error.message }),
          ),
        );
      }
    }
  }
  return found;
}

/** Checks texts at their places in a tree of their own, which has the version of the real one. */
async function run(treeVersion, cases) {
  const folder = mkdtempSync(join(tmpdir(), 'membrane-corpus-'));
  try {
    const real = tree(treeVersion, given.trees);
    const [major, minor] = treeVersion.split('.');
    for (const name of ['Makefile', 'Kbuild', 'Kconfig', 'MAINTAINERS']) {
      if (real && existsSync(join(real, name))) copyFileSync(join(real, name), join(folder, name));
      else
        writeFileSync(
          join(folder, name),
          name === 'Makefile' ? `VERSION = ${major}\nPATCHLEVEL = ${minor}\n` : '',
        );
    }
    for (const { file, text } of cases) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const { report } = await check(
      folder,
      cases.map((entry) => entry.file),
      { args: ruleArguments },
    );
    return report.findings;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(entries) {
  const classes = [
    [
      'mutations and pairs, one file',
      (e) => /^(mutation|pair)$/.test(e.set) && e.needs === 'one-file' && e.confidence !== 'arguable',
      'floor',
    ],
    [
      '  of these mutations',
      (e) => e.set === 'mutation' && e.needs === 'one-file' && e.confidence !== 'arguable',
    ],
    ['  of these pairs', (e) => e.set === 'pair' && e.needs === 'one-file'],
    ['mutations that are arguable', (e) => e.set === 'mutation' && e.confidence === 'arguable'],
    [
      'bugs that are there (TP, high), one file',
      (e) => e.set === 'truth TP' && e.needs === 'one-file' && e.confidence === 'high',
      'floor',
    ],
    [
      'bugs that are there (TP, medium), one file',
      (e) => e.set === 'truth TP' && e.needs === 'one-file' && e.confidence === 'medium',
    ],
    ['handled right (TN) and silent', (e) => e.set === 'truth TN', 'all'],
    ['need other files', (e) => e.needs === 'cross-file'],
    ['need rules for implementations', (e) => e.needs === 'implementation'],
  ];
  const good = (entry) => entry.outcome === 'caught' || entry.outcome === 'silent';
  const totals = classes.map(([name, belongs, demand]) => {
    const members = entries.filter(belongs);
    return { name, good: members.filter(good).length, of: members.length, demand };
  });
  const floor = given.floor === undefined ? null : Number(given.floor);
  const short = totals.filter(
    (t) =>
      floor !== null && t.demand && t.of > 0 && (100 * t.good) / t.of < (t.demand === 'all' ? 100 : floor),
  );
  if (given.json) console.log(JSON.stringify({ totals, results: entries }, null, 1));
  else {
    const shown = entries.filter(
      (e) => given.verbose || given.rest.length > 0 || e.set !== 'truth TN' || !good(e),
    );
    const rows = shown.map((e) => [
      e.outcome,
      e.set,
      e.needs,
      e.confidence,
      e.id,
      e.rules.join(', '),
      e.notes.join('; '),
    ]);
    console.log(table([['', 'set', 'needs', 'confidence', 'id', 'fitting rules', 'found'], ...rows]));
    console.log();
    for (const { name, good: n, of } of totals) {
      if (of > 0)
        console.log(
          `${name.padEnd(44)} ${String(n).padStart(3)} of ${String(of).padStart(3)}  ${((100 * n) / of).toFixed(0).padStart(3)} %`,
        );
    }
    for (const { name } of short) console.log(`under the floor: ${name.trim()}`);
  }
  process.exitCode = short.length > 0 ? 1 : 0;
}
