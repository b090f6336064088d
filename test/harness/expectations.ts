import { LineIndex } from '../../server/src/base/lines.ts';
import type { Diagnostic } from '../../server/src/service-types.ts';

/** A step of the path, as a comment at the end of its line: `// step 2: goto free_page`. */
export interface ExpectedStep {
  readonly number: number;
  readonly line: number;
  readonly text: string;
}

/** A caret line: `//	^^^^ error[id]` under the columns of a line of code. Lines and columns from 1, end excluded. */
export interface Expectation {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly level: string;
  readonly rule: string;
  /** Steps written down since the caret line before; those left out are not looked at. */
  readonly steps: readonly ExpectedStep[];
}

/** A C text with what is expected of it. */
export interface Fixture {
  readonly name: string;
  /** With the expectations. */
  readonly text: string;
  /** What is analysed: same lines and columns, the expectations blank. */
  readonly source: string;
  readonly expectations: readonly Expectation[];
  /** Rules beside those on by default, from a first comment `rules: a, b`. */
  readonly rules: readonly string[];
  /** Path in the tree, from a first comment `file: arch/x86/kernel/example.c`. */
  readonly file: string;
}

const caretLine = /^([ \t]*\/\/[ \t]*)(\^+)[ \t]+(\w+)\[([\w-]+)\][ \t]*$/;
const stepComment = /[ \t]*\/\/ step (\d+): (.*?)(?=[ \t]*\/\/ step \d|$)/g;
const tabStop = 8;

/** The visual column (from 0) at which the character of `line` at `index` begins; tabs stop at eights, as in the kernel. */
export function visualColumn(line: string, index: number): number {
  let column = 0;
  for (let i = 0; i < index && i < line.length; i++) {
    column = line[i] === '\t' ? (Math.floor(column / tabStop) + 1) * tabStop : column + 1;
  }
  return column;
}

/** The column (from 1, UTF-16) of `line` that begins at a visual column. @throws where none does */
function columnAt(line: string, visual: number): number {
  for (let i = 0; i <= line.length; i++) {
    const at = visualColumn(line, i);
    if (at === visual) return i + 1;
    if (at > visual) break;
  }
  throw new Error(`no character begins under the caret: ${line.trim()}`);
}

/** Reads expectations out of a text. @throws if one is malformed */
export function readFixture(name: string, text: string): Fixture {
  const lines = text.split('\n');
  const source: string[] = [];
  const expectations: Expectation[] = [];
  let steps: ExpectedStep[] = [];
  let code = 0;
  for (const [i, line] of lines.entries()) {
    const caret = caretLine.exec(line);
    if (caret) {
      const from = visualColumn(line, caret[1]!.length);
      const target = lines[code]!.replace(stepComment, '');
      const start = columnAt(target, from);
      const end = columnAt(target, from + caret[2]!.length);
      expectations.push({ line: code + 1, start, end, level: caret[3]!, rule: caret[4]!, steps });
      steps = [];
      source.push(' '.repeat(line.length));
      continue;
    }
    if (/\/\/\s*\^|\/\/!/.test(line))
      throw new Error(`${name}:${i + 1}: malformed expectation: ${line.trim()}`);
    code = i;
    for (const step of line.matchAll(stepComment)) {
      steps.push({ number: Number(step[1]), line: i + 1, text: step[2]!.trim() });
    }
    source.push(line.replace(stepComment, (comment) => ' '.repeat(comment.length)));
  }
  const comment = /^\s*(?:\/\*[\s\S]*?\*\/\s*)*/.exec(text)![0];
  const rules = /\brules: ([\w-]+(?:, [\w-]+)*)/.exec(comment)?.[1]?.split(', ') ?? [];
  const file =
    /\bfile: ([\w./-]+\.[ch])\b/.exec(comment)?.[1] ?? `drivers/example/${name.replace(/^.*\//, '')}`;
  return { name, text, source: source.join('\n'), expectations, rules, file };
}

