import { zeroingFlags } from '../kernel/attributes.ts';
import type { ApiRow } from '../kernel/types.ts';
import type { Attribute } from '../model/generic.ts';
import { Accessors } from './accessors.ts';
import {
  type CallContext,
  type CallMade,
  CallPart,
  here,
  type Outcome,
  speaking,
  telling,
} from './call-context.ts';
import { ContractCalls } from './contract-calls.ts';
import { classOf } from './facts.ts';
import { ERR, N, P, type State, Z } from './state.ts';
import { freeEffect } from './summary.ts';
import { type Site, subterms, type Term } from './terms.ts';
import { pathText } from './text.ts';

/** What the interpreter does for a call, whoever answers it. */
export interface CallHooks {
  setResult(state: State, dst: number | null, value: Term): void;
  unknownResult(name: string, args: readonly Term[], dst: number | null): Term;
  forgetLocals(state: State, args: readonly Term[], site: Site): void;
}

/** Calls that the vocabulary has rows of: each row is an event, a fact or a value. */
export class VocabularyCalls extends CallPart {
  private readonly accessors: Accessors;
  private readonly contracts: ContractCalls;

  constructor(
    context: CallContext,
    private readonly hooks: CallHooks,
  ) {
    super(context);
    this.accessors = new Accessors(context);
    this.contracts = new ContractCalls(context);
  }

  /** All states after a call that the vocabulary knows, each with its result stored. */
  run(state: State, rows: readonly ApiRow[], call: CallMade): State[] {
    const { name, args, site, dst } = call;
    // What the rows do not speak of may still write through a pointer to a local.
    if (!rows.some((r) => telling.has(r.k) || speaking.has(r.k))) this.hooks.forgetLocals(state, args, site);
    let states = [state];
    rows = rows.filter((row) => row.k !== 'transition' || !row.implementation);
    let result: Term | null = null;
    const order = (row: ApiRow) => (row.k === 'sleeps' ? 0 : 1);
    for (const row of [...rows].sort((a, b) => order(a) - order(b))) {
      const next: State[] = [];
      for (const s of states) {
        const outcome = this.applyRow(s, row, call);
        for (const o of outcome) {
          if (o.result) {
            result = o.result;
            this.hooks.setResult(o.state, dst, o.result);
          }
          next.push(o.state);
        }
      }
      states = next;
    }
    if (!result && dst !== null) {
      const value = this.hooks.unknownResult(name, args, dst);
      for (const s of states) this.hooks.setResult(s, dst, value);
    }
    return states;
  }

