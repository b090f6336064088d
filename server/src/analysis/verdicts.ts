import type { IrFunction } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { transitionSleeps } from '../model/platform-facts.ts';
import type { Evaluator } from './eval.ts';
import type { Draft, Drafts } from './findings.ts';
import { type HiddenOutcome, hiddenOutcomes } from './outcomes.ts';
import { lastNode } from './place.ts';
import type { Deferral } from './replay.ts';
import type { Exit } from './run.ts';
import type { Scope } from './scope.ts';
import { siteOfFunction } from './sites.ts';
import type { Sizes } from './sizes.ts';
import { N, State, type TraceNode, Z } from './state.ts';
import { type Effect, type Row, type Sleep, type Summary, sleepingTransition } from './summary.ts';
import type { Entered } from './targets.ts';
import { subterms, type Term } from './terms.ts';
import type { Violation } from './violation.ts';

/** Outcomes that a function hides, if there is a caller for whom its row is a way. */
export interface HiddenDrafts {
  readonly by: string;
  readonly row: Row;
  readonly drafts: readonly Draft[];
}

/** Verdicts over whole rows and callbacks: what no single event shows. */
export class Verdicts {
  constructor(
    private readonly evaluator: Evaluator,
    private readonly drafts: Drafts,
    private readonly vocabulary: Vocabulary,
  ) {}

  /**
   * Outcomes that callers cannot learn, and success returned where another step failed. Gives the summary back,
   * with the flips marked that callers cannot be blamed for.
   */
  ofFunction(
    fn: IrFunction,
    summary: Summary,
    exits: readonly Exit[],
    into: Draft[],
    pending: HiddenDrafts[],
    summaryOf: (name: string) => Summary | null,
  ): Summary {
    const returnsValue = fn.returnType.text !== 'void';
    const hiddenAt = new Set<string>();
    const found: { readonly index: number; readonly drafts: Draft[] }[] = [];
    for (const hidden of hiddenOutcomes(summary, returnsValue, (term) => this.isKnown(term), summaryOf)) {
      hiddenAt.add(hidden.flip.at.key);
      const drafts: Draft[] = [];
      found.push({ index: summary.rows.indexOf(hidden.failing), drafts });
      for (const exit of exits) {
        if (exit.site.key !== hidden.failing.returnSite.key) continue;
        if (exit.state.effectList().some((x) => x.k === 'flip' && !x.ok && x.at.key === hidden.flip.at.key))
          this.hidden(hidden, exit, drafts);
      }
    }
    this.staleSuccess(exits, into);
    if (hiddenAt.size === 0) return summary;
    const mark = (effect: Effect): Effect =>
      effect.k === 'flip' && hiddenAt.has(effect.at.key) ? { ...effect, hiddenBelow: true } : effect;
    const rows = summary.rows.map((row) => ({ ...row, effects: row.effects.map(mark) }));
    for (const { index, drafts } of found) pending.push({ by: fn.name, row: rows[index]!, drafts });
    return { ...summary, rows };
  }

  /** A literal that callers can decide as well: values they have, and predicates that the vocabulary knows. */
  private isKnown(term: Term): boolean {
    if (term.k === 'fresh') return false;
    if (term.k !== 'op' || !term.op.startsWith('call:')) return true;
    return this.vocabulary.rows(term.op.slice(5)).length > 0;
  }

  private hidden(hidden: HiddenOutcome, exit: Exit, into: Draft[]): void {
    const dropped = hidden.kind === 'result-dropped';
    const subject = this.evaluator.memoryOf(hidden.flip.memory, exit.state)?.base ?? null;
    const { key } = hidden.flip.site;
    const flip =
      lastNode(exit.state, (n) => n.event.k === 'transition' && n.at.key === key) ?? exit.state.trace;
    if (!flip) return;
    const violation: Violation = {
      kind: hidden.kind,
      subject,
      node: dropped ? flip : returnNode(exit, []),
      callee: hidden.flip.via,
      state: exit.state,
      transition: { callee: hidden.flip.callee, to: hidden.flip.to, site: hidden.flip.site },
      onlyOn: null,
      details: { object: '', result: exit.text ?? 'nothing' },
      through: null,
      argument: hidden.flip.at.key === hidden.flip.site.key ? hidden.flip.text : '',
    };
    push(into, this.drafts.draft(violation, dropped ? hidden.flip.at : hidden.failing.returnSite));
  }

