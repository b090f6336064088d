import type { Expr, Instr } from '../ir/types.ts';
import type { ApiRow } from '../kernel/types.ts';
import {
  type Call,
  type CallContext,
  type CallMade,
  CallPart,
  here,
  isOfClass,
  memoryAt,
  standsWithBody,
  telling,
  writtenPlace,
} from './call-context.ts';
import { foldElements, leaveElement } from './elements.ts';
import { classOf, dropFactsAbout } from './facts.ts';
import type { Replay } from './replay.ts';
import { handRequirementOn, handsRequirementsOn, judgeRequirement, requiredByAll } from './requirements.ts';
import { siteAt } from './sites.ts';
import { dropLock, type State } from './state.ts';
import type { Effect, Row, Summary } from './summary.ts';
import type { Tags } from './tags.ts';
import { type Path, type Site, subterms, type Term } from './terms.ts';
import { pathText } from './text.ts';
import { type CallHooks, VocabularyCalls } from './vocabulary-calls.ts';
import { giverOf, holdsMemory, takesMemory } from './watched.ts';

/** Executes instructions on path states. Forks where an event has outcomes. */
export class Interpreter extends CallPart implements CallHooks {
  private readonly calls: VocabularyCalls;

  constructor(
    context: CallContext,
    private readonly replay: Replay,
    private readonly summaryOf: (name: string) => Summary | null,
    private readonly byReference: (name: string) => readonly number[],
    private readonly targets: (call: Call) => readonly string[],
    private readonly tags: Tags,
    /** Told of functions that are not in view and get memory that matters, or give it. */
    private readonly missing: (name: string) => void,
  ) {
    super(context);
    this.calls = new VocabularyCalls(context, this);
  }

  /** All states after the instruction; none if no path goes on. */
  execute(state: State, instr: Instr): State[] {
    const { fn } = this.frame;
    switch (instr.k) {
      case 'assign':
        this.assign(state, instr);
        return [state];
      case 'declare': {
        const path = this.evaluator.localPath(fn, instr.variable);
        if (path.root.k === 'local') state.write(path, this.terms.fresh(pathText(path)));
        return [state];
      }
      case 'call':
        return this.call(state, instr);
      case 'cleanup': {
        const path = this.evaluator.localPath(fn, instr.variable);
        return this.invoke(state, {
          name: instr.cleanup,
          args: [state.read(path, this.terms)],
          texts: [`${fn.variables[instr.variable]?.name}`],
          site: this.site(instr.span),
          dst: null,
          discarded: true,
          instr: null,
        });
      }
      case 'guard':
        this.guard(state, instr);
        return [state];
      case 'cursor':
        for (const target of instr.defines) {
          const path = this.evaluator.path(fn, target, state);
          this.redefine(state, path);
          state.write(path, this.terms.fresh(pathText(path)));
        }
        return [state];
      case 'assume':
        return this.facts.assume(state, this.facts.config(instr.literal.text), instr.literal.holds)
          ? [state]
          : [];
      case 'goto':
        this.memory.node(state, here(this.site(instr.span)), { k: 'goto', label: instr.label }, null, 0, 0);
        return [state];
      case 'asm':
        for (const output of instr.outputs) this.havoc(state, output);
        return [state];
      case 'havoc':
        for (const target of instr.targets) this.havoc(state, target);
        return [state];
    }
  }

  private havoc(state: State, target: Expr): void {
    const path = this.evaluator.path(this.frame.fn, target, state);
    state.write(path, this.terms.fresh(pathText(path)));
  }

  site(span: { start: number; end: number }): Site {
    return siteAt(this.frame.fn, this.frame.file, span);
  }

  private redefine(state: State, path: Path): void {
    const old = state.cells.get(path);
    if (old) foldElements(state, old, this.terms);
    if (old?.k === 'fresh') dropFactsAbout(state, (t) => t === old);
  }

