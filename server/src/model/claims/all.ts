import { armClaims } from './a.ts';
import { stepClaims } from './k-steps.ts';
import { windowClaims } from './k-window.ts';
import type { Claim } from './types.ts';
import { vtomClaims } from './v.ts';
export const claims: readonly Claim[] = [...windowClaims, ...stepClaims, ...armClaims, ...vtomClaims];
