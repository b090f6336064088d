import { consequenceLine, type ToldConsequence } from '../explain/consequences.ts';
import { coverageSummary, coverageText, levelCounts } from '../explain/coverage.ts';
import { platformList, shortNames } from '../explain/platforms.ts';
import { besideSource } from '../explain/steps.ts';
import { callText, count, list, wrap } from '../explain/words.ts';
import type { CheckReport, Diagnostic, ResolvedPlace, ResolvedStep } from '../service-types.ts';
import { configLines } from './config-text.ts';
import { splitMessage } from './message.ts';
import { painter } from './paint.ts';
import { statsText } from './stats-text.ts';

/** The text of a line (from 1) of a file of the tree; null where it is not at hand. */
export type SourceLines = (file: string, line: number) => string | null;

/** How a report is to look. */
export interface TextStyle {
  readonly lines: SourceLines;
  /** What a file of the tree is called, so that it opens from where the reader is. */
  readonly pathOf: (file: string) => string;
  readonly colours: boolean;
  /** Lists everything that was not analysed instead of counting it, and the ways to consequences. */
  readonly verbose: boolean;
  readonly stats: boolean;
  /** How long it took, in milliseconds; null: not said (what tests and pipes compare). */
  readonly elapsed: number | null;
  /** Files were checked without the rest of their tree, as somebody asked for. */
  readonly alone?: boolean;
}

/** Columns: how far source text may reach before it is cut (less beside long paths), and where sentences are wrapped. */
const widestSource = 60;
const narrowestSource = 40;
const proseWidth = 100;

/** So many files with the same trouble are named; more are counted. */
const shownProblems = 3;

/**
 * The report as people read it: a line a finding that compilers' users and editors know (`file:line:col: level: …`), the
 * path under it with its source lines, what to do; at the end the totals, and always what was not analysed.
 */
export function textReport(report: CheckReport, style: TextStyle): string {
  const out: string[] = [];
  for (const diagnostic of report.diagnostics) out.push(...finding(diagnostic, style), '');
  out.push(...totals(report, style), ...gaps(report, style));
  const { allowed } = report.stats;
  if (allowed > 0) out.push(`${count(allowed, 'finding')} allowed in the source`);
  if (report.config) {
    const lines = configLines(report.config, style);
    out.push(...lines.map(printable));
  }
  if (style.stats) out.push('', ...statsText(report.stats));
  return `${out.join('\n')}\n`;
}

function finding(diagnostic: Diagnostic, style: TextStyle): string[] {
  const paint = painter(style.colours);
  const { place, rule, level } = diagnostic;
  const { headline, remedy } = splitMessage(diagnostic.message);
  const where = `${style.pathOf(place.file)}:${place.start.line}:${place.start.column}:`;
  return [
    `${paint(where, 'bold')} ${paint(`${level}:`, level)} ${paint(headline, 'bold')} ${paint(`[${rule}]`, 'dim')}`,
    ...wrap(scope(diagnostic), proseWidth).map((line) => `  ${line}`),
    ...path(diagnostic, style),
    ...diagnostic.related.map((step) => `  also ${placeText(step, style)}: ${step.text}`),
    ...consequences(diagnostic.consequences, style.verbose),
    ...unmodelled(diagnostic),
    ...closing(remedy, rule).map((line) => paint(line, 'remedy')),
  ];
}

/**
 * What becomes of it where it comes about, and in one line where it does not and why. Where it comes about nowhere, a line for each
 * reason.
 */
function consequences(all: readonly ToldConsequence[], verbose: boolean): string[] {
  const real = all.filter(({ happens }) => happens);
  if (verbose || real.length === 0) return all.flatMap((told) => consequence(told, verbose));
  const not = all.filter(({ happens }) => !happens);
  const where = not.map(({ platforms, text }) => `${list(shortNames(platforms))} (${text})`);
  const lines = where.length === 0 ? [] : wrap(`not on ${list(where)}`, proseWidth).map(indent);
  return [...real.flatMap((told) => consequence(told, false)), ...lines];
}

/** Why nothing is told of what it leads to. */
function unmodelled({ unmodelled: callee }: Diagnostic): string[] {
  if (callee === undefined) return [];
  return wrap(`the model does not have ${callText(callee)}: what it leads to is not told`, proseWidth).map(
    indent,
  );
}

/** What becomes of it on some platforms, with the way to it if everything is to be told. */
function consequence(told: ToldConsequence, verbose: boolean): string[] {
  const lines = wrap(consequenceLine(told), proseWidth).map((line) => `  ${line}`);
  if (!verbose || told.steps.length === 0) return lines;
  const as = told.platforms.length > 1 ? [`    on ${platformList(told.platforms.slice(0, 1))}:`] : [];
  return [...lines, ...as, ...told.steps.map((step, n) => `    ${`${n + 1}`.padStart(2)}  ${step}`)];
}

/** In which function, on which platforms, under which configuration. */
function scope({ place, platforms, configurations }: Diagnostic): string {
  const parts = place.function === '' ? [] : [`in ${callText(place.function)}`];
  if (platforms.length > 0) parts.push(`on ${platformList(platforms)}`);
  if (configurations.length > 0) parts.push(`with ${list(configurations)}`);
  return parts.join(', ');
}

/** The remedy and the way to the rule's page: on one line if they fit, the page at the right. */
function closing(remedy: string, rule: string): string[] {
  const why = `why: membrane explain ${rule}`;
  const lines = wrap(remedy, proseWidth);
  const last = lines.at(-1) ?? '';
  if (last !== '' && last.length + why.length + 3 > proseWidth) return [...lines, why].map(indent);
  const gap = last === '' ? '' : ' '.repeat(Math.max(3, proseWidth - last.length - why.length));
  return [...lines.slice(0, -1), `${last}${gap}${why}`].map(indent);
}

