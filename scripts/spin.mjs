// npm run spin: a second opinion. SPIN checks every scenario that the explorer has explored, and both must agree.
//   npm run spin [-- --no-build] [--keep DIR] [--only K3]
// One line for each disagreement, last `N scenarios, N agree`. Exit 1 if one disagrees, 2 if SPIN or gcc is not there.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { install, root } from './install.mjs';
import { launcher, options, prepare } from './membrane.mjs';

/** Deeper than any scenario: its states are fewer. */
const depth = 200_000;
/** Seconds for one tool on one program; each takes a fraction of one. */
const limit = 120;

const given = options(process.argv.slice(2), { values: ['keep', 'only'], flags: ['no-build'] });
for (const [tool, version] of [
  ['spin', '-V'],
  ['gcc', '--version'],
]) {
  if (!spawnSync(tool, [version]).error) continue;
  console.error(`no ${tool} (Debian: apt-get install spin gcc libc6-dev)`);
  process.exit(2);
}
if (!given['no-build']) {
  install();
  await prepare();
}

const folder = given.keep ? resolve(given.keep) : mkdtempSync(join(tmpdir(), 'membrane-spin-'));
let disagree = 0;
let agree = 0;
try {
  const exported = spawnSync(process.execPath, [launcher, 'model', 'export', '--promela', '--all', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  if (exported.status !== 0) throw new Error(`the export failed: ${exported.stderr}`);
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
  const groups = [...grouped(index.filter(({ claim }) => given.only === undefined || claim === given.only))];
  await inParallel(groups, async ([program, entries]) => {
    const [{ file }] = entries;
    const found = await check(file.replace('.pml', ''), file);
    for (const entry of entries) {
      const trouble = judge(entry, found, program);
      if (trouble === null) agree++;
      else {
        disagree++;
        console.log(`${entry.file} (${entry.claim}, run ${entry.run}, ${entry.name}): ${trouble}`);
      }
    }
  });
  console.log(`${groups.length} programs, ${agree + disagree} scenarios, ${agree} agree`);
} finally {
  if (given.keep === undefined) rmSync(folder, { recursive: true, force: true });
}
process.exitCode = disagree === 0 && agree > 0 ? 0 : 1;

/** Entries by their program: many claims ask the same question of the same scenario, and comments change nothing. */
function grouped(index) {
  const groups = new Map();
  for (const entry of index) {
    const text = readFileSync(join(folder, entry.file), 'utf8').replace(/\/\*.*?\*\/\n?/gs, '');
    groups.set(text, [...(groups.get(text) ?? []), entry]);
  }
  return groups;
}

/** Whether SPIN sees what the explorer saw; null, or a line that says what differs. */
function judge({ expect, question, states, transitions }, found, program) {
  if (found.trouble !== undefined) return found.trouble;
  const breaks = question === 'survival' ? expect === 'terminated' : expect === 'breaks';
  const both = `the explorer says '${expect}', SPIN '${found.broken ? 'breaks' : 'holds'}' (${question})`;
  if (expect === 'undecided' || breaks !== found.broken) return both;
  // Who stops at what breaks has seen what his order of search came by: depth first is not breadth first.
  if (breaks) return null;
  // Without partial order reduction SPIN stores each state between two atomic sequences, and counts the first one as a
  // transition. `init`, which looks at the invariant, adds a state before the first.
  const extra = /^init /m.test(program) ? 1 : 0;
  if (found.states === states + extra && found.transitions === transitions + 1 + extra) return null;
  return `${states} states and ${transitions} steps, SPIN ${found.states - extra} and ${found.transitions - 1 - extra}`;
}

/** Translates, compiles and runs one program in a folder of its own. */
async function check(name, file) {
  const cwd = join(folder, name);
  mkdirSync(cwd, { recursive: true });
  try {
    // -o2: variables that nobody reads any more stay in the state, as they do for the explorer.
    await run('spin', ['-a', '-o2', join('..', file)], cwd);
    // Optimising takes longer than it saves: the searches are small.
    await run('gcc', ['-O0', '-w', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c'], cwd);
    const out = await run('./pan', ['-E', '-n', '-w16', `-m${depth}`], cwd);
    const number = (what) => Number(what.exec(out)?.[1] ?? Number.NaN);
    const errors = number(/errors: (\d+)/);
    const broken = errors > 0 && out.includes('assertion violated');
    const truncated = /max search depth too small|out of memory|Search not completed/i.test(out) && !broken;
    if (Number.isNaN(errors) || truncated || (errors > 0 && !broken))
      return { trouble: `SPIN could not tell: ${out.trim().split('\n')[0]}` };
    return {
      broken,
      states: number(/(\d+) states, stored/),
      transitions: number(/(\d+) transitions/),
    };
  } catch (error) {
    return { trouble: error.message };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** What a tool printed. @throws if it failed, or took too long */
function run(tool, args, cwd) {
  return new Promise((done, fail) => {
    const child = spawn(tool, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limit * 1000,
      killSignal: 'SIGKILL',
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        out += chunk;
      });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (code === 0) done(out);
      else fail(new Error(`${tool} ended with ${signal ?? code}: ${out.trim().slice(0, 300)}`));
    });
  });
}

/** As many at a time as there are processors. */
async function inParallel(items, work) {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
