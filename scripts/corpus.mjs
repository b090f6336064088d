// npm run corpus: what is caught in code whose mistakes are known, and what stays silent where it is right.
//   npm run corpus [-- --corpus DIR] [--trees DIR] [--floor PERCENT] [--json] [--verbose] [--all-rules] [ID ...]
// --all-rules: also those that are off by default, to see what turning one on would bring; not what counts.
// Every case changes one file of a whole tree, and what is said of all files that have to do with it counts. Without a tree of
// its version a file is checked alone, and a line says so.
// The corpus is no part of the repository: --corpus, MEMBRANE_CORPUS, or shared/corpus beside the checkout. Without it: exit 0
// and a line that says so; 2 if it was named and is not there. Exit 1 under the floor.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  classify,
  functionNames,
  judgeMutation,
  judgePair,
  judgeSilent,
  judgeTrue,
  judgeUndone,
  touches,
} from './corpus-cases.mjs';
import { install, root } from './install.mjs';
import { load } from './load.mjs';
import { options, table } from './membrane.mjs';
import { corpusFolder, tree } from './outside.mjs';

const given = options(process.argv.slice(2), {
  values: ['corpus', 'trees', 'floor'],
  flags: ['json', 'verbose', 'all-rules'],
});
const corpus = corpusFolder(given.corpus);
if (!corpus) {
  const named = given.corpus ?? process.env.MEMBRANE_CORPUS;
  console.error(
    named ? `no corpus at ${named}` : 'skipped: no corpus; --corpus or MEMBRANE_CORPUS names its folder',
  );
  process.exit(named ? 2 : 0);
}
install();
const engine = await load('scripts/corpus-engine.ts');
const parser = await engine.parser(
  readFileSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm')),
  readFileSync(join(root, 'grammars/c/tree-sitter-c.wasm')),
);

const map = json(join(root, 'scripts/corpus-rules.json'));
/** The tree of mutations and truth. */
const version = '6.12';
const trees = new Map();
const chosen = (entry) => given.rest.length === 0 || given.rest.some((part) => entry.id.includes(part));
const allPairs = json(join(corpus, 'pairs/index.json'));
const [pairs, rest, cves] = [await judgedPairs(), await mutationsAndTruth(), await undoneFixes()];
report([...pairs, ...rest], cves);

function json(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** What a tree's files are checked with; surveyed when it is first asked for. */
function checksOf(treeVersion) {
  let checks = trees.get(treeVersion);
  if (checks === undefined) {
    const path = tree(treeVersion, given.trees);
    const numbers = treeVersion.split('.').map(Number);
    const rules = engine.optionsFor(Boolean(given['all-rules']));
    if (path === null)
      console.error(
        `no tree linux-source-${treeVersion}: files are checked alone, and what needs the tree is skipped; MEMBRANE_TREES names the folder that has it`,
      );
    checks =
      path === null
        ? new engine.SingleFiles(parser, numbers, rules)
        : engine.WholeTree.open(path, parser, numbers, rules);
    trees.set(treeVersion, checks);
  }
  return checks;
}

function side(pair, name) {
  return readFileSync(join(corpus, 'pairs', pair.id, `${name}.c`), 'utf8');
}

async function judgedPairs() {
  const judged = [];
  for (const pair of allPairs.filter(chosen)) {
    const { rules, needs } = classify(pair.id, pair.rule, map);
    const functions = functionNames(pair.function);
    const checks = await checksOf(pair.tree);
    const { before, after, crashes } = checks.compare(pair.file, side(pair, 'before'), side(pair, 'after'));
    const result = judgePair({ rules, functions, file: pair.file }, before, after);
    const { outcome, fits, still, seen, elsewhere } = result;
    const notes = [
      ...fits.map((f) => `before ${words(f, pair.file, functions)}`),
      ...still.map((f) => `after ${words(f, pair.file, functions)}`),
      ...elsewhere.map((f) => `elsewhere ${words(f)}`),
      ...crashes,
    ];
    if (outcome !== 'missed' && seen.length < functions.length) notes.unshift(`only in ${seen.join(', ')}`);
    if (!checks.whole) notes.push('checked alone');
    judged.push({
      set: 'pair',
      ...{ id: pair.id, needs, confidence: 'high', function: pair.function, rules, outcome, notes },
    });
  }
  return judged;
}

async function mutationsAndTruth() {
  const mutations = json(join(corpus, 'mutations.json')).filter(chosen);
  const truth = json(join(corpus, `truth-${version}.json`)).map((entry) => {
    const id = `truth:${entry.function}`;
    return { ...entry, ...classify(id, entry.rule, map), id: `${id}:${entry.line}` };
  });
  if (![...mutations, ...truth].some(chosen)) return [];
  const checks = await checksOf(version);
  if (!checks.whole) return [];
  return [...mutated(mutations, checks), ...known(truth, checks)];
}

function mutated(mutations, checks) {
  const judged = new Map();
  // One file after the other: what is known of its neighbours serves the next edit.
  for (const mutation of [...mutations].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))) {
    const { id, confidence, file, function: name } = mutation;
    const { rules, needs } = classify(id, mutation.rule, map);
    const own = checks.textOf(file);
    const { before, after, crashes } = checks.compare(file, own, edited(id, file, own, [mutation]));
    const result = judgeMutation({ ...mutation, rules, needs }, before, after);
    const notes = [
      ...result.fits.map((f) => words(f, file, [name])),
      ...result.others.map((f) => `also ${words(f, file, [name])}`),
      ...result.elsewhere.map((f) => `elsewhere ${words(f)}`),
      ...crashes,
    ];
    const { outcome } = result;
    judged.set(id, { set: 'mutation', id, needs, confidence, function: name, rules, outcome, notes });
  }
  return mutations.map(({ id }) => judged.get(id));
}

