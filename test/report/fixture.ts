import type { StateName, TraceEvent } from '../../server/src/analysis/finding.ts';
import { eventText, stateText } from '../../server/src/explain/steps.ts';
import type { Rule } from '../../server/src/rules/types.ts';
import { noStats } from '../../server/src/service-stats.ts';
import type { CheckReport, Diagnostic, ResolvedPlace, ResolvedStep } from '../../server/src/service-types.ts';

/** The text that the report is about; line numbers in {@link report} are those of this text. */
export const source = [
  'int foo_ring_expand(struct foo *foo, int order)',
  '{',
  '\tpage = alloc_pages(GFP_KERNEL, order);',
  '\tret = set_memory_decrypted(addr, 1 << order);',
  '\tif (ret)',
  '\t\tgoto free_page;',
  '\treturn 0;',
  'free_page:',
  '\t__free_pages(page, order);',
  '\treturn ret;',
  '}',
].join('\n');

/** A line of {@link source}, whatever the file. */
export const lines = (_file: string, line: number): string | null => source.split('\n')[line - 1] ?? null;

function place(line: number, column: number, file = 'drivers/foo/ring.c'): ResolvedPlace {
  return {
    file,
    start: { line, column },
    end: { line, column: column + 5 },
    function: 'foo_ring_expand',
  };
}

function step(
  line: number,
  event: TraceEvent,
  before: StateName[] | null = null,
  after: StateName[] | null = null,
): ResolvedStep {
  return {
    place: place(line, 2),
    depth: 0,
    event,
    text: eventText(event, 'page'),
    state: stateText({ event, before, after }, 'page'),
    before,
    after,
  };
}

/** A free after a failed decrypt, as the engine gives it. */
export const diagnostic: Diagnostic = {
  rule: 'free-after-failed-transition',
  level: 'error',
  place: place(9, 2),
  message:
    "frees 'page' after set_memory_decrypted() failed; the host may still have it. Leak it, or set_memory_encrypted() and free only on 0.",
  platforms: ['cca', 'tdx', 'snp-vtom'],
  configurations: ['CONFIG_FOO=y'],
  consequences: [
    {
      platforms: ['tdx', 'snp-vtom'],
      text: 'the host reads it',
      happens: true,
      steps: ['kernel frees page 0', 'host reads page 0'],
    },
    {
      platforms: ['cca'],
      text: 'the next owner oopses',
      happens: true,
      steps: ['next owner writes to page 0'],
    },
  ],
  trace: [
    step(3, { k: 'alloc', callee: 'alloc_pages', kind: 'page', size: '1 << order pages' }, null, ['private']),
    step(
      4,
      { k: 'transition', callee: 'set_memory_decrypted', to: 'shared', outcome: 'failure' },
      ['private'],
      ['unknown'],
    ),
    step(5, { k: 'branch', text: 'ret', taken: true }),
    step(6, { k: 'goto', label: 'free_page' }),
    step(9, { k: 'free', callee: '__free_pages' }, ['unknown'], ['freed']),
  ],
  related: [],
  fingerprint: '0123456789abcdef',
};

/** A report with something of everything. */
export const report: CheckReport = {
  root: '/src/linux',
  version: [6, 12],
  diagnostics: [
    diagnostic,
    {
      ...diagnostic,
      rule: 'unaccounted-leak',
      level: 'hint',
      place: place(10, 2, 'drivers/foo/a b.c'),
      message: "nobody reaches 'page' any more",
      platforms: [],
      configurations: [],
      consequences: [],
      trace: [],
      related: [step(4, { k: 'call', callee: 'foo_undo' })],
      fingerprint: 'fedcba9876543210',
    },
  ],
  coverage: [
    { file: 'drivers/foo/ring.c', function: 'foo_jump', kind: 'havoc', reason: 'computed goto', span: null },
    { file: 'drivers/foo/ring.c', function: 'foo_big', kind: 'budget', reason: 'steps', span: null },
    {
      file: 'drivers/foo/ring.c',
      function: 'foo_arm',
      kind: 'dropped-arm',
      reason: 'label-glued',
      span: null,
    },
  ],
  problems: [{ file: 'drivers/foo/old.c', message: 'is not UTF-8; read as Latin-1' }],
  stats: {
    ...noStats,
    filesSearched: 59932,
    filesParsed: 214,
    functions: 6688,
    functionsWithTransitions: 655,
    functionsWithParseErrors: 4,
    havocs: { 'computed goto': 1 },
    functionsWithHavoc: 1,
    droppedArms: { 'label-glued': 1 },
    bounds: { stepsPerFunction: 1 },
  },
};

/** Rules of the report; one of them is there for its page alone. */
export const rules: readonly Rule[] = ['free-after-failed-transition', 'unaccounted-leak'].map((id) => ({
  id,
  title: `Title of ${id}`,
  since: '0.1.0',
  violations: [],
  defaultLevel: id === 'unaccounted-leak' ? 'hint' : 'error',
  onByDefault: id !== 'unaccounted-leak',
  judge: () => null,
  rationale: [],
  page: `# ${id}\n\nText.\n`,
}));