  /** A literal `return 0`, and an error label that returns the success of an earlier transition. */
  private staleSuccess(exits: readonly Exit[], into: Draft[]): void {
    if (!exits.some((e) => e.literal && e.value?.k === 'int' && e.value.value === 0)) return;
    for (const exit of exits) {
      const { value } = exit;
      if (exit.literal || value?.k !== 'fresh' || value.outcomeOf === null || !exit.viaLabel) continue;
      if (exit.state.facts.get(value) !== Z) continue;
      if (!exit.lastBranch || exit.lastBranch.looksAt.includes(value)) continue;
      const failsElsewhere = exits.some(
        (e) =>
          e.site.key === exit.site.key && e.value && (e.state.facts.get(e.value) === N || e.value.k === 'op'),
      );
      if (!failsElsewhere) continue;
      const label = lastNode(exit.state, (n) => n.event.k === 'goto')?.event;
      const draft = this.drafts.draft(
        {
          kind: 'stale-success',
          subject: null,
          node: returnNode(exit, [value]),
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
      if (draft) into.push({ ...draft, cause: `stale-success|${exit.site.key}` });
    }
  }

  /**
   * A raw byte count cut down to pages in one direction, and rounded up in the other, by functions of one file: the
   * last page of an odd size goes one way only.
   */
  ofRounding(
    summaries: ReadonlyMap<string, Summary>,
    exitsOf: (name: string) => readonly Exit[],
    sizes: Sizes,
    into: Draft[],
  ): void {
    const flips = [...summaries.values()].flatMap(ownFlips);
    const seen = new Set<string>();
    for (const { summary, flip, extent } of flips) {
      if (!sizes.rawRoundedDown(extent.term) || seen.has(flip.site.key)) continue;
      const opposite = flips.find(
        (other) =>
          other.flip.to !== flip.to &&
          other.summary.file === summary.file &&
          sizes.rawRoundedUp(other.extent.term),
      );
      if (!opposite) continue;
      for (const exit of exitsOf(summary.name)) {
        const node = lastNode(exit.state, (n) => n.event.k === 'transition' && n.at.key === flip.site.key);
        if (!node) continue;
        seen.add(flip.site.key);
        push(
          into,
          this.drafts.draft(
            {
              kind: 'rounded-down',
              subject: node.subject,
              node,
              callee: flip.callee,
              state: exit.state,
              transition: { callee: flip.callee, to: flip.to, site: flip.site },
              onlyOn: null,
              details: {
                given: extent.text,
                opposite: `${opposite.flip.callee} in ${opposite.summary.name}()`,
              },
              through: null,
              argument: flip.text,
            },
            flip.site,
            [
              {
                at: opposite.flip.site,
                event: {
                  k: 'transition',
                  callee: opposite.flip.callee,
                  to: opposite.flip.to,
                  outcome: 'success',
                },
              },
            ],
          ),
        );
        break;
      }
    }
  }

  /** Functions that sleep and stand in a member of a struct that is entered where nothing may sleep. */
  ofEntries(
    membersOf: (name: string) => readonly Entered[],
    summaries: ReadonlyMap<string, Summary>,
    exitsOf: (name: string) => readonly Exit[],
    scope: Pick<Scope, 'function'>,
    into: Draft[],
  ): void {
    for (const [name, summary] of summaries) {
      // Who may be entered anywhere decides in its own file what it may do there: others cannot be seen to decide it.
      if (!scope.function(name)?.isStatic) continue;
      const exits = exitsOf(name).filter(({ state }) => sleepsIn(summary.file, state.sleeps));
      if (exits.length === 0) continue;
      const draft = this.entered(name, membersOf(name), exits, summary, scope);
      push(into, draft);
    }
  }

  /** What is wrong with the first place that a function stands in where it must not sleep. */
  private entered(
    name: string,
    members: readonly Entered[],
    exits: readonly Exit[],
    summary: Summary,
    scope: Pick<Scope, 'function'>,
  ): Draft | null {
    for (const { tag, member } of members)
      for (const entry of this.vocabulary.rows(tag)) {
        if (entry.k !== 'entry' || entry.member !== member || entry.context === 'process') continue;
        const exit = exits.find((e) => isAnyTime(e.state, entry.unless));
        if (!exit?.state.sleeps) continue;
        const { context } = entry;
        const text = `${name}() is .${member} of struct ${tag}, which is entered in ${context} context`;
        const state = new State();
        state.mask = exit.state.mask;
        const event = { k: 'entry', text } as const;
        return this.asleep(name, context, event, state, exit.state.sleeps, summary.file, scope, {});
      }
    return null;
  }

  /** Callbacks that run where nothing may sleep. */
  ofDeferrals(
    deferrals: readonly Deferral[],
    summaries: ReadonlyMap<string, Summary>,
    scope: Pick<Scope, 'function'>,
    into: Draft[],
  ): void {
    const seen = new Map<string, Set<string>>();
    for (const deferral of deferrals) {
      if (deferral.context === 'process') continue;
      const contexts = seen.get(deferral.callback) ?? new Set<string>();
      if (contexts.has(deferral.context)) continue;
      seen.set(deferral.callback, contexts.add(deferral.context));
      const summary = summaries.get(deferral.callback);
      const row = summary?.rows.find((r) => r.sleeps);
      if (summary === undefined || !row?.sleeps) continue;
      this.deferred(deferral, row.sleeps, summary.file, scope, into);
    }
  }

  private deferred(
    { callback, context, callee, state }: Deferral,
    sleeps: Sleep,
    file: string,
    scope: Pick<Scope, 'function'>,
    into: Draft[],
  ): void {
    const event = { k: 'context', text: `${callback}() runs in ${context} context` } as const;
    const armed = { callback, armedBy: callee };
    push(into, this.asleep(callback, context, event, state, sleeps, file, scope, armed));
  }

  /** `name` sleeps, and is run in a context where it must not: `event` says why. */
  private asleep(
    name: string,
    context: Deferral['context'],
    event: TraceNode['event'],
    state: State,
    sleeps: Sleep,
    file: string,
    scope: Pick<Scope, 'function'>,
    details: Readonly<Record<string, string>>,
  ): Draft | null {
    const { site, callee } = sleeps;
    const fn = scope.function(name);
    const at = fn ? siteOfFunction(fn, file) : site;
    const entered = after(state, at, event);
    return this.drafts.draft(
      {
        kind: 'sleeps-in-atomic',
        subject: null,
        node: { ...entered, prev: entered, at: site, event: { k: 'call', callee } },
        callee,
        state,
        transition: { callee, to: 'private', site },
        onlyOn: transitionSleeps,
        details: { context, ...details, sleeps: sleepingTransition(sleeps) },
        below: sleeps.below,
        through: null,
        argument: '',
      },
      site,
    );
  }
}

/**
 * Whether a way can be taken each time that the function is entered: not only where `predicate` said that it may sleep, and not
 * only before a cell is set, which an earlier call may have done where it may sleep.
 */
function isAnyTime({ facts }: State, predicate: string | undefined): boolean {
  for (const [term, classes] of facts) {
    const ownArgument = term.k === 'entry' && term.path.parent === null && term.path.root.k === 'local';
    if (term.k === 'entry' && !ownArgument && classes === Z) return false;
    if ((classes & Z) !== 0) continue;
    for (const t of subterms(term)) if (t.k === 'op' && t.op === `call:${predicate}`) return false;
  }
  return true;
}

/** Whether a function sleeps by what stands in one file. */
function sleepsIn(file: string, sleeps: Sleep | null): boolean {
  for (let at = sleeps; at !== null; at = at.below) if (at.site.file !== file) return false;
  return sleeps !== null;
}

function after(state: State, at: TraceNode['at'], event: TraceNode['event']): TraceNode {
  return {
    prev: state.trace,
    at,
    depth: 0,
    event,
    subject: null,
    before: 0,
    after: 0,
    looksAt: [],
    length: (state.trace?.length ?? 0) + 1,
  };
}

function returnNode(exit: Exit, looksAt: TraceNode['looksAt']): TraceNode {
  return { ...after(exit.state, exit.site, { k: 'return', text: exit.text }), looksAt };
}

function push(into: Draft[], draft: Draft | null): void {
  if (draft) into.push(draft);
}

/** A transition that a function makes itself. */
interface OwnFlip {
  readonly summary: Summary;
  readonly flip: Extract<Effect, { k: 'flip' }>;
  readonly extent: NonNullable<Extract<Effect, { k: 'flip' }>['extent']>;
}

const flipsOf = new WeakMap<Summary, readonly OwnFlip[]>();

/** The transitions with an extent that a function makes itself and that succeed. */
function ownFlips(summary: Summary): readonly OwnFlip[] {
  let flips = flipsOf.get(summary);
  if (flips === undefined) {
    flips = summary.rows.flatMap((row) =>
      row.effects.flatMap((e) =>
        e.k === 'flip' && e.ok && e.at.key === e.site.key && e.extent
          ? [{ summary, flip: e, extent: e.extent }]
          : [],
      ),
    );
    flipsOf.set(summary, flips);
  }
  return flips;
}
