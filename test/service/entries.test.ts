import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { parseConfig } from '../../server/src/project/config/parse.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import { withConfig } from '../../server/src/service-config.ts';
import { testBackend } from '../harness/backend.ts';
import { optionsFor } from '../harness/fixtures.ts';

const stages = createStages(await testBackend());

/** What is told of contracts that stand in the tree's own configuration. */
function check(contracts: object, files: Readonly<Record<string, string>>) {
  const { config, problems } = parseConfig(JSON.stringify({ contracts }, null, 1), rules);
  assert.deepEqual(problems, []);
  const service = new Service({ stages, version: null, rules, extra: config.extra });
  const texts = Object.entries(files).map(([file, text]) => ({ file, text }));
  return service
    .checkLinked(texts, withConfig(optionsFor([]), config), never)
    .flatMap(({ diagnostics }) => diagnostics);
}

const broken = (contracts: object, text: string, more: Readonly<Record<string, string>> = {}) =>
  check(contracts, { 'drivers/a.c': text, ...more }).filter(({ rule }) => rule === 'wrong-annotation');

const share = `int share(void *buf, int n)
{
	if (n < 0)
		return -EINVAL;
	return set_memory_decrypted((unsigned long)buf, n);
}
`;

test('a contract of the configuration that the body does not keep: told at the function, with the path and the entry', () => {
  const contracts = {
    other: 'frees p: freed',
    share: 'context: sleeps; flips buf[n pages]: shared, unknown on error',
  };
  const [first, ...more] = broken(contracts, share);
  assert.deepEqual(more, []);
  assert.equal(
    first!.message,
    "'flips buf' in .membrane.json does not hold; share() leaves it unchanged on error, not unknown. " +
      "Change the code, or what .membrane.json says of 'share'.",
  );
  const { file, start, end, function: name } = first!.place;
  assert.deepEqual(
    [file, start, end, name],
    ['drivers/a.c', { line: 1, column: 5 }, { line: 1, column: 10 }, 'share'],
  );
  assert.deepEqual(
    first!.trace.map(({ place }) => place.start.line),
    [4],
  );
  assert.deepEqual(
    first!.related.map(({ place, text }) => [place.file, place.start, place.end, text]),
    [['.membrane.json', { line: 4, column: 3 }, { line: 4, column: 10 }, "the contract of 'share'"]],
  );
});

test('one that the body keeps is not reported, under whatever names', () => {
  const right = 'unchanged or unknown on error';
  assert.deepEqual(broken({ share: `flips buf[n pages]: shared, ${right}` }, share), []);
  assert.deepEqual(broken({ 'share(p, count)': `flips p[count pages]: shared, ${right}` }, share), []);
  const [wrong] = broken({ 'share(p, count)': 'flips p[count pages]: private' }, share);
  assert.match(
    wrong!.message,
    /^'flips p' in .* leaves it shared on success, not private\..* of 'share\(p, count\)'\.$/,
  );
  const header = 'int share(void *vaddr, int pages);\n';
  const named = (outcome: string) =>
    broken({ share: `flips vaddr[pages pages]: ${outcome}` }, share, { 'include/share.h': header });
  assert.deepEqual(named('shared'), []);
  assert.match(
    named('private')[0]!.message,
    /^'flips vaddr' in .membrane.json does not hold; share\(\) leaves it shared/,
  );
});

