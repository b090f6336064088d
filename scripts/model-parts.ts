/** What scripts/model-docs.mjs makes docs/model.md of. */

export { outcomeWords, propertyWords } from '../server/src/explain/model-words.ts';
export { narrateTable } from '../server/src/explain/transition-words.ts';
export { claims } from '../server/src/model/claims/registry.ts';
export { runClaim } from '../server/src/model/claims/run.ts';
export { explore } from '../server/src/model/core/explore.ts';
export { data } from '../server/src/model/data.ts';
export { build } from '../server/src/model/scenario.ts';
export { kernelsOf, transitionTable } from '../server/src/model/show.ts';
export { properties } from '../server/src/model/step.ts';
export { kernelVersions, outcomesOf } from '../server/src/model/transition/platform.ts';
export { transitionSvg } from '../server/src/report/transition-svg.ts';
