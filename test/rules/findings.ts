import { withConsequences } from '../../server/src/analysis/consequences.ts';
import type { Finding, StateName, TraceStep, ViolationKind } from '../../server/src/analysis/finding.ts';
import { never } from '../../server/src/base/token.ts';
import { vocabularyFor } from '../../server/src/kernel/vocabulary.ts';
import { ConsequenceModel } from '../../server/src/model/consequences.ts';
import { platforms } from '../../server/src/model/transition/platforms/index.ts';

const at = { file: 'drivers/foo/ring.c', function: 'foo_ring_expand', span: { start: 10, end: 20 } };

const vocabulary = vocabularyFor(null);
const model = new ConsequenceModel(platforms, null);

/** A step of a path. */
export function step(
  event: TraceStep['event'],
  before: readonly StateName[] | null = null,
  after: readonly StateName[] | null = null,
): TraceStep {
  return { at, event, before, after, depth: 0 };
}

/** A finding as the engine would make it, all certain; `changes` replace what a test is about. */
export function finding(violation: ViolationKind, changes: Partial<Finding> = {}): Finding {
  const made: Finding = {
    violation,
    certainty: 'certain',
    subject: { text: 'page', kind: 'page', allocatedBy: 'alloc_pages' },
    at,
    callee: '__free_pages',
    transition: { callee: 'set_memory_decrypted', to: 'shared', at },
    trace: [step({ k: 'transition', callee: 'set_memory_decrypted', to: 'shared', outcome: 'failure' })],
    platforms: [],
    configurations: [],
    related: [],
    details: {},
    consequences: [],
    ...changes,
  };
  return withConsequences(made, model, vocabulary, never);
}