  private assign(state: State, instr: Extract<Instr, { k: 'assign' }>): void {
    const { fn } = this.frame;
    const { terms } = this;
    const path = this.evaluator.path(fn, instr.target, state);
    if (instr.value.k === 'aggregate') {
      state.zero(path);
      let position = 0;
      for (const item of instr.value.items) {
        const cell =
          typeof item.member === 'string'
            ? terms.field(path, item.member)
            : terms.index(
                path,
                item.member ? this.evaluator.eval(fn, item.member, state) : terms.int(position),
              );
        state.write(cell, this.evaluator.eval(fn, item.value, state));
        position++;
      }
      return;
    }
    const value = this.evaluator.eval(fn, instr.value, state);
    // An index that moves on leaves its element behind.
    if (instr.target.k === 'local' && instr.compound) {
      const old = state.cells.get(path);
      if (old && old !== value)
        (instr.compound === '-' ? leaveElement : foldElements)(state, old, this.terms);
    }
    state.write(path, value);
    // A field has the unit of what is stored in it.
    const unit = this.sizes.unitOf(value);
    if (unit !== 'none' && path.length > 0) this.sizes.reveal(this.terms.entry(path), unit);
    if (instr.target.k === 'local') this.tags.learn(value, fn.variables[instr.target.index]?.type);
    const at = this.site(instr.span);
    this.stores.noteStore(
      state,
      path,
      value,
      at,
      this.frame.text(instr.target),
      this.frame.text(instr.value),
    );
  }

  private guard(state: State, instr: Extract<Instr, { k: 'guard' }>): void {
    const row = this.vocabulary.row(instr.kind, 'guard-class');
    if (!row?.forbidsSleep) return;
    const key = `guard:${instr.kind}`;
    if (instr.phase === 'enter') {
      const node = this.memory.node(
        state,
        here(this.site(instr.span)),
        { k: 'lock', callee: `guard(${instr.kind})`, op: 'acquire' },
        null,
        0,
        0,
      );
      state.locks = [
        ...state.locks,
        { key, callee: `guard(${instr.kind})`, forbidsSleep: true, node, effect: null },
      ];
    } else state.locks = dropLock(state.locks, key);
  }

  private call(state: State, instr: Call): State[] {
    const { fn } = this.frame;
    const places = instr.callee.k === 'direct' ? this.byReference(instr.callee.name) : [];
    const args = instr.args.map((a, i) =>
      places.includes(i) ? this.evaluator.addressOf(fn, a, state) : this.evaluator.eval(fn, a, state),
    );
    const texts = instr.args.map((a) => this.frame.text(a));
    const site = this.site(instr.span);
    const made = { args, texts, site, dst: instr.dst, discarded: instr.discarded, instr };
    if (instr.callee.k === 'indirect') {
      const names = this.reached(state, instr);
      if (names.length > 0)
        return names.flatMap((name, i) => {
          const fork = i === names.length - 1 ? state : state.clone();
          return this.invoke(fork, { ...made, name });
        });
      this.forgetLocals(state, args, site);
      this.setResult(state, instr.dst, this.terms.fresh('indirect call'));
      return [state];
    }
    return this.invoke(state, { ...made, name: instr.callee.name });
  }

  /** Functions that a call through a pointer reaches: what the path put there, else what the unit puts into such a member. */
  private reached(state: State, instr: Call): readonly string[] {
    if (instr.callee.k === 'direct') return [];
    const { expr } = instr.callee;
    const value = this.evaluator.eval(this.frame.fn, expr.k === 'deref' ? expr.base : expr, state);
    if (value.k === 'addr' && value.path.parent === null && value.path.root.k === 'global')
      if (this.evaluator.isFunction(value.path.root.name)) return [value.path.root.name];
    return this.targets(instr);
  }

  setResult(state: State, dst: number | null, value: Term): void {
    if (dst !== null) state.cells.set(this.terms.temp(dst), value);
  }

