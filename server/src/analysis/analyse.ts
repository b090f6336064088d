import { Cancelled } from '../base/token.ts';
import { exprText } from '../ir/text.ts';
import type { IrFunction } from '../ir/types.ts';
import { Evaluator } from './eval.ts';
import { Facts } from './facts.ts';
import type { Coverage, Finding } from './finding.ts';
import { type Draft, Drafts, join } from './findings.ts';
import { flowOf } from './flow.ts';
import { type Frame, Interpreter } from './interpret.ts';
import { Memory, type Violation } from './memory.ts';
import { type HiddenOutcome, hiddenOutcomes } from './outcomes.ts';
import { relevanceOf } from './relevance.ts';
import { type Deferral, Replay } from './replay.ts';
import { rowsOf } from './rows.ts';
import { type Exit, runFunction } from './run.ts';
import { Sizes } from './sizes.ts';
import { N, State, type TraceNode, Z } from './state.ts';
import type { Summary } from './summary.ts';
import { type Site, symbolsOf, Terms } from './terms.ts';
import type { AnalysisInput, Bounds, UnitAnalysis } from './types.ts';

/** Bounds as `domain.md` §12 has them; settings may change them. */
export const defaultBounds: Bounds = {
  statesPerBlock: 32,
  loopVisits: 4,
  rows: 12,
  effectsPerRow: 12,
  cases: 12,
  objects: 24,
  pathFields: 4,
  stepsPerFunction: 20_000,
};

/**
 * Analyses one file: rows of every function that can matter, callees first, and what is wrong on their paths.
 * Pure: same input, same output. A function that makes the engine fail costs that function only.
 * @throws Cancelled
 */
export function analyseUnit(input: AnalysisInput): UnitAnalysis {
  return new UnitRun(input).run();
}

class UnitRun {
  private readonly terms = new Terms();
  private readonly sizes: Sizes;
  private readonly evaluator: Evaluator;
  private readonly facts: Facts;
  private readonly drafts: Drafts;
  private readonly summaries = new Map<string, Summary>();
  private readonly coverage: Coverage[] = [];
  private readonly deferrals: Deferral[] = [];
  private readonly violations: { violation: Violation; fn: IrFunction }[] = [];
  private readonly functions: ReadonlyMap<string, IrFunction>;
  private readonly counters = { transitions: 0 };

  constructor(private readonly input: AnalysisInput) {
    const { unit, vocabulary } = input;
    this.functions = new Map(unit.functions.map((f) => [f.name, f]));
    this.sizes = new Sizes(vocabulary, this.terms);
    this.evaluator = new Evaluator(this.terms, unit, vocabulary, this.sizes);
    this.facts = new Facts(vocabulary, this.terms, vocabulary.platformsOf(unit.file));
    this.drafts = new Drafts(unit.file, this.functions, this.facts);
  }

  run(): UnitAnalysis {
    const { unit } = this.input;
    const relevance = relevanceOf(unit, this.input.vocabulary);
    if (relevance.order.length === 0)
      return { findings: [], summaries: this.summaries, coverage: [], withTransitions: [], transitions: 0 };
    const drafts: Draft[] = [];
    const withTransitions: string[] = [];
    for (const fn of relevance.order) {
      try {
        const { summary, exits } = this.function(fn, relevance.tracked);
        this.summaries.set(fn.name, summary);
        if (summary.flips || relevance.direct.has(fn.name)) withTransitions.push(fn.name);
        this.outcomes(fn, summary, exits, drafts);
      } catch (error) {
        if (error instanceof Cancelled) throw error;
        this.coverage.push({
          file: unit.file,
          function: fn.name,
          kind: 'crash',
          reason: error instanceof Error ? error.message : String(error),
          span: fn.nameSpan,
        });
      }
    }
    this.deferred(drafts);
    for (const { violation } of this.violations) this.place(violation, drafts);
    return {
      findings: this.sorted(onePerCause(join(drafts))),
      summaries: this.summaries,
      coverage: this.coverage,
      withTransitions: unit.functions.filter((f) => withTransitions.includes(f.name)).map((f) => f.name),
      transitions: this.counters.transitions,
    };
  }

  private sorted(findings: readonly Finding[]): Finding[] {
    const order = new Map(this.input.unit.functions.map((f, i) => [f.name, i]));
    return [...findings].sort(
      (a, b) =>
        (order.get(a.at.function) ?? 0) - (order.get(b.at.function) ?? 0) ||
        a.at.span.start - b.at.span.start ||
        (a.violation < b.violation ? -1 : a.violation > b.violation ? 1 : 0),
    );
  }

  private summaryOf(name: string): Summary | null {
    return (
      this.summaries.get(name) ??
      (this.functions.has(name) ? null : this.input.provider.summary(name, this.input.unit.file))
    );
  }

