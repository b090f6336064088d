import { Change, commented } from './change.ts';
import { declare, freshName } from './names.ts';
import {
  cleanupOf,
  dropUnreached,
  freeOnlyIf,
  leakBy,
  leakComment,
  openWay,
  plain,
  told,
  wayPast,
  wholeOf,
} from './paths.ts';
import { candidate, flaggedCall, maker, outcomeOf, ownTransition } from './problem.ts';
import { statementOf } from './tree.ts';

/** Memory whose transition failed is not freed: the free is taken out of the way of the failure. */
export const leakInstead = maker(['leak:here', 'leak:jump'], (problem) => {
  const free = flaggedCall(problem);
  const transition = ownTransition(problem);
  if (free === undefined || transition === undefined) return [];
  const outcome = outcomeOf(problem, transition);
  const change = new Change(problem.fn);
  const arm = outcome.failing.find((statement) => statement.has(free));
  if (arm !== undefined) {
    const whole = wholeOf(free, outcome.failing);
    if (outcome.failing.length < 2) return [];
    change.instead(whole, [leakComment, ...told(problem)]);
    return candidate('leak:here', 'Leak the pages: do not free them here', change);
  }
  const cleanup = cleanupOf(problem, outcome, free);
  if (cleanup === null || !cleanup.direct) return [];
  const way = wayPast(problem, cleanup.section);
  openWay(change, way);
  leakBy(problem, change, cleanup.jump, way.text);
  dropUnreached(problem, change, cleanup, way);
  const title = `Leak the pages: '${way.text.slice(0, -1)}' instead of 'goto ${cleanup.label}'`;
  return candidate('leak:jump', title, change);
});

/** A flag remembers that the transition failed, and the free asks it. */
export const leakByFlag = maker(['leak-flag'], (problem) => {
  const free = flaggedCall(problem);
  const transition = ownTransition(problem);
  if (free === undefined || transition === undefined) return [];
  const outcome = outcomeOf(problem, transition);
  const cleanup = cleanupOf(problem, outcome, free);
  if (cleanup === null) return [];
  const flag = freshName(problem.fn, 'leak_pages');
  const change = new Change(problem.fn);
  declare(problem.fn, change, `bool ${flag} = false;`);
  const indent = change.bodyIndent(cleanup.jump);
  change.before(cleanup.jump, [...told(problem), ...commented(indent, `${flag} = true;`, leakComment)]);
  freeOnlyIf(problem, change, plain(statementOf(free)), `!${flag}`, false);
  return candidate('leak-flag', `Leak the pages: set '${flag}', skip the free`, change);
});