  private applyRow(state: State, row: ApiRow, call: CallMade): Outcome[] {
    const { name, args, texts, site } = call;
    const { terms } = this;
    const where = here(site);
    const go = (result: Term | null = null) => [{ state, result }];
    if ('undeclared' in row && row.undeclared !== undefined) return go();
    if ('contract' in row && row.contract !== undefined)
      return this.contracts.run(state, { ...call, contract: row.contract });
    switch (row.k) {
      case 'transition':
        return this.transition(state, row, call);
      case 'alloc': {
        const fail = state.clone();
        const failed =
          row.failure === 'errptr'
            ? terms.op('err-ptr', [terms.op('neg', [terms.constant('ENOMEM')])])
            : terms.int(0);
        const memory = terms.obj(site);
        this.stores.renew(state, memory);
        const size = this.sizes.fromSpec(row.size, args, texts);
        if (row.size && 'arg' in row.size && args[row.size.arg])
          this.sizes.reveal(args[row.size.arg]!, row.size.unit);
        const zeroed =
          row.zeroed === true || (typeof row.zeroed === 'object' && mentionsZero(args[row.zeroed.gfpArg]));
        if (zeroed) state.zero(terms.deref(memory));
        const wholePages = row.wholePages || this.isWholePages(size);
        const managed = row.managed === true;
        const info = { kind: row.kind, callee: name, size, wholePages, zeroed, managed };
        this.memory.alloc(state, memory, info, where);
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
        if (row.onlyKind) return this.dispatchingFree(state, row, address, call);
        if (classOf(address, state) === Z || classOf(address, state) === ERR) return go();
        const size = this.sizes.fromSpec(row.size, args, texts);
        if (row.size && 'arg' in row.size && args[row.size.arg])
          this.sizes.reveal(args[row.size.arg]!, row.size.unit);
        this.memory.free(state, freeEffect(row, address, name, site, size, texts[row.address] ?? ''), where);
        return go();
      }
      case 'same':
        // The page behind a vmalloc address is another address of its own: that of the linear map.
        if (row.from === 'vmalloc') return go(terms.op('linear', [args[row.arg] ?? terms.fresh('page')]));
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
        return this.mapCall(state, row, call);
      case 'unmap': {
        const what = args[row.address];
        if (what) this.memory.unmap(state, { k: 'unmap', memory: what, callee: name, site }, where);
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
        return this.lock(state, row, call);
      case 'defer':
        return this.defer(state, row, call);
      case 'publish': {
        const what = args[row.memory];
        if (what)
          this.memory.publish(state, { k: 'publish', memory: what, to: row.to, callee: name, site }, where);
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
        this.contents(state, row, call);
        return go(row.writes !== null ? (args[row.writes] ?? null) : null);
      case 'container': {
        const what = row.memory === null ? undefined : args[row.memory];
        if (what && row.op === 'insert') state.addEffect({ k: 'escape', memory: what, site });
        return go();
      }
      case 'accessor':
        return this.accessors.apply(state, row, args, call.instr, site);
      case 'harmless':
        return go(row.pure ? this.evaluator.predicate(name, args, state) : null);
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
    row: Extract<ApiRow, { k: 'transition' }>,
    { name, args, texts, site, discarded: dropped }: CallMade,
  ): Outcome[] {
    const { terms } = this;
    this.counters.transitions++;
    const address = args[row.address];
    if (!address) return [{ state, result: null }];
    if (row.sleeps) this.memory.sleep(state, name, here(site), site);
    const extent = this.sizes.fromSpec(row.extent, args, texts);
    const subject = this.memory.objectOf(address, state);
    if (row.extent !== null && 'arg' in row.extent) {
      this.memory.judgeUnit(state, extent, row.extent.unit, name, here(site), subject, row.to);
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
        here(site),
      );
      return { state: s, result };
    });
  }

  private dispatchingFree(
    state: State,
    row: Extract<ApiRow, { k: 'free' }>,
    address: Term,
    { name, args, texts, site }: CallMade,
  ): Outcome[] {
    const memory = this.evaluator.memoryOf(address, state);
    const kind = memory ? state.object(memory.base).kind : null;
    const size = this.sizes.fromSpec(row.size, args, texts);
    const result: Outcome[] = [];
    if (kind === null || kind === row.kind) {
      const taken = state.clone();
      if (kind === null) taken.addEffect({ k: 'kind', memory: address, kind: row.kind, is: true, site });
      if (memory) taken.setObject(memory.base, { kind: row.kind });
      this.memory.free(
        taken,
        freeEffect(row, address, name, site, size, texts[row.address] ?? ''),
        here(site),
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
    row: Extract<ApiRow, { k: 'map' }>,
    { name, args, site }: CallMade,
  ): Outcome[] {
    const { terms } = this;
    // An array names the pages, one allocation of them as a rule; what happens to the mapping says nothing about the array.
    const given = args[row.memory];
    const named = row.memoryIs === 'pages' || row.memoryIs === 'pfns';
    const address = (named && given ? this.firstOf(given, state) : given) ?? terms.fresh('pages');
    // A temporary mapping with the memory's own attribute is as good as the memory's address.
    if (row.alias === 'kmap' && row.attribute === 'same') return [{ state, result: address }];
    const failed =
      row.failure === 'errptr'
        ? terms.op('err-ptr', [terms.op('neg', [terms.constant('ENOMEM')])])
        : terms.int(0);
    if (row.alias === 'uncached')
      return [
        { state: state.clone(), result: address },
        { state, result: failed },
      ];
    const attribute = this.attributeOf(row.attribute, args);
    const user = row.alias === 'user';
    const alias = terms.obj(site);
    this.stores.renew(state, alias);
    const fail = state.clone();
    this.memory.map(
      state,
      { k: 'map', memory: address, alias, attribute, user, callee: name, site },
      here(site),
    );
    if (user) return [{ state, result: null }];
    return row.failure === 'none'
      ? [{ state, result: alias }]
      : [
          { state, result: alias },
          { state: fail, result: failed },
        ];
  }

  /** What the first element of an array was set to on this path; nothing if something was added to it, which may lead elsewhere. */
  private firstOf(array: Term, state: State): Term | undefined {
    const { terms } = this;
    const first = state.cells.get(terms.index(terms.deref(array), terms.int(0)));
    const isWhole = first !== undefined && this.evaluator.memoryOf(first, state)?.offset === null;
    return isWhole ? first : undefined;
  }

  private attributeOf(
    attribute: Extract<ApiRow, { k: 'map' }>['attribute'],
    args: readonly Term[],
  ): Attribute {
    if (typeof attribute === 'string') return attribute === 'same' ? 'unknown' : attribute;
    const prot = args[attribute.protArg];
    return (prot && this.evaluator.attributeOf(prot)) ?? 'unknown';
  }

  private lock(state: State, row: Extract<ApiRow, { k: 'lock' }>, { name, args, site }: CallMade): Outcome[] {
    if (!row.forbidsSleep) return [{ state, result: null }];
    const lock = row.lock === 'raw-spin' ? 'spin' : row.lock;
    const address = row.arg === null ? null : (args[row.arg] ?? null);
    const effect = { k: 'lock', lock, address, callee: name, site } as const;
    if (row.op === 'try') {
      const failed = state.clone();
      this.memory.lock(state, { ...effect, op: 'acquire' }, here(site));
      return [
        { state, result: this.terms.int(1) },
        { state: failed, result: this.terms.int(0) },
      ];
    }
    this.memory.lock(state, { ...effect, op: row.op }, here(site));
    return [{ state, result: null }];
  }

  private defer(
    state: State,
    row: Extract<ApiRow, { k: 'defer' }>,
    { name, args, site }: CallMade,
  ): Outcome[] {
    const callback = args[row.callback];
    if (callback?.k !== 'addr' || callback.path.root.k !== 'global') return [{ state, result: null }];
    const data = row.data === null ? null : (args[row.data] ?? null);
    const name_ = callback.path.root.name;
    // What nobody looks at does nothing that matters, whenever it runs.
    if (!this.evaluator.isAnalysed(name_)) return [{ state, result: null }];
    state.addEffect({ k: 'defer', callback: name_, data, context: row.context, callee: name, site });
    this.memory.node(state, here(site), { k: 'defer', callee: name, callback: name_ }, null, 0, 0);
    this.deferred({ callback: name_, data, context: row.context, callee: name, site, state: state.clone() });
    return [{ state, result: null }];
  }

  private contents(
    state: State,
    row: Extract<ApiRow, { k: 'contents' }>,
    { name, args, site }: CallMade,
  ): void {
    const where = here(site);
    if (row.reads !== null && args[row.reads])
      this.memory.contents(
        state,
        { k: 'contents', memory: args[row.reads]!, op: 'read', callee: name, site },
        where,
      );
    const target = row.writes === null ? undefined : args[row.writes];
    if (!target) return;
    this.memory.contents(state, { k: 'contents', memory: target, op: 'write', callee: name, site }, where);
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
      state.write(target.path, this.terms.fresh(pathText(target.path)));
  }
}

/** `GFP_KERNEL | ...` with the flag that asks for zeroed memory, on some path at least. */
function mentionsZero(gfp: Term | undefined): boolean {
  if (!gfp) return false;
  for (const t of subterms(gfp)) if (t.k === 'const' && zeroingFlags.has(t.name)) return true;
  return false;
}
