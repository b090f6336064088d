import assert from 'node:assert/strict';
import { test } from 'node:test';
import { data } from '../../server/src/model/data.ts';
import { run } from './harness.ts';

const show = (...argv: string[]) => run(['model', 'show', ...argv]);

test('without a platform: every platform with its protocols, and which kernel runs which', async () => {
  const { code, out, err } = await show();
  assert.deepEqual([code, err], [0, '']);
  for (const platform of Object.values(data.platforms)) {
    assert.match(out, new RegExp(`^${platform.id} `, 'm'));
    for (const { title } of Object.values(platform.protocols)) assert.ok(out.includes(title), title);
  }
  assert.match(out, /^tdx +TDX +old +PRESENT kept +Linux 6\.1, 6\.12 and 7\.3$/m);
  assert.match(out, /^ +new +not present while it changes +proposed$/m);
  assert.match(out, /^cca .* Linux 7\.3$/m);
});

test('a transition step by step, in 120 columns', async () => {
  const { code, out, err } = await show('tdx', '--reader');
  assert.deepEqual([code, err], [0, '']);
  assert.match(
    out,
    /^TDX: set_memory_decrypted\(\), private -> shared\nprotocol old: PRESENT kept \(Linux 6\.1/,
  );
  assert.match(out, /^ +3 {2}changes the attribute +\(S\) +\[P\]\(S\)! +\[P\] +intact +<\?>$/m);
  assert.match(out, /^ ~ +stray read +\(S\) +-+ #VE -+> \[P\]/m);
  assert.match(out, /^ +returns 0 +\(S\) +\(S\) +\(S\) +lost +\(S\)$/m);
  assert.ok(out.split('\n').every((line) => line.length <= 120));
});

test('a step that fails, by number or by name, at a page, and what the caller does', async () => {
  const byName = await show('tdx', '--fail', 'map-gpa');
  assert.equal(byName.code, 0);
  assert.match(byName.out, /^ > +5 .* FAILS -EIO on page 1$/m);
  assert.match(byName.out, /^ x The next owner writes through a shared mapping/m);
  assert.equal((await show('tdx', '--fail', '5')).out, byName.out);
  assert.match((await show('tdx', '--fail', '5', '--page', '0')).out, /FAILS -EIO on page 0/);
  assert.match((await show('tdx', '--fail', '5', '--pages', '3')).out, /on page 2[\s\S]*pages 0 and 1/);
  assert.match(
    (await show('tdx', '--fail', '5', '--then', 'leak')).out,
    /Nobody who had no part .* harm\.$/m,
  );
  assert.match(
    (await show('tdx', '--fail', '5', '--then', 'convert-back')).out,
    /^ +<2 +tells the host .* private/m,
  );
});

test('direction, protocol, kernel and address', async () => {
  assert.match((await show('tdx', '--to', 'private')).out, /set_memory_encrypted\(\), shared -> private/);
  assert.match((await show('tdx', '--protocol', 'new')).out, /^protocol new: .* \(no kernel runs it yet\)/m);
  assert.match((await show('snp-vtom', '--kernel', '6.1')).out, /^protocol address: /m);
  assert.match((await show('tdx', '--protocol', '6.12')).out, /^protocol old: /m);
  assert.match((await show('pkvm', '--vmalloc')).out, /Other memory is converted instead/);
});

test('json, svg and mermaid', async () => {
  const json = JSON.parse((await show('tdx', '--format', 'json')).out);
  assert.deepEqual([json.version, json.platform, json.rows.at(-1).text], [1, 'tdx', 'returns 0']);
  assert.match((await show('tdx', '-f', 'svg')).out, /^<svg [\s\S]*<title id="t">TDX[\s\S]*<\/svg>\n$/);
  assert.match((await show('tdx', '-f', 'mermaid')).out, /^sequenceDiagram\n[\s\S]*K->>H: 5 tells the host/);
});

test('what is not there ends with 2 and says what is', async () => {
  const fails = async (message: RegExp, ...argv: string[]) => {
    const { code, out, err } = await show(...argv);
    assert.deepEqual([code, out], [2, ''], err);
    assert.match(err, message);
  };
  await fails(/no platform 'tdxx'\. Did you mean 'tdx'\? There are sme, sev/, 'tdxx');
  await fails(/no protocol 'newer': old, new/, 'tdx', '--protocol', 'newer');
  await fails(/no step '9': 1 unalias, .* 5 map-gpa/, 'tdx', '--fail', '9');
  await fails(/cannot fail; these can: 3 set-attribute, 5 map-gpa/, 'tdx', '--fail', 'flush-tlb');
  await fails(/nothing is known of cca in 6\.1; it is of 7\.3/, 'cca', '--kernel', '6.1');
  await fails(/nothing is known of tdx in 5\.10; it is of 6\.1, 6\.12 and 7\.3/, 'tdx', '--kernel', '5.10');
  await fails(
    /step visibility of .* does not fail with '-EPERM', but with -EFAULT, -ENOMEM/,
    'snp-vtom',
    '--fail',
    'visibility:-EPERM',
  );
  await fails(/'new' is no version/, 'tdx', '--kernel', 'new');
  await fails(/pages count from 0 to 1/, 'tdx', '--fail', '5', '--page', '2', '--pages', '2');
  await fails(/--page .* give --fail/, 'tdx', '--page', '1');
  await fails(/needs a platform/, '--fail', '3');
  await fails(/one platform at a time/, 'tdx', 'snp');
});

test('every fact of a table has its source, if it is asked for', async () => {
  const { out } = await show('snp-vtom', '--fail', 'visibility: -ENOMEM', '--sources');
  assert.match(out, /FAILS -ENOMEM/);
  assert.match(out, /\nsources\n {2}protocol +arch\/x86\/hyperv\/ivm\.c:/);
  assert.match(out, /\n {2}step 7, -ENOMEM +arch\/x86\/hyperv\/ivm\.c:hv_vtom_set_host_visibility/);
  assert.match(out, /\n {2}exceptions: paravisor +Documentation\/virt\/hyperv\/coco\.rst/);
});

test('what the host does to the data of the next owner is said of the host, in whoever row it happens', async () => {
  const { out } = await run(['model', 'show', 'tdx', '--fail', '5', '--then', 'free']);
  const lines = out.split('\n');
  const writes = lines.findIndex((line) => /^ x +next owner writes to the pages$/.test(line));
  const reads = lines.findIndex((line) => /^ x +host reads and writes the pages$/.test(line));
  const told = (from: number, to: number) =>
    lines.slice(from, to).filter((line) => line.includes("next owner's data"));
  assert.deepEqual(told(writes, reads), ["       ^ page 1: the host reads and writes the next owner's data"]);
  assert.deepEqual(told(reads, lines.length), ["       ^ page 0: reads and writes the next owner's data"]);
});
