import type { NarratedClaim, NarratedRun } from '../explain/claim-words.ts';

/** The claims as JSON, version 1. The same model gives the same bytes: no times. `trace` is left out unless asked for. */
export function claimsJson(
  claims: readonly NarratedClaim[],
  { traces }: { readonly traces: boolean },
): string {
  const runs = claims.flatMap((claim) => claim.runs);
  const value = {
    version: 1,
    claims: claims.map((claim) => ({ ...claim, runs: claim.runs.map((run) => runJson(run, traces)) })),
    totals: {
      claims: claims.length,
      runs: runs.length,
      unexpected: runs.filter((run) => !run.asExpected).length,
      states: runs.reduce((sum, run) => sum + run.states, 0),
      transitions: runs.reduce((sum, run) => sum + run.transitions, 0),
    },
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function runJson({ milliseconds: _, trace, ...run }: NarratedRun, traces: boolean) {
  return traces ? { ...run, trace } : run;
}
