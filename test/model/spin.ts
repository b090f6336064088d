import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why tests with SPIN are skipped; false if it and a compiler are there. */
export const noSpin: string | false =
  spawnSync('spin', ['-V']).error || spawnSync('gcc', ['--version']).error
    ? 'no spin or no gcc (Debian: apt-get install spin gcc libc6-dev)'
    : false;

/** What SPIN makes of a program, all of it: no partial order reduction, no variable dropped. @throws on an error of SPIN */
export function spinSays(promela: string): { broken: boolean; states: number; transitions: number } {
  const cwd = mkdtempSync(join(tmpdir(), 'membrane-promela-'));
  const run = (tool: string, ...args: string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(tool, args, { cwd, encoding: 'utf8' });
    if (error || status !== 0) throw new Error(`${tool}: ${error ?? ''}${stdout}${stderr}\n${promela}`);
    return stdout;
  };
  try {
    writeFileSync(join(cwd, 'm.pml'), promela);
    run('spin', '-a', '-o2', 'm.pml');
    run('gcc', '-O0', '-w', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c');
    const out = run('./pan', '-E', '-n', '-w16', '-m100000');
    const number = (what: RegExp) => Number(what.exec(out)?.[1]);
    const broken = number(/errors: (\d+)/) > 0;
    if (broken !== out.includes('assertion violated') || /max search depth/.test(out)) throw new Error(out);
    return { broken, states: number(/(\d+) states, stored/), transitions: number(/(\d+) transitions/) };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
