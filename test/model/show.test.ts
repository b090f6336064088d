import assert from 'node:assert/strict';
import { test } from 'node:test';
import { narrateTable } from '../../server/src/explain/transition-words.ts';
import { collect } from '../../server/src/model/core/explore.ts';
import { data } from '../../server/src/model/data.ts';
import { type Edit, edited } from '../../server/src/model/protocol.ts';
import type { Data } from '../../server/src/model/scenario.ts';
import { policies, type TableOptions, transitionTable } from '../../server/src/model/show.ts';
import { resolve, scenarioOf } from '../../server/src/model/show-ask.ts';
import type { StepLabel } from '../../server/src/model/step.ts';
import { buildTransition } from '../../server/src/model/transition/build.ts';
import type { PlatformName, TransitionStep } from '../../server/src/model/transition/platform.ts';
import { transitionMermaid } from '../../server/src/report/transition-mermaid.ts';
import { transitionSvg } from '../../server/src/report/transition-svg.ts';
import { transitionSentences, transitionText } from '../../server/src/report/transition-text.ts';

const show = (options: TableOptions, from: Data = data) => transitionTable(options, from);
const text = (options: TableOptions, from?: Data) =>
  transitionText(narrateTable(show(options, from)), { colours: false });

/** Every transition that can be shown without a failure. */
const plain: readonly TableOptions[] = Object.values(data.platforms).flatMap((platform) =>
  Object.keys(platform.protocols).flatMap((protocol) =>
    (['share', 'unshare'] as const).flatMap((direction) =>
      (['linear', 'vmalloc'] as const).map((address) => ({
        platform: platform.id,
        protocol,
        direction,
        address,
      })),
    ),
  ),
);
const nameOf = ({ platform, protocol, direction, address, fail, policy }: TableOptions) =>
  [platform, protocol, direction, address, fail, policy].filter(Boolean).join(' ');
const failing = plain.flatMap((options) =>
  show(options)
    .steps.filter((step) => step.fails)
    .flatMap(({ id }) => policies.map((policy) => ({ ...options, fail: id, policy, reader: true }))),
);

/** The data with one protocol changed. */
function changed(
  platform: PlatformName,
  protocol: string,
  direction: 'share' | 'unshare',
  edit: Edit<TransitionStep>,
): Data {
  const before = data.platforms[platform];
  const old = before.protocols[protocol]!;
  const ways = { ...old.ways, [direction]: edited(old.ways[direction], [edit]) };
  const protocols = { ...before.protocols, [protocol]: { ...old, ways } };
  return { ...data, platforms: { ...data.platforms, [platform]: { ...before, protocols } } };
}

test('TDX as Linux has it: between the attribute and MapGPA a stray read takes an exception, fixed up', () => {
  const table = show({ platform: 'tdx', direction: 'share', reader: true });
  assert.deepEqual([table.protocol, table.kernels], ['old', ['6.1', '6.12', '7.3']]);
  const at = (step: string) => table.rows.find((row) => row.step === step)!.pages[0]!;
  assert.deepEqual(at('set-attribute').cached.direct, { can: ['P', 'S'], stale: true });
  assert.deepEqual(at('flush-tlb').cached.direct, { can: ['S'], stale: false });
  assert.deepEqual([at('flush-tlb').host, at('map-gpa').host], ['PRIV', 'SHARED']);
  assert.deepEqual([at('flush-tlb').contents, at('map-gpa').contents], ['intact', 'zeroed']);
  const reads = table.rows.filter((row) => row.kind === 'read');
  assert.deepEqual(
    reads.map((row) => row.met.map((met) => met.outcome).sort()),
    [['exception', 'ok'], ['exception'], ['ok']],
  );
  assert.deepEqual(table.verdict.harms, []);
});

test('the new protocol: nothing but ordinary page faults, on every x86 platform', () => {
  for (const options of plain.filter(({ protocol }) => protocol === 'new')) {
    const { rows, verdict } = show({ ...options, address: 'linear', reader: true });
    if (['pkvm', 'powerpc-svm', 's390-pv'].includes(options.platform)) continue;
    const outcomes = new Set(
      rows.flatMap((row) => (row.kind === 'read' ? row.met.map((met) => met.outcome) : [])),
    );
    // Who changes the key alone reads the old contents as ciphertext.
    const keyed = ['sme', 'sev'].includes(options.platform) ? ['ciphertext'] : [];
    assert.deepEqual([...outcomes].sort(), [...keyed, 'ok', 'page-fault'], nameOf(options));
    assert.deepEqual(verdict.harms, [], nameOf(options));
  }
});

