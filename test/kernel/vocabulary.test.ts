import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialect } from '../../server/src/ir/types.ts';
import { dialect } from '../../server/src/kernel/dialect.ts';
import type { ApiRow, TransitionRow, Version } from '../../server/src/kernel/types.ts';
import { TABLES, vocabularyFor } from '../../server/src/kernel/vocabulary.ts';

const old: Version = [6, 1];
const middle: Version = [6, 12];

test('the same version gives the same object; extra rows replace those of the tables', () => {
  assert.equal(vocabularyFor([6, 12]), vocabularyFor(middle));
  assert.notEqual(vocabularyFor(null), vocabularyFor(middle));
  const mine: TransitionRow = {
    ...(vocabularyFor(null).row('set_memory_decrypted', 'transition') as TransitionRow),
    sleeps: false,
    source: 'drivers/own/own.c',
  };
  const extra: readonly ApiRow[] = [mine];
  const own = vocabularyFor(middle, extra);
  assert.deepEqual(own.rows('set_memory_decrypted'), [mine]);
  assert.equal(own, vocabularyFor(middle, extra));
});

test('an extra guard that selects replaces the row of that selector alone, one that does not replaces all', () => {
  const guard = {
    k: 'platform-guard',
    name: 'cc_platform_has',
    source: 'a.c',
    trueOn: [],
    form: 'call',
  } as const;
  const guards = (extra: ApiRow) =>
    vocabularyFor(middle, [extra])
      .rows('cc_platform_has')
      .filter((row) => row.k === 'platform-guard');
  const all = vocabularyFor(middle)
    .rows('cc_platform_has')
    .filter((row) => row.k === 'platform-guard');
  assert.deepEqual(guards(guard), [guard]);
  const select = (name: string) => ({ ...guard, selector: { arg: 0, name } });
  assert.equal(guards(select('FOO_ATTR')).length, all.length + 1);
  assert.equal(guards(select('CC_ATTR_MEM_ENCRYPT')).length, all.length);
});

test('transitions: pages for set_memory_*, bytes and +1 for early_*', () => {
  const { row } = vocabularyFor(middle);
  const decrypt = row('set_memory_decrypted', 'transition');
  assert.deepEqual(decrypt?.extent, { arg: 1, unit: 'pages' });
  assert.equal(decrypt?.failure, 'negative');
  assert.equal(decrypt?.sleeps, true);
  assert.equal(decrypt?.to, 'shared');
  assert.equal(row('set_memory_encrypted', 'transition')?.to, 'private');
  const early = row('early_set_memory_encrypted', 'transition');
  assert.deepEqual(early?.extent, { arg: 1, unit: 'bytes' });
  assert.equal(early?.failure, 'positive');
  assert.equal(early?.sleeps, false);
  assert.deepEqual(early?.platforms, ['sme', 'sev', 'snp']);
  for (const name of ['set_direct_map_invalid_noflush', 'set_memory_np', 'set_memory_ro', 'rmp_make_shared'])
    assert.equal(row(name, 'transition'), undefined, name);
});

test('versions choose the rows', () => {
  const known = (version: Version | null, name: string) => vocabularyFor(version).rows(name).length > 0;
  assert.ok(!known(old, 'pkvm_set_memory_decrypted'));
  assert.ok(known(middle, 'pkvm_set_memory_decrypted'));
  assert.ok(!known(middle, 'realm_set_memory_decrypted'));
  assert.ok(known([6, 13], 'realm_set_memory_decrypted'));
  assert.ok(known(null, 'realm_set_memory_decrypted'));
  const argument = (version: Version | null) => vocabularyFor(version).row('kvrealloc', 'alloc')?.size;
  assert.deepEqual(argument(old), { arg: 2, unit: 'bytes' });
  assert.deepEqual(argument(middle), { arg: 1, unit: 'bytes' });
  const source = (version: Version | null) => vocabularyFor(version).row('PAGE_SIZE', 'constant')?.source;
  assert.equal(source(middle), 'arch/x86/include/asm/page_types.h');
  assert.equal(source(null), 'include/vdso/page.h');
  assert.equal(vocabularyFor(old).rows('hv_map_memory').length, 1);
  assert.equal(vocabularyFor(middle).rows('hv_map_memory').length, 0);
});

test('the newest version keeps the last meaning of names that are gone', () => {
  const newest = vocabularyFor(null);
  assert.equal(newest.rows('hv_map_memory').length, 1);
  assert.equal(vocabularyFor([7, 3]).rows('hv_map_memory').length, 0);
  assert.deepEqual(
    newest.rows('hv_root_partition').map((row) => (row.k === 'platform-guard' ? row.form : row.k)),
    ['call'],
  );
  assert.equal(newest.rows('sev_es_terminate').length, 1);
});

