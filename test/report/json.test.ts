import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import AjvDraft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { boundNames, reasonText } from '../../server/src/explain/coverage.ts';
import { jsonReport } from '../../server/src/report/json.ts';
import { sarifReport } from '../../server/src/report/sarif.ts';
import { report, rules } from './fixture.ts';

test('JSON has the fields that scripts rely on, and no others', () => {
  const json = JSON.parse(jsonReport(report));
  assert.deepEqual(Object.keys(json), ['version', 'findings', 'stats']);
  assert.equal(json.version, 1);
  const [finding] = json.findings;
  assert.deepEqual(Object.keys(finding), [
    'rule',
    'level',
    'file',
    'line',
    'column',
    'endLine',
    'endColumn',
    'function',
    'message',
    'platforms',
    'configurations',
    'consequences',
    'trace',
    'related',
    'fingerprint',
  ]);
  assert.deepEqual(finding.trace[1], {
    file: 'drivers/foo/ring.c',
    line: 4,
    column: 2,
    function: 'foo_ring_expand',
    depth: 0,
    event: 'set_memory_decrypted() != 0: state unknown',
    state: 'page: unknown',
  });
  assert.deepEqual(finding.related, []);
  assert.deepEqual(
    json.findings[1].related.map(({ file, line, event }: Record<string, unknown>) => [file, line, event]),
    [['drivers/foo/ring.c', 4, 'calls foo_undo()']],
  );
  assert.equal(json.stats.kernel, '6.12');
  assert.equal(json.stats.filesSearched, 59932);
  assert.equal(json.stats.notAnalysed.length, 3);
  assert.deepEqual(json.stats.problems, report.problems);
});

test('docs/json.md has every key of a report, and every name of a bound in its words', () => {
  const page = readFileSync(join(process.env.MEMBRANE_ROOT!, 'docs/json.md'), 'utf8');
  const section = (title: string) => page.split(/^## /m).find((part) => part.startsWith(`${title}\n`))!;
  const documented = (title: string) =>
    [...section(title).matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)`/g)].map(([, key]) => key!),
    );
  const config = {
    ...{ off: [], lowered: [], redefined: [], leftOut: 0, known: 0, allowed: 0 },
    ...{ unusedAllows: [], stale: [], problems: [] },
  };
  const json = JSON.parse(jsonReport({ ...report, config }));
  const [finding] = json.findings;
  const keys = (value: object) => Object.keys(value).sort();
  assert.deepEqual(documented('The report').sort(), keys(json));
  assert.deepEqual(documented('A finding').sort(), keys(finding));
  assert.deepEqual(documented('A consequence').sort(), keys(finding.consequences[0]));
  assert.deepEqual(documented('A step').sort(), keys(finding.trace[0]));
  assert.deepEqual(documented('Numbers').sort(), [...keys(json.stats), ...boundNames].sort());
  assert.deepEqual(documented('The configuration').sort(), keys(json.config));
  for (const name of boundNames) assert.ok(page.includes(`| \`${name}\` | ${reasonText(name)} |`), name);
  for (const entry of [...json.stats.notAnalysed, ...json.stats.problems])
    for (const key of Object.keys(entry)) assert.ok(section('Numbers').includes(`\`${key}\``), key);
});

test('JSON says nothing about the machine it was made on', () => {
  assert.doesNotMatch(jsonReport(report), /\/src\/linux/);
});

function schemaErrors(log: unknown): unknown {
  const file = join(process.env.MEMBRANE_ROOT!, 'test/report/data/sarif-2.1.0-rtm.5.schema');
  // Both packages are CommonJS whose default export is a property.
  const Ajv = (AjvDraft4 as unknown as { default?: typeof AjvDraft4 }).default ?? AjvDraft4;
  const formats = (addFormats as unknown as { default?: typeof addFormats }).default ?? addFormats;
  const ajv = new (Ajv as unknown as new (options: object) => import('ajv').default)({
    strict: false,
    allErrors: true,
    unicodeRegExp: false,
  });
  (formats as unknown as (ajv: unknown) => void)(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
  return validate(log) ? null : validate.errors;
}

test('SARIF is valid against the official schema, full or empty', () => {
  assert.equal(schemaErrors(JSON.parse(sarifReport(report, rules))), null);
  const empty = { ...report, diagnostics: [], coverage: [], problems: [], version: null, root: '/' };
  assert.equal(schemaErrors(JSON.parse(sarifReport(empty, []))), null);
});

test('SARIF stays valid with what a configuration overrides and gets wrong', () => {
  const config = {
    off: ['free-after-failed-transition'],
    lowered: [{ rule: 'unaccounted-leak', level: 'info' as const }],
    redefined: [],
    leftOut: 2,
    known: 1,
    allowed: 0,
    unusedAllows: [],
    stale: [],
    problems: [{ file: '.membrane.json', line: 2, column: 3, message: "unknown key 'a'. It is ignored" }],
  };
  const log = JSON.parse(sarifReport({ ...report, config }, rules));
  assert.equal(schemaErrors(log), null);
  const [run] = log.runs;
  assert.deepEqual(run.invocations[0].ruleConfigurationOverrides, [
    { descriptor: { id: 'free-after-failed-transition', index: 0 }, configuration: { enabled: false } },
    { descriptor: { id: 'unaccounted-leak', index: 1 }, configuration: { enabled: true, level: 'note' } },
  ]);
  const [note] = run.invocations[0].toolConfigurationNotifications;
  assert.equal(note.locations[0].physicalLocation.region.startLine, 2);
  assert.equal(run.properties.config.leftOut, 2);
});

test('a log that is not SARIF fails, so the schema is really asked', () => {
  const log = JSON.parse(sarifReport(report, rules));
  log.runs[0].results[0].level = 'hint';
  assert.notEqual(schemaErrors(log), null);
});

test('SARIF carries the path as a code flow, the page as help, the gaps as notifications', () => {
  const [run] = JSON.parse(sarifReport(report, rules)).runs;
  const [first, second] = run.results;
  assert.equal(run.tool.driver.rules[first.ruleIndex].id, first.ruleId);
  assert.match(run.tool.driver.rules[0].help.markdown, /^# free-after-failed-transition/);
  const steps = first.codeFlows[0].threadFlows[0].locations;
  assert.equal(steps.length, 5);
  assert.equal(steps[1].location.physicalLocation.region.startLine, 4);
  assert.equal(steps[1].location.message.text, 'set_memory_decrypted() != 0: state unknown');
  assert.deepEqual(steps[1].state, { page: { text: 'unknown' } });
  assert.deepEqual(first.partialFingerprints, { 'membrane/v1': '0123456789abcdef' });
  assert.equal(second.level, 'note');
  assert.equal(second.properties.level, 'hint');
  assert.deepEqual(second.locations[0].physicalLocation.artifactLocation, {
    uri: 'drivers/foo/a%20b.c',
    uriBaseId: 'SRCROOT',
  });
  assert.equal(run.originalUriBaseIds.SRCROOT.uri, 'file:///src/linux/');
  const notes = run.invocations[0].toolExecutionNotifications;
  assert.deepEqual(
    notes.map((note: { descriptor: { id: string } }) => note.descriptor.id),
    ['havoc', 'budget', 'dropped-arm', 'not-read'],
  );
});