  private function(
    fn: IrFunction,
    tracked: ReadonlySet<string>,
  ): { summary: Summary; exits: readonly Exit[] } {
    const { input, terms, evaluator, facts, sizes } = this;
    const flow = flowOf(fn, (callee) => this.guardNames(callee));
    const frame: Frame = {
      fn,
      file: input.unit.file,
      text: exprText,
      isPredicate: (temp) => flow.predicates.has(temp),
    };
    const memory = new Memory(terms, evaluator, sizes, (violation) =>
      this.violations.push({ violation, fn }),
    );
    const deferred = (d: Deferral) => this.deferrals.push(d);
    const replay = new Replay(terms, evaluator, facts, memory, deferred);
    const interpreter = new Interpreter(
      frame,
      terms,
      evaluator,
      facts,
      sizes,
      memory,
      replay,
      input.vocabulary,
      (name) => this.summaryOf(name),
      deferred,
      this.counters,
    );
    const entry = new State();
    for (const literal of fn.presence) facts.assume(entry, facts.config(literal.text), literal.holds);
    const isTracked = (name: string) => tracked.has(name);
    const { exits, hits } = runFunction(
      {
        frame,
        flow,
        terms,
        evaluator,
        facts,
        sizes,
        memory,
        interpreter,
        bounds: input.bounds,
        token: input.token,
        tracked: isTracked,
      },
      entry,
    );
    const bounds = new Map(hits);
    const rows = rowsOf(
      exits,
      evaluator,
      { tracked: isTracked, parameterCount: fn.parameterCount },
      input.bounds,
      (bound) => bounds.set(bound, (bounds.get(bound) ?? 0) + 1),
    );
    for (const [bound, times] of bounds)
      this.coverage.push({
        file: input.unit.file,
        function: fn.name,
        kind: bound === 'stepsPerFunction' ? 'budget' : 'bound',
        reason: `${bound} (${times})`,
        span: fn.nameSpan,
      });
    const summary: Summary = {
      name: fn.name,
      file: input.unit.file,
      parameters: fn.variables.slice(0, fn.parameterCount).map((v) => v.name),
      rows,
      incomplete: bounds.has('stepsPerFunction') || (rows.length === 0 && exits.length > 0),
      flips: rows.some((row) => row.effects.some((e) => e.k === 'flip')),
    };
    return { summary, exits };
  }

  private *guardNames(callee: string): Iterable<string> {
    const summary = this.summaries.get(callee);
    if (!summary) return;
    const names = new Set<string>();
    for (const row of summary.rows) for (const guard of row.guards) symbolsOf(guard.term, names);
    yield* names;
  }

  /** Outcomes that callers cannot learn, and success returned where another step failed. */
  private outcomes(fn: IrFunction, summary: Summary, exits: readonly Exit[], drafts: Draft[]): void {
    const returnsValue = fn.returnType.text !== 'void';
    for (const hidden of hiddenOutcomes(summary, returnsValue))
      for (const exit of exits) {
        if (exit.site.key !== hidden.failing.returnSite.key) continue;
        if (exit.state.effectList().some((x) => x.k === 'flip' && !x.ok && x.at.key === hidden.flip.at.key))
          this.hidden(hidden, exit, drafts);
      }
    this.staleSuccess(exits, drafts);
  }

  private hidden(hidden: HiddenOutcome, exit: Exit, drafts: Draft[]): void {
    const place = hidden.kind === 'result-dropped' ? hidden.flip.at : hidden.failing.returnSite;
    const subject = this.evaluator.memoryOf(hidden.flip.memory, exit.state)?.base ?? null;
    const node =
      lastNode(
        exit.state,
        (n) => n.event.k === 'transition' && n.at.span.start === hidden.flip.site.span.start,
      ) ?? exit.state.trace;
    if (!node) return;
    const end: TraceNode =
      hidden.kind === 'result-dropped'
        ? node
        : {
            prev: exit.state.trace,
            at: exit.site,
            depth: 0,
            event: { k: 'return', text: exit.text },
            subject: null,
            before: 0,
            after: 0,
            looksAt: [],
            length: 0,
          };
    const violation: Violation = {
      kind: hidden.kind,
      subject,
      node: end,
      callee: hidden.flip.via,
      state: exit.state,
      transition: { callee: hidden.flip.callee, to: hidden.flip.to, site: hidden.flip.site },
      onlyOn: null,
      details: { object: '', result: exit.text ?? 'nothing' },
      through: null,
      argument: hidden.flip.at.key === hidden.flip.site.key ? hidden.flip.text : '',
    };
    const draft = this.drafts.draft(violation, place);
    if (draft) drafts.push(draft);
  }

