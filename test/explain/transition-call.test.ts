import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ToldCall, tellCall } from '../../server/src/explain/transition-call.ts';
import { TransitionSteps } from '../../server/src/explain/transition-steps.ts';
import { ALL_PLATFORMS, platformExists } from '../../server/src/kernel/platforms.ts';
import { TRANSITION_FACTS } from '../../server/src/kernel/transition-facts.ts';
import type { PlatformId, Version } from '../../server/src/kernel/types.ts';
import { holdsIn, TABLES, vocabularyFor } from '../../server/src/kernel/vocabulary.ts';
import { data } from '../../server/src/model/data.ts';
import { platforms } from '../../server/src/model/transition/platforms/index.ts';

const steps = new TransitionSteps(data);

interface Asked {
  readonly version?: Version | null;
  readonly file?: string;
  readonly platforms?: readonly PlatformId[];
  readonly most?: number;
  readonly steps?: TransitionSteps;
}

const tell = (name: string, asked: Asked = {}): ToldCall | null =>
  tellCall(
    {
      name,
      file: asked.file ?? 'drivers/foo/ring.c',
      platforms: asked.platforms ?? [],
      most: asked.most ?? 1,
    },
    vocabularyFor(asked.version ?? null),
    asked.steps ?? steps,
  );
const only = (platform: PlatformId, name = 'set_memory_decrypted', version: Version | null = null) =>
  tell(name, { platforms: [platform], version })!.told[0]!;

test('only transitions are told of', () => {
  assert.equal(tell('vmalloc'), null);
  assert.equal(tell('no_such_name'), null);
  assert.equal(tell('realm_set_memory_decrypted', { version: [6, 12] }), null);
});

