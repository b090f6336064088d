import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import AjvClass from 'ajv';
import fc from 'fast-check';
import { ALL_PLATFORMS } from '../../server/src/kernel/platforms.ts';
import type { ApiRow } from '../../server/src/kernel/types.ts';
import { TABLES } from '../../server/src/kernel/vocabulary.ts';
import { fileSchema } from '../../server/src/project/config/keys.ts';
import { loadConfig } from '../../server/src/project/config/load.ts';
import { parseConfig } from '../../server/src/project/config/parse.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { MemoryFiles } from '../harness/memory-files.ts';

// The package is CommonJS whose default export is a property.
const Ajv = (AjvClass as unknown as { default?: typeof AjvClass }).default ?? AjvClass;
const accepts = new Ajv({ strict: false }).compile(fileSchema(rules));
const parse = (text: string) => parseConfig(text, rules);
const told = (text: string) =>
  parse(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
const one = (key: string, entry: object) => JSON.stringify({ vocabulary: { [key]: [entry] } });

const pages = { arg: 1, unit: 'pages' };
const share = { name: 'foo_share', to: 'shared', extent: pages };
const good: readonly unknown[] = [
  { contracts: { foo_share: 'flips buf[n pages]: shared', 'foo_put(p)': 'frees p: freed or leaked' } },
  {},
  { $schema: 'x.json', vocabulary: {}, exclude: [], rules: {}, baseline: 'a/b.json' },
  { exclude: ['drivers/staging', '**/*_test.c'], rules: { 'free-while-shared': 'off' }, baseline: '..json' },
  {
    vocabulary: { transitions: [share, { ...share, name: 'foo_unshare', to: 'private', failure: 'false' }] },
  },
  {
    vocabulary: { transitions: [{ ...share, address: 2, addressIs: 'pfn', sleeps: false, ownSteps: true }] },
  },
  { vocabulary: { transitions: [{ ...share, platforms: ['tdx'], parameters: ['buf', 'n'] }] } },
  {
    vocabulary: {
      allocators: [{ name: 'foo_alloc', kind: 'page', size: { product: [0, 1] }, out: 2, gfp: 3 }],
    },
  },
  {
    vocabulary: {
      allocators: [{ name: 'f', kind: 'pool', size: { count: 1, unit: 'pages' }, fresh: 'any' }],
    },
  },
  {
    vocabulary: { frees: [{ name: 'foo_free', kind: 'page', address: 1, reference: true, deferred: false }] },
  },
  { vocabulary: { guards: [{ name: 'a.b', form: 'variable', trueOn: ['snp'], falseOn: ['tdx'] }] } },
  { vocabulary: { guards: [{ name: 'foo_has', selector: { arg: 0, name: 'FOO_X' }, trueOn: [] }] } },
  { vocabulary: { addresses: [{ name: 'foo_page', from: 'va', to: 'page' }] } },
  { contracts: { 'foo_share(buf, n)': 'flips buf[n pages]: shared' } },
  { allow: [{ rule: 'size-mismatch', file: 'a.c', function: 'f', reason: 'why' }] },
];
const bad: readonly unknown[] = [
  [],
  null,
  7,
  'text',
  { contracts: { 'foo_share buf': 'flips buf[n pages]: shared' } },
  { allow: [{ rule: 'size-mismatch', file: 'a.c' }] },
  { vocabulry: {} },
  { vocabulary: [] },
  { vocabulary: { transitions: {} } },
  { vocabulary: { transitions: [1] } },
  { vocabulary: { transitions: [{ ...share, name: '9' }] } },
  { vocabulary: { transitions: [{ ...share, name: 'a'.repeat(81) }] } },
  { vocabulary: { transitions: [{ ...share, extent: { arg: 1 } }] } },
  { vocabulary: { transitions: [{ ...share, extent: { arg: 1, count: 1, unit: 'pages' } }] } },
  { vocabulary: { transitions: [{ ...share, extent: { arg: -1, unit: 'pages' } }] } },
  { vocabulary: { transitions: [{ ...share, extent: { arg: 1.5, unit: 'pages' } }] } },
  { vocabulary: { transitions: [{ ...share, extent: {} }] } },
  { vocabulary: { transitions: [{ ...share, extent: { product: [1] } }] } },
  { vocabulary: { transitions: [{ name: 'foo_share', to: 'shared' }] } },
  { vocabulary: { transitions: [{ ...share, failure: 'errptr' }] } },
  { vocabulary: { transitions: [{ ...share, platforms: ['sevv'] }] } },
  { vocabulary: { transitions: Array.from({ length: 101 }, (_, i) => ({ ...share, name: `foo_${i}` })) } },
  { vocabulary: { allocators: [{ name: 'foo_alloc', kind: 'pages' }] } },
  { vocabulary: { allocators: [{ name: 'foo_alloc' }] } },
  { vocabulary: { frees: [{ name: 'foo_free', kind: 'page', address: '0' }] } },
  { vocabulary: { guards: [{ name: 'foo', trueOn: 'tdx' }] } },
  { vocabulary: { guards: [{ name: 'foo.', trueOn: ['tdx'] }] } },
  { vocabulary: { addresses: [{ name: 'foo_page', from: 'va', to: 'vmalloc' }] } },
  { exclude: 'drivers' },
  { exclude: ['drivers', 7] },
  { exclude: [''] },
  { exclude: ['./'] },
  { rules: { 'free-while-shared': 'on' } },
  { rules: { 'no-such-rule': 'off' } },
  { rules: ['free-while-shared'] },
  { baseline: '' },
  { baseline: '/etc/passwd.json' },
  { baseline: '../up.json' },
  { baseline: 'a/../../up.json' },
  { baseline: 'C:/up.json' },
  { baseline: 'a\\..\\up.json' },
  { baseline: 'baseline.txt' },
  { baseline: 'folder/.json' },
  { contract: {} },
];

test('an editor and the command line accept and refuse the same files', () => {
  for (const value of good) {
    assert.deepEqual(told(JSON.stringify(value)), [], JSON.stringify(value));
    assert.equal(accepts(value), true, JSON.stringify([value, accepts.errors]));
  }
  for (const value of bad) {
    assert.notDeepEqual(told(JSON.stringify(value)), [], JSON.stringify(value));
    assert.equal(accepts(value), false, JSON.stringify(value));
  }
});

test('the schema in the repository is what the keys say (npm run manifest writes it)', () => {
  const file = join(process.env.MEMBRANE_ROOT!, 'server/schema/membrane.schema.json');
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(fileSchema(rules))));
});

