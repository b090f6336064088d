import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../server/src/analysis/finding.ts';
import type { Rule } from '../../server/src/rules/types.ts';
import { resolveFindings } from '../../server/src/service-findings.ts';
import { judge } from '../../server/src/service-judge.ts';
import { activeRules, defaultOptions } from '../../server/src/service-options.ts';
import { ResolvableText } from '../../server/src/service-resolve.ts';
import type { CheckOptions } from '../../server/src/service-types.ts';

function rule(id: string, changes: Partial<Rule> = {}): Rule {
  return {
    id,
    title: id,
    since: '0.1.0',
    violations: ['freed-unknown'],
    defaultLevel: 'error',
    onByDefault: true,
    judge: () => ({ level: 'error', message: `says ${id}` }),
    rationale: [],
    page: '',
    ...changes,
  };
}

const text = 'int a;\n\nvoid f(void)\n{\n\tfree(x);\n\tfree(x);\n}\n';
const start = text.indexOf('void f');
const span = (from: string, nth = 0) => {
  let at = text.indexOf(from, start);
  for (let i = 0; i < nth; i++) at = text.indexOf(from, at + 1);
  return { start: at - start, end: at - start + from.length };
};

function finding(changes: Partial<Finding> = {}): Finding {
  const at = { file: 'a.c', function: 'f', span: span('free(x)') };
  return {
    violation: 'freed-unknown',
    certainty: 'certain',
    subject: { text: 'x', kind: null, allocatedBy: null },
    at,
    callee: 'free',
    transition: null,
    trace: [{ at, event: { k: 'free', callee: 'free' }, before: ['unknown'], after: ['freed'], depth: 0 }],
    platforms: [],
    configurations: [],
    related: [],
    details: {},
    consequences: [],
    ...changes,
  };
}

function judged(findings: Finding[], rules = [rule('r')], options: Partial<CheckOptions> = {}, body = text) {
  const all = { ...defaultOptions, ...options };
  const at = body.indexOf('void f');
  const resolvable = new ResolvableText('a.c', body, [{ name: 'f', start: at, end: body.length }]);
  const resolved = resolveFindings(findings, (file) => (file === 'a.c' ? resolvable : null));
  // As it comes from another thread, or from the disk.
  return judge(JSON.parse(JSON.stringify(resolved)), activeRules(rules, all), all);
}

test('places are resolved through the function, the path is told', () => {
  const [diagnostic] = judged([finding({ configurations: [{ text: 'CONFIG_X', holds: true }] })]);
  assert.deepEqual(diagnostic!.place, {
    file: 'a.c',
    start: { line: 5, column: 2 },
    end: { line: 5, column: 9 },
    function: 'f',
  });
  assert.equal(diagnostic!.trace[0]!.text, 'free(): back to the allocator');
  assert.equal(diagnostic!.trace[0]!.state, 'x: unknown -> allocator');
  assert.deepEqual(diagnostic!.configurations, ['CONFIG_X=y']);
});

test('a condition that is the transition itself is no step of its own', () => {
  const at = (span: { start: number; end: number }) => ({ file: 'a.c', function: 'f', span });
  const call = span('free(x)');
  const steps = [
    { event: { k: 'transition', callee: 'free', to: 'shared', outcome: 'failure' }, at: at(call) },
    { event: { k: 'branch', text: '%1', taken: true }, at: at(call) },
    { event: { k: 'branch', text: '%2', taken: false }, at: at(call) },
  ] as const;
  const trace = steps.map((step) => ({ ...step, before: null, after: null, depth: 0 }));
  assert.deepEqual(
    judged([finding({ trace })])[0]!.trace.map((step) => step.text),
    ['free() != 0: state unknown', 'free(x) == 0'],
  );
});

test('values that have only a number in the engine are told as the source has them, or not at all', () => {
  const body = 'void f(void)\n{\n\tg->p = get(1);\n}\n';
  const whole = { start: body.indexOf('g->p'), end: body.indexOf(';') };
  const call = { start: body.indexOf('get'), end: whole.end };
  const at = (span: typeof whole) => ({ file: 'a.c', function: 'f', span });
  const alloc = { k: 'alloc', callee: 'get', kind: 'page', size: '%1' } as const;
  const store = { k: 'store', target: 'g->p', value: '%2' } as const;
  const told = (events: readonly (readonly [Finding['trace'][number]['event'], typeof whole])[]) =>
    judged(
      [
        finding({
          trace: events.map(([event, where]) => ({
            at: at(where),
            event,
            before: null,
            after: ['private'],
            depth: 0,
          })),
        }),
      ],
      [rule('r')],
      {},
      body,
    )[0]!.trace.map((step) => `${step.text}; ${step.state}`);
  assert.deepEqual(told([[store, whole]]), ['g->p = get(1); x: private']);
  assert.deepEqual(
    told([
      [alloc, call],
      [store, whole],
    ]),
    ["'x' from get(), private; x: private"],
  );
});

