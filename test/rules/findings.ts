import type { Finding, StateName, TraceStep, ViolationKind } from '../../server/src/analysis/finding.ts';

const at = { file: 'drivers/foo/ring.c', function: 'foo_ring_expand', span: { start: 10, end: 20 } };

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
  return {
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
    ...changes,
  };
}
