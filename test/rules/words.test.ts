import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Certainty, Finding, ViolationKind } from '../../server/src/analysis/finding.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { clause, clauseWidth, levelOf, plain, shorten } from '../../server/src/rules/words.ts';
import { finding, step } from './findings.ts';

function judged(violation: ViolationKind, changes: Partial<Finding> = {}) {
  const rule = rules.find((candidate) => candidate.violations.includes(violation))!;
  const verdict = rule.judge(finding(violation, changes));
  assert.ok(verdict);
  return verdict;
}

/** What stands before the first `; `, `. ` or the end. */
function firstClause(message: string): string {
  return /^(.*?)(?:; |\. |\.$)/.exec(message)?.[1] ?? message;
}

const encrypted = { callee: 'set_memory_encrypted', to: 'private', at: finding('leaked').at } as const;
const foreign = { text: 'mem->vaddr', kind: null, allocatedBy: null };

test('messages in the words that are agreed on', () => {
  const messages: readonly [ViolationKind, Partial<Finding>, string][] = [
    [
      'freed-unknown',
      {},
      "frees 'page' after set_memory_decrypted() failed; the host may still have it. Leak it, or set_memory_encrypted() and free only on 0.",
    ],
    [
      'freed-unknown',
      { transition: encrypted },
      "frees 'page' after set_memory_encrypted() failed; the host may still have it. Free only if it returned 0, and leak it otherwise.",
    ],
    [
      'freed-shared',
      {
        details: { untested: 'ring->decrypted' },
        subject: { text: 'ring->buf', kind: 'page', allocatedBy: null },
      },
      "frees 'ring->buf' without testing 'ring->decrypted'; it is true when the pages may still be shared. Free only where it is not.",
    ],
    [
      'freed-shared',
      {},
      "frees 'page', which set_memory_decrypted() made shared; the host can read what its next owner writes. Call set_memory_encrypted() first and free only on 0.",
    ],
    [
      'vmalloc-converted',
      {
        subject: { text: 'recv_buf', kind: 'vmalloc', allocatedBy: 'vzalloc' },
        callee: 'vmbus_establish_gpadl',
        platforms: ['tdx', 'pkvm', 'cca'],
      },
      "'recv_buf' is vmalloc memory, and vmbus_establish_gpadl() decrypts it; TDX and pKVM take it for a linear-map address and miss the pages; Arm CCA returns -EINVAL. Use pages of the linear map, or convert page by page.",
    ],
    [
      'unit-mismatch',
      { details: { given: 'size', givenUnit: 'bytes', wantedUnit: 'pages', callee: 'set_memory_decrypted' } },
      "'size' is in bytes, but set_memory_decrypted() takes pages; the wrong amount of memory changes state. Pass PFN_UP(size).",
    ],
    [
      'extent-mismatch',
      { details: { decrypted: 'n', encrypted: 'n - 1' } },
      "decrypts 'n' of 'page', but encrypts 'n - 1'; the rest stays as it was. Pass the same size both times.",
    ],
    [
      'extent-mismatch',
      { details: { encrypted: '1', pagesEncrypted: '1', freed: '2', pagesFreed: '4' } },
      "encrypts 1 page of 'page', but frees 4 pages; part of what is freed may still be shared. Convert all of it before.",
    ],
    [
      'unit-mismatch',
      { details: { given: 'order', givenUnit: 'order', wantedUnit: 'pages', callee: 'foo_share' } },
      "'order' is an order, but foo_share() takes pages; the wrong amount of memory changes state. Pass 1 << order.",
    ],
    [
      'sleeps-in-atomic',
      { callee: 'set_memory_decrypted', details: { lock: 'spin_lock_irqsave', lockKey: 'k' } },
      'calls set_memory_decrypted() under spin_lock_irqsave(); it sleeps. Drop the lock for the transition, or convert before it is taken.',
    ],
    [
      'sleeps-in-atomic',
      {
        callee: 'set_memory_encrypted',
        transition: encrypted,
        details: { context: 'softirq', callback: 'foo_free', armedBy: 'call_rcu' },
      },
      'calls set_memory_encrypted() in softirq context; it sleeps. foo_free() is run by call_rcu(). Do it from process context: a work item, or queue_rcu_work() after a grace period.',
    ],
    [
      'sleeps-in-atomic',
      { callee: 'set_memory_decrypted', details: { lock: 'l->lock' } },
      "calls set_memory_decrypted() with 'l->lock' held; it sleeps. Drop the lock for the transition, or convert before it is taken.",
    ],
    [
      'sleeps-in-atomic',
      {
        callee: 'foo_free_pages',
        transition: null,
        details: {
          context: 'softirq',
          callback: 'foo_free',
          armedBy: 'call_rcu',
          sleeps: 'set_memory_encrypted',
        },
      },
      'calls foo_free_pages() in softirq context; set_memory_encrypted() in it sleeps. foo_free() is run by call_rcu(). Do it from process context: a work item, or queue_rcu_work() after a grace period.',
    ],
    [
      'result-dropped',
      {},
      "ignores the result of set_memory_decrypted() on 'page'; if it failed, the memory is used as shared but may be private. Return the error and leak the memory.",
    ],
    [
      'result-dropped',
      { details: { returns: 'void' } },
      "ignores the result of set_memory_decrypted() on 'page'; if it failed, the memory is used as shared but may be private. Check it, and leak the memory if it failed.",
    ],
    [
      'result-dropped',
      { subject: foreign },
      "ignores the result of set_memory_decrypted() on 'mem->vaddr'; if it failed, the memory is used as shared but may be private. Check it, and do not use the memory if it failed.",
    ],
    [
      'result-dropped',
      { subject: foreign, details: { returns: 'int' } },
      "ignores the result of set_memory_decrypted() on 'mem->vaddr'; if it failed, the memory is used as shared but may be private. Return the error.",
    ],
    [
      'result-dropped',
      { transition: encrypted, details: { returns: 'int' } },
      "ignores the result of set_memory_encrypted() on 'page'; if it failed, the host may still have the memory. Return the error, so that the caller can leak the memory.",
    ],
    [
      'result-dropped',
      { transition: encrypted, details: { returns: 'void' }, platforms: ['sme'] },
      "ignores the result of set_memory_encrypted() on 'page'; if it failed, the pages may still be mapped unencrypted. Let the caller know, so that it can leak the memory.",
    ],
    [
      'freed-unknown',
      { platforms: ['sme'] },
      "frees 'page' after set_memory_decrypted() failed; the pages may still be mapped unencrypted. Leak it, or set_memory_encrypted() and free only on 0.",
    ],
    [
      'freed-shared',
      { platforms: ['sme'] },
      "frees 'page', which set_memory_decrypted() mapped unencrypted; what its next owner writes lies in DRAM in the clear. Call set_memory_encrypted() first and free only on 0.",
    ],
    [
      'stale-success',
      { trace: [step({ k: 'return', text: 'ret' })], transition: { ...encrypted, callee: 'ret' } },
      'returns 0 on an error path: the result is left from a step that worked; the caller goes on as if all were well. Set the error before the jump.',
    ],
    [
      'stale-success',
      { trace: [step({ k: 'return', text: 'ret' })], transition: { ...encrypted, callee: 'foo_share' } },
      'returns 0 on an error path: the result is left from foo_share(); the caller goes on as if all were well. Set the error before the jump.',
    ],
    [
      'stale-success',
      { details: { label: 'err' } },
      "returns 0 from 'err': the result is left from set_memory_decrypted(); the caller goes on as if all were well. Set the error before the jump.",
    ],
  ];
  for (const [violation, changes, message] of messages) {
    assert.equal(judged(violation, changes).message, message);
  }
});

