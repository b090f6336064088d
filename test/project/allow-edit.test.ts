import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowEdits, type ConfigEdit } from '../../server/src/project/config/allow-edit.ts';
import { parseConfig } from '../../server/src/project/config/parse.ts';
import { rules } from '../../server/src/rules/registry.ts';

const entry = { rule: 'size-mismatch', file: 'a.c', function: 'f', reason: 'why' };
const short = '{ "rule": "size-mismatch", "file": "a.c", "function": "f", "reason": "why" }';
const old = '{ "rule": "free-while-shared", "file": "b.c", "reason": "it is" }';

function added(text: string): string | null {
  const put = (now: string, { start, end, text: put }: ConfigEdit) =>
    now.slice(0, start) + put + now.slice(end);
  return allowEdits(text, entry)?.reduceRight(put, text) ?? null;
}

test('an entry goes behind the others; comments, indent and what is on one line stay', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      `{\n  "allow": [ // why\n    ${old}, // first\n    // last\n  ],\n  "exclude": [],\n}\n`,
      `{\n  "allow": [ // why\n    ${old}, // first\n    ${short},\n    // last\n  ],\n  "exclude": [],\n}\n`,
    ],
    [
      `{\n  "allow": [\n    ${old} /* first */\n  ]\n}\n`,
      `{\n  "allow": [\n    ${old}, /* first */\n    ${short}\n  ]\n}\n`,
    ],
    [`{ "allow": [${old}] }`, `{ "allow": [${old}, ${short}] }`],
    [
      `{\r\n\t"allow": [\r\n\t\t${old}\r\n\t]\r\n}\r\n`,
      `{\r\n\t"allow": [\r\n\t\t${old},\r\n\t\t${short}\r\n\t]\r\n}\r\n`,
    ],
  ];
  for (const [before, after] of cases) assert.equal(added(before), after);
});

test('whatever the file looks like, it has one entry more and is understood', () => {
  const files = [
    ...[
      '',
      ' \n',
      '{}',
      '{\n}\n',
      '{ // nothing\n}\n',
      '{ /* a */ }',
      '{"rules":{}}',
      '{\n  // c\n  "rules": {}, // d\n}\n',
    ],
    ...[
      '{\n\t"allow": []\n}\n',
      '{\n\t"allow": [\n\t\t// none\n\t],\n}\n',
      `{"allow":[${old},]}`,
      `{"allow":[\n${old}\n,\n]}`,
    ],
  ];
  for (const text of files) {
    const before = parseConfig(text, rules);
    const after = parseConfig(added(text) ?? 'null', rules);
    assert.deepEqual(after.problems, before.problems, text);
    assert.deepEqual(
      after.config,
      { ...before.config, allow: [...before.config.allow, entry] },
      added(text) ?? text,
    );
    for (const comment of text.match(/\/\/.*|\/\*.*?\*\//g) ?? []) assert.ok(added(text)!.includes(comment));
  }
});

test('a file that is not understood is left alone', () => {
  for (const text of ['{', '[]', '{ "allow": {} }', '{ "allow": [} }', 'null'])
    assert.equal(added(text), null, text);
});
