import {
  add,
  all,
  always,
  any,
  become,
  type Condition,
  count,
  type Effect,
  is,
  never,
  not,
  ProcessBuilder,
  type Program,
  type Variable,
  variable,
} from '../core/program.ts';
import { type Edit, edited, type Protocol, type ProtocolStep } from '../protocol.ts';
import type { Property, StepLabel } from '../step.ts';

/** What KVM asks the TDX module for. */
export type SeptCall = 'add' | 'aug' | 'block' | 'track' | 'remove' | 'reclaim';

export type SeptOp =
  /** A frozen entry is nobody else's to change; the value that it must have had comes from the protocol. */
  | { readonly k: 'freeze' }
  | { readonly k: 'hook'; readonly call: SeptCall }
  | { readonly k: 'set'; readonly value: 'final' | 'old' }
  /** Later, by RCU: what the pointer leads to goes back to the allocator. */
  | { readonly k: 'free' }
  /** The pointer to the page becomes NULL. */
  | { readonly k: 'forget' }
  | { readonly k: 'count' }
  | { readonly k: 'lock'; readonly mode: 'read' | 'write' }
  | { readonly k: 'unlock' };

/** A step, and what becomes of it if the TDX module is busy or refuses. */
export interface SeptStep extends ProtocolStep {
  readonly op: SeptOp;
  /** How a hook fails. `return` or `continue` once the steps of the way `failed` are done. */
  readonly fails?: { readonly error: string; readonly then: 'return' | 'continue'; readonly source: string };
}

export type SeptWay = 'done' | 'failed';

/** A change of one entry, or of the page that held a table: then `entry` is null. */
export interface SeptProtocol extends Protocol<SeptStep, SeptWay> {
  readonly entry: {
    readonly level: '2M' | '4K';
    readonly from: 'none' | 'present';
    readonly to: 'none' | 'present';
  } | null;
}

export type SeptProtocols = Readonly<Record<string, SeptProtocol>>;

/** Changes of one path through a Secure EPT, at the same time, and one question. */
export interface SeptScenario {
  readonly family: 'sept';
  readonly property: Property;
  /** The actors, in the order of their numbers. */
  readonly actors: readonly {
    readonly protocol: string;
    readonly edits?: { readonly [W in SeptWay]?: readonly Edit<SeptStep>[] };
  }[];
  /** What is linked when it begins: nothing, the table, or the table and a page. */
  readonly initially: 'empty' | 'table' | 'page';
  /** Hooks may fail. */
  readonly fails?: boolean;
}

const asked: readonly Property[] = ['P-sept', 'P-hkid', 'P-orphan', 'P-leaks'];

/**
 * The program of changes to a Secure EPT and its mirror.
 *
 * @throws RangeError on a name that the protocols do not have, and on a property that is not one of a Secure EPT.
 */
export function buildSept(scenario: SeptScenario, protocols: SeptProtocols): Program<StepLabel> {
  if (!asked.includes(scenario.property)) throw new RangeError(`S-EPT is not asked for ${scenario.property}`);
  return new Sept(scenario, protocols).program();
}

/** Writes the processes over one set of variables. */
class Sept {
  private readonly variables: Variable[] = [];
  /** The mirror: what KVM reads and writes. */
  private readonly spte: Readonly<Record<'2M' | '4K', Variable>>;
  /** What the TDX module keeps. */
  private readonly table: Variable;
  private readonly leaf: Variable;
  /** The page that a vCPU's TLB translates to. */
  private readonly tlb: Variable;
  private readonly lock: Variable;
  private readonly owner: Variable;
  private readonly pointer: Variable;
  private readonly key: Variable;
  /** Leaked pages that somebody can find out about. */
  private readonly counted: Variable;

  constructor(
    private readonly scenario: SeptScenario,
    private readonly protocols: SeptProtocols,
  ) {
    const frozen = scenario.actors.map((_, i) => frozenBy(i));
    const { initially } = scenario;
    const mirror = (level: string, present: boolean): Variable =>
      this.make(`spte_${level}`, ['none', 'present', ...frozen], present ? 'present' : 'none');
    this.spte = { '2M': mirror('2M', initially !== 'empty'), '4K': mirror('4K', initially === 'page') };
    this.table = this.make('sept_2M', ['none', 'table'], initially === 'empty' ? 'none' : 'table');
    this.leaf = this.make(
      'sept_4K',
      ['none', 'old_page', 'new_page', 'blocked'],
      initially === 'page' ? 'old_page' : 'none',
    );
    this.tlb = this.make('tlb', ['none', 'old_page', 'new_page'], 'none');
    const readers = scenario.actors.map((_, i) => `read_${i + 1}`);
    this.lock = this.make('mmu_lock', ['free', ...readers, 'write'], 'free');
    this.owner = this.make('owner', ['kvm', 'allocator', 'next'], 'kvm');
    this.pointer = this.make('pointer', ['page', 'NULL'], 'page');
    this.key = this.make('hkid', ['kernel', 'guest'], 'guest');
    this.counted = this.make('counted', count(1), '0');
  }