function indent(line: string): string {
  return `  ${line}`;
}

/** The numbered steps: place, source line, what the line itself does not say. */
function path(diagnostic: Diagnostic, style: TextStyle): string[] {
  const { trace } = diagnostic;
  const paint = painter(style.colours);
  const placeWidth = Math.max(0, ...trace.map((step) => placeText(step, style).length));
  const room = Math.min(widestSource, Math.max(narrowestSource, proseWidth - placeWidth));
  const sources = sourceColumn(trace, style, room);
  const sourceWidth = Math.max(0, ...sources.map((source) => source.length));
  const numberWidth = String(trace.length).length + 4;
  const out: string[] = [];
  let current = diagnostic.place.function;
  for (const [i, step] of trace.entries()) {
    if (step.place.function !== current) {
      current = step.place.function;
      out.push(`${' '.repeat(numberWidth)}  ${paint(`in ${callText(current)}:`, 'dim')}`);
    }
    const source = sources[i]!;
    const beside =
      source === '' ? (step.state ?? step.text) : besideSource(step.event, step.text, step.state, step.again);
    const line = [
      String(i + 1).padStart(numberWidth),
      paint(placeText(step, style).padEnd(placeWidth), 'dim'),
      source.padEnd(beside === '' ? 0 : sourceWidth),
      paint(beside, 'state'),
    ];
    out.push(line.join('  ').trimEnd());
  }
  return out;
}

function placeText({ place }: ResolvedStep, { pathOf }: Pick<TextStyle, 'pathOf'>): string {
  return `${pathOf(place.file)}:${place.start.line}`;
}

/**
 * Source lines of the steps, indented as they are to each other, cut where they are long. Empty where there is none, and for
 * a step on the line of the one above: its words say more than the same line twice.
 */
function sourceColumn(trace: readonly ResolvedStep[], style: TextStyle, room: number): string[] {
  const texts = trace.map((step, i) => {
    const above = trace[i - 1];
    if (above !== undefined && placeText(above, style) === placeText(step, style)) return '';
    return statement(step.place, style.lines);
  });
  const used = texts.filter((text) => text !== '');
  const margin = Math.min(...used.map((text) => text.length - text.trimStart().length));
  return texts.map((text) => {
    const source = printable(text.slice(margin));
    return source.length > room ? `${source.slice(0, room - 3)}...` : source;
  });
}

/** The first line of a place, and what follows on the next ones as far as the place goes, as one line. */
function statement({ file, start, end }: ResolvedPlace, lines: SourceLines): string {
  const first = (lines(file, start.line) ?? '').replaceAll('\t', '    ').trimEnd();
  // A directive stands for its whole region, and is told by its own line.
  if (first === '' || /^\s*#/.test(first)) return first;
  const rest: string[] = [];
  for (let line = start.line + 1; line <= Math.min(end.line, start.line + 3); line++) {
    rest.push((lines(file, line) ?? '').trim());
  }
  // Inside parentheses the next line goes on without a space, as the kernel's style has it.
  return [first, ...rest].reduce((text, next) => (text.endsWith('(') ? text + next : `${text} ${next}`));
}

/** Control characters of a hostile or broken file must not reach the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}

function totals({ diagnostics, stats }: CheckReport, style: TextStyle): string[] {
  const levels = levelCounts(diagnostics.map((diagnostic) => diagnostic.level));
  const found = count(diagnostics.length, 'finding');
  const line = [
    `${count(stats.filesSearched, 'file')} searched`,
    `${stats.filesParsed} parsed`,
    `${count(stats.functionsWithTransitions, 'function')} with transitions`,
    levels === '' ? found : `${found} (${levels})`,
  ].join(', ');
  if (style.elapsed === null) return [line];
  return [`${line.padEnd(proseWidth)}  ${duration(style.elapsed)}`];
}

/** `41 ms`, `1.6 s`. */
function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

const aloneText =
  'the rest of the tree was not looked at: wrappers of transitions in other files are not known';

/** Says that a report without a finding is none about code. */
export const nothingText = 'there was nothing to check: no .c or .h file is here that is not left out';

/** What was not analysed, and what could not be read: counted, or listed if asked for. */
function gaps({ coverage, problems, stats }: CheckReport, style: TextStyle): string[] {
  if (stats.filesSearched === 0 && problems.length === 0) return [nothingText];
  const summary = coverageSummary(coverage);
  const hint = style.verbose ? [] : ['-v lists them'];
  const out = summary.length === 0 ? [] : [[...summary, ...hint].join('; ')];
  if (style.alone) out.push(aloneText);
  if (out.length === 0 && problems.length === 0) out.push('nothing was left out');
  if (style.verbose) {
    for (const entry of coverage) {
      const file = style.pathOf(entry.file);
      const where = entry.function === '' ? file : `${file}: ${callText(entry.function)}`;
      out.push(`  ${where}: ${coverageText(entry)}`);
    }
  }
  return [...out, ...problemLines(problems, style)];
}

/** Files that were not read, or not as hoped. Many with the same words are counted, unless asked for. */
function problemLines(problems: CheckReport['problems'], { verbose, pathOf }: TextStyle): string[] {
  const groups = new Map<string, string[]>();
  for (const { file, message } of problems) groups.set(message, [...(groups.get(message) ?? []), file]);
  const out: string[] = [];
  for (const [message, files] of groups) {
    if (files.length <= shownProblems || verbose) {
      for (const file of files) out.push(`${printable(pathOf(file))}: ${message}`);
    } else out.push(`${files.length} files: ${message} (-v lists them)`);
  }
  return out;
}
