import {
  type NarratedClaim,
  type NarratedRun,
  type NarratedTrace,
  quoteText,
} from '../explain/claim-words.ts';
import { count } from '../explain/words.ts';
import { painter, type Tone } from './paint.ts';

type Paint = ReturnType<typeof painter>;

/** Which colour a verdict has; the words say the same. */
const tones: Readonly<Record<string, Tone>> = {
  holds: 'remedy',
  breaks: 'state',
  terminated: 'hint',
  undecided: 'error',
};

/** How the claims are to look. */
export interface ClaimsStyle {
  readonly runs: boolean;
  readonly traces: boolean;
  readonly colours: boolean;
  readonly elapsed: number | null;
}

/**
 * The claims for a terminal: one line what is claimed, one where it comes from, one for each run if asked for, and in any case for one that
 * is not as the claim says, with a `!` in front. `elapsed` in milliseconds; null: no times, the same text each time.
 */
export function claimsText(claims: readonly NarratedClaim[], how: ClaimsStyle): string {
  const paint = painter(how.colours);
  const blocks = claims.map((claim) => claimText(claim, how, paint));
  const words = how.runs ? [legend(claims)] : [];
  const glue = how.runs ? '\n\n' : '\n';
  return `${[...blocks, ...words].join(glue)}\n\n${totals(claims, how.elapsed, paint)}\n`;
}

/** What the marks mean, for the properties that were asked. */
function legend(claims: readonly NarratedClaim[]): string {
  const asked = new Map(claims.flatMap(({ runs }) => runs.map(({ property, asks }) => [property, asks])));
  return [
    'claim: what is claimed. twin: the one change that turns the verdict around. third: says more.',
    'p>s: private to shared. s>p: back. 000 to 004: the threads, see docs/model.md.',
    ...[...asked].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, asks]) => `${name.padEnd(9)} ${asks}`),
  ].join('\n');
}

const indent = ' '.repeat(5);

function claimText(claim: NarratedClaim, { runs: all, traces, elapsed }: ClaimsStyle, paint: Paint): string {
  const { id, says, thread, quote, runs, asExpected } = claim;
  const found = asExpected ? 'confirmed' : paint('REFUTED', 'error');
  return [
    `${paint(id.padEnd(indent.length), 'bold')}${says}`,
    `${indent}${found}: ${paint(quoteText(thread, quote), 'dim')}`,
    ...runs
      .filter((run) => all || !run.asExpected)
      .flatMap((run) => [
        runText(run, elapsed !== null, paint),
        ...(traces && run.trace !== null ? traceText(run.property, run.trace, paint) : []),
      ]),
  ].join('\n');
}

function runText(run: NarratedRun, timed: boolean, paint: Paint): string {
  const { number, role, property, verdict, expected, asExpected, states, transitions, milliseconds } = run;
  const columns = [
    asExpected ? ' ' : paint('!', 'error'),
    `${number}`.padStart(3),
    ` ${role.padEnd(5)} `,
    `${property.padEnd(8)} `,
    paint(verdict.padEnd(10), tones[verdict] ?? 'info'),
    ` ${states}`.padStart(6),
    ' states',
    `${transitions}`.padStart(6),
    ' steps',
    timed ? `${`${milliseconds.toFixed(1)}`.padStart(6)} ms  ` : '  ',
    run.name,
    asExpected ? '' : paint(`  (expected: ${expected})`, 'error'),
  ];
  return columns.join('');
}

function traceText(property: string, { steps, breaks }: NarratedTrace, paint: Paint): string[] {
  return [
    ...steps.map(({ text }, i) => `${indent}${`${i + 1}`.padStart(8)}  ${text}`),
    `${indent}${paint(`${'x'.padStart(8)}  ${property}: ${breaks}`, 'state')}`,
  ];
}

function totals(claims: readonly NarratedClaim[], elapsed: number | null, paint: Paint): string {
  const runs = claims.flatMap(({ id, runs }) => runs.map((run) => ({ id, run })));
  const wrong = runs.filter(({ run }) => !run.asExpected);
  const sum = (of: (run: NarratedRun) => number): number =>
    runs.reduce((total, { run }) => total + of(run), 0);
  const verdict =
    wrong.length === 0
      ? 'all as claimed'
      : paint(`not as claimed: ${wrong.map(({ id, run }) => `${id}/${run.number}`).join(' ')}`, 'error');
  return (
    `${count(claims.length, 'claim')}, ${count(runs.length, 'run')}, ${verdict}; ` +
    `${sum((run) => run.states)} states, ${sum((run) => run.transitions)} steps${elapsed === null ? '' : `, ${(elapsed / 1000).toFixed(1)} s`}`
  );
}