// biome-ignore lint/suspicious/noExplicitAny: a schema is looked at from outside, as an editor does
const schema = fileSchema(rules) as any;

test('the schema names every rule, and every word that the kernel tables use where a file may use it', () => {
  assert.deepEqual(Object.keys(schema.properties.rules.properties).sort(), rules.map(({ id }) => id).sort());
  const lists = schema.properties.vocabulary.properties;
  const words = (list: string, key: string) => lists[list].items.properties[key].enum as string[];
  const rows = Object.values(TABLES).flat();
  const used = <K extends ApiRow['k']>(k: K, get: (row: Extract<ApiRow, { k: K }>) => string | undefined) =>
    new Set(rows.flatMap((row) => (row.k === k ? (get(row as Extract<ApiRow, { k: K }>) ?? []) : [])));
  const subset = (some: ReadonlySet<string>, all: readonly string[]) =>
    assert.deepEqual(
      [...some].filter((word) => !all.includes(word)),
      [],
    );
  subset(
    used('alloc', ({ kind }) => kind),
    words('allocators', 'kind'),
  );
  subset(
    used('free', ({ kind }) => kind),
    words('frees', 'kind'),
  );
  subset(
    used('transition', ({ addressView }) => addressView),
    words('transitions', 'addressIs'),
  );
  subset(
    used('transition', ({ failure }) => failure),
    words('transitions', 'failure'),
  );
  subset(
    used('platform-guard', ({ form }) => form),
    words('guards', 'form'),
  );
  subset(
    used('same', ({ from }) => from),
    words('addresses', 'from'),
  );
  subset(
    used('same', ({ to }) => to),
    words('addresses', 'to'),
  );
  assert.deepEqual(lists.guards.items.properties.trueOn.items.enum, ALL_PLATFORMS);
  const units = lists.transitions.items.properties.extent.oneOf[0].properties.unit.enum;
  subset(
    used('transition', ({ extent }) => (extent !== null && 'unit' in extent ? extent.unit : undefined)),
    units,
  );
  subset(
    used('alloc', ({ size }) => size?.unit),
    units,
  );
});

