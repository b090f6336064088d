import type { Coverage } from '../analysis/finding.ts';
import type { UnitAnalysis } from '../analysis/types.ts';
import { type CancellationToken, check } from '../base/token.ts';
import { asInSource, link, plainName } from '../ir/link.ts';
import type { AnalysedText, LoweredText, Pipeline, UnitAnalyser } from './pipeline.ts';
import { sameCode } from './units.ts';

/** Terms that may pile up before a new analyser is made: some hundred megabytes. */
const heaviest = 1_500_000;

/** Files that have to do with each other, analysed as one unit, over and over as they change. */
export class Group {
  private analyser: UnitAnalyser | null = null;
  private last: {
    readonly texts: readonly LoweredText[];
    readonly analysed: readonly AnalysedText[];
  } | null = null;
  /** Functions that are not in view and would tell more; of the last analysis. */
  missing: readonly string[] = [];

  constructor(private readonly pipeline: Pipeline) {}

  /** What the last analysis said of a file that still has that very text; null if there is none. */
  known(file: string, text: string): AnalysedText | null {
    const found = this.last?.analysed.find((analysed) => analysed.file === file);
    return found?.source.text === text ? found : null;
  }

  /**
   * What each of the texts gave, in the order given. Where only white space or comments outside of functions changed, or
   * functions moved, the analysis still stands, because everything in it is relative to a function.
   * @throws Cancelled; what was finished by then is not done again
   */
  analyse(texts: readonly LoweredText[], token: CancellationToken): readonly AnalysedText[] {
    const { last } = this;
    const analysed =
      last !== null && sameTexts(last.texts, texts)
        ? texts.map((text, i) => ({ ...text, analysis: last.analysed[i]!.analysis }))
        : this.afresh(texts, token);
    this.last = { texts, analysed };
    return analysed;
  }

  private afresh(texts: readonly LoweredText[], token: CancellationToken): readonly AnalysedText[] {
    if (texts.length === 0) return [];
    check(token);
    if (this.analyser === null || this.analyser.weight > heaviest) this.analyser = this.pipeline.analyser();
    const crashes: Coverage[] = [];
    const unit = link(texts.map((text) => text.ir));
    const analysis = this.pipeline.analyse(this.analyser, unit, crashes, token);
    // It may be in any state after a crash.
    if (crashes.length > 0) this.analyser = null;
    this.missing = analysis.missing.map(plainName);
    return parts(texts, analysis, asInSource(crashes));
  }
}

/** To each text what is about it. */
function parts(
  texts: readonly LoweredText[],
  analysis: UnitAnalysis,
  crashes: readonly Coverage[],
): readonly AnalysedText[] {
  return texts.map((text) => {
    const { file } = text;
    const mine = <T extends { readonly file: string }>(all: readonly T[]) =>
      texts.length === 1 ? all : all.filter((one) => one.file === file);
    const summaries = [...analysis.summaries].filter(([, summary]) => summary.file === file);
    return {
      ...text,
      crashes: [...text.crashes, ...mine(crashes)],
      analysis: {
        findings: analysis.findings.filter((finding) => finding.at.file === file),
        summaries: new Map(summaries.map(([name, summary]) => [plainName(name), summary])),
        coverage: mine(analysis.coverage),
        withTransitions: [...new Set(mine(analysis.withTransitions).map(({ name }) => name))],
        transitions: mine(analysis.transitions).reduce((sum, { count }) => sum + count, 0),
      },
    };
  });
}

function sameTexts(a: readonly LoweredText[], b: readonly LoweredText[]): boolean {
  return (
    a.length === b.length &&
    a.every((text, i) => {
      const other = b[i]!;
      return text.file === other.file && text.crashes.length === 0 && sameCode(text.source, other.source);
    })
  );
}