test('TDX on 6.12: what results mean, what the arguments are, what each step can leave', () => {
  const { told, others } = tell('set_memory_decrypted', { version: [6, 12] })!;
  assert.equal(told.length, 1);
  const [{ verdict, units, steps: numbered, after }] = told as [(typeof told)[0]];
  assert.equal(
    verdict,
    'private -> shared, on TDX (tree 6.12). 0: shared. Not 0: state unknown, so leak it. -EBUSY (kexec): untouched.',
  );
  assert.equal(
    units,
    'numpages of 4 KiB; addr page aligned (else WARN, rounded down). Sleeps. No vmalloc: takes __pa(addr). Contents lost.',
  );
  assert.deepEqual(
    numbered.map(({ number, title, fails }) => [number, title, fails]),
    [
      [1, 'removes aliasing mappings', null],
      [2, 'flushes the data cache', null],
      [3, 'changes the attribute', '-ENOMEM; PTEs part shared, host not told'],
      [4, 'flushes the TLB', null],
      [5, 'tells the host with MapGPA: shared', '-EIO; PTEs all shared, host part shared'],
    ],
  );
  assert.deepEqual(after, [
    'Stray load between 3 and 5: #VE, fixed up by the guest.',
    'Freed after a failure: the host can read and change what the next owner keeps there.',
  ]);
  assert.ok(others.includes('Not in this tree: CCA.'));
  assert.deepEqual(others.slice(0, 2), [
    'vmalloc: taken (SEV-SNP, SNP+vTOM, TDX+paravisor, SEV and SME); takes __pa(addr), other memory (pKVM).',
    'Failure: 0 comes back (powerpc SVM); the guest ends (s390 PV).',
  ]);
  assert.match(
    others.join('\n'),
    /^numpages of PAGE_SIZE \(pKVM and powerpc SVM\)\. Does not sleep \(pKVM, /m,
  );
});

test('Arm CCA: another page size, no vmalloc, break before make', () => {
  const { verdict, units, steps: numbered } = only('cca');
  assert.equal(
    verdict,
    'private -> shared, on CCA (Linux 7.3). 0: shared. Not 0: state unknown, so leak it.',
  );
  assert.match(units, /^numpages of PAGE_SIZE; addr page aligned \(else WARN and 0, nothing converted\)\./);
  assert.match(units, /No vmalloc: -EINVAL\./);
  assert.equal(numbered[3]!.fails, '-EINVAL; PTEs all not present, all shared, host part shared');
});

test('failures that nobody is told of, or that end the guest', () => {
  assert.match(only('powerpc-svm').verdict, /0: shared, or it failed and nobody is told\.$/);
  assert.match(only('s390-pv').verdict, /0: shared\. A failure ends the guest\.$/);
  assert.deepEqual(
    only('snp', 'set_memory_encrypted').steps.map(({ fails }) => fails),
    [null, null, '-ENOMEM; PTEs part private, host not told', null, 'the guest ends', 'the guest ends'],
  );
});

test('the tree decides on the steps, and on what is known at all', () => {
  assert.match(only('tdx', 'set_memory_decrypted', [6, 1]).verdict, /\(tree 6\.1\).*so leak it\.$/);
  assert.match(only('tdx', 'set_memory_decrypted', [6, 14]).verdict, /\(tree 6\.14, steps of 6\.12\)/);
  assert.equal(only('snp-vtom', 'set_memory_decrypted', [6, 1]).steps.length, 1);
  assert.equal(only('snp-vtom', 'set_memory_decrypted', [6, 12]).steps.length, 7);
});

test('a file below arch/ has the platforms of its architecture, whatever else is wanted', () => {
  const on = (file: string, wanted: readonly PlatformId[] = []) =>
    tell('set_memory_decrypted', { file, platforms: wanted, most: 9 })!.told.map(({ platform }) => platform);
  assert.deepEqual(on('arch/arm64/mm/init.c'), ['cca', 'pkvm']);
  assert.deepEqual(on('arch/s390/mm/init.c'), ['s390-pv']);
  assert.deepEqual(on('arch/s390/mm/init.c', ['tdx']), ['s390-pv']);
  assert.deepEqual(on('drivers/foo.c', ['snp', 'cca']), ['snp', 'cca']);
});

test('calls that the model has no steps of: the early forms count bytes, fail with 1, keep the contents', () => {
  const { told, others, whole } = tell('early_set_memory_decrypted', { version: [6, 12] })!;
  assert.deepEqual([told.length, others, whole], [1, [], null]);
  const [{ platform, verdict, units, steps: numbered }] = told as [(typeof told)[0]];
  assert.deepEqual([platform, numbered], [null, []]);
  assert.equal(
    verdict,
    'private -> shared, on SEV-SNP, SEV and SME. 0: shared. 1: state unknown, so leak it.',
  );
  assert.equal(
    units,
    'size in bytes; vaddr page aligned (else rounded outwards). Does not sleep. No vmalloc: takes __pa(vaddr). Contents kept.',
  );
});

test('a call that does nothing on the platforms of its file names none', () => {
  const { told } = tell('early_set_memory_decrypted', { file: 'arch/arm64/mm/init.c' })!;
  assert.match(told[0]!.verdict, /^private -> shared\. 0: shared\./);
});

test('calls for the architecture itself say which transition they are a part of', () => {
  const { told, whole } = tell('uv_share_page')!;
  assert.equal(
    told[0]!.verdict,
    'private -> shared, on powerpc SVM. 0: shared. Not 0: state unknown, so leak it.',
  );
  assert.equal(whole!.name, 'set_memory_decrypted');
  assert.deepEqual(
    whole!.told.map(({ where, steps: numbered }) => [where, numbered.length]),
    [['powerpc SVM (Linux 7.3)', 1]],
  );
  assert.match(tell('snp_set_memory_private')!.told[0]!.verdict, /Afterwards: private\.$/);
});

test('what is told follows the model: another platform, other words', () => {
  const { tdx } = platforms;
  const changed = new TransitionSteps({
    ...data,
    platforms: {
      ...platforms,
      tdx: { ...tdx, vmalloc: { is: 'converted', source: 'here' }, sleeps: { is: false, source: 'here' } },
    },
  });
  const [told] = tell('set_memory_decrypted', { platforms: ['tdx'], steps: changed })!.told;
  assert.match(told!.units, /Does not sleep\. Takes vmalloc\./);
});

test('the tables know each platform of a version once', () => {
  for (const version of [[6, 1], [6, 6], [6, 12], [6, 13], [7, 3], null] as readonly (Version | null)[])
    for (const id of ALL_PLATFORMS) {
      const facts = TRANSITION_FACTS.filter(
        (one) =>
          one.calls.includes('set_memory_decrypted') && one.platforms.includes(id) && holdsIn(one, version),
      );
      assert.equal(facts.length, platformExists(id, version) ? 1 : 0, `${id} in ${version}`);
    }
});

test('lines are ASCII and short enough for a hover', () => {
  for (const { name } of TABLES.transitions!)
    for (const { verdict, units, steps: numbered, after } of tell(name, { most: 9 })!.told)
      for (const line of [
        verdict,
        units,
        ...numbered.map(({ title, fails }) => `${title} ${fails}`),
        ...after,
      ]) {
        assert.match(line, /^[ -~]+$/);
        assert.ok(line.length <= 180, `${name}: ${line.length}: ${line}`);
      }
});
