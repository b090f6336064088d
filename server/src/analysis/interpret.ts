import type { Expr, Instr, IrFunction } from '../ir/types.ts';
import type { ApiRow, Vocabulary } from '../kernel/types.ts';
import type { Attribute } from '../model/generic.ts';
import { foldElements, leaveElement } from './elements.ts';
import type { Evaluator } from './eval.ts';
import { classOf, dropFactsAbout, type Facts } from './facts.ts';
import { freeEffect, type Memory, type Where } from './memory.ts';
import type { Deferral, Replay } from './replay.ts';
import type { Sizes } from './sizes.ts';
import { ERR, N, P, PTR, type State, Z } from './state.ts';
import type { Effect, Summary } from './summary.ts';
import type { Tags } from './tags.ts';
import { type Path, type Site, subterms, type Term, type Terms } from './terms.ts';

type Call = Extract<Instr, { k: 'call' }>;

/** What the interpreter needs to know about the function it runs in. */
export interface Frame {
  readonly fn: IrFunction;
  readonly file: string;
  text(expr: Expr): string;
  /** A temporary that only decides branches outside loop heads: its call is a predicate with one answer. */
  isPredicate(temp: number): boolean;
  /** A temporary that is only printed or warned about. */
  isOnlyTold(temp: number): boolean;
}

/** Executes instructions on path states. Forks where an event has outcomes. */
export class Interpreter {
  constructor(
    private readonly frame: Frame,
    private readonly terms: Terms,
    private readonly evaluator: Evaluator,
    private readonly facts: Facts,
    private readonly sizes: Sizes,
    private readonly memory: Memory,
    private readonly replay: Replay,
    private readonly vocabulary: Vocabulary,
    private readonly summaryOf: (name: string) => Summary | null,
    private readonly deferred: (deferral: Deferral) => void,
    readonly counters: { transitions: number },
    private readonly tags: Tags,
  ) {}

