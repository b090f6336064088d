import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaults, readSettings } from '../../server/src/features/settings.ts';
import { type SettingSchema, settingsSchema } from '../../server/src/features/settings-schema.ts';
import { fileSchema } from '../../server/src/project/config/keys.ts';

const rules = [
  { id: 'size-mismatch', title: 'Sizes' },
  { id: 'free-while-shared', title: 'Frees' },
];

test('nothing set, or rubbish: the defaults', () => {
  for (const value of [undefined, null, {}, 7, 'x', []])
    assert.deepEqual(readSettings(value, rules), { settings: defaults, problems: [] });
});

/** The section `membrane` with one value in it. */
const section = (name: string, value: unknown): unknown =>
  name.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);

/** Another value than the default that a setting may have, by what the schema says. */
function another({ type, enum: allowed, default: usual, minimum = 0 }: SettingSchema): unknown {
  if (allowed !== undefined) return allowed.find((one) => one !== usual);
  if (type === 'boolean') return usual !== true;
  if (type === 'integer') return minimum + 7;
  if (type === 'string') return '/elsewhere';
  return type === 'array' ? ['tdx'] : { 'size-mismatch': 'off' };
}

test('every setting of the schema is read: its default changes nothing, another value does, a wrong one is told', () => {
  for (const [name, one] of Object.entries(settingsSchema(rules))) {
    assert.deepEqual(readSettings(section(name, one.default), rules), { settings: defaults, problems: [] });
    // What editor and server say to each other, the editor logs.
    if (name === 'trace.server') continue;
    const { settings, problems } = readSettings(section(name, another(one)), rules);
    assert.deepEqual(problems, [], name);
    assert.notDeepEqual(settings, defaults, name);
    const wrong = readSettings(section(name, one.type === 'string' ? 7 : 'x'), rules);
    assert.deepEqual(wrong.settings, defaults, name);
    assert.match(wrong.problems.join(), new RegExp(`^membrane\\.${name}: `));
  }
});

test('levels of rules are the same in settings and in .membrane.json', () => {
  const all = settingsSchema(rules).rules!;
  const file = (fileSchema(rules) as { properties: Record<string, { properties?: object }> }).properties
    .rules!;
  const levelsOf = (schema: unknown) => [...(schema as { enum: string[] }).enum].sort();
  const [one] = Object.values((file.properties ?? {}) as Record<string, unknown>);
  assert.deepEqual(levelsOf(one), levelsOf(all.additionalProperties));
  assert.deepEqual(Object.keys(file.properties ?? {}).sort(), Object.keys(all.properties!).sort());
});

test('what is right is taken, what is wrong is named and left', () => {
  const { settings, problems } = readSettings(
    {
      enable: 'on',
      platforms: ['tdx', 'vax', 'cca'],
      rules: { 'size-mismatch': 'off', 'free-while-shared': 'loud', nonsense: 'hint' },
      show: 3,
      hover: { calls: 'yes', variables: false, detail: 'full' },
      codeLens: { callers: true },
      inlayHints: { outcomes: true },
      annotations: { marker: 'membrane' },
      protocol: 'newest',
      diagnostics: { scope: 'workspace', run: 'onSave' },
      index: { enable: 1, exclude: ['tools', 2], jobs: 4.5, maxFileSizeMB: 0 },
      cache: { directory: '/cache', maxSizeMB: -1 },
      analysis: { maxPaths: 8, timeMs: 50 },
    },
    rules,
  );
  assert.deepEqual(settings, {
    enable: 'on',
    platforms: ['tdx', 'cca'],
    rules: { 'size-mismatch': 'off' },
    show: 'warning',
    scope: 'workspace',
    run: 'onSave',
    hoverCalls: true,
    hoverVariables: false,
    hoverFrees: true,
    hoverDetail: 'full',
    lensEffects: true,
    lensCallers: true,
    inlayOutcomes: true,
    marker: '@membrane',
    leakMessage: 'none',
    backend: 'wasm',
    index: {
      enable: true,
      exclude: ['tools'],
      maxFileMegabytes: 2,
      jobs: 4,
      cacheDirectory: '/cache',
      cacheMegabytes: 256,
    },
    tuning: { protocol: 'tree', maxPaths: 8, maxSteps: defaults.tuning.maxSteps, timeMs: 50 },
  });
  assert.deepEqual(
    problems.map((problem) => problem.split(':')[0]),
    [
      'membrane.platforms',
      'membrane.rules.free-while-shared',
      'membrane.rules',
      'membrane.show',
      'membrane.hover.calls',
      'membrane.index.enable',
      'membrane.index.exclude',
      'membrane.index.maxFileSizeMB',
      'membrane.cache.maxSizeMB',
      'membrane.protocol',
    ],
  );
});

test('auto among the platforms means all', () => {
  assert.deepEqual(readSettings({ platforms: ['auto', 'tdx'] }, rules).settings.platforms, []);
});

test('nothing that is read of the settings is left lying: somebody asks for each of it', () => {
  const folder = join(process.env.MEMBRANE_ROOT ?? '.', 'server/src');
  const others = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !file.startsWith('features/settings'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .filter((text) => /\b(Settings|IndexSettings|Tuning)\b|settings\./.test(text));
  const { index, tuning, ...own } = defaults;
  for (const name of Object.keys({ ...own, ...index, ...tuning })) {
    const use = new RegExp(`\\.${name}\\b|[{,]\\s*${name}\\b[^}]*\\}`);
    assert.ok(
      others.some((text) => use.test(text)),
      `${name} is read and never used`,
    );
  }
});