  program(): Program<StepLabel> {
    const actors = this.scenario.actors.map((_, index) => new Actor(this, this.scenario, index));
    const processes = [...actors.map((actor) => actor.write(this.protocols)), this.guest(), this.nextOwner()];
    return {
      variables: this.variables,
      processes: processes.map((process) => process.build()),
      invariant: always,
      halted: never,
    };
  }

  private make(name: string, values: readonly string[], initial: string): Variable {
    const made = variable(name, values, initial);
    this.variables.push(made);
    return made;
  }

  entry(level: '2M' | '4K'): Variable {
    return this.spte[level];
  }

  /** When the TDX module takes a call, and what the call does. */
  call(call: SeptCall): { readonly lawful: Condition; readonly effects: readonly Effect[] } {
    switch (call) {
      case 'add':
        return { lawful: is(this.table, 'none'), effects: [become(this.table, 'table')] };
      case 'aug':
        return {
          lawful: all(is(this.table, 'table'), is(this.leaf, 'none')),
          effects: [become(this.leaf, 'new_page')],
        };
      case 'block':
        return { lawful: is(this.leaf, 'old_page', 'new_page'), effects: [become(this.leaf, 'blocked')] };
      case 'track':
        return { lawful: always, effects: [become(this.tlb, 'none')] };
      case 'remove':
        return {
          lawful: all(is(this.leaf, 'blocked'), is(this.tlb, 'none')),
          effects: [become(this.leaf, 'none')],
        };
      case 'reclaim':
        return { lawful: always, effects: [become(this.key, 'kernel')] };
    }
  }

  /** The ways in which a step that is no hook goes. */
  plain(op: SeptOp): { readonly guard?: Condition; readonly effects: readonly Effect[] }[] {
    switch (op.k) {
      case 'free':
        return [
          {
            guard: is(this.pointer, 'page'),
            effects: [become(this.owner, 'allocator'), become(this.pointer, 'NULL')],
          },
          { guard: is(this.pointer, 'NULL'), effects: [] },
        ];
      case 'forget':
        return [{ effects: [become(this.pointer, 'NULL')] }];
      case 'count':
        return [{ effects: [add(this.counted, 1)] }];
      case 'lock': {
        if (op.mode === 'write')
          return [{ guard: is(this.lock, 'free'), effects: [become(this.lock, 'write')] }];
        const places = this.lock.values.slice(0, -1);
        return places.slice(0, -1).map((held, i) => ({
          guard: is(this.lock, held),
          effects: [become(this.lock, places[i + 1]!)],
        }));
      }
      case 'unlock': {
        const places = this.lock.values.slice(0, -1);
        return this.lock.values.slice(1).map((held) => ({
          guard: is(this.lock, held),
          effects: [become(this.lock, places[places.indexOf(held) - 1] ?? 'free')],
        }));
      }
      default:
        throw new RangeError(`'${op.k}' needs an entry`);
    }
  }

  /** Nobody can reach the page any more: what led to it is gone. */
  lost(): Condition {
    return is(this.owner, 'kvm');
  }

  /** As many pages are lost as are counted. */
  countedRight(): Condition {
    return any(all(this.lost(), is(this.counted, '1')), all(not(this.lost()), is(this.counted, '0')));
  }

  private guest(): ProcessBuilder<StepLabel> {
    const process = new ProcessBuilder<StepLabel>('guest');
    for (const page of ['old_page', 'new_page'])
      process.edge(
        0,
        0,
        { actor: 'guest', action: 'uses the page', page: 0, outcome: 'ok' },
        { guard: all(is(this.leaf, page), is(this.tlb, 'none')), effects: [become(this.tlb, page)] },
      );
    return process;
  }

  private nextOwner(): ProcessBuilder<StepLabel> {
    const process = new ProcessBuilder<StepLabel>('next_owner');
    const label = { actor: 'next owner', page: 0, mapping: 'direct' } as const;
    process.edge(
      0,
      0,
      { ...label, action: 'gets the page' },
      { guard: is(this.owner, 'allocator'), effects: [become(this.owner, 'next')] },
    );
    process.edge(
      0,
      0,
      { ...label, action: 'writes the page', outcome: 'ok' },
      { guard: all(is(this.owner, 'next'), is(this.key, 'kernel')) },
    );
    process.edge(
      0,
      0,
      {
        ...label,
        action: 'uses a page with the key of the guest',
        outcome: 'ciphertext',
        harm: 'corruption',
      },
      {
        guard: all(is(this.owner, 'next'), is(this.key, 'guest')),
        breaks: this.scenario.property === 'P-hkid' ? always : never,
      },
    );
    return process;
  }
}