  private invoke(state: State, call: CallMade): State[] {
    const { name, args, site, dst } = call;
    const all = this.vocabulary.rows(name);
    for (const row of all) if (row.k === 'requirement') this.require(state, row, call);
    // Where it lies is asked before the call, which may clear the cell that leads to it.
    const given = all.flatMap((row) => {
      const memory = row.k === 'owner' ? memoryAt(row.place, args, state, this.terms)?.value : undefined;
      return row.k === 'owner' && memory !== undefined ? [{ row, memory }] : [];
    });
    const rows = all.filter((row) => row.k !== 'requirement' && row.k !== 'owner');
    const after = this.callOf(state, rows, call);
    for (const { row, memory } of given)
      for (const one of after) {
        const result = dst === null ? undefined : one.cells.get(this.terms.temp(dst));
        if (row.on !== null && (result === undefined || !isOfClass(classOf(result, one), row))) continue;
        const told = { owner: row.owner, callee: name };
        this.memory.handOn(one, { k: 'escape', memory, site, given: told }, here(site));
      }
    return after;
  }

  /** All states after a call of a function that is in view, or that the vocabulary knows, or of which nothing is known. */
  private callOf(state: State, rows: readonly ApiRow[], call: CallMade): State[] {
    const { name, args, site, dst } = call;
    const summary = this.summaryOf(name);
    const discarded =
      call.discarded || (dst !== null && (this.frame.isOnlyTold(dst) || this.frame.isLost(dst)));
    const made = { ...call, discarded };
    if (state.promise === null) this.promise(state, name, args, site);
    if (!rows.some((r) => telling.has(r.k))) state.deed(site.key);
    if (rows.some((r) => (r.k === 'harmless' && r.tells) || (r.k === 'condition' && r.warns)))
      state.tell('log');
    // A body in view says more than a row, but for what the row is an event or a fact of the platform.
    const body = summary !== null && this.evaluator.isFunction(name);
    const isRead = rows.length > 0 && (!body || rows.some(standsWithBody));
    if (isRead || summary === null || summary.incomplete) return this.unseen(state, rows, isRead, made);
    const elsewhere = this.beyondStub(state, name);
    return [
      ...this.summaryCall(state, summary, args, site, dst, discarded),
      ...elsewhere.flatMap((other) => this.unseen(other, rows, rows.length > 0, made)),
    ];
  }

  /** The path in builds where the function itself is called, which is not in view, and not the stub that is. */
  private beyondStub(state: State, name: string): State[] {
    return this.evaluator.absentOf(name).flatMap(({ text, holds }) => {
      const other = state.clone();
      return this.facts.assume(other, this.facts.config(text), !holds) ? [other] : [];
    });
  }

  /** A call without a body. */
  private unseen(state: State, rows: readonly ApiRow[], isRead: boolean, call: CallMade): State[] {
    const { name, args, site, dst, discarded } = call;
    if (isRead) {
      this.asksForGivers(state, rows, args);
      return this.calls.run(state, rows, call);
    }
    if (args.some((arg) => holdsMemory(state, arg, this.evaluator))) this.missing(name);
    this.forgetLocals(state, args, site);
    // A callee whose answer decides what happens next may have done it; one that nobody asks is taken to do nothing.
    if (dst !== null && !discarded)
      for (const arg of args)
        if (
          (arg.k === 'entry' || (arg.k === 'addr' && arg.path.root.k !== 'local')) &&
          !this.tags.isNumber(arg.path)
        )
          this.memory.touch(state, { k: 'touch', memory: arg, site });
    this.setResult(state, dst, this.unknownResult(name, args, dst));
    return [state];
  }

  /** A flag among the arguments that says that the path may not sleep. */
  private promise(state: State, name: string, args: readonly Term[], site: Site): void {
    for (const arg of args) {
      if (arg.k !== 'const' && arg.k !== 'op') continue;
      for (const t of subterms(arg)) {
        if (t.k !== 'const' || !this.vocabulary.row(t.name, 'no-sleep')) continue;
        const text = `${t.name} tells ${name}() not to wait`;
        const node = this.memory.node(state, here(site), { k: 'context', text }, null, 0, 0);
        state.promise = { flag: t.name, node };
        return;
      }
    }
  }

