import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { root, testService } from '../harness/fixtures.ts';

const folder = join(root, 'example');

/** Every mistake of the example: where, which rule, how loud. */
const mistakes = [
  'channel.c foo_channel_alloc_event warning unchecked-transition',
  'channel.c foo_channel_alloc_recv warning vmalloc-alias-flip',
  'channel.c foo_channel_share_stats error size-mismatch',
  'ring.c foo_ring_add_page error transition-in-atomic',
  'ring.c foo_ring_destroy error free-while-shared',
  'ring.c foo_ring_expand error free-after-failed-transition',
];

async function reports() {
  const service = await testService();
  return readdirSync(folder)
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) =>
      service.checkText(
        name,
        readFileSync(join(folder, name), 'utf8'),
        { rules: [], levels: {}, platforms: [] },
        never,
      ),
    );
}

test('the example reports its six mistakes and nothing else', async () => {
  const found = (await reports()).flatMap((report) =>
    report.diagnostics.map((d) => `${d.place.file} ${d.place.function} ${d.level} ${d.rule}`),
  );
  assert.deepEqual(found.sort(), mistakes);
});

test('every mistake has a correct twin', () => {
  const text = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  for (const mistake of mistakes) assert.match(text, new RegExp(`\\b${mistake.split(' ')[1]}_ok\\(`));
});

test('all of the example is analysed', async () => {
  assert.deepEqual(
    (await reports()).flatMap((report) => report.coverage),
    [],
  );
});

test('every path of the example leads to the report', async () => {
  for (const { diagnostics } of await reports()) {
    for (const { trace, place, rule } of diagnostics) {
      const own = trace.filter((step) => step.depth === 0);
      assert.equal(own.at(-1)?.place.start.line, place.start.line, `${rule}: its last step is elsewhere`);
      assert.equal(own.at(-1)?.place.function, place.function);
    }
  }
});