test('a store on the way names the memory anew; the one at the end, of a flag, does not', () => {
  const body = 'void f(void)\n{\n\tg->p = x;\n}\n';
  const start = body.indexOf('g->p');
  const at = { file: 'a.c', function: 'f', span: { start, end: start + 8 } };
  const stores = [
    { k: 'store', target: 'g->p', value: 'addr(x)' },
    { k: 'store', target: 'g->shared', value: '!ret' },
  ] as const;
  const trace = stores.map((event) => ({ at, event, before: null, after: null, depth: 0 }));
  assert.deepEqual(
    judged([finding({ trace })], [rule('r')], {}, body)[0]!.trace.map((step) => step.state),
    ['g->p: memory of x', null],
  );
});

test('never louder than what is known', () => {
  const level = (certainty: Finding['certainty'], levels: CheckOptions['levels'] = {}) =>
    judged([finding({ certainty })], [rule('r')], { levels })[0]?.level;
  assert.equal(level('certain'), 'error');
  assert.equal(level('assumed'), 'warning');
  assert.equal(level('joined'), 'hint');
  assert.equal(level('assumed', { r: 'error' }), 'warning');
  assert.equal(level('certain', { r: 'info' }), 'info');
  assert.equal(level('certain', { r: 'off' }), undefined);
});

test('rules that are off run when a setting gives them a level or when they are named', () => {
  const rules = [rule('on'), rule('off', { onByDefault: false })];
  const ids = (options: Partial<CheckOptions>) =>
    activeRules(rules, { ...defaultOptions, ...options }).map((active) => active.rule.id);
  assert.deepEqual(ids({}), ['on']);
  assert.deepEqual(ids({ levels: { off: 'hint' } }), ['on', 'off']);
  assert.deepEqual(ids({ levels: { on: 'off' } }), []);
  assert.deepEqual(ids({ rules: ['off'] }), ['off']);
  assert.deepEqual(ids({ rules: ['on'], levels: { on: 'off' } }), ['on']);
});

test('a finding for other platforms is left out, one for all is not', () => {
  const count = (platforms: Finding['platforms']) =>
    judged([finding({ platforms })], [rule('r')], { platforms: ['tdx'] }).length;
  assert.equal(count(['cca', 'tdx']), 1);
  assert.equal(count(['cca']), 0);
  assert.equal(count([]), 1);
});

test('the same words at the same place are said once; silence and other violations are respected', () => {
  assert.equal(judged([finding(), finding()]).length, 1);
  assert.equal(judged([finding({ violation: 'leaked' })]).length, 0);
  assert.equal(judged([finding()], [rule('r', { judge: () => null })]).length, 0);
});

test('diagnostics come by place, then rule, whatever the order of findings and rules', () => {
  const two = [finding({ at: { file: 'a.c', function: 'f', span: span('free(x)', 1) } }), finding()];
  const order = (findings: Finding[], rules: Rule[]) =>
    judged(findings, rules).map((d) => `${d.place.start.line} ${d.rule}`);
  const expected = ['5 a', '5 b', '6 a', '6 b'];
  assert.deepEqual(order(two, [rule('b'), rule('a')]), expected);
  assert.deepEqual(order(two.reverse(), [rule('a'), rule('b')]), expected);
});

test('a fingerprint stays when the function moves, changes with the flagged text, and tells equal ones apart', () => {
  const two = [finding(), finding({ at: { file: 'a.c', function: 'f', span: span('free(x)', 1) } })];
  const prints = (body: string) => judged(two, [rule('r')], {}, body).map((d) => d.fingerprint);
  const before = prints(text);
  assert.equal(new Set(before).size, 2);
  assert.match(before[0]!, /^[0-9a-f]{16}$/);
  assert.deepEqual(prints(`/* new */\n${text}`), before);
  assert.notDeepEqual(prints(text.replaceAll('free(x)', 'free(y)')), before);
});

test('of two arms that define one name, the one that has the call is meant', () => {
  const body = 'int f(void)\n{ return 0; }\nint f(void)\n{ free(x); }\n';
  const second = body.lastIndexOf('int f');
  const resolvable = new ResolvableText('a.c', body, [
    { name: 'f', start: 0, end: body.indexOf('}') + 1 },
    { name: 'f', start: second, end: body.length },
  ]);
  const at = body.indexOf('free') - second;
  const location = { file: 'a.c', function: 'f', span: { start: at, end: at + 7 } };
  assert.equal(resolvable.place(location, 'free').start.line, 4);
  assert.equal(resolvable.place({ ...location, function: 'gone' }, null).start.line, 1);
});
