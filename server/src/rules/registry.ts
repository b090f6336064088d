import { attributeMismatch } from './attribute-mismatch/rule.ts';
import { failureSwallowed } from './failure-swallowed/rule.ts';
import { flipWhileMapped } from './flip-while-mapped/rule.ts';
import { freeAfterFailedTransition } from './free-after-failed-transition/rule.ts';
import { freeWhileShared } from './free-while-shared/rule.ts';
import { mismatchedCondition } from './mismatched-condition/rule.ts';
import { publishBeforeTransition } from './publish-before-transition/rule.ts';
import { sizeMismatch } from './size-mismatch/rule.ts';
import { staleContents } from './stale-contents/rule.ts';
import { subpageTransition } from './subpage-transition/rule.ts';
import { transitionInAtomic } from './transition-in-atomic/rule.ts';
import type { Rule } from './types.ts';
import { unaccountedLeak } from './unaccounted-leak/rule.ts';
import { unbalancedTransition } from './unbalanced-transition/rule.ts';
import { uncheckedTransition } from './unchecked-transition/rule.ts';
import { unmetRequirement } from './unmet-requirement/rule.ts';
import { unusedAllow } from './unused-allow/rule.ts';
import { vmallocAliasFlip } from './vmalloc-alias-flip/rule.ts';
import { wrongAnnotation } from './wrong-annotation/rule.ts';

/** Every rule, by id. The order means nothing: findings are sorted by place. */
export const rules: readonly Rule[] = [
  attributeMismatch,
  failureSwallowed,
  flipWhileMapped,
  freeAfterFailedTransition,
  freeWhileShared,
  mismatchedCondition,
  publishBeforeTransition,
  sizeMismatch,
  staleContents,
  subpageTransition,
  transitionInAtomic,
  unaccountedLeak,
  unbalancedTransition,
  uncheckedTransition,
  unmetRequirement,
  unusedAllow,
  vmallocAliasFlip,
  wrongAnnotation,
];

/** The rule of that id, if there is one. */
export function ruleById(id: string): Rule | undefined {
  return rules.find((rule) => rule.id === id);
}
