import { armClaims } from './a.ts';
import { stepClaims } from './k-steps.ts';
import { windowClaims } from './k-window.ts';
import { septClaims } from './t.ts';
import type { Claim } from './types.ts';
import { vtomClaims } from './v.ts';
import { kexecClaims } from './x.ts';

/** K1, K1b, K2: by number, then by letter. */
function byNumber(a: Claim, b: Claim): number {
  const number = ({ id }: Claim): number => Number.parseInt(id.slice(1), 10);
  return number(a) - number(b) || (a.id < b.id ? -1 : 1);
}

/** Every claim, thread after thread: K, T, A, V, X, each by its number. */
export const claims: readonly Claim[] = [
  [...windowClaims, ...stepClaims],
  septClaims,
  armClaims,
  vtomClaims,
  kexecClaims,
].flatMap((table) => table.toSorted(byNumber));

const byId: ReadonlyMap<string, Claim> = new Map(claims.map((claim) => [claim.id, claim]));

/** The claim of an id, in any case of letters. */
export function claimById(id: string): Claim | undefined {
  return byId.get(id) ?? claims.find((claim) => claim.id.toLowerCase() === id.toLowerCase());
}