test('platforms of a file, and page sizes', () => {
  const x86 = ['sme', 'sev', 'snp', 'tdx', 'snp-vtom', 'tdx-paravisor'];
  assert.deepEqual(vocabularyFor(middle).platformsOf('arch/x86/mm/pat/set_memory.c'), x86);
  assert.deepEqual(vocabularyFor(old).platformsOf('arch/x86/hyperv/ivm.c'), x86.slice(0, 5));
  assert.deepEqual(vocabularyFor([5, 10]).platformsOf('arch/x86/mm/mem_encrypt.c'), ['sme', 'sev']);
  assert.deepEqual(vocabularyFor([5, 19]).platformsOf('arch/x86/mm/mem_encrypt.c'), x86.slice(0, 5));
  assert.deepEqual(vocabularyFor(middle).platformsOf('arch/arm64/mm/mem_encrypt.c'), ['pkvm']);
  assert.deepEqual(vocabularyFor(null).platformsOf('arch/arm64/mm/mem_encrypt.c'), ['cca', 'pkvm']);
  assert.deepEqual(vocabularyFor(null).platformsOf('arch/riscv/mm/init.c'), []);
  assert.equal(vocabularyFor(null).platformsOf('drivers/hv/channel.c').length, 10);
  assert.ok(!vocabularyFor(middle).platformsOf('kernel/dma/direct.c').includes('cca'));
  assert.equal(vocabularyFor(null).pageSize('tdx'), 4096);
  assert.equal(vocabularyFor(null).pageSize('s390-pv'), 4096);
  assert.equal(vocabularyFor(null).pageSize('cca'), null);
});

test('guards: one row an attribute, and what each answers', () => {
  const guard = (version: Version | null, attribute: string) =>
    vocabularyFor(version)
      .rows('cc_platform_has')
      .find((row) => row.k === 'platform-guard' && row.selector?.name === attribute);
  const memory = guard(middle, 'CC_ATTR_MEM_ENCRYPT');
  assert.ok(memory?.k === 'platform-guard');
  assert.ok(memory.trueOn.includes('tdx') && !memory.falseOn?.includes('tdx'));
  assert.ok(memory.falseOn?.includes('pkvm'));
  const older = guard(old, 'CC_ATTR_MEM_ENCRYPT');
  assert.ok(older?.k === 'platform-guard' && older.falseOn?.includes('snp-vtom'));
  assert.equal(guard(old, 'CC_ATTR_HOST_SEV_SNP'), undefined);
  const forms = (version: Version | null) =>
    vocabularyFor(version)
      .rows('hv_root_partition')
      .map((row) => (row.k === 'platform-guard' ? row.form : row.k));
  assert.deepEqual(forms(middle), ['variable']);
  assert.deepEqual(forms([7, 3]), ['call']);
});

test('a name may be several things', () => {
  const kinds = (name: string) =>
    vocabularyFor(middle)
      .rows(name)
      .map((row) => row.k)
      .sort();
  assert.deepEqual(kinds('vmalloc'), ['alloc', 'sleeps']);
  assert.deepEqual(kinds('kmap_atomic'), ['lock', 'map']);
  assert.deepEqual(kinds('get_cpu_ptr'), ['accessor', 'lock']);
  assert.deepEqual(kinds('no_such_name'), []);
  assert.deepEqual(kinds('toString'), []);
});

test('needles: sorted, none in another, and every transition has one in its name', () => {
  const { needles } = vocabularyFor(null);
  assert.deepEqual(needles, [...new Set(needles)].sort());
  for (const a of needles) for (const b of needles) assert.ok(a === b || !a.includes(b), `${b} in ${a}`);
  for (const row of TABLES.transitions!)
    assert.ok(
      needles.some((needle) => row.name.includes(needle)),
      row.name,
    );
  assert.ok(needles.includes('set_memory_encrypted') && needles.includes('uv_share_page'));
  assert.ok(!needles.some((name) => /^(dma_|vmbus_)/.test(name)));
});

test('the dialect has the shape that lowering asks for', () => {
  const shape: Dialect = dialect;
  assert.ok(shape.isTransparentCondition('unlikely'));
  assert.ok(!shape.isTransparentCondition('WARN_ON'));
  assert.ok(!shape.isTransparentCondition('constructor'));
  assert.deepEqual(shape.loopCursor('list_for_each_entry_safe'), [0, 1]);
  assert.deepEqual(shape.loopCursor('for_each_sg'), [1, 3]);
  assert.deepEqual(shape.loopCursor('xa_for_each'), [1, 2]);
  assert.equal(shape.loopCursor('list_add'), null);
  assert.equal(shape.loopCursor('constructor'), null);
  assert.ok(shape.takesType('container_of') && shape.takesType('kzalloc_obj'));
  assert.ok(!shape.takesType('kzalloc'));
});

test('every type macro that is also something else is known to lowering', () => {
  for (const list of Object.values(TABLES))
    for (const row of list)
      if (row.k === 'accessor' && row.op === 'container-of' && !/^(to_|from_|timer_)/.test(row.name))
        assert.ok(dialect.takesType(row.name), row.name);
});
