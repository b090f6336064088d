// One construct a file: test/ir/fixtures/NAME.c beside NAME.ir, the IR that is expected. UPDATE=1 rewrites.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dumpFunction } from '../../server/src/ir/dump.ts';
import { lowerUnit } from '../../server/src/ir/lower.ts';
import { cutUnit } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';
import { testDialect } from './dialect.ts';
import { checkFunction } from './invariants.ts';

const folder = join(process.env.MEMBRANE_ROOT ?? process.cwd(), 'test/ir/fixtures');
const update = process.env.UPDATE === '1';

for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.c')) continue;
  test(`ir of ${file}`, async () => {
    const backend = await testBackend();
    const unit = cutUnit(readFileSync(join(folder, file), 'utf8'), backend);
    const ir = lowerUnit(file, unit, backend.grammar, testDialect);
    for (const fn of ir.functions) checkFunction(fn);
    const text = ir.functions.map(dumpFunction).join('\n');
    const golden = join(folder, file.replace(/\.c$/, '.ir'));
    if (update) writeFileSync(golden, text);
    assert.ok(existsSync(golden), `${golden} is missing; UPDATE=1 writes it`);
    assert.equal(text, readFileSync(golden, 'utf8'));
  });
}
