import type { MemoryKind, PlatformId } from '../kernel/types.ts';
import type { Presence } from '../syntax/types.ts';
import { isOnePage } from './consequences.ts';
import type { Facts } from './facts.ts';
import type { Certainty, Finding, TraceStep } from './finding.ts';
import { namesOf } from './outcomes.ts';
import type { Scope } from './scope.ts';
import { type State, type TraceNode, Z } from './state.ts';
import { type Path, type Site, subterms, type Term } from './terms.ts';
import { pathText, termText } from './text.ts';
import { restrict, type Violation } from './violation.ts';

/** A violation with its place, before equal ones are joined. Its locations are sites: see `inPlace`. */
export interface Draft {
  readonly finding: Finding;
  /** What must agree for two drafts to be one finding. */
  readonly cause: string;
  readonly length: number;
  /** It holds only on some platform that the path or the law names. */
  readonly platformBound: boolean;
}

/** What the function calls an object: the shortest local that holds it, else a cell, else where it came from. */
export function subjectText(subject: Term, state: State): string {
  let best: string | null = null;
  for (const [path, value] of state.cells) {
    if (value !== subject || path.root.k === 'temp') continue;
    const text = cellText(path, state);
    if (text === null) continue;
    if (best === null || text.length < best.length || (text.length === best.length && text < best))
      best = text;
  }
  return best ?? termText(subject);
}

/** A cell by its name; one of memory that has none by the local that points there. Null: nothing does. */
export function cellText(path: Path, state: State): string | null {
  const text = pathText(path);
  let base = path;
  while (base.parent !== null) base = base.parent;
  // The struct around a member is known by the pointer to that, unless some variable points to it.
  const isAround = base.root.k === 'deref' && base.root.term.k === 'op';
  if (!text.includes('memory') && !isAround) return text;
  if (base.root.k !== 'deref') return null;
  const called = `${termText(base.root.term)}->`;
  for (const [other, value] of state.cells)
    if (value === base.root.term && other.root.k === 'local' && other.parent === null) {
      const whole = text.startsWith(called) ? `${other.root.name}->${text.slice(called.length)}` : text;
      if (!whole.includes('memory')) return whole;
    }
  return text.includes('memory') ? null : text;
}