/** The name of the function that `line` (from 1) is in; empty outside of one. Knows kernel style, no more. */
export function functionAt(text: string, line: number): string {
  const lines = text.split('\n');
  for (let i = Math.min(line, lines.length) - 1; i >= 0; i--) {
    if (i < line - 1 && lines[i] === '}') return '';
    const name = /^[A-Za-z_][^;=]*?\b(\w+)\([^;]*$/.exec(lines[i]!)?.[1];
    if (name !== undefined) return name;
  }
  return '';
}

/** A diagnostic as a caret could say it: what goes on over the line's end is cut there. */
export function asExpectation(diagnostic: Diagnostic, source: LineIndex): Expectation {
  const { start, end } = diagnostic.place;
  const width = source.lineText(start.line).trimEnd().length;
  return {
    line: start.line,
    start: start.column,
    end: end.line > start.line ? width + 1 : Math.min(end.column, width + 1),
    level: diagnostic.level,
    rule: diagnostic.rule,
    steps: diagnostic.trace.map((step, i) => ({
      number: i + 1,
      line: step.place.start.line,
      text: step.text,
    })),
  };
}

/** What is wrong, one line each; empty if the diagnostics are exactly what is expected. */
export function differences(fixture: Fixture, diagnostics: readonly Diagnostic[]): string[] {
  const index = new LineIndex(fixture.source);
  const found = diagnostics.map((diagnostic) => ({
    is: asExpectation(diagnostic, index),
    message: diagnostic.message,
    taken: false,
  }));
  const out: string[] = [];
  const place = (e: Expectation) =>
    `${fixture.name}:${e.line}: ${functionAt(fixture.text, e.line)}(): ${e.level}[${e.rule}]`;
  const close: ((a: Expectation, b: Expectation) => boolean)[] = [
    (a, b) =>
      a.line === b.line && a.rule === b.rule && a.level === b.level && a.start === b.start && a.end === b.end,
    (a, b) => a.line === b.line && a.rule === b.rule,
  ];
  const pairs = new Map<Expectation, (typeof found)[number]>();
  for (const fits of close) {
    for (const wanted of fixture.expectations) {
      if (pairs.has(wanted)) continue;
      const match = found.find((candidate) => !candidate.taken && fits(wanted, candidate.is));
      if (!match) continue;
      match.taken = true;
      pairs.set(wanted, match);
    }
  }
  for (const wanted of fixture.expectations) {
    const match = pairs.get(wanted);
    if (!match) {
      out.push(`missing    ${place(wanted)}`);
      continue;
    }
    const { is } = match;
    if (is.level !== wanted.level) out.push(`level      ${place(wanted)}: is ${is.level}`);
    if (is.start !== wanted.start || is.end !== wanted.end) {
      out.push(`columns    ${place(wanted)}: ${wanted.start}-${wanted.end}, are ${is.start}-${is.end}`);
    }
    for (const step of wanted.steps) {
      const actual = is.steps[step.number - 1];
      if (actual?.line === step.line && actual.text === step.text) continue;
      const now = actual ? `is '${actual.text}' at line ${actual.line}` : `the path has ${is.steps.length}`;
      out.push(
        `step       ${place(wanted)}: step ${step.number} '${step.text}' at line ${step.line}: ${now}`,
      );
    }
  }
  for (const { is, message, taken } of found) {
    if (!taken) out.push(`unexpected ${place(is)} ${is.start}-${is.end}: ${message}`);
  }
  return out;
}

/** A caret line under columns of `line`. */
function caretsUnder(line: string, e: Expectation): string {
  const from = visualColumn(line, e.start - 1);
  const to = visualColumn(line, e.end - 1);
  const tabs = /^\t*/.exec(line)![0];
  const lead = `//${visualColumn(`//${tabs}`, tabs.length + 2) <= from ? tabs : ''}`;
  const blanks = Math.max(0, from - visualColumn(lead, lead.length));
  return `${lead}${' '.repeat(blanks)}${'^'.repeat(Math.max(1, to - from))} ${e.level}[${e.rule}]`;
}

/** The text with the expectations that would hold now. Steps are written where the function had some. */
export function rewritten(fixture: Fixture, diagnostics: readonly Diagnostic[]): string {
  const index = new LineIndex(fixture.source);
  const now = diagnostics.map((diagnostic) => asExpectation(diagnostic, index));
  const narrated = new Set(
    fixture.expectations.filter((e) => e.steps.length > 0).map((e) => functionAt(fixture.text, e.line)),
  );
  const out: string[] = [];
  for (const [i, line] of fixture.text.split('\n').entries()) {
    if (caretLine.test(line)) continue;
    const steps = now
      .filter((e) => narrated.has(functionAt(fixture.text, e.line)))
      .flatMap((e) => e.steps.filter((step) => step.line === i + 1))
      .map((step) => ` // step ${step.number}: ${step.text}`);
    const code = line.replace(stepComment, '');
    out.push(code + steps.join(''));
    for (const e of now) if (e.line === i + 1) out.push(caretsUnder(code, e));
  }
  return out.join('\n');
}

/**
 * Names carry verdicts: `_ok` functions and `FN_` (a mistake that is missed) are silent, `_bad` ones and `FP_` (a report
 * that is wrong) are not. Pages of rules, which users read, say `_missed` and `_false_alarm` instead. One line for each that is not so.
 */
export function misnamed(fixture: Fixture): string[] {
  const reported = new Set(fixture.expectations.map((e) => functionAt(fixture.text, e.line)));
  const out: string[] = [];
  for (const [i, line] of fixture.source.split('\n').entries()) {
    if (line !== '{') continue;
    const name = functionAt(fixture.text, i);
    const speaks = /^FP_|_bad$|_false_alarm$/.test(name);
    const silent = /^FN_|_ok$|_missed$/.test(name);
    if (speaks && !reported.has(name)) out.push(`${name}() is said to be reported and expects nothing`);
    if (silent && reported.has(name)) out.push(`${name}() is said to be silent and expects a report`);
  }
  return out;
}
