import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { leakMessages } from '../../server/src/kernel/repairs.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { edited } from '../../server/src/service-fixes.ts';
import type { CheckOptions } from '../../server/src/service-types.ts';
import { testService } from '../harness/fixtures.ts';
import { variants } from './variants.ts';

const file = 'drivers/foo/ring.c';
const options: CheckOptions = { rules: rules.map(({ id }) => id), levels: {}, platforms: [] };

/** The script of each tree in the folder that MEMBRANE_TREES names. */
function scripts(): string[] {
  const folder = process.env.MEMBRANE_TREES;
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => join(folder, name, 'scripts/checkpatch.pl'))
    .filter((path) => existsSync(path));
}

/** What a script says of each text, without file and line. */
function judged(script: string, texts: readonly string[]): Map<number, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'membrane-checkpatch-'));
  try {
    const names = texts.map((text, i) => {
      writeFileSync(join(folder, `${i}.c`), `// SPDX-License-Identifier: MIT\n${text}`);
      return `${i}.c`;
    });
    const flags = ['--no-tree', '--file', '--terse', '--no-summary', '--max-line-length=80'];
    const { stdout, error } = spawnSync('perl', [script, ...flags, ...names], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    if (error) throw error;
    const said = new Map<number, string[]>();
    for (const line of stdout.split('\n')) {
      const match = /^(\d+)\.c:\d+: (.*)$/.exec(line);
      if (match === null) continue;
      const index = Number(match[1]);
      said.set(index, [...(said.get(index) ?? []), match[2]!].sort());
    }
    return said;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const found = scripts();
const perl = spawnSync('perl', ['-v']).status === 0;
const skip =
  found.length === 0 ? 'no kernel trees: MEMBRANE_TREES names none' : perl ? false : 'perl is not here';

test('checkpatch.pl of the tree has nothing to say of a repair that it did not say before', {
  skip,
}, async () => {
  const service = await testService();
  const pairs: { title: string; before: string; after: string }[] = [];
  for (const message of leakMessages)
    for (const { name, rule, text } of variants()) {
      const [report] = service.checkLinked([{ file, text }], options, never);
      const { fingerprint } = report!.diagnostics.find((one) => one.rule === rule)!;
      for (const fix of service.fixes(file, [{ file, text }], { fingerprint, options, message }, never))
        pairs.push({ title: `${name}: ${fix.title}`, before: text, after: edited(text, fix.edits) });
    }
  // Most repairs are the same whatever is told in the log.
  const texts = [...new Set(pairs.flatMap(({ before, after }) => [before, after]))];
  const indexOf = new Map(texts.map((text, i) => [text, i]));
  for (const script of found) {
    const said = judged(script, texts);
    const worse = pairs.flatMap(({ title, before, after }) => {
      const known = said.get(indexOf.get(before)!) ?? [];
      const now = [...(said.get(indexOf.get(after)!) ?? [])];
      for (const one of known) if (now.includes(one)) now.splice(now.indexOf(one), 1);
      return now.map((one) => `${title}: ${one}\n${after}`);
    });
    assert.deepEqual(worse, [], script);
  }
});
