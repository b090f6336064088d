import { checkResult } from './checked.ts';
import { freshContents } from './contents.ts';
import { freeByFlag, freeOnlyOnSuccess } from './free-guard.ts';
import { returnFromHelper } from './helper.ts';
import { leakByFlag, leakInstead } from './leak.ts';
import { linearMemory } from './linear.ts';
import { outsideLock } from './outside-lock.ts';
import type { Candidate, Maker, Problem, Rewriter } from './problem.ts';
import { encryptFirst, encryptFirstHere, reencryptAfterFailure, reencryptHere } from './reencrypt.ts';
import { rightSize } from './sizes.ts';
import { onlyOnce, rightAttribute, tellLeak } from './smaller.ts';
import { returnError } from './swallowed.ts';

/** What can be done about the findings of a rule, in the order of a menu. A rule that is not here has no quick fix; its page says why. */
const makers: Readonly<Record<string, readonly Maker[]>> = {
  'attribute-mismatch': [rightAttribute],
  'failure-swallowed': [returnError],
  'free-after-failed-transition': [
    leakInstead,
    leakByFlag,
    freeOnlyOnSuccess,
    freeByFlag,
    reencryptAfterFailure,
    reencryptHere,
  ],
  'free-while-shared': [encryptFirst, encryptFirstHere, freeByFlag],
  'size-mismatch': [rightSize],
  'stale-contents': [freshContents],
  'unaccounted-leak': [tellLeak],
  'unbalanced-transition': [onlyOnce],
  'unchecked-transition': [checkResult],
};

/** What can be done about the findings of a rule by changing more than a function, or who holds a lock. */
const rewriters: Readonly<Record<string, readonly Rewriter[]>> = {
  'failure-swallowed': [returnFromHelper],
  'free-after-failed-transition': [returnFromHelper],
  'transition-in-atomic': [outsideLock],
  'unchecked-transition': [returnFromHelper],
  'vmalloc-alias-flip': [linearMemory],
};

/** Ids of the rules that have quick fixes, sorted. */
export const fixableRules: readonly string[] = Object.keys(makers).sort();

/** All that could be done about a finding; nobody has looked yet whether it comes back clean. */
export function candidatesFor(rule: string, problem: Problem): readonly Candidate[] {
  return (makers[rule] ?? []).flatMap(({ make }) => make(problem));
}

/** Ids of the rules that have rewrites, sorted. */
export const rewritableRules: readonly string[] = Object.keys(rewriters).sort();

/** The same of rewrites. */
export function rewritesFor(rule: string, problem: Problem): readonly Candidate[] {
  return (rewriters[rule] ?? []).flatMap(({ make }) => make(problem));
}

/** What the makers of quick fixes and of rewrites can do about the findings of a rule: the manners of their candidates. */
export function mannersFor(rule: string): readonly string[] {
  return [...(makers[rule] ?? []), ...(rewriters[rule] ?? [])].flatMap(({ manners }) => manners);
}