  /** All states after the instruction; none if no path goes on. */
  execute(state: State, instr: Instr): State[] {
    const { fn } = this.frame;
    switch (instr.k) {
      case 'assign':
        this.assign(state, instr);
        return [state];
      case 'declare': {
        const path = this.evaluator.localPath(fn, instr.variable);
        if (path.root.k === 'local') state.write(path, this.terms.fresh('uninitialised'));
        return [state];
      }
      case 'call':
        return this.call(state, instr);
      case 'cleanup': {
        const path = this.evaluator.localPath(fn, instr.variable);
        return this.invoke(
          state,
          instr.cleanup,
          [state.read(path, this.terms)],
          ['' + fn.variables[instr.variable]?.name],
          this.site(instr.span),
          null,
          true,
          null,
        );
      }
      case 'guard':
        this.guard(state, instr);
        return [state];
      case 'cursor':
        for (const target of instr.defines) {
          const path = this.evaluator.path(fn, target, state);
          this.redefine(state, path);
          state.write(path, this.terms.fresh(instr.macro));
        }
        return [state];
      case 'assume':
        return this.facts.assume(state, this.facts.config(instr.literal.text), instr.literal.holds)
          ? [state]
          : [];
      case 'goto':
        this.memory.node(
          state,
          this.here(this.site(instr.span)),
          { k: 'goto', label: instr.label },
          null,
          0,
          0,
        );
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
    state.write(this.evaluator.path(this.frame.fn, target, state), this.terms.fresh('havoc'));
  }

  site(span: { start: number; end: number }): Site {
    const { fn, file } = this.frame;
    return { key: `${fn.name}@${span.start}`, file, function: fn.name, span };
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
    this.noteStore(state, path, value, at, this.frame.text(instr.target), this.frame.text(instr.value));
  }

  private store(state: State, path: Path, value: Term, site: Site, text: string, valueText: string): void {
    state.write(path, value);
    this.noteStore(state, path, value, site, text, valueText);
  }

  /** A store that others can see: an effect of the row, and a step of the path. */
  private noteStore(
    state: State,
    path: Path,
    value: Term,
    site: Site,
    text: string,
    valueText: string,
  ): void {
    if (path.root.k !== 'deref' && path.root.k !== 'global') return;
    state.deed(site.key);
    state.addEffect({ k: 'write', path, value, site, text, valueText });
    const memory = this.evaluator.memoryOf(value, state)?.base ?? null;
    this.memory.node(
      state,
      this.here(site),
      { k: 'store', target: text, value: valueText },
      memory,
      0,
      0,
      [value],
      path,
    );
    this.publishedByStore(state, path, value, site);
  }

  /** A store through a global that the vocabulary lists makes the memory visible at once. */
  private publishedByStore(state: State, path: Path, value: Term, site: Site): void {
    if (path.root.k !== 'deref' && path.root.k !== 'global') return;
    const names: string[] = path.root.k === 'global' ? [path.root.name] : [];
    if (path.root.k === 'deref')
      for (const t of subterms(path.root.term))
        if ((t.k === 'entry' || t.k === 'addr') && t.path.root.k === 'global') names.push(t.path.root.name);
    for (const name of names) {
      const row = this.vocabulary.row(name, 'publish-global');
      if (row)
        this.memory.publish(
          state,
          { k: 'publish', memory: value, to: row.to, callee: null, site },
          this.here(site),
        );
    }
  }

  private here(site: Site): Where {
    return { site, depth: 0, through: null };
  }

  private guard(state: State, instr: Extract<Instr, { k: 'guard' }>): void {
    const row = this.vocabulary.row(instr.kind, 'guard-class');
    if (!row?.forbidsSleep) return;
    const key = `guard:${instr.kind}`;
    if (instr.phase === 'enter') {
      const node = this.memory.node(
        state,
        this.here(this.site(instr.span)),
        { k: 'lock', callee: `guard(${instr.kind})`, op: 'acquire' },
        null,
        0,
        0,
      );
      state.locks = [...state.locks, { key, callee: `guard(${instr.kind})`, forbidsSleep: true, node }];
    } else state.locks = dropLock(state.locks, key);
  }

  private call(state: State, instr: Call): State[] {
    const { fn } = this.frame;
    const args = instr.args.map((a) => this.evaluator.eval(fn, a, state));
    const texts = instr.args.map((a) => this.frame.text(a));
    const site = this.site(instr.span);
    if (instr.callee.k === 'indirect') {
      this.forgetLocals(state, args);
      this.setResult(state, instr.dst, this.terms.fresh('indirect call'));
      return [state];
    }
    return this.invoke(state, instr.callee.name, args, texts, site, instr.dst, instr.discarded, instr);
  }

  private setResult(state: State, dst: number | null, value: Term): void {
    if (dst !== null) state.cells.set(this.terms.temp(dst), value);
  }

  private invoke(
    state: State,
    name: string,
    args: readonly Term[],
    texts: readonly string[],
    site: Site,
    dst: number | null,
    discarded: boolean,
    instr: Call | null,
  ): State[] {
    const summary = this.summaryOf(name);
    const rows = this.vocabulary.rows(name);
    discarded ||= dst !== null && this.frame.isOnlyTold(dst);
    if (!rows.some((r) => telling.has(r.k))) state.deed(site.key);
    if (rows.some((r) => (r.k === 'harmless' && r.tells) || (r.k === 'condition' && r.warns)))
      state.told = true;
    // A body in view says more than a row, but for what the row is an event or a fact of the platform.
    const body = summary !== null && this.evaluator.isFunction(name);
    if (rows.length > 0 && (!body || rows.some((r) => believed.has(r.k))))
      return this.vocabularyCall(state, name, rows, args, texts, site, dst, discarded, instr);
    if (summary && !summary.incomplete) return this.summaryCall(state, summary, args, site, dst, discarded);
    this.forgetLocals(state, args);
    this.setResult(state, dst, this.unknownResult(name, args, site, dst));
    return [state];
  }

  /** A predicate gives one answer a path; anything else gives a new value each time. */
  private unknownResult(name: string, args: readonly Term[], site: Site, dst: number | null): Term {
    if (dst !== null && this.frame.isPredicate(dst)) return this.terms.op(`call:${name}`, args);
    return this.terms.fresh(`${name}()`, null) ?? site;
  }

  /** A callee of which nothing is known may write what it is given the address of, if that is a local. */
  private forgetLocals(state: State, args: readonly Term[]): void {
    for (const arg of args)
      if (arg.k === 'addr' && arg.path.root.k === 'local') state.write(arg.path, this.terms.fresh('out'));
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
    for (const row of summary.rows) {
      for (const effect of row.effects) if (effect.k === 'new') this.demote(state, effect, site);
      const done = this.replay.run(state, summary, row, args, site, discarded, 0);
      if (!done) continue;
      this.setResult(done.state, dst, done.result);
      after.push(done.state);
    }
    return after;
  }

  /** An allocation site that runs again: what it gave before is old now, or forgotten. */
  private demote(state: State, effect: Extract<Effect, { k: 'new' }>, site: Site): void {
    if (effect.memory.k !== 'obj') return;
    const inner = effect.memory.site;
    this.renew(state, this.terms.obj({ ...inner, key: `${site.key}>${inner.key}` }, effect.memory.old));
  }

  private renew(state: State, memory: Term): void {
    const before = state.objects.get(memory);
    if (!before || memory.k !== 'obj') return;
    const old = this.terms.obj(memory.site, true);
    let held = false;
    const root = this.terms.deref(memory);
    for (const [path, value] of [...state.cells]) {
      if (path.root === root.root || (path.root.k === 'deref' && path.root.term === memory))
        state.cells.delete(path);
      else if (value === memory) {
        state.cells.set(path, old);
        held = true;
      }
    }
    state.zeroed = state.zeroed.filter((p) => p.root.k !== 'deref' || p.root.term !== memory);
    dropFactsAbout(state, (t) => t === memory);
    if (held) {
      const earlier = state.objects.get(old);
      state.objects.set(old, { ...before, states: before.states | (earlier?.states ?? 0), many: true });
    }
    state.objects.delete(memory);
  }

  private vocabularyCall(
    state: State,
    name: string,
    rows: readonly ApiRow[],
    args: readonly Term[],
    texts: readonly string[],
    site: Site,
    dst: number | null,
    discarded: boolean,
    instr: Call | null,
  ): State[] {
    // What the rows do not speak of may still write through a pointer to a local.
    if (!rows.some((r) => telling.has(r.k) || speaking.has(r.k))) this.forgetLocals(state, args);
    let states = [state];
    rows = rows.filter((row) => row.k !== 'transition' || !row.implementation);
    let result: Term | null = null;
    const order = (row: ApiRow) => (row.k === 'sleeps' ? 0 : 1);
    for (const row of [...rows].sort((a, b) => order(a) - order(b))) {
      const next: State[] = [];
      for (const s of states) {
        const outcome = this.applyRow(s, name, row, args, texts, site, discarded, instr);
        for (const o of outcome) {
          if (o.result) {
            result = o.result;
            this.setResult(o.state, dst, o.result);
          }
          next.push(o.state);
        }
      }
      states = next;
    }
    if (!result && dst !== null) {
      const value = this.unknownResult(name, args, site, dst);
      for (const s of states) this.setResult(s, dst, value);
    }
    return states;
  }

  private applyRow(
    state: State,
    name: string,
    row: ApiRow,
    args: readonly Term[],
    texts: readonly string[],
    site: Site,
    discarded: boolean,
    instr: Call | null,
  ): { state: State; result: Term | null }[] {
    const { terms } = this;
    const here = this.here(site);
    const go = (result: Term | null = null) => [{ state, result }];
    switch (row.k) {
      case 'transition':
        return this.transition(state, name, row, args, texts, site, discarded);
      case 'alloc': {
        const fail = state.clone();
        const failed =
          row.failure === 'errptr'
            ? terms.op('err-ptr', [terms.op('neg', [terms.constant('ENOMEM')])])
            : terms.int(0);
        const memory = terms.obj(site);
        this.renew(state, memory);
        const size = this.sizes.fromSpec(row.size, args, texts);
        if (row.size && 'arg' in row.size && args[row.size.arg])
          this.sizes.reveal(args[row.size.arg]!, row.size.unit);
        const zeroed =
          row.zeroed === true || (typeof row.zeroed === 'object' && mentionsZero(args[row.zeroed.gfpArg]));
        if (zeroed) state.zero(terms.deref(memory));
        const wholePages = row.wholePages || this.isWholePages(size);
        this.memory.alloc(state, memory, { kind: row.kind, callee: name, size, wholePages, zeroed }, here);
        const both =
          row.failure === 'none'
            ? [{ state, result: memory as Term }]
            : [
                { state, result: memory as Term },
                { state: fail, result: failed },
              ];
        if (row.result === 'return') return both;
        const out = row.result.outArg;
        for (const o of both) {
          const cell = terms.deref(args[out] ?? terms.fresh('out'));
          o.state.write(cell, o.result);
          o.state.addEffect({
            k: 'write',
            path: cell,
            value: o.result,
            site,
            text: texts[out] ?? '',
            valueText: name,
          });
        }
        return both.map((o) => ({
          state: o.state,
          result: o.result === memory ? terms.int(0) : terms.op('neg', [terms.constant('ENOMEM')]),
        }));
      }
      case 'free': {
        const address = args[row.address];
        if (!address) return go();
        if (row.onlyKind) return this.dispatchingFree(state, name, row, address, args, texts, site);
        if (classOf(address, state) === Z || classOf(address, state) === ERR) return go();
        const size = this.sizes.fromSpec(row.size, args, texts);
        if (row.size && 'arg' in row.size && args[row.size.arg])
          this.sizes.reveal(args[row.size.arg]!, row.size.unit);
        this.memory.free(state, freeEffect(row, address, name, site, size, texts[row.address] ?? ''), here);
        return go();
      }
      case 'same':
        return go(args[row.arg] ?? null);
      case 'size':
        this.sizes.revealArgument(`size:${row.op}`, args[row.args[0] ?? 0]);
        return go(
          terms.op(
            `size:${row.op}`,
            row.args.map((i) => args[i] ?? terms.fresh('size')),
          ),
        );
      case 'map':
        return this.mapCall(state, name, row, args, site);
      case 'unmap': {
        const what = args[row.address];
        if (what) this.memory.unmap(state, { k: 'unmap', memory: what, callee: name, site }, here);
        return go();
      }
      case 'prot':
        return go(
          row.attribute === 'same' && row.arg !== null
            ? (args[row.arg] ?? null)
            : terms.op(`prot:${row.attribute}`, []),
        );
      case 'noreturn':
        if (row.when === null) return [];
        return this.facts.assume(state, args[row.when] ?? terms.int(1), false) ? go() : [];
      case 'condition': {
        const arg = args[row.arg] ?? terms.fresh('condition');
        const test = {
          truth: arg,
          'is-err': terms.op('is-err', [arg]),
          'is-err-or-null': terms.op('is-err-or-null', [arg]),
          'is-null': this.evaluator.not(arg),
        };
        return go(test[row.test]);
      }
      case 'error': {
        const arg = args[row.arg] ?? terms.fresh('error');
        return go(row.op === 'err-cast' ? arg : terms.op(row.op, [arg]));
      }
      case 'lock':
        this.lock(state, name, row, args, site);
        return go();
      case 'defer':
        return this.defer(state, name, row, args, site);
      case 'publish': {
        const what = args[row.memory];
        if (what)
          this.memory.publish(state, { k: 'publish', memory: what, to: row.to, callee: name, site }, here);
        return go();
      }
      case 'platform-guard':
      case 'stable': {
        const asked = args[0];
        if (asked?.k === 'const' && asked.name.startsWith('CONFIG_'))
          return go(this.facts.config(asked.name));
        return go(terms.op(`call:${name}`, args));
      }
      case 'contents':
        this.contents(state, name, row, args, site);
        return go(row.writes !== null ? (args[row.writes] ?? null) : null);
      case 'container': {
        const what = row.memory === null ? undefined : args[row.memory];
        if (what && row.op === 'insert') state.addEffect({ k: 'escape', memory: what, site });
        return go();
      }
      case 'accessor':
        return this.accessor(state, row, args, instr, site);
      case 'harmless':
        return go(row.pure ? terms.op(`call:${name}`, args) : null);
      default:
        return go();
    }
  }

  private isWholePages(size: { term: Term } | null): boolean {
    if (!size) return false;
    const value = this.sizes.valueOf(size.term);
    return value !== null && value > 0 && value % 4096 === 0;
  }

  private transition(
    state: State,
    name: string,
    row: Extract<ApiRow, { k: 'transition' }>,
    args: readonly Term[],
    texts: readonly string[],
    site: Site,
    dropped: boolean,
  ): { state: State; result: Term | null }[] {
    const { terms } = this;
    this.counters.transitions++;
    const address = args[row.address];
    if (!address) return [{ state, result: null }];
    if (row.sleeps) this.memory.sleep(state, name, this.here(site), site);
    const extent = this.sizes.fromSpec(row.extent, args, texts);
    const subject = this.memory.objectOf(address, state);
    if ('arg' in row.extent) {
      if (args[row.extent.arg]) this.sizes.reveal(args[row.extent.arg]!, row.extent.unit);
      this.memory.judgeUnit(state, extent, row.extent.unit, name, this.here(site), subject, row.to);
    }
    const outcomes: { ok: boolean; classes: number }[] = [
      { ok: true, classes: row.failure === 'false' ? P : Z },
      { ok: false, classes: row.failure === 'false' ? Z : row.failure === 'positive' ? P : N },
    ];
    if (row.failure === 'none') outcomes.pop();
    return outcomes.map(({ ok, classes }) => {
      const s = state.clone();
      const result = terms.fresh(`${name}()`, site);
      s.facts.set(result, classes);
      this.memory.flip(
        s,
        {
          k: 'flip',
          to: row.to,
          ok,
          memory: address,
          extent,
          callee: name,
          site,
          result,
          dropped,
          at: site,
          via: name,
          hiddenBelow: false,
          text: texts[row.address] ?? '',
          reported: false,
        },
        this.here(site),
      );
      return { state: s, result };
    });
  }

  private dispatchingFree(
    state: State,
    name: string,
    row: Extract<ApiRow, { k: 'free' }>,
    address: Term,
    args: readonly Term[],
    texts: readonly string[],
    site: Site,
  ): { state: State; result: Term | null }[] {
    const memory = this.evaluator.memoryOf(address, state);
    const kind = memory ? state.object(memory.base).kind : null;
    const size = this.sizes.fromSpec(row.size, args, texts);
    const result: { state: State; result: Term | null }[] = [];
    if (kind === null || kind === row.kind) {
      const taken = state.clone();
      if (kind === null) taken.addEffect({ k: 'kind', memory: address, kind: row.kind, is: true, site });
      if (memory) taken.setObject(memory.base, { kind: row.kind });
      this.memory.free(
        taken,
        freeEffect(row, address, name, site, size, texts[row.address] ?? ''),
        this.here(site),
      );
      result.push({ state: taken, result: this.terms.int(1) });
    }
    if (kind === null || kind !== row.kind) {
      if (kind === null) state.addEffect({ k: 'kind', memory: address, kind: row.kind, is: false, site });
      result.push({ state, result: this.terms.int(0) });
    }
    return result;
  }

  private mapCall(
    state: State,
    name: string,
    row: Extract<ApiRow, { k: 'map' }>,
    args: readonly Term[],
    site: Site,
  ): { state: State; result: Term | null }[] {
    const { terms } = this;
    const address = args[row.memory] ?? terms.fresh('memory');
    const attribute = this.attributeOf(row.attribute, args);
    const user = row.alias === 'user';
    const alias = terms.obj(site);
    this.renew(state, alias);
    const fail = state.clone();
    this.memory.map(
      state,
      { k: 'map', memory: address, alias, attribute, user, callee: name, site },
      this.here(site),
    );
    if (user) return [{ state, result: null }];
    const failed =
      row.failure === 'errptr'
        ? terms.op('err-ptr', [terms.op('neg', [terms.constant('ENOMEM')])])
        : terms.int(0);
    return row.failure === 'none'
      ? [{ state, result: alias }]
      : [
          { state, result: alias },
          { state: fail, result: failed },
        ];
  }

  private attributeOf(
    attribute: Extract<ApiRow, { k: 'map' }>['attribute'],
    args: readonly Term[],
  ): Attribute {
    if (typeof attribute === 'string') return attribute === 'same' ? 'unknown' : attribute;
    const prot = args[attribute.protArg];
    if (!prot) return 'unknown';
    if (prot.k === 'op' && prot.op === 'prot:shared') return 'shared';
    if (prot.k === 'op' && prot.op === 'prot:private') return 'private';
    if (prot.k === 'const' && this.vocabulary.row(prot.name, 'prot')?.attribute === 'private')
      return 'private';
    return 'unknown';
  }

  private lock(
    state: State,
    name: string,
    row: Extract<ApiRow, { k: 'lock' }>,
    args: readonly Term[],
    site: Site,
  ): void {
    if (!row.forbidsSleep) return;
    const key = `${row.lock === 'raw-spin' ? 'spin' : row.lock}:${row.arg === null ? '' : (args[row.arg]?.key ?? '')}`;
    if (row.op === 'release') {
      state.locks = dropLock(state.locks, key);
      return;
    }
    if (row.op === 'try') return;
    const node = this.memory.node(
      state,
      this.here(site),
      { k: 'lock', callee: name, op: 'acquire' },
      null,
      0,
      0,
    );
    state.locks = [...state.locks, { key, callee: name, forbidsSleep: true, node }];
  }

  private defer(
    state: State,
    name: string,
    row: Extract<ApiRow, { k: 'defer' }>,
    args: readonly Term[],
    site: Site,
  ): { state: State; result: Term | null }[] {
    const callback = args[row.callback];
    if (callback?.k !== 'addr' || callback.path.root.k !== 'global') return [{ state, result: null }];
    const data = row.data === null ? null : (args[row.data] ?? null);
    const name_ = callback.path.root.name;
    state.addEffect({ k: 'defer', callback: name_, data, context: row.context, callee: name, site });
    this.memory.node(state, this.here(site), { k: 'defer', callee: name, callback: name_ }, null, 0, 0);
    this.deferred({ callback: name_, data, context: row.context, callee: name, site, state: state.clone() });
    return [{ state, result: null }];
  }

  private contents(
    state: State,
    name: string,
    row: Extract<ApiRow, { k: 'contents' }>,
    args: readonly Term[],
    site: Site,
  ): void {
    const here = this.here(site);
    if (row.reads !== null && args[row.reads])
      this.memory.contents(
        state,
        { k: 'contents', memory: args[row.reads]!, op: 'read', callee: name, site },
        here,
      );
    const target = row.writes === null ? undefined : args[row.writes];
    if (!target) return;
    this.memory.contents(state, { k: 'contents', memory: target, op: 'write', callee: name, site }, here);
    const zero =
      row.op === 'zero' ||
      (row.op === 'fill' &&
        args[row.writes! + 1]?.k === 'int' &&
        (args[row.writes! + 1] as { value: number }).value === 0);
    const path = this.terms.deref(target);
    if (zero) {
      state.zero(path);
      if (path.root.k !== 'local') state.addEffect({ k: 'zero', path, site });
    } else if (target.k === 'addr' && target.path.root.k === 'local')
      state.write(target.path, this.terms.fresh(name));
  }

  /** `no_free_ptr(p)`, `xchg(&p, v)`, `smp_store_release(&p, v)`: what was there, and what is there now. */
  private replacing(
    state: State,
    row: Extract<ApiRow, { k: 'accessor' }>,
    args: readonly Term[],
    instr: Call | null,
    site: Site,
  ): { state: State; result: Term | null }[] {
    const { terms } = this;
    const { fn } = this.frame;
    const target = instr?.args[row.arg];
    if (!target) return [{ state, result: terms.fresh('exchange') }];
    const path =
      row.op === 'take'
        ? this.evaluator.path(fn, target, state)
        : terms.deref(args[row.arg] ?? terms.fresh('cell'));
    const before = state.read(path, terms);
    const value = row.op === 'take' ? terms.int(0) : row.value === undefined ? undefined : args[row.value];
    if (value) this.store(state, path, value, site, this.frame.text(target), '');
    return [{ state, result: row.op === 'write-through' ? terms.int(0) : before }];
  }

  private accessor(
    state: State,
    row: Extract<ApiRow, { k: 'accessor' }>,
    args: readonly Term[],
    instr: Call | null,
    site: Site,
  ): { state: State; result: Term | null }[] {
    const { terms } = this;
    const arg = args[row.arg] ?? terms.fresh('accessor');
    const go = (result: Term) => [{ state, result }];
    switch (row.op) {
      case 'container-of': {
        const member = instr?.args[row.arg + 2];
        const type = instr?.args[row.arg + 1];
        const name =
          member?.k === 'name' || member?.k === 'local'
            ? member.name
            : member?.k === 'field'
              ? member.name
              : '?';
        return go(this.evaluator.containerOf(type?.k === 'type' ? (type.type.tag ?? '') : '', name, arg));
      }
      case 'write-once': {
        const target = instr?.args[row.arg];
        const value = row.value === undefined ? undefined : args[row.value];
        if (target && value) {
          const path = this.evaluator.path(this.frame.fn, target, state);
          this.store(state, path, value, site, this.frame.text(target), '');
        }
        return go(terms.int(0));
      }
      case 'take':
      case 'exchange':
      case 'write-through':
        return this.replacing(state, row, args, instr, site);
      case 'read-through':
        return go(state.read(terms.deref(arg), terms));
      case 'read-once':
      case 'rcu-dereference':
      case 'address-of':
        return go(arg);
      case 'this-cpu':
        return go(terms.op('this-cpu', [arg]));
      case 'this-cpu-read':
        return go(state.read(terms.deref(terms.op('this-cpu', [arg])), terms));
      case 'this-cpu-write': {
        const value = row.value === undefined ? undefined : args[row.value];
        if (value) {
          const path = terms.deref(terms.op('this-cpu', [arg]));
          this.store(state, path, value, site, 'this_cpu', '');
        }
        return go(terms.int(0));
      }
      case 'per-cpu-var': {
        // An lvalue: what it holds where it is read, its address under `&`.
        const index = row.index === undefined ? undefined : args[row.index];
        return go(terms.op('per-cpu', index ? [arg, index] : [arg]));
      }
      case 'per-cpu':
        return go(
          terms.op('per-cpu', row.index === undefined || !args[row.index] ? [arg] : [arg, args[row.index]!]),
        );
      case 'drvdata-get':
        return go(terms.op('drvdata', [arg]));
      case 'drvdata-set':
        return go(terms.int(0));
      default:
        return go(terms.fresh('accessor'));
    }
  }
}

/** Rows that say all that the call does to what its arguments point to. */
const speaking = new Set<ApiRow['k']>([
  'alloc',
  'free',
  'transition',
  'map',
  'unmap',
  'contents',
  'container',
  'loop',
  'noreturn',
]);

/** Rows that stand even where the file itself defines the name. */
const believed = new Set<ApiRow['k']>(['transition', 'platform-guard', 'stable']);

/** Rows of calls that change nothing: that one path makes them and another does not is no difference. */
const telling = new Set<ApiRow['k']>([
  'harmless',
  'condition',
  'platform-guard',
  'stable',
  'same',
  'size',
  'error',
  'accessor',
  'lock',
  'prot',
]);

function dropLock<T extends { readonly key: string }>(locks: readonly T[], key: string): readonly T[] {
  const at = locks.map((l) => l.key).lastIndexOf(key);
  return at < 0 ? locks : [...locks.slice(0, at), ...locks.slice(at + 1)];
}

/** `GFP_KERNEL | __GFP_ZERO`, on some path at least. */
function mentionsZero(gfp: Term | undefined): boolean {
  if (!gfp) return false;
  for (const t of subterms(gfp)) if (t.k === 'const' && t.name === '__GFP_ZERO') return true;
  return false;
}

/** Classes of a value that is no pointer. */
export const integers = Z | N | P;
/** Classes of a value that is a pointer, an error pointer or NULL. */
export const pointers = Z | PTR | ERR;