test('what a comment says of the same memory counts, above the function or a prototype, and is told once', () => {
  const contracts = { share: 'flips buf[n pages]: private; context: atomic' };
  const rulesOf = (text: string, more = {}) =>
    check(contracts, { 'drivers/a.c': text, ...more }).map(
      ({ rule, place }) => `${rule} ${place.start.line}`,
    );
  assert.deepEqual(rulesOf(share), ['wrong-annotation 1', 'transition-in-atomic 5']);
  const comment = '/* coco: flips buf[n pages]: shared */\n';
  assert.deepEqual(rulesOf(comment + share), ['transition-in-atomic 6']);
  assert.deepEqual(rulesOf(comment.replace('shared', 'private') + share), [
    'wrong-annotation 1',
    'transition-in-atomic 6',
  ]);
  assert.deepEqual(rulesOf(comment.replace(' */', '; context: sleeps */') + share), []);
  const header = `${comment}int share(void *buf, int n);\n`;
  assert.deepEqual(rulesOf(share, { 'include/share.h': header }), ['transition-in-atomic 5']);
  const other = '/* coco: flips ring->buf: shared */\nint share(void *ring, int n)\n{\n\treturn 0;\n}\n';
  assert.deepEqual(rulesOf(other), ['wrong-annotation 1', 'wrong-annotation 2']);
});

test('context: atomic in the configuration is held against the body, and says where it stands', () => {
  const [first, ...more] = check({ 'share(p, n)': 'context: atomic' }, { 'drivers/a.c': share });
  assert.deepEqual(more, []);
  assert.deepEqual([first!.rule, first!.place.start.line], ['transition-in-atomic', 5]);
  assert.equal(
    first!.trace[0]!.text,
    "share() may be entered in atomic context, .membrane.json says of 'share(p, n)'",
  );
  assert.deepEqual(
    first!.related.map(({ place }) => `${place.file}:${place.start.line}`),
    ['.membrane.json:3'],
  );
});

test('a body that does nothing does not keep a contract either, whoever calls it', () => {
  const nothing = 'int share(void *buf, int n)\n{\n\treturn 0;\n}\n';
  const flips = 'flips buf[n pages]: shared';
  const told = /share\(\) leaves it unchanged on success, not shared/;
  assert.match(broken({ share: flips }, nothing)[0]!.message, told);
  assert.match(broken({ 'share(buf, n)': flips }, nothing)[0]!.message, told);
  assert.match(broken({}, `/* coco: ${flips} */\n${nothing}`)[0]!.message, told);
});

test('what a function hands to code that nobody sees may be anything by then', () => {
  const put = (body: string) =>
    `void put(struct pool *pool, void *buf)\n{\n\tvoid *p = buf;\n\n\t${body}\n}\n`;
  const lines = (text: string, more = {}) =>
    broken({ put: 'frees buf: freed' }, text, more).map(({ message }) => message.slice(0, 52));
  const told = ["'frees buf' in .membrane.json does not hold; put() l"];
  assert.deepEqual(lines(put('pr_info("%p\\n", p);')), told);
  assert.deepEqual(lines(put('pool_put(pool);')), told);
  assert.deepEqual(lines(put('pool_put(p);')), []);
  assert.deepEqual(lines(put('pool->put(p);')), []);
  const looks = share.replace('\treturn set', '\tlook_at(buf);\n\treturn set');
  assert.equal(broken({ share: 'flips buf: shared, unknown on error' }, looks).length, 1);
  const helper = (body: string) => `static void pool_put(void *q)\n{\n\t${body}\n}\n\n`;
  assert.deepEqual(lines(helper('pr_info("%p\\n", q);') + put('pool_put(p);')), told);
  assert.deepEqual(lines(helper('really_put(q);') + put('pool_put(p);')), []);
  assert.deepEqual(lines(put('free_page((unsigned long)p);')), []);
});

test('names that the function does not have are told, unless it is likely to be another one', () => {
  const misspelt = { share: 'flips bfu[n pages]: shared' };
  const [first] = broken(misspelt, share);
  assert.equal(
    first!.message,
    "'share' in .membrane.json does not fit share(); there is no parameter of share() 'bfu'. Did you mean 'buf'?",
  );
  assert.deepEqual([first!.place.start, first!.related.length], [{ line: 1, column: 5 }, 1]);
  assert.match(
    broken({ 'share(buf)': 'flips buf: shared' }, share)[0]!.message,
    /share\(\); that has 2 parameters\.$/,
  );
  assert.deepEqual(broken(misspelt, `static ${share}`), []);
  assert.equal(broken({ share: 'flips buf: private' }, `static ${share}`).length, 1);
});