/** One vCPU, or whoever removes something. */
class Actor {
  private readonly process: ProcessBuilder<StepLabel>;
  private readonly actor: string;

  constructor(
    private readonly sept: Sept,
    private readonly scenario: SeptScenario,
    private readonly index: number,
  ) {
    this.process = new ProcessBuilder(`vcpu_${index + 1}`);
    this.actor = `vCPU ${index + 1}`;
  }

  write(protocols: SeptProtocols): ProcessBuilder<StepLabel> {
    const { protocol: name, edits } = this.scenario.actors[this.index]!;
    const protocol = protocols[name];
    if (protocol === undefined)
      throw new RangeError(`no protocol '${name}' among ${Object.keys(protocols).join(', ')}`);
    const returns = this.process.location();
    this.returns(returns, protocol);
    this.list(0, returns, edited(protocol.ways.done, edits?.done ?? []), protocol, (from, to) =>
      this.list(from, to, edited(protocol.ways.failed, edits?.failed ?? []), protocol, null),
    );
    return this.process;
  }

  /** The steps from one location to another. `recover` writes what follows on a failure. */
  private list(
    from: number,
    end: number,
    steps: readonly SeptStep[],
    protocol: SeptProtocol,
    recover: ((from: number, to: number) => void) | null,
  ): void {
    let at = from;
    steps.forEach((step, i) => {
      const to = i === steps.length - 1 ? end : this.process.location();
      const label: StepLabel = { actor: this.actor, action: step.title, step: step.id };
      if (step.op.k === 'hook') this.hook({ at, to, end }, step, step.op.call, label, recover);
      else for (const way of this.waysOf(step.op, protocol)) this.process.edge(at, to, label, way);
      at = to;
    });
    if (steps.length === 0)
      this.process.edge(from, end, { actor: this.actor, action: 'does nothing about it' });
  }

  private hook(
    { at, to, end }: { readonly at: number; readonly to: number; readonly end: number },
    step: SeptStep,
    call: SeptCall,
    label: StepLabel,
    recover: ((from: number, to: number) => void) | null,
  ): void {
    const { lawful, effects } = this.sept.call(call);
    this.process.edge(at, to, label, { guard: lawful, effects });
    const failed = this.process.location();
    const breaks = this.scenario.property === 'P-sept' ? always : never;
    this.process.edge(
      at,
      failed,
      { ...label, error: 'refused by the TDX module' },
      { guard: not(lawful), breaks },
    );
    const failing = this.scenario.fails ? step.fails : undefined;
    if (failing !== undefined) this.process.edge(at, failed, { ...label, error: failing.error });
    recover?.(failed, failing?.then === 'continue' ? to : end);
  }

  private waysOf(
    op: SeptOp,
    protocol: SeptProtocol,
  ): readonly { readonly guard?: Condition; readonly effects: readonly Effect[] }[] {
    if (op.k !== 'freeze' && op.k !== 'set') return this.sept.plain(op);
    if (protocol.entry === null) throw new RangeError(`'${protocol.id}' has no entry`);
    const { level, from, to } = protocol.entry;
    const spte = this.sept.entry(level);
    const mine = frozenBy(this.index);
    if (op.k === 'set' && op.value === 'old') return [{ effects: [become(spte, from)] }];
    // Of an entry that is not frozen: compare and exchange.
    if (op.k === 'set') return [{ guard: is(spte, from, mine), effects: [become(spte, to)] }];
    // A walk gets to an entry of a table only through an entry that is present: frozen ones are waited for.
    const reached = level === '4K' ? is(this.sept.entry('2M'), 'present') : always;
    return [{ guard: all(reached, is(spte, from)), effects: [become(spte, mine)] }];
  }

  /** Where an actor gives control back: what it leaves behind counts now. */
  private returns(at: number, protocol: SeptProtocol): void {
    const end = this.process.location();
    const label = { actor: this.actor, action: 'returns' };
    if (protocol.entry !== null) {
      const orphaned = is(this.sept.entry(protocol.entry.level), frozenBy(this.index));
      this.process.edge(at, end, label, { breaks: this.scenario.property === 'P-orphan' ? orphaned : never });
      return;
    }
    const lost = this.sept.lost();
    const breaks = this.scenario.property === 'P-leaks' ? not(this.sept.countedRight()) : never;
    this.process.edge(at, end, { ...label, action: 'returns, the page is lost' }, { guard: lost, breaks });
    this.process.edge(at, end, label, { guard: not(lost), breaks });
  }
}

const frozenBy = (index: number): string => `frozen_${index + 1}`;
