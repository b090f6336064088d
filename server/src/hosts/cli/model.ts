import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { narrateClaim } from '../../explain/claim-words.ts';
import { didYouMean } from '../../explain/words.ts';
import { claimById, claims } from '../../model/claims/registry.ts';
import { type RanClaim, runClaim } from '../../model/claims/run.ts';
import type { Claim } from '../../model/claims/types.ts';
import { data } from '../../model/data.ts';
import { joinPath } from '../../project/paths.ts';
import { claimsJson } from '../../report/claims-json.ts';
import { claimsText } from '../../report/claims-text.ts';
import { type ParsedArguments, UsageError } from './arguments.ts';
import { type Command, type CommandContext, exit } from './command.ts';
import { exportedFiles, promelaOf } from './model-export.ts';
import { runShow, showOptions } from './model-show.ts';
import { RunError } from './run-error.ts';

/** `membrane model claims`. */
export const claimsCommand: Command = {
  name: 'model claims',
  summary: 'explores every claim about transitions and prints what holds and what breaks',
  usage: ['model claims [options] [ID[/RUN]...]'],
  details: [
    'Each claim of the threads is a few scenarios: every interleaving of each is explored, and a property holds, breaks, or ' +
      'the guest is terminated. With the id of a claim (K3), or one run of it by number or name (K3/2): only that, with the ' +
      'shortest way to what breaks.',
    'Exit code 0: everything is as the claims say; 1: something is not; 2: could not run.',
  ],
  options: [
    { name: 'verbose', short: 'v', help: 'print every run of every claim, and how long it took' },
    { name: 'trace', help: 'print the shortest way to what breaks, step by step' },
    {
      name: 'format',
      short: 'f',
      value: 'FORMAT',
      choices: ['text', 'json'],
      help: 'text (default) or json',
    },
  ],
  run: showClaims,
};

/** `membrane model export`. */
export const exportCommand: Command = {
  name: 'model export',
  summary: 'prints a scenario of a claim as Promela, for SPIN',
  usage: ['model export --promela ID[/RUN]', 'model export --promela --all DIR'],
  details: [
    'Prints the program that is explored for a run of a claim, by its number or name; the first one if none is named. Check ' +
      'it with spin -a, gcc -DSAFETY pan.c and pan -E: processes that can go no further are no error.',
    'With --all: every run as a file in DIR, and index.json with what the explorer says of each.',
  ],
  options: [
    { name: 'promela', help: 'the format: Promela, the only one so far' },
    { name: 'survival', help: 'ask whether the guest can be terminated, not for the property' },
    { name: 'all', value: 'DIR', help: 'write all runs of all claims there' },
  ],
  run: exportModel,
};

/** `membrane model show`. */
export const showCommand: Command = {
  name: 'model show',
  summary: 'prints a transition step by step: page tables, TLB, the host, and who could come to harm',
  usage: ['model show', 'model show PLATFORM [options]'],
  details: [
    'Without a platform: lists platforms with their protocols, and which kernel runs which. With one: what its transition ' +
      'does, step by step, and what becomes of it if a step fails.',
  ],
  options: showOptions,
  run: runShow,
};

async function showClaims(args: ParsedArguments, { terminal, now }: CommandContext): Promise<number> {
  const named = args.operands.length > 0;
  const wanted = named ? args.operands.map((text) => wantedOf(text, 'model claims')) : claims.map(whole);
  const started = now();
  const ran = wanted.map(({ claim, run }): RanClaim => {
    const all = runClaim(claim, data, { now });
    if (run === null) return all;
    const runs = [all.runs[run]!];
    return { claim, runs, asExpected: runs[0]!.asExpected };
  });
  const narrated = ran.map(narrateClaim);
  const traces = named || args.has('trace');
  const verbose = args.has('verbose');
  const elapsed = verbose ? now() - started : null;
  terminal.out(
    args.value('format') === 'json'
      ? claimsJson(narrated, { traces })
      : claimsText(narrated, { runs: traces || verbose, traces, colours: terminal.coloursOut, elapsed }),
  );
  return ran.every((claim) => claim.asExpected) ? exit.clean : exit.findings;
}

async function exportModel(args: ParsedArguments, { terminal }: CommandContext): Promise<number> {
  const folder = args.value('all');
  const [operand, ...more] = args.operands;
  if ((folder === undefined) === (operand === undefined) || more.length > 0)
    throw new UsageError('one claim, or all with --all DIR', 'model export');
  const question = args.has('survival') ? 'survival' : 'property';
  if (folder !== undefined) {
    if (args.has('survival')) throw new UsageError('--all asks both questions by itself', 'model export');
    return exportAll(joinPath(terminal.cwd, folder.replaceAll('\\', '/')), terminal.out);
  }
  const { claim, run } = wantedOf(operand!, 'model export');
  if (run === null && claim.runs.length > 1)
    terminal.err(
      `membrane: this is run 1 of ${claim.runs.length}; membrane model claims ${claim.id} lists them\n`,
    );
  terminal.out(promelaOf(claim, run ?? 0, data, question));
  return exit.clean;
}

function exportAll(folder: string, say: (text: string) => void): number {
  const files = exportedFiles(claims, data);
  try {
    makeFolder(folder);
    for (const { name, text } of files) writeFileSync(joinPath(folder, name), text);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new RunError(`--all ${folder}: could not be written (${code})`);
  }
  say(`${files.length - 1} scenarios and index.json in ${folder}\n`);
  return exit.clean;
}

/** Not `recursive`: below a folder that takes none (/proc) that never ends. */
function makeFolder(folder: string): void {
  const parts = folder.split('/');
  parts.forEach((_, i) => {
    const path = parts.slice(0, i + 1).join('/');
    if (path !== '' && !existsSync(path)) mkdirSync(path);
  });
}

interface Wanted {
  readonly claim: Claim;
  /** Index of the run; null: all of them. */
  readonly run: number | null;
}

const whole = (claim: Claim): Wanted => ({ claim, run: null });

/** `K3`, `K3/2` or `K3/name of the run`. @throws UsageError */
function wantedOf(text: string, command: string): Wanted {
  const [id, name] = text.split(/\/(.*)/s) as [string, string | undefined];
  const claim = claimById(id);
  if (claim === undefined) {
    const ids = claims.map((known) => known.id);
    throw new UsageError(
      `there is no claim '${id}'.${didYouMean(id, ids)} There are ${ids.join(' ')}`,
      command,
    );
  }
  if (name === undefined || name === '') return whole(claim);
  const run = claim.runs.findIndex((candidate, i) => `${i + 1}` === name || candidate.name === name);
  if (run >= 0) return { claim, run };
  const lists = `membrane model claims ${claim.id} lists them`;
  throw new UsageError(`${claim.id} has no run '${name}' among its ${claim.runs.length}. ${lists}`);
}
