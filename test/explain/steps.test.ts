import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceEvent } from '../../server/src/analysis/finding.ts';
import { ERR, N, P, PTR, Z } from '../../server/src/analysis/state.ts';
import { configurationText } from '../../server/src/explain/configurations.ts';
import { besideSource, eventText, stateText } from '../../server/src/explain/steps.ts';
import { valueClasses } from '../../server/src/explain/summaries.ts';

/** Every kind of event, with what the narrator says of it. */
const told: readonly (readonly [TraceEvent, string])[] = [
  [{ k: 'alloc', callee: 'alloc_pages', kind: 'page', size: null }, "'page' from alloc_pages(), private"],
  [
    { k: 'transition', callee: 'set_memory_decrypted', to: 'shared', outcome: 'failure' },
    'set_memory_decrypted() != 0: state unknown',
  ],
  [
    { k: 'transition', callee: 'set_memory_encrypted', to: 'private', outcome: 'success' },
    'set_memory_encrypted() == 0: private',
  ],
  [
    { k: 'transition', callee: 'set_memory_decrypted', to: 'shared', outcome: 'either' },
    'set_memory_decrypted(): shared, or state unknown if it fails',
  ],
  [{ k: 'free', callee: '__free_pages' }, '__free_pages(): back to the allocator'],
  [{ k: 'map', callee: 'vmap', attribute: 'shared' }, 'vmap(): mapped as shared'],
  [{ k: 'map', callee: 'vmap', attribute: 'unknown' }, 'vmap(): mapped once more'],
  [{ k: 'unmap', callee: 'vunmap' }, 'vunmap(): mapping removed'],
  [{ k: 'branch', text: 'ret\n  < 0', taken: false }, "'ret < 0' does not hold"],
  [{ k: 'branch', text: '!ret', taken: true }, "'!ret' holds"],
  [{ k: 'branch', text: 'g->queue[i].error', taken: true }, 'g->queue[i].error != 0'],
  [{ k: 'branch', text: '*p', taken: false }, '*p == 0'],
  [{ k: 'branch', text: 'IS_ERR(f(p, 1))', taken: false }, 'IS_ERR(f(p, 1)) == 0'],
  [{ k: 'branch', text: '(a)->b', taken: true }, "'(a)->b' holds"],
  [{ k: 'branch', text: 'a & b', taken: true }, "'a & b' holds"],
  [{ k: 'branch', text: 'f(a) + g(b)', taken: true }, "'f(a) + g(b)' holds"],
  [{ k: 'config', text: 'CONFIG_X', holds: false }, 'with CONFIG_X=n'],
  [{ k: 'goto', label: 'free_page' }, 'goto free_page'],
  [{ k: 'call', callee: 'foo_undo' }, 'calls foo_undo()'],
  [{ k: 'call', callee: 'ops->undo' }, 'calls ops->undo'],
  [{ k: 'return', text: null }, 'returns'],
  [{ k: 'return', text: '-ENOMEM' }, 'returns -ENOMEM'],
  [{ k: 'store', target: 'g->decrypted', value: 'false' }, 'g->decrypted = false'],
  [{ k: 'publish', to: 'hypervisor' }, 'from here on the hypervisor can reach it'],
  [{ k: 'lock', callee: 'spin_lock', op: 'acquire' }, 'spin_lock(): held from here'],
  [{ k: 'lock', callee: 'spin_unlock', op: 'release' }, 'spin_unlock(): dropped'],
  [{ k: 'context', text: 'softirq' }, 'softirq'],
  [{ k: 'defer', callee: 'call_rcu', callback: 'foo_free' }, 'call_rcu() arms foo_free()'],
  [{ k: 'entry', text: 'as foo_init() left it' }, 'as foo_init() left it'],
];

test('each event has its sentence: ASCII, no full stop', () => {
  for (const [event, expected] of told) {
    assert.equal(eventText(event, 'page'), expected);
    assert.match(expected, /^[\x20-\x7e]*[^.]$/);
  }
});

test('the state column names the subject, its states, and where it went', () => {
  const alloc = { k: 'alloc', callee: 'kzalloc', kind: 'slab', size: 'len' } as const;
  assert.equal(stateText({ event: alloc, before: null, after: ['private'] }, 'buf'), 'buf: private, len');
  const free = { k: 'free', callee: 'kfree' } as const;
  assert.equal(
    stateText({ event: free, before: ['shared', 'unknown'], after: ['freed'] }, 'buf'),
    'buf: shared or unknown -> allocator',
  );
  assert.equal(stateText({ event: free, before: null, after: null }, 'buf'), null);
});

test('a store says under which name the memory is known from there', () => {
  const state = (target: string, value: string) =>
    stateText({ event: { k: 'store', target, value }, before: null, after: null }, 'p');
  assert.equal(state('hvclock_mem', 'page_address(p)'), 'hvclock_mem: memory of p');
  assert.equal(state('g->mem', 'x ? a : b'), 'g->mem: memory of p');
  assert.equal(state('p', 'page_address(g->page)'), 'p: memory of g->page');
  assert.equal(state('p', 'page'), 'p: memory of page');
  assert.equal(state('p', 'p + 1'), 'p: the same memory');
  assert.equal(state('p', 'get(p)'), 'p: the same memory');
});

test('beside a source line stands what the line does not say', () => {
  const failure = { k: 'transition', callee: 'f', to: 'shared', outcome: 'failure' } as const;
  assert.equal(besideSource(failure, 'f() != 0', 'p: unknown'), 'fails, p: unknown');
  assert.equal(besideSource({ k: 'goto', label: 'x' }, 'goto x', null), '');
  assert.equal(besideSource({ k: 'branch', text: 'a', taken: true }, 'a != 0', null), 'a != 0');
  assert.equal(
    besideSource(failure, 'in a later round, f() != 0', 'p: unknown', true),
    'in a later round, fails, p: unknown',
  );
  assert.equal(
    besideSource({ k: 'goto', label: 'x' }, 'in a later round, goto x', null, true),
    'in a later round',
  );
});

test('configurations are told as one would set them', () => {
  assert.equal(configurationText({ text: 'CONFIG_X', holds: true }), 'CONFIG_X=y');
  assert.equal(configurationText({ text: 'A && B', holds: true }), '#if A && B');
  assert.equal(configurationText({ text: 'A && B', holds: false }), '#if !(A && B)');
  assert.equal(configurationText({ text: '__x86_64__', holds: false }), '#if !__x86_64__');
  assert.equal(configurationText({ text: 'defined(foo)', holds: true }), '#ifdef foo');
  assert.equal(configurationText({ text: 'defined(foo)', holds: false }), '#ifndef foo');
  assert.equal(
    configurationText({ text: 'defined(foo) || bar', holds: false }),
    '#if !(defined(foo) || bar)',
  );
});

test('the classes of rows are those of the engine', () => {
  assert.deepEqual(valueClasses, { zero: Z, negative: N, positive: P, pointer: PTR, errorPointer: ERR });
});