test('each problem says where, what, and what to do; what is right is used', () => {
  const text = `// the foo driver
{
  "vocabulary": {
    "transitions": [
      { "name": "foo_share", "to": "sharde", "extent": { "arg": 1, "unit": "pages" } },
      { "name": "foo_unshare", "to": "private", "extent": { "arg": 1, "unit": "pages" }, "slepes": false },
      { "name": "foo_unshare", "to": "private", "extent": { "arg": 1, "unit": "pages" } },
      { "name": "foo_hide", "extent": { "unit": "pages" } },
    ]
  },
  "exclude": ["drivers/old", 3],
  "rules": { "free-while-shard": "off", "size-mismatch": "of", "size-mismatch": "off" },
  "baselin": "x.json"
}
`;
  assert.deepEqual(told(text), [
    "5:36 'to' must be one of shared or private, not 'sharde'. Did you mean 'shared'? This entry is ignored",
    "6:90 unknown key 'slepes'. Did you mean 'sleeps'? It is ignored",
    "7:7 'foo_unshare' is in this list already. This entry is ignored",
    "8:7 'to' is missing (one of shared or private): What the memory is afterwards. This entry is ignored",
    "8:39 'extent' must be an object with 'arg', 'product' or 'count', not an object. This entry is ignored",
    '11:30 this entry must be a glob that is not empty, not 3. This entry is ignored',
    "12:14 there is no rule 'free-while-shard'. Did you mean 'free-while-shared'? It is ignored",
    "12:58 'size-mismatch' must be one of error, warning, info, hint or off, not 'of'. Did you mean 'off'? 'size-mismatch' is ignored",
    "12:64 'size-mismatch' is there twice. The first one holds",
    "13:3 unknown key 'baselin'. Did you mean 'baseline'? It is ignored",
  ]);
  const { config } = parse(text);
  assert.deepEqual(
    config.extra.map(({ name, k }) => `${k} ${name}`),
    ['transition foo_unshare'],
  );
  assert.deepEqual([config.exclude, config.levels, config.baseline], [['drivers/old'], {}, null]);
});

test('contracts become entries of the vocabulary, or say why not', () => {
  const rows = (key: string, contract: string) => {
    const { config, problems } = parse(JSON.stringify({ contracts: { [key]: contract } }));
    return problems.length > 0 ? problems.map(({ message }) => message) : config.extra;
  };
  const has = (row: ApiRow | undefined, part: object) => assert.deepEqual({ ...row, ...part }, row);
  const [flip] = rows(
    'share(ring, n)',
    'flips ring[n bytes]: shared, unknown on nonzero; context: atomic',
  ) as ApiRow[];
  has(flip, {
    ...{ k: 'transition', name: 'share', to: 'shared', address: 0, extent: { arg: 1, unit: 'bytes' } },
    ...{ failure: 'nonzero', sleeps: false, parameters: ['ring', 'n'], source: '.membrane.json' },
  });
  const [gives] = rows(
    'get(order)',
    'allocs return[1 << order pages]: shared, unchanged on ERR_PTR',
  ) as ApiRow[];
  // Memory that is shared already has to do with conversions, so files that get it are looked at.
  has(gives, { k: 'transition', to: 'shared', extent: { arg: 0, unit: 'order' } });
  const [fresh] = rows('get(order)', 'allocs return[1 << order pages]: private') as ApiRow[];
  has(fresh, { k: 'alloc', failure: 'null', size: { arg: 0, unit: 'order' } });
  const [takes] = rows('put(pool, p)', 'frees p: freed') as ApiRow[];
  has(takes, { k: 'free', address: 1, size: null });
  const refused: readonly [string, string, RegExp][] = [
    [
      'share p',
      'flips p[1 pages]: shared',
      /must be a function, with or without parameters, as 'foo_share' or/,
    ],
    ['share(p)', 'flips q[1 pages]: shared', /there is no parameter 'q'\. It is ignored/],
    ['share(p)', 'flips p[1 page]: shared', /'page' is no unit\. Did you mean 'pages'/],
    ['share(p)', 'requires q: private', /there is no parameter 'q'\. It is ignored/],
    ['share(p)', 'flag p means p: private', /'flag' says nothing here/],
  ];
  const [open] = rows('share', 'flips p[1 pages]: shared') as ApiRow[];
  has(open, { k: 'transition', undeclared: 'flips p[1 pages]: shared' });
  for (const [key, contract, message] of refused) assert.match(String(rows(key, contract)), message);
});

test('what is no JSON is not used, and the place is told; comments, a last comma and an empty file are fine', () => {
  assert.deepEqual(told('{"exclude": ["a",],} // end'), []);
  assert.deepEqual(told(''), []);
  assert.deepEqual(told(' // nothing yet\n'), []);
  assert.deepEqual(told('{\n  "exclude": ["a"\n}'), [
    "3:1 not valid JSON: ',' belongs here. The file is not used",
  ]);
  assert.deepEqual(told("{'a': 1}"), [
    '1:2 not valid JSON: a word that JSON does not have. The file is not used',
  ]);
  assert.deepEqual(told('{} {}'), [
    '1:4 not valid JSON: nothing may follow the closing brace. The file is not used',
  ]);
  assert.deepEqual(told('[1]'), ['1:1 the file must be an object, not a list. The file is not used']);
  assert.deepEqual(parse('{"exclude": ["a"').config.exclude, []);
  assert.match(told('['.repeat(100_000))[0]!, /^1:33 nests deeper than 32 levels\. The file is not used$/);
});