test('the host refuses, the caller frees: the next owner writes where the host reads; leaking holds', () => {
  const options = { platform: 'tdx', direction: 'share', fail: 'map-gpa' } as const;
  const { verdict, failing: where, rows } = show(options);
  assert.deepEqual(where, { number: 5, step: 'map-gpa', page: 1 });
  assert.deepEqual(rows.find((row) => row.error === '-EIO')!.at, { page: 1 });
  assert.deepEqual(
    verdict.harms.map(({ actor, page, harm }) => [actor, page, harm]),
    [
      ['host', 0, 'host-access'],
      ['next owner', 1, 'host-access'],
    ],
  );
  const helps = verdict.policies.filter(({ harms }) => harms.length === 0).map(({ policy }) => policy);
  assert.deepEqual(helps, ['leak', 'convert-back']);
  assert.match(
    text(options),
    /^ x The next owner writes through a shared mapping of a page the host can read\.$/m,
  );
  assert.match(
    text(options),
    /^ {3}Holds if the caller leaks it or makes it private again and frees it only/m,
  );
  assert.match(
    text({ ...options, policy: 'leak' }),
    /^ {3}Breaks if the caller frees it: the next owner writes/m,
  );
});

test('vTOM as 6.12 has it: leaking does not hold, for the error path sets PRESENT; without that it does', () => {
  const options = {
    platform: 'snp-vtom',
    protocol: '6.12',
    direction: 'share',
    fail: 'visibility',
    policy: 'leak',
  } as const;
  const harms = (from?: Data) =>
    show(options, from).verdict.harms.map(({ actor, harm }) => `${actor} ${harm}`);
  assert.deepEqual([...new Set(harms())], ['stray reader unfixed-exception']);
  const step = data.platforms['snp-vtom'].protocols['6.12']!.ways.share.find(
    ({ id }) => id === 'visibility',
  )!;
  const fails = step.fails!.map(({ cleanup: _, ...failure }) => failure);
  assert.deepEqual(harms(changed('snp-vtom', '6.12', 'share', { change: 'visibility', to: { fails } })), []);
});

test('an ignored failure: the call returns 0, and who believes it comes to harm', () => {
  const shared = show({ platform: 'powerpc-svm', direction: 'share', fail: 1 }).verdict;
  assert.deepEqual([shared.misled, shared.harms.map((met) => met.harm)], [true, ['unreached']]);
  const freed = show({ platform: 'powerpc-svm', direction: 'unshare', fail: 1 }).verdict;
  assert.deepEqual([freed.misled, freed.harms.map((met) => met.harm)], [true, ['host-access']]);
});

test('a guest that is terminated goes no further', () => {
  const { verdict, rows } = show({ platform: 'snp', direction: 'share', fail: 'psc' });
  assert.equal(verdict.terminated, true);
  assert.deepEqual([rows.at(-1)!.step, rows.at(-1)!.terminated, verdict.policies], ['psc', true, []]);
});

test('a vmalloc address: pKVM converts other memory, TDX none, CCA refuses, SNP flips both mappings', () => {
  const at = (platform: PlatformName) => show({ platform, direction: 'share', address: 'vmalloc' });
  const pkvm = at('pkvm');
  assert.deepEqual(
    pkvm.rows.at(-1)!.pages.map((page) => [page.foreign, page.host]),
    [
      [false, 'PRIV'],
      [true, 'SHARED'],
    ],
  );
  assert.equal(pkvm.verdict.harms[0]!.foreign, true);
  assert.deepEqual(
    at('tdx')
      .rows.at(-1)!
      .pages.map((page) => [page.entries.vmap, page.host]),
    [['PR_S', 'PRIV']],
  );
  assert.equal(at('cca').rows.find((row) => row.error !== undefined)?.error, '-EINVAL');
  assert.deepEqual(at('snp').rows.at(-1)!.pages[0]!.entries, { direct: 'PR_S', vmap: 'PR_S' });
});

test('without a step of its protocol every table is another one', () => {
  for (const options of plain.filter(({ address }) => address === 'linear')) {
    const { platform, protocol, direction } = options;
    const whole = show(options);
    for (const { id } of whole.steps) {
      const without = show(options, changed(platform, protocol!, direction, { drop: id }));
      assert.notDeepEqual(
        without.rows.map((row) => row.step),
        whole.rows.map((row) => row.step),
        `${nameOf(options)} without ${id}`,
      );
      // What the step does is gone, not only its row.
      const end = (table: typeof whole) => JSON.stringify(table.rows.at(-1)!.pages);
      if (
        ['map-gpa', 'visibility', 'set-attribute', 'set-present', 'ripas', 'make', 'flush-tlb'].includes(id)
      )
        if (
          !(id === 'flush-tlb' && platform === 'snp-vtom') &&
          !(id === 'flush-tlb' && platform === 'tdx-paravisor')
        )
          assert.notEqual(end(without), end(whole), `${nameOf(options)} without ${id}`);
    }
  }
});