  private staleSuccess(exits: readonly Exit[], drafts: Draft[]): void {
    if (!exits.some((e) => e.literal && e.value?.k === 'int' && e.value.value === 0)) return;
    for (const exit of exits) {
      const { value } = exit;
      if (exit.literal || value?.k !== 'fresh' || value.outcomeOf === null || !exit.viaLabel) continue;
      if ((exit.state.facts.get(value) ?? 0) !== Z) continue;
      if (!exit.lastBranch || exit.lastBranch.looksAt.some((t) => t === value)) continue;
      const others = exits.some(
        (e) =>
          e.site.key === exit.site.key && e.value && (e.state.facts.get(e.value) === N || e.value.k === 'op'),
      );
      if (!others) continue;
      const node: TraceNode = {
        prev: exit.state.trace,
        at: exit.site,
        depth: 0,
        event: { k: 'return', text: exit.text },
        subject: null,
        before: 0,
        after: 0,
        looksAt: [value],
        length: 0,
      };
      const label = lastNode(exit.state, (n) => n.event.k === 'goto')?.event;
      const draft = this.drafts.draft(
        {
          kind: 'stale-success',
          subject: null,
          node,
          callee: null,
          state: exit.state,
          transition: { callee: value.hint.replace(/\(\)$/, ''), to: 'shared', site: value.outcomeOf },
          onlyOn: null,
          details: { label: label?.k === 'goto' ? label.label : '' },
          through: null,
          argument: '',
        },
        exit.site,
      );
      if (draft) drafts.push({ ...draft, cause: `stale-success|${exit.site.key}` });
    }
  }

  /** Callbacks that run where nothing may sleep. */
  private deferred(drafts: Draft[]): void {
    const seen = new Set<string>();
    for (const deferral of this.deferrals) {
      if (deferral.context === 'process' || seen.has(`${deferral.callback}|${deferral.context}`)) continue;
      const summary = this.summaries.get(deferral.callback);
      const row = summary?.rows.find((r) => r.sleeps);
      if (!row?.sleeps) continue;
      seen.add(`${deferral.callback}|${deferral.context}`);
      const { site, callee } = row.sleeps;
      const state = deferral.state;
      const context: TraceNode = {
        prev: state.trace,
        at: {
          file: site.file,
          function: deferral.callback,
          span: this.functions.get(deferral.callback)?.nameSpan ?? site.span,
        },
        depth: 0,
        event: { k: 'context', text: `${deferral.callback}() runs in ${deferral.context} context` },
        subject: null,
        before: 0,
        after: 0,
        looksAt: [],
        length: 0,
      };
      const node: TraceNode = { ...context, prev: context, at: site, event: { k: 'call', callee } };
      const draft = this.drafts.draft(
        {
          kind: 'sleeps-in-atomic',
          subject: null,
          node,
          callee,
          state,
          transition: { callee, to: 'private', site },
          onlyOn: null,
          details: { context: deferral.context, callback: deferral.callback, armedBy: deferral.callee },
          through: null,
          argument: '',
        },
        site,
      );
      if (draft) drafts.push(draft);
    }
  }

  /**
   * Where a violation is reported. An event of this function: there. An event in a callee: the callee's place if it
   * chose the memory itself, or if no caller in view uses it rightly; else the call that handed it over.
   */
  private place(violation: Violation, drafts: Draft[]): void {
    const { node } = violation;
    const here: Site = { key: `${node.at.function}@${node.at.span.start}`, ...node.at };
    if (node.depth === 0) {
      push(drafts, this.drafts.draft(violation, here));
      return;
    }
    const call = lastNode(violation.state, (n) => n.depth === 0 && n.event.k === 'call', node);
    const callSite: Site = call ? { key: `${call.at.function}@${call.at.span.start}`, ...call.at } : here;
    const handed =
      violation.through?.k === 'entry' &&
      violation.through.path.root.k === 'local' &&
      violation.through.path.length === 0;
    const calleeToBlame = !handed || (isFree(violation) && !this.usedRightly(here));
    if (calleeToBlame)
      push(
        drafts,
        this.drafts.draft(violation, here, [
          { at: callSite, event: { k: 'call', callee: node.at.function } },
        ]),
      );
    else push(drafts, this.drafts.draft(violation, callSite, [{ at: here, event: node.event }]));
  }

  private usedRightly(free: Site): boolean {
    return this.lawfulFrees.has(free.key);
  }

  private readonly lawfulFrees = new Set<string>();
}

function isFree(violation: Violation): boolean {
  return violation.kind === 'freed-shared' || violation.kind === 'freed-unknown';
}

function push(drafts: Draft[], draft: Draft | null): void {
  if (draft) drafts.push(draft);
}

function lastNode(
  state: State,
  wanted: (node: TraceNode) => boolean,
  from: TraceNode | null = state.trace,
): TraceNode | null {
  for (let node = from; node; node = node.prev) if (wanted(node)) return node;
  return null;
}

/** A dropped result and the free that follows from it are one cause: the free tells more. */
function onePerCause(findings: readonly Finding[]): Finding[] {
  const freed = new Set(
    findings.filter((f) => f.violation === 'freed-unknown' && f.transition).map((f) => causeKey(f)),
  );
  return findings.filter(
    (f) =>
      !((f.violation === 'result-dropped' || f.violation === 'hidden-outcome') && freed.has(causeKey(f))),
  );
}

function causeKey(finding: Finding): string {
  const at = finding.transition?.at;
  return at ? `${at.function}@${at.span.start}` : '';
}
