import type { Coverage } from '../analysis/finding.ts';
import { version as toolVersion } from '../base/version.ts';
import { consequenceLine } from '../explain/consequences.ts';
import { coverageText } from '../explain/coverage.ts';
import { callText } from '../explain/words.ts';
import type { Level, Rule } from '../rules/types.ts';
import type { CheckReport, ConfigEffect, Diagnostic, ResolvedPlace, ResolvedStep } from '../service-types.ts';
import { configJson } from './json.ts';
import { splitMessage } from './message.ts';

/** What the tree's root is called in the log; relative URIs hang on it. */
const rootId = 'SRCROOT';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json';

/** SARIF knows three levels; ours is kept beside it in `properties.level`. */
const levels: Readonly<Record<Level, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
  hint: 'note',
};

/**
 * The report as a SARIF 2.1.0 log: a result with code flow and partial fingerprint for each finding, the rules' pages as
 * help, and a notification for everything that was not analysed or read.
 */
export function sarifReport(report: CheckReport, rules: readonly Rule[]): string {
  const log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Membrane',
            semanticVersion: toolVersion,
            rules: rules.map(descriptor),
            notifications: notificationKinds.map(([id, text]) => ({
              id,
              shortDescription: { text },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [rootId]: { uri: fileUri(report.root.replace(/\/?$/, '/')) } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [
              ...report.coverage.map(coverageNotification),
              ...report.problems.map((problem) => ({
                level: 'warning',
                descriptor: { id: 'not-read' },
                message: { text: `${problem.file}: ${problem.message}` },
                locations: [{ physicalLocation: { artifactLocation: artifact(problem.file) } }],
              })),
            ],
            ...(report.config === undefined ? {} : configuration(report.config, rules)),
          },
        ],
        results: report.diagnostics.map((diagnostic) => result(diagnostic, rules)),
        properties: {
          kernel: report.version === null ? null : report.version.join('.'),
          stats: report.stats,
          ...(report.config === undefined ? {} : { config: configJson(report.config) }),
        },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

const notificationKinds: readonly (readonly [string, string])[] = [
  ['havoc', 'A construct was not understood; what it assigns may be anything.'],
  ['bound', 'A function has more ways through it, or more callers, than are followed.'],
  ['budget', 'The analysis of a function ran out of steps.'],
  ['crash', 'The engine failed on a function.'],
  ['parse-error', 'A function has a parse error.'],
  ['dropped-arm', 'An arm of an #if was left out.'],
  ['not-read', 'A file or folder was not read, or not as it stands.'],
  ['configuration', 'Something in the configuration of the tree is wrong.'],
];

/** What the tree's own `.membrane.json` overrides, and what is wrong in it. */
function configuration({ off, lowered, problems }: ConfigEffect, rules: readonly Rule[]) {
  const descriptor = (id: string) => ({ id, index: rules.findIndex((rule) => rule.id === id) });
  return {
    ruleConfigurationOverrides: [
      ...off.map((id) => ({ descriptor: descriptor(id), configuration: { enabled: false } })),
      ...lowered.map(({ rule, level }) => ({
        descriptor: descriptor(rule),
        configuration: { enabled: true, level: levels[level] },
      })),
    ],
    toolConfigurationNotifications: problems.map(({ file, line, column, message }) => ({
      level: 'warning',
      descriptor: { id: 'configuration' },
      message: { text: message },
      locations: [
        {
          physicalLocation: {
            artifactLocation: artifact(file),
            region: { startLine: line, startColumn: column },
          },
        },
      ],
    })),
  };
}

function descriptor(rule: Rule) {
  return {
    id: rule.id,
    name: rule.id
      .split('-')
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(''),
    shortDescription: { text: rule.title },
    help: { text: rule.page, markdown: rule.page },
    defaultConfiguration: { level: levels[rule.defaultLevel], enabled: rule.onByDefault },
    properties: { since: rule.since },
  };
}

function result(diagnostic: Diagnostic, rules: readonly Rule[]) {
  const { rule, level, message, place, platforms, configurations, consequences, trace, related } = diagnostic;
  const { headline } = splitMessage(message);
  const ruleIndex = rules.findIndex((candidate) => candidate.id === rule);
  return {
    ruleId: rule,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level: levels[level],
    message: { text: message },
    locations: [location(place)],
    ...(trace.length === 0
      ? {}
      : { codeFlows: [{ message: { text: headline }, threadFlows: [{ locations: trace.map(flowStep) }] }] }),
    ...(related.length === 0
      ? {}
      : { relatedLocations: related.map((step, id) => ({ id, ...location(step.place, step.text) })) }),
    partialFingerprints: { 'membrane/v1': diagnostic.fingerprint },
    properties: { level, platforms, configurations, consequences: consequences.map(consequenceLine) },
  };
}

function flowStep(step: ResolvedStep) {
  return {
    location: location(step.place, step.text),
    nestingLevel: step.depth,
    ...(step.state === null ? {} : { state: memoryState(step.state) }),
  };
}

/** `page: unknown` as SARIF wants it: an expression and its value. */
function memoryState(state: string): Record<string, { text: string }> {
  const at = state.lastIndexOf(': ');
  return at < 0 ? { memory: { text: state } } : { [state.slice(0, at)]: { text: state.slice(at + 2) } };
}

function location(place: ResolvedPlace, text?: string) {
  return {
    physicalLocation: {
      artifactLocation: artifact(place.file),
      region: {
        startLine: place.start.line,
        startColumn: place.start.column,
        endLine: place.end.line,
        endColumn: place.end.column,
      },
    },
    ...(place.function === ''
      ? {}
      : { logicalLocations: [{ fullyQualifiedName: place.function, kind: 'function' }] }),
    ...(text === undefined ? {} : { message: { text } }),
  };
}

function coverageNotification(entry: Coverage) {
  return {
    level: entry.kind === 'crash' || entry.kind === 'budget' ? 'warning' : 'note',
    descriptor: { id: entry.kind },
    message: {
      text: `${entry.function === '' ? entry.file : callText(entry.function)}: ${coverageText(entry)}`,
    },
    locations: [
      {
        physicalLocation: { artifactLocation: artifact(entry.file) },
        ...(entry.function === ''
          ? {}
          : { logicalLocations: [{ fullyQualifiedName: entry.function, kind: 'function' }] }),
      },
    ],
  };
}

/** Files outside of the root have an absolute or `../` path; both are URI references all the same. */
function artifact(file: string) {
  const absolute = file.startsWith('/') || /^[A-Za-z]:\//.test(file);
  return absolute ? { uri: fileUri(file) } : { uri: uriPath(file), uriBaseId: rootId };
}

function fileUri(path: string): string {
  return `file://${path.startsWith('/') ? '' : '/'}${uriPath(path)}`;
}

function uriPath(path: string): string {
  return path
    .split('/')
    .map((name) => encodeURIComponent(name).replace(/^([A-Za-z])%3A$/, '$1:'))
    .join('/');
}