test('an entry that moves in the configuration is told at its new place', () => {
  const contracts = { share: 'flips buf[n pages]: private' };
  const config = (text: string) => parseConfig(text, rules).config;
  const before = config(JSON.stringify({ contracts }));
  const after = config(`\n\n${JSON.stringify({ contracts })}`);
  assert.deepEqual(before.extra, after.extra);
  const service = new Service({ stages, version: null, rules, extra: before.extra });
  const places = [before, after].map((one) => {
    const { diagnostics } = service.checkText('a.c', share, withConfig(optionsFor([]), one), never);
    return diagnostics.map(({ related, fingerprint }) => [related[0]!.place.start.line, fingerprint]);
  });
  assert.deepEqual(
    places.map((found) => found.map(([line]) => line)),
    [[1], [3]],
  );
  assert.equal(places[0]![0]![1], places[1]![0]![1]);
});

const found = (contracts: object, files: Readonly<Record<string, string>>) =>
  check(contracts, files).map(({ rule, place }) => `${rule} ${place.file}:${place.start.line}`);

const fill = `int fill(void)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	if (set_memory_decrypted(p, 1))
		return -EIO; /* leaked */
	if (pool_add((void *)p))
		return -EIO;
	if (!set_memory_encrypted(p, 1))
		free_page(p);
	return 0;
}
`;

test('what a function requires, takes or leaks by the configuration holds whether its body is in view or not', () => {
  const body =
    'int pool_add(void *buf)\n{\n\tif (full)\n\t\treturn -EBUSY;\n\tlist_add(pool, buf);\n\treturn 0;\n}\n';
  const rest = 'drivers/a.c';
  for (const files of [{ [rest]: fill }, { [rest]: fill, 'drivers/b.c': body }, { [rest]: fill + body }]) {
    const taken = ['unmet-requirement drivers/a.c:11'];
    const asked = ['unmet-requirement drivers/a.c:9'];
    assert.deepEqual(found({ 'pool_add(p)': 'takes p on 0' }, files), taken);
    assert.deepEqual(found({ 'pool_add(p)': 'leaks p on 0 -- nobody knows' }, files), taken);
    assert.deepEqual(found({ 'pool_add(p)': 'requires p: private' }, files), asked);
    assert.deepEqual(found({ 'pool_add(p)': 'requires p: shared' }, files), []);
    assert.deepEqual(found({ 'pool_add(p)': 'requires p: private; takes p on 0' }, files), [
      ...asked,
      ...taken,
    ]);
    assert.deepEqual(found({}, files), []);
  }
  const named = { [rest]: fill, 'include/pool.h': 'int pool_add(void *buf);\n' };
  assert.deepEqual(found({ pool_add: 'requires buf: private' }, named), ['unmet-requirement drivers/a.c:9']);
  const commented = (said: string) => ({
    [rest]: fill,
    'b.h': `/* coco: ${said} */\nint pool_add(void *buf);\n`,
  });
  assert.deepEqual(found({ pool_add: 'requires buf: private' }, commented('requires buf: shared')), []);
  assert.deepEqual(found({ pool_add: 'requires buf: private' }, commented('takes buf on error')), [
    'unmet-requirement drivers/a.c:9',
  ]);
});

test('a static function among several files is told by its name, unless another file means another one', () => {
  const own = `/* coco: requires buf: private */\nstatic int pool_add(void *buf)\n{\n\treturn 0;\n}\n${fill}`;
  const asked = ['unmet-requirement drivers/a.c:14'];
  const files = (other: string) => ({ 'drivers/a.c': own, 'drivers/b.c': other });
  assert.deepEqual(found({}, files('int other(void)\n{\n\treturn 0;\n}\n')), asked);
  assert.deepEqual(found({}, files('static int pool_add(void *buf)\n{\n\treturn 0;\n}\n')), []);
  assert.deepEqual(found({}, files('int other(void *p)\n{\n\treturn pool_add(p);\n}\n')), []);
});
