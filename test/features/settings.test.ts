import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaults, readSettings, settingsSchema } from '../../server/src/features/settings.ts';

const rules = [
  { id: 'size-mismatch', title: 'Sizes' },
  { id: 'free-while-shared', title: 'Frees' },
];

test('nothing set, or rubbish: the defaults', () => {
  for (const value of [undefined, null, {}, 7, 'x', []])
    assert.deepEqual(readSettings(value, rules), { settings: defaults, problems: [] });
});

test('the defaults of the schema are the defaults of the server', () => {
  const value: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(settingsSchema(rules))) {
    const [head, tail] = name.split('.') as [string, string?];
    if (tail === undefined) value[head] = one.default;
    else value[head] = { ...(value[head] as object | undefined), [tail]: one.default };
  }
  assert.deepEqual(readSettings(value, rules), { settings: defaults, problems: [] });
});

test('what is right is taken, what is wrong is named and left', () => {
  const { settings, problems } = readSettings(
    {
      enable: 'on',
      platforms: ['tdx', 'vax', 'cca'],
      rules: { 'size-mismatch': 'off', 'free-while-shared': 'loud', nonsense: 'hint' },
      show: 3,
      diagnostics: { run: 'onSave' },
      hover: { calls: 'yes', variables: false, detail: 'full' },
      codeLens: { callers: true },
      inlayHints: { outcomes: true },
      index: { enable: 1, exclude: ['tools', 2], jobs: 4.5 },
      cache: { directory: '/cache', maxSizeMB: -1 },
    },
    rules,
  );
  assert.deepEqual(settings, {
    enable: 'on',
    platforms: ['tdx', 'cca'],
    rules: { 'size-mismatch': 'off' },
    show: 'warning',
    run: 'onSave',
    hoverCalls: true,
    hoverVariables: false,
    hoverFrees: true,
    hoverDetail: 'full',
    lensEffects: true,
    lensCallers: true,
    inlayOutcomes: true,
    leakMessage: 'none',
    backend: 'wasm',
    index: { enable: true, exclude: ['tools'], jobs: 4, cacheDirectory: '/cache', cacheMegabytes: 256 },
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
      'membrane.cache.maxSizeMB',
    ],
  );
});

test('auto among the platforms means all', () => {
  assert.deepEqual(readSettings({ platforms: ['auto', 'tdx'] }, rules).settings.platforms, []);
});