test('who comes to harm is what exhaustive exploration of the same scenario finds', () => {
  const key = ({ actor, harm, outcome }: Pick<StepLabel, 'actor' | 'harm' | 'outcome'>) =>
    `${actor} ${outcome} ${harm}`;
  for (const options of plain.flatMap((o) => [1, 2].map((pages) => ({ ...o, pages })))) {
    const asked = resolve(options, data);
    const scenario = scenarioOf(asked, 'free');
    // Nothing was asked to fail: an address that no memory is behind may all the same.
    const astray = asked.address === 'vmalloc' && asked.platform.arithmetic.is === 'no-memory';
    const caller = scenario.caller.map((step) =>
      step.do === 'convert' && astray ? { ...step, outcome: 'works' as const } : step,
    );
    const program = buildTransition({ ...scenario, caller }, data.platforms);
    const { found } = collect(program, (label) => (label.harm === undefined ? null : key(label)));
    const shown = new Set(show(options).verdict.harms.map(key));
    assert.deepEqual([...shown].sort(), [...found.keys()].sort(), `${nameOf(options)}, ${options.pages}`);
  }
});

test('every failure can be shown in every form, and fits', () => {
  assert.ok(failing.length > 100);
  for (const options of [...plain, ...failing]) {
    const narrated = narrateTable(show(options));
    const lines = transitionText(narrated, { colours: false }).split('\n');
    for (const line of lines) assert.ok(line.length <= 120, `${nameOf(options)}: ${line}`);
    assert.doesNotMatch(lines.join('\n'), /undefined|\[object|[^\x20-\x7e\n]/, nameOf(options));
    const sentences = transitionSentences(narrated);
    assert.equal(sentences.length, narrated.rows.length);
    for (const sentence of sentences) assert.match(sentence, /^\S.*\.$/, nameOf(options));
    const svg = transitionSvg(narrated);
    assert.ok(svg.includes('<title id="t">') && svg.includes('<desc id="d">'));
    assert.deepEqual(openTags(svg), [], nameOf(options));
    assert.match(transitionMermaid(narrated), /^sequenceDiagram\n/);
  }
});

/** Tags that are not closed in their order. */
function openTags(xml: string): string[] {
  const open: string[] = [];
  for (const [, close, name, self] of xml.matchAll(/<(\/?)([a-z]\w*)[^>]*?(\/?)>/g)) {
    if (self === '/') continue;
    if (close === '') open.push(name!);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}

test('colour only repeats what stands there', () => {
  const narrated = narrateTable(show({ platform: 'snp-vtom', direction: 'share', fail: 'visibility' }));
  const colours = transitionText(narrated, { colours: true });
  const sgr = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');
  assert.match(colours, sgr);
  const plainly = colours.replace(sgr, '').replace(/ +$/gm, '');
  assert.equal(plainly, transitionText(narrated, { colours: false }));
});

test('what is not there is told with what is', () => {
  const fails = (options: object, message: RegExp) =>
    assert.throws(() => show({ platform: 'tdx', direction: 'share', ...options }), message);
  fails({ platform: 'riscv' }, /no platform 'riscv': sme, sev, snp/);
  fails({ platform: 'constructor' }, /no platform/);
  fails({ protocol: 'newest' }, /tdx has no protocol 'newest': old, new/);
  fails({ platform: 'cca', version: '6.12' }, /cca is not in 6.12, but in 7.3/);
  fails({ protocol: 'new', version: '6.12' }, /tdx runs old in 6.12, not new/);
  fails({ fail: 9 }, /no step '9': 1 unalias, .* 5 map-gpa/);
  // A number says when, not which: the next step that can fail does.
  assert.equal(
    show({ platform: 'tdx', protocol: 'old', direction: 'share', fail: 4 }).failing?.step,
    'map-gpa',
  );
  fails({ fail: 'flush-tlb' }, /4 flush-tlb of tdx old cannot fail; these can: 3 set-attribute, 5 map-gpa/);
  fails({ fail: 5, pages: 2, page: 2 }, /no page 2: pages count from 0 to 1/);
  fails({ pages: 4 }, /1 to 3 pages/);
});