test('a hostile file costs little, and its words do no harm to a terminal', () => {
  const names = Array.from({ length: 500 }, (_, i) => ({ ...share, name: `${i}\u001b[31m\u202e` }));
  const problems = told(JSON.stringify({ vocabulary: { transitions: names } }));
  assert.equal(problems.length, 51);
  assert.match(problems.at(-1)!, /51 more problems follow$/);
  for (const problem of problems) assert.match(problem, /^[\x20-\x7e]+$/);
  assert.deepEqual(told('{"__proto__": {}, "constructor": 1, "rules": {"toString": "off"}}').length, 3);
});

test('any text and any JSON value: nothing thrown, every problem lies in the file', () => {
  const check = (text: string) => {
    const { problems } = parse(text);
    const lines = text.split(/\r\n|\n|\r/);
    for (const { line, column, message } of problems) {
      assert.ok(message.length > 10);
      assert.ok(line >= 1 && line <= lines.length && column >= 1 && column <= lines[line - 1]!.length + 1);
    }
    return problems;
  };
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void check(text)));
  const keys = [
    'vocabulary',
    'transitions',
    'allocators',
    'rules',
    'exclude',
    'name',
    'extent',
    'arg',
    'unit',
  ];
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>('pages', 'foo', 'off', '', 0, 1, -1, 2.5, true, null),
      fc.array(tie('value')),
      fc.dictionary(fc.constantFrom(...keys), tie('value')),
    ),
  }));
  fc.assert(
    fc.property(fc.oneof(value, fc.jsonValue()), fc.constantFrom(0, 2), (json, indent) => {
      const problems = check(JSON.stringify(json, null, indent));
      assert.equal(problems.length === 0, accepts(JSON.parse(JSON.stringify(json))));
    }),
  );
});

test('entries become rows as the tables have them', () => {
  const row = (key: string, entry: object) => parse(one(key, entry)).config.extra[0];
  assert.deepEqual(row('transitions', share), {
    k: 'transition',
    name: 'foo_share',
    source: '.membrane.json',
    to: 'shared',
    parameters: ['addr', 'numpages'],
    address: 0,
    addressView: 'va',
    extent: { arg: 1, unit: 'pages' },
    failure: 'negative',
    sleeps: true,
  });
  assert.deepEqual(
    row('allocators', { name: 'foo_alloc', kind: 'page', size: { product: [0, 2] }, gfp: 1, out: 3 }),
    {
      k: 'alloc',
      name: 'foo_alloc',
      source: '.membrane.json',
      kind: 'page',
      result: { outArg: 3 },
      size: { product: [0, 2], unit: 'bytes' },
      zeroed: { gfpArg: 1 },
      failure: 'null',
      gfp: 1,
      wholePages: true,
    },
  );
  const parameters = (extent: object, address: number) => {
    const made = row('transitions', { ...share, extent, address });
    return made?.k === 'transition' ? made.parameters : [];
  };
  assert.deepEqual(parameters({ arg: 3, unit: 'bytes' }, 1), ['arg0', 'addr', 'arg2', 'size']);
  assert.deepEqual(parameters({ count: 1, unit: 'pages' }, 0), ['addr']);
  assert.deepEqual(parameters({ product: [1, 2] }, 0), ['addr', 'n', 'size']);
});

test('a file that cannot be read, is too large or names a baseline that is not there is told', () => {
  const load = (files: ConstructorParameters<typeof MemoryFiles>[0]) => {
    const { present, problems } = loadConfig(new MemoryFiles(files), '/k', rules);
    return [
      present,
      ...problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`),
    ];
  };
  assert.deepEqual(load({ '/k/a.c': '' }), [false]);
  assert.deepEqual(load({ '/k/.membrane.json': '{}' }), [true]);
  assert.deepEqual(load({ '/k/.membrane.json': { trouble: 'denied' } }), [
    true,
    '.membrane.json:1:1 may not be read: permission denied. It is not used',
  ]);
  assert.deepEqual(load({ '/k/.membrane.json': `{}${' '.repeat(1 << 20)}` }), [
    true,
    '.membrane.json:1:1 is larger than 1 MB. It is not used',
  ]);
  assert.deepEqual(load({ '/k/.membrane.json': '{"baseline": "b/known.json"}' }), [
    true,
    'b/known.json:1:1 there is no such file; membrane check --write-baseline writes it',
  ]);
  assert.deepEqual(
    load({ '/k/.membrane.json': '{"baseline": "known.json"}', '/k/known.json': '{"version": 2}' }),
    [
      true,
      "known.json:1:1 'findings' is missing (a list): The findings. The file is not used",
      "known.json:1:13 'version' must be 1, not 2. The file is not used",
    ],
  );
});