  /** Memory that is handed to a function which wants it in another state, in any case. */
  private require(
    state: State,
    { place, states }: Extract<ApiRow, { k: 'requirement' }>,
    { name, args, texts, site }: CallMade,
  ): void {
    const address = memoryAt(place, args, state, this.terms)?.value;
    if (address === undefined) return;
    const required = { k: 'require', memory: address, states, callee: name, site } as const;
    if (handRequirementOn(state, required, this.memory)) return;
    const asked = { name, where: here(site), argument: writtenPlace(place, texts) };
    judgeRequirement(state, required, asked, this.memory);
  }

  /** Memory that is converted or freed here, or the struct that holds it, came from a function that is not in view. */
  private asksForGivers(state: State, rows: readonly ApiRow[], args: readonly Term[]): void {
    for (const row of rows) {
      if (row.k !== 'transition' && row.k !== 'free') continue;
      const given = args[row.address];
      const base = given ? this.evaluator.memoryOf(given, state)?.base : undefined;
      const giver = base && giverOf(base);
      if (giver) this.missing(giver);
    }
  }

  /** A predicate gives one answer a path; anything else gives a new value each time. */
  unknownResult(name: string, args: readonly Term[], dst: number | null): Term {
    if (dst !== null && this.frame.isPredicate(dst)) return this.terms.op(`call:${name}`, args);
    return this.terms.fresh(`${name}()`);
  }

  /**
   * A callee of which nothing is known may write what it is given the address of, if that is a local; and a message that was
   * cleared is there to be filled in. What an allocator cleared stays so until somebody is seen to write it.
   */
  forgetLocals(state: State, args: readonly Term[], site: Site): void {
    for (const arg of args) {
      if (arg.k !== 'addr') continue;
      if (arg.path.root.k === 'local') state.write(arg.path, this.terms.fresh(pathText(arg.path)));
      else if (arg.path.length > 0 && state.zeroed.includes(arg.path)) state.fill(arg.path, site.key);
    }
  }

  private summaryCall(
    state: State,
    summary: Summary,
    args: readonly Term[],
    site: Site,
    dst: number | null,
    discarded: boolean,
  ): State[] {
    const after: State[] = [];
    const before = handsRequirementsOn(summary) ? state.clone() : null;
    const ran: Row[] = [];
    if (takesMemory(summary))
      for (const arg of args) {
        const giver = giverOf(arg);
        if (giver) this.missing(giver);
      }
    let shared = this.replay.substitution(state, args, site);
    for (const row of summary.rows) {
      const allocations = row.effects.filter((effect) => effect.k === 'new');
      for (const effect of allocations) this.demote(state, effect, site);
      // The state is another one then.
      if (allocations.length > 0) shared = this.replay.substitution(state, args, site);
      const done = this.replay.run(state, summary, row, args, site, discarded, 0, false, shared);
      if (!done) continue;
      this.setResult(done.state, dst, done.result);
      after.push(done.state);
      ran.push(row);
    }
    if (before !== null) this.requireBelow(before, summary, ran, args, site);
    return after;
  }

  /** What a callee hands to functions that want it in another state, on all ways that it can take. */
  private requireBelow(
    before: State,
    { name }: Summary,
    ran: readonly Row[],
    args: readonly Term[],
    site: Site,
  ): void {
    const subst = this.replay.substitution(before, args, site);
    for (const { memory, ...required } of requiredByAll(ran)) {
      const state = before.clone();
      this.memory.node(state, here(site), { k: 'call', callee: name }, null, 0, 0);
      const where = { site: required.site, depth: 1, through: memory };
      const asked = { name, where, argument: '' };
      judgeRequirement(state, { ...required, memory: subst.term(memory) }, asked, this.memory);
    }
  }

  /** An allocation site that runs again: what it gave before is old now, or forgotten. */
  private demote(state: State, effect: Extract<Effect, { k: 'new' }>, site: Site): void {
    if (effect.memory.k !== 'obj') return;
    const inner = effect.memory.site;
    this.stores.renew(
      state,
      this.terms.obj({ ...inner, key: `${site.key}>${inner.key}` }, effect.memory.old),
    );
  }
}