/** An argument as people would name the memory: without casts and the parentheses around them. */
export function argumentText(text: string): string | null {
  let t = text.trim();
  for (let before = ''; before !== t; ) {
    before = t;
    t = t.replace(/^\((?:const |unsigned |signed |struct |volatile )*\w+(?:\s*\*+)?\)\s*(?=[\w(&*])/, '');
    if (t.startsWith('(') && t.endsWith(')') && !t.slice(1, -1).includes(')')) t = t.slice(1, -1);
    const call = /^(\w+)\(([^()]*)\)$/.exec(t);
    if (call) t = call[2]!;
  }
  return t.length > 0 && t.length <= 48 && /^[\w>.&*[\]+ -]+$/.test(t) ? t : null;
}

/** Makes drafts of violations found while one function was run. */
export class Drafts {
  constructor(
    private readonly scope: Pick<Scope, 'function'>,
    private readonly facts: Facts,
  ) {}

  /** Null: on none of the platforms that the law is about can the path be. */
  draft(
    violation: Violation,
    place: Site,
    related: readonly { at: Site; event: TraceNode['event'] }[] = [],
  ): Draft | null {
    const { state } = violation;
    const possible = this.facts.platforms(state);
    const converted = violation.transition ? this.facts.convertedBy(violation.transition.callee) : null;
    const platforms = restrict(restrict(possible, violation.onlyOn), converted);
    if (platforms.length === 0 && !this.isHazard(violation, place)) return null;
    const subject = violation.subject ? state.object(violation.subject) : null;
    const trace = traceOf(violation);
    const configurations = this.configurations(state);
    // That a transition may sleep is its contract everywhere; the platforms are where it does today.
    const lawOfPlatform = violation.onlyOn !== null && violation.kind !== 'sleeps-in-atomic';
    const platformBound = lawOfPlatform || this.facts.restsOnPlatform(state, place.file);
    const certainty: Certainty =
      state.joined || subject?.joined
        ? 'joined'
        : platformBound || configurations.length > 0
          ? 'assumed'
          : 'certain';
    const transition = violation.transition
      ? { ...violation.transition, at: violation.transition.site }
      : null;
    const finding: Finding = {
      violation: violation.kind,
      certainty,
      subject: {
        text:
          argumentText(violation.argument) ??
          (violation.subject ? subjectText(violation.subject, state) : ''),
        kind: (subject?.kind ?? null) as MemoryKind | null,
        allocatedBy: subject?.allocatedBy ?? null,
      },
      at: place,
      callee: violation.callee,
      transition: transition ? { callee: transition.callee, to: transition.to, at: transition.at } : null,
      trace,
      platforms: platforms as PlatformId[],
      consequences: [],
      configurations,
      related,
      details: { ...violation.details, ...this.answer(violation, place) },
    };
    // A wrong address is the mistake of whoever allocated it, however many get to the same transition.
    const memory = violation.kind === 'vmalloc-converted' ? (subject?.allocSite?.key ?? '') : '';
    const cause = `${violation.transition?.site.key ?? ''}${memory}`;
    // Sizes are wrong where they are written; what happens to memory belongs to the function that handles it.
    const where = cause === '' ? place.key : violation.kind === 'extent-mismatch' ? '' : place.function;
    return { finding, cause: `${violation.kind}|${cause}|${where}`, length: trace.length, platformBound };
  }

  /**
   * Whether it is a mistake of a file that is built for platforms of the law, although no platform that is known gets there: the
   * size of pages is a choice of who builds the kernel. It is told of no platform.
   */
  private isHazard({ kind, onlyOn }: Violation, { file }: Site): boolean {
    return kind === 'subpage-converted' && restrict(this.facts.platformsOf(file), onlyOn).length > 0;
  }

  /** What the function of a dropped result answers its own caller: nothing, or an int that could be the error. */
  private answer({ kind }: Violation, place: Site): { returns?: string } {
    const type = kind === 'result-dropped' ? this.scope.function(place.function)?.returnType : undefined;
    if (!type) return {};
    const text = type.text.replace(/\b(?:static|inline|__\w+)\b/g, '').trim();
    return text === 'void' || text === 'int' ? { returns: text } : {};
  }

  /** The `#if` texts and IS_ENABLED()s that the path needs, beyond those that its function stands under. */
  private configurations(state: State): Presence {
    const fn = this.scope.function(state.trace?.at.function ?? '');
    const given = new Set(fn?.presence.map((p) => p.text));
    const needed: { text: string; holds: boolean }[] = [];
    for (const [term, classes] of state.facts) {
      if (term.k !== 'op' || !term.op.startsWith('config:')) continue;
      const text = term.op.slice(7);
      if (given.has(text)) continue;
      if (classes === Z) needed.push({ text, holds: false });
      else if ((classes & Z) === 0) needed.push({ text, holds: true });
    }
    return needed.sort((a, b) => (a.text < b.text ? -1 : 1));
  }
}

/** The steps of a path that have to do with the violation, oldest first. */
export function traceOf(violation: Violation): TraceStep[] {
  const { subject, state } = violation;
  const same = new Set<Term>(subject ? [subject] : []);
  for (const { from, to } of [...state.renamed].reverse()) if (same.has(to)) same.add(from);
  if (subject) {
    const alias = state.objects.get(subject)?.aliasOf;
    if (alias) same.add(alias);
    if (subject.k === 'op' && subject.op === 'at') same.add(subject.args[0]!);
  }
  const nodes: TraceNode[] = [];
  for (let node: TraceNode | null = violation.node; node; node = node.prev) nodes.push(node);
  nodes.reverse();
  const results = new Set<Term>();
  for (const node of nodes)
    if (node.event.k === 'transition' && node.subject && same.has(node.subject))
      for (const t of node.looksAt) results.add(t);
  // Without a subject the path is told from the transition whose outcome is looked at.
  const stale = subject === null ? outcomesLookedAt(violation) : null;
  const from = stale ? nodes.findLastIndex((n) => n.event.k === 'transition' && stale.has(n.at.key)) : -1;
  const lock = violation.details.lockKey;
  const held = lock ? state.locks.find((l) => l.key === lock)?.node : undefined;
  const promised = violation.details.flag === undefined ? undefined : state.promise?.node;
  const lastFlip = nodes.findLastIndex(
    (n) => n.event.k === 'transition' && n.subject !== null && same.has(n.subject),
  );
  const kept = nodes.map((node, i) => {
    if (node === violation.node || node === held || node === promised) return true;
    if (
      from >= 0 &&
      i >= from &&
      node.depth === 0 &&
      (i === from || node.event.k === 'branch' || node.event.k === 'goto')
    )
      return true;
    switch (node.event.k) {
      case 'alloc':
      case 'transition':
      case 'free':
      case 'map':
      case 'unmap':
      case 'publish':
      case 'store':
        return node.subject !== null && same.has(node.subject);
      case 'branch':
        return node.looksAt.some((t) => subterms(t).some((s) => results.has(s)));
      case 'call':
        return node.event.owner !== undefined && node.subject !== null && same.has(node.subject);
      case 'config':
        return true;
      case 'goto':
        return lastFlip >= 0 && i > lastFlip;
      case 'context':
        return node !== state.promise?.node;
      case 'defer':
      case 'entry':
        return true;
      default:
        return false;
    }
  });
  // What happens in a callee is told after the call that leads there.
  for (let i = 0; i < nodes.length; i++) {
    if (!kept[i] || nodes[i]!.depth === 0) continue;
    let depth = nodes[i]!.depth;
    for (let j = i - 1; j >= 0 && depth > 0; j--)
      if (nodes[j]!.event.k === 'call' && nodes[j]!.depth === depth - 1) {
        kept[j] = true;
        depth--;
      }
  }
  const steps: TraceStep[] = [];
  nodes.forEach((node, i) => {
    if (!kept[i]) return;
    const mine = node.subject !== null && same.has(node.subject) && node.after !== 0;
    steps.push({
      at: node.at,
      event: node.event,
      before: mine ? namesOf(node.before & ~0) : null,
      after: mine ? namesOf(node.after) : null,
      depth: node.depth,
    });
  });
  let depth = violation.node.depth;
  for (let at = violation.below; at; at = at.below)
    steps.push({
      at: at.site,
      event: { k: 'call', callee: at.callee },
      before: null,
      after: null,
      depth: ++depth,
    });
  return steps;
}

/** Sites of the transitions whose outcome the last step of a path looks at. */
function outcomesLookedAt(violation: Violation): ReadonlySet<string> | null {
  const sites = new Set<string>();
  for (const term of violation.node.looksAt)
    if (term.k === 'fresh' && term.outcomeOf) sites.add(term.outcomeOf.key);
  return sites.size > 0 ? sites : null;
}

/**
 * Joins drafts of one cause: the shortest path tells it, what it needs is what all of them need. More can go wrong with
 * several pages than with one: of paths with both, one with several tells it.
 */
export function join(drafts: readonly Draft[]): Finding[] {
  const groups = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const group = groups.get(draft.cause);
    if (group) group.push(draft);
    else groups.set(draft.cause, [draft]);
  }
  const findings: Finding[] = [];
  for (const group of groups.values()) {
    const first = [...group].sort(
      (a, b) =>
        away(a.finding) - away(b.finding) ||
        Number(isOnePage(a.finding)) - Number(isOnePage(b.finding)) ||
        a.finding.at.span.start - b.finding.at.span.start ||
        a.length - b.length,
    )[0]!;
    const platforms = first.finding.platforms.concat(group.flatMap((d) => d.finding.platforms));
    const configurations = first.finding.configurations.filter((c) =>
      group.every((d) => d.finding.configurations.some((o) => o.text === c.text && o.holds === c.holds)),
    );
    const elsewhere = new Map<string, Finding['related'][number]>();
    for (const d of group) {
      const here = d.finding.at;
      if (here.span.start !== first.finding.at.span.start || here.function !== first.finding.at.function)
        elsewhere.set(`${here.function}:${here.span.start}`, {
          at: here,
          event: d.finding.trace.at(-1)!.event,
        });
      for (const r of d.finding.related) elsewhere.set(`${r.at.function}:${r.at.span.start}`, r);
    }
    const rests = configurations.length > 0 || group.every((d) => d.platformBound);
    const joined = group.every((d) => d.finding.certainty === 'joined');
    findings.push({
      ...first.finding,
      // Of the choices of configuration only those that the finding needs are told.
      trace: first.finding.trace.filter((step) => {
        const { event } = step;
        return event.k !== 'config' || configurations.some((c) => c.text === event.text);
      }),
      configurations,
      certainty: joined ? 'joined' : rests ? 'assumed' : 'certain',
      platforms: [...new Set(platforms)],
      related: [...elsewhere.values()],
    });
  }
  return findings;
}

/** Whether a finding is told in another function than its transition stands in. */
function away(finding: Finding): number {
  return finding.transition && finding.transition.at.function !== finding.at.function ? 1 : 0;
}