/** What is said of the tree as it is, against what is known of it. */
function known(truth, checks) {
  const bugs = truth.filter((entry) => entry.verdict === 'TP');
  const right = truth.filter((entry) => entry.verdict !== 'TP' && entry.verdict !== 'impl');
  const files = new Set([...bugs, ...right].filter(chosen).map(({ file }) => file));
  const findings = new Set();
  for (const file of files) {
    const own = checks.textOf(file);
    for (const finding of checks.compare(file, own, own).after) findings.add(finding);
  }
  const all = [...findings];
  const taken = new Set();
  const entry = (set, { id, needs, confidence, function: name, rules }, outcome, notes) => ({
    ...{ set, id, needs, confidence, function: name, rules, outcome, notes },
  });
  return [
    ...bugs.filter(chosen).map((bug) => {
      const { outcome, fits } = judgeTrue(bug, all, taken);
      const notes = fits.map((f) => words(f, bug.file, [bug.function]));
      return entry('truth TP', bug, outcome, notes);
    }),
    ...right.filter(chosen).map((call) => {
      const { outcome, wrong } = judgeSilent(call, all, bugs, map.quiet);
      return entry(
        'truth TN',
        { ...call, rules: [] },
        outcome,
        wrong.map((f) => words(f)),
      );
    }),
  ];
}

/** The fixes of the CVEs undone one by one, and whether it is told where the memory is freed and where its state was lost. */
async function undoneFixes() {
  const rows = [];
  for (const { cve, pair: id, file, edits, frees, lost } of json(join(root, 'scripts/corpus-cves.json'))) {
    if (!chosen({ id: cve }) && !(id && chosen({ id }))) continue;
    const pair = allPairs.find((entry) => entry.id === id);
    if (id && pair?.cve !== cve) throw new Error(`no pair ${id} of ${cve} in the corpus`);
    const checks = await checksOf(pair?.tree ?? version);
    const fixed = pair ? side(pair, 'after') : checks.textOf(file);
    // An edit needs a text to be made in.
    if (fixed === null) continue;
    const undone = pair ? side(pair, 'before') : edited(cve, file, fixed, edits);
    const { before, after } = checks.compare(pair?.file ?? file, fixed, undone);
    const told = judgeUndone({ frees, lost, rules: map.undone }, before, after);
    rows.push(...told.map((row) => ({ cve, undone: pair?.file ?? file, ...row })));
  }
  return rows;
}

function edited(id, file, text, edits) {
  return edits.reduce((result, { find, replace }) => {
    if (result.split(find).length !== 2) throw new Error(`${id}: 'find' must occur once in ${file}`);
    return result.replace(find, () => replace);
  }, text);
}

/** A finding in short; how it has to do with the functions, if it is not in one. */
function words(finding, file, functions) {
  const how = file === undefined ? 'place' : touches(finding, file, functions);
  const where = file !== undefined && finding.file !== file ? `${finding.file} ` : '';
  return `${where}${finding.function}:${finding.line} ${finding.level} ${finding.rule}${how === 'place' ? '' : ` (${how})`}`;
}

function report(entries, undone) {
  const counts = (e) => e.needs !== 'implementation';
  const classes = [
    [
      'mutations and pairs',
      (e) => /^(mutation|pair)$/.test(e.set) && counts(e) && e.confidence !== 'arguable',
      'floor',
    ],
    ['  of these mutations', (e) => e.set === 'mutation' && counts(e) && e.confidence !== 'arguable'],
    ['  of these pairs', (e) => e.set === 'pair' && counts(e)],
    ['mutations that are arguable', (e) => e.set === 'mutation' && e.confidence === 'arguable'],
    [
      'bugs that are there (TP, high)',
      (e) => e.set === 'truth TP' && counts(e) && e.confidence === 'high',
      'floor',
    ],
    [
      'bugs that are there (TP, medium)',
      (e) => e.set === 'truth TP' && counts(e) && e.confidence === 'medium',
    ],
    ['bugs that are there (TP, low)', (e) => e.set === 'truth TP' && counts(e) && e.confidence === 'low'],
    ['handled right (TN) and silent', (e) => e.set === 'truth TN', 'all'],
    ['need rules for implementations', (e) => !counts(e)],
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
  if (given.json) console.log(JSON.stringify({ totals, results: entries, cves: undone }, null, 1));
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
    if (undone.length > 0) reportUndone(undone);
    for (const { name } of short) console.log(`under the floor: ${name.trim()}`);
  }
  process.exitCode = short.length > 0 ? 1 : 0;
}

function reportUndone(rows) {
  const yes = (value) => (value ? 'yes' : 'no');
  const place = (at) => (at ? `${at.file}:${at.line}` : '');
  console.log('\nwith the fix undone');
  console.log(
    table([
      ['CVE', 'undone in', 'frees', 'reported', 'state lost shown', 'report', 'lost'],
      ...rows.map((row) => [
        row.cve,
        row.undone,
        row.function,
        yes(row.reported),
        yes(row.shown),
        row.hit ? `${place(row.hit)} ${row.hit.rule}` : '',
        row.shown ? `${place(row.shown)} ${row.shown.text}` : '',
      ]),
    ]),
  );
  const ids = [...new Set(rows.map(({ cve }) => cve))];
  const all = (demand) => ids.filter((id) => rows.filter(({ cve }) => cve === id).every(demand)).length;
  const reported = all((row) => row.reported);
  const shown = all((row) => row.shown);
  console.log(
    `CVEs: reported in every function that frees ${reported} of ${ids.length}, with the place where the state was lost ${shown} of ${ids.length}`,
  );
}