test('memory that is only in part shared is said to be so', () => {
  const trace = [step({ k: 'free', callee: '__free_pages' }, ['mixed'], ['freed'])];
  assert.match(judged('freed-shared', { trace }).message, /^frees 'page' while part of it is shared/);
});

test('where SME alone is concerned no host is spoken of', () => {
  for (const violation of ['freed-unknown', 'freed-shared', 'result-dropped'] as const) {
    for (const transition of [encrypted, { ...encrypted, to: 'shared' as const }]) {
      const { message } = judged(violation, { transition, platforms: ['sme'] });
      assert.doesNotMatch(message, /host|shared/);
      assert.match(judged(violation, { transition, platforms: ['sme', 'tdx'] }).message, /host|shared/);
    }
  }
});

test('a platform that is not concerned is not named', () => {
  const { message } = judged('vmalloc-converted', { platforms: ['cca'] });
  assert.match(message, /CCA/);
  assert.doesNotMatch(message, /TDX|pKVM/);
});

test('a result that was never looked at is not said to have failed', () => {
  const trace = [step({ k: 'transition', callee: 'set_memory_encrypted', to: 'private', outcome: 'either' })];
  assert.match(judged('freed-unknown', { trace, transition: encrypted }).message, /whether or not/);
});

const violations = rules.flatMap((rule) => rule.violations);
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,70}$/);
const expression = fc.oneof(
  name,
  fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('->')),
  fc.string({ maxLength: 120 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const details = fc.dictionary(
  fc.constantFrom(
    ...['given', 'givenUnit', 'wantedUnit', 'callee', 'decrypted', 'encrypted', 'freed', 'opposite', 'lock'],
    ...[
      'context',
      'object',
      'result',
      'label',
      'mappedAs',
      'memoryIs',
      'to',
      'allocatedBy',
      'flag',
      'untested',
      'sleeps',
      'returns',
    ],
  ),
  expression,
);

test('the first clause fits into 76 columns and all is ASCII, whatever the names are', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...violations),
      expression,
      fc.option(name),
      fc.option(name),
      details,
      (violation, subject, callee, transition, more) => {
        const { message } = judged(violation, {
          subject: { text: subject, kind: 'vmalloc', allocatedBy: null },
          callee,
          transition: transition === null ? null : { ...encrypted, callee: transition },
          trace: [],
          details: more,
        });
        assert.match(message, /^[\x20-\x7e]+$/);
        assert.match(message, /\.$/);
        assert.ok(message.length > 30);
        // Names may bring marks of their own; the clause as made is what has to fit.
        if (!/[;.]/.test(JSON.stringify([subject, more]))) {
          assert.ok(firstClause(message).length <= clauseWidth, message);
        }
      },
    ),
    {
      numRuns: 3000,
      examples: [
        ['published-before', '', null, null, { to: 'toString' }],
        ['unit-mismatch', '', null, null, { givenUnit: 'toString', wantedUnit: 'constructor' }],
      ],
    },
  );
});

