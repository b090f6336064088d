import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeTransition } from '../../server/src/kernel/describe.ts';
import { ALL_PLATFORMS, platformExists } from '../../server/src/kernel/platforms.ts';
import { TRANSITION_FACTS } from '../../server/src/kernel/transition-facts.ts';
import type { Version } from '../../server/src/kernel/types.ts';
import { holdsIn, TABLES, vocabularyFor } from '../../server/src/kernel/vocabulary.ts';

const describe = (name: string, version: Version | null) =>
  describeTransition(name, vocabularyFor(version), version);

test('only transitions are described', () => {
  assert.equal(describe('vmalloc', null), null);
  assert.equal(describe('no_such_name', null), null);
  assert.equal(describe('realm_set_memory_decrypted', [6, 12]), null);
});

test('set_memory_decrypted on 6.12: unit, outcomes, families', () => {
  const description = describe('set_memory_decrypted', [6, 12]);
  assert.ok(description);
  assert.equal(description.signature, 'set_memory_decrypted(addr, numpages)');
  assert.deepEqual(
    description.families.map(({ family }) => family),
    ['SME and SEV', 'SEV-SNP', 'TDX', 'Hyper-V paravisor', 'pKVM', 'powerpc SVM', 's390 PV'],
  );
  assert.deepEqual(
    description.outcomes.map(({ result, leaves }) => [result, leaves.split(':')[0]]),
    [
      ['0', 'shared'],
      ['not 0', 'state unknown'],
      ['-EBUSY', 'untouched'],
    ],
  );
  assert.deepEqual(description.outcomes[2]?.families, ['SME and SEV', 'SEV-SNP', 'TDX', 'Hyper-V paravisor']);
  assert.match(description.lines.join('\n'), /vmalloc address: converts other pages \(TDX, pKVM/);
  assert.match(description.lines[0]!, /^private -> shared\. May sleep/);
});

test('6.1 knows no -EBUSY and no CCA; later ones refuse vmalloc on CCA', () => {
  const old = describe('set_memory_encrypted', [6, 1]);
  assert.deepEqual(
    old?.outcomes.map(({ result }) => result),
    ['0', 'not 0'],
  );
  assert.ok(!old?.families.some(({ family }) => family === 'Arm CCA'));
  assert.ok(old?.families.some(({ family }) => family === 'Hyper-V vTOM'));
  const newest = describe('set_memory_encrypted', null);
  assert.match(newest!.lines.join('\n'), /refuses it \(Arm CCA\)/);
  assert.ok(!newest?.families.some(({ family }) => family === 'Hyper-V vTOM'));
});

test('a file below arch/ has the families of its architecture', () => {
  const vocabulary = vocabularyFor(null);
  const on = (file: string) =>
    describeTransition('set_memory_decrypted', vocabulary, null, vocabulary.platformsOf(file))?.families.map(
      ({ family }) => family,
    );
  assert.deepEqual(on('arch/arm64/mm/init.c'), ['Arm CCA', 'pKVM']);
  assert.deepEqual(on('arch/s390/mm/init.c'), ['s390 PV']);
});

test('early_* counts bytes, fails with 1, keeps the contents', () => {
  const early = describe('early_set_memory_decrypted', [6, 12]);
  assert.deepEqual(early?.extent, { arg: 1, unit: 'bytes' });
  assert.deepEqual(
    early?.outcomes.map(({ result }) => result),
    ['0', '1'],
  );
  assert.match(early!.lines.join('\n'), /size: bytes\.[\s\S]*Contents: kept\./);
  assert.ok(!/contents/.test(early!.outcomes[0]!.todo));
});

test('a call that cannot fail has one outcome', () => {
  assert.deepEqual(
    describe('snp_set_memory_shared', null)?.outcomes.map(({ result }) => result),
    ['returns'],
  );
});

test('each platform of a version is in exactly one family', () => {
  for (const version of [[6, 1], [6, 6], [6, 12], [6, 13], [7, 3], null] as readonly (Version | null)[])
    for (const id of ALL_PLATFORMS) {
      const families = TRANSITION_FACTS.filter(
        (facts) =>
          facts.calls.includes('set_memory_decrypted') &&
          facts.platforms.includes(id) &&
          holdsIn(facts, version),
      );
      assert.equal(families.length, platformExists(id, version) ? 1 : 0, `${id} in ${version}`);
    }
});

test('lines are ASCII and short enough for a hover', () => {
  for (const { name } of TABLES.transitions!)
    for (const line of describe(name, null)!.lines) {
      assert.match(line, /^[ -~]+$/);
      assert.ok(line.length <= 200, `${name}: ${line.length}: ${line}`);
    }
});