test('no word for the state is one that nobody uses', () => {
  for (const violation of violations) {
    for (const to of ['shared', 'private'] as const) {
      const { message } = judged(violation, { transition: { ...encrypted, to } });
      assert.doesNotMatch(message, /indeterminate|undefined|null|\[object/);
    }
  }
});

test('error only where every step is certain and no configuration is assumed', () => {
  const arm = [{ text: 'CONFIG_FOO', holds: true }];
  for (const violation of violations) {
    const loudest = judged(violation).level;
    const order = ['error', 'warning', 'info', 'hint'];
    const notLouder = (level: string, than: string) =>
      assert.ok(order.indexOf(level) >= order.indexOf(than), `${violation}: ${level}`);
    notLouder(judged(violation, { certainty: 'assumed' }).level, 'warning');
    notLouder(judged(violation, { configurations: arm }).level, 'warning');
    assert.equal(judged(violation, { certainty: 'joined' }).level, 'hint');
    assert.ok(order.includes(loudest));
  }
  assert.equal(judged('vmalloc-converted').level, 'warning');
  for (const certainty of ['certain', 'assumed', 'joined'] satisfies Certainty[]) {
    assert.equal(levelOf(finding('leaked', { certainty }), 'hint'), 'hint');
  }
});

test('names are cut where they say least', () => {
  assert.equal(shorten('page', 20), 'page');
  assert.equal(shorten('adapter->queues[i].ring->desc.buffer', 24), '...ring->desc.buffer');
  assert.equal(shorten('a'.repeat(40), 20), `${'a'.repeat(9)}...${'a'.repeat(8)}`);
  assert.equal(shorten('container_of(p, struct a, b)->c', 10).length <= 10, true);
  assert.equal(plain('a\n\tb \u00e9'), 'a b ?');
});

test('a clause keeps what is fixed and cuts the longest name', () => {
  const text = clause(
    ['short', 'a_function_with_quite_a_long_name_that_does_not_end_where_it_should()'],
    (x, f) => {
      return `frees '${x}' after ${f} failed`;
    },
  );
  assert.ok(text.length <= clauseWidth);
  assert.match(text, /^frees 'short' after a_function.*\(\) failed$/);
});
