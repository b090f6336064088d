import {
  add,
  all,
  always,
  any,
  become,
  type Condition,
  count,
  derive,
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
export type SeptCall = 'add' | 'aug' | 'block' | 'track' | 'remove' | 'wbinvd' | 'reclaim';

export type SeptOp =
  /** A frozen entry is nobody else's to change; the value that it must have had comes from the protocol. */
  | { readonly k: 'freeze' }
  | { readonly k: 'hook'; readonly call: SeptCall }
  | { readonly k: 'set'; readonly value: 'final' | 'old' }
  /** What the pointer leads to goes back to the allocator: by RCU in the thread, at once in Linux 7.3. */
  | { readonly k: 'free' }
  /** The pointer to the page becomes NULL. */
  | { readonly k: 'forget' }
  | { readonly k: 'count' }
  | { readonly k: 'lock'; readonly mode: 'read' | 'write' }
  | { readonly k: 'unlock' }
  /** The VM is dead: its guest runs no more, and causes no fault. */
  | { readonly k: 'bug' };

/** A step, and what becomes of it if the TDX module is busy or refuses. */
export interface SeptStep extends ProtocolStep {
  readonly op: SeptOp;
  /** How a hook fails. `return` or `continue` once the steps of the way `failed` are done. */
  readonly fails?: { readonly error: string; readonly then: 'return' | 'continue'; readonly source: string };
}

export type SeptWay = 'done' | 'failed';

/** Who changes something: a vCPU in a fault, whoever removes what is mapped, or whoever ends the VM. */
export type SeptActor = 'vCPU' | 'zapper' | 'tear-down thread';

/** A change of one entry, or of the page that held a table: then `entry` is null. */
export interface SeptProtocol extends Protocol<SeptStep, SeptWay> {
  readonly actor: SeptActor;
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

/** One way in which a step that is no hook goes. */
interface SeptResult {
  readonly guard?: Condition;
  readonly effects: readonly Effect[];
  /** In place of the title of the step. */
  readonly action?: string;
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
  private readonly vm: Variable;
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
    this.vm = this.make('vm', ['live', 'dead'], 'live');
    this.owner = this.make('owner', ['kvm', 'allocator', 'next'], 'kvm');
    this.pointer = this.make('pointer', ['page', 'NULL'], 'page');
    this.key = this.make('hkid', ['kernel', 'guest'], 'guest');
    this.counted = this.make('counted', count(1), '0');
  }

  program(): Program<StepLabel> {
    const { scenario, protocols } = this;
    const actors = scenario.actors.map((_, index) => new Actor(this, scenario, protocols, index));
    const processes = [...actors.map((actor) => actor.write()), this.guest(), this.nextOwner()];
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
      case 'wbinvd':
        // What the TDX module still has is written again with the same key.
        return {
          lawful: always,
          effects: [derive(this.key, this.leaf, (held) => (held === 'none' ? 'kernel' : 'guest'))],
        };
      case 'reclaim':
        return { lawful: always, effects: [become(this.key, 'kernel')] };
    }
  }

  /** The ways in which a step that is no hook goes. */
  plain(op: SeptOp): readonly SeptResult[] {
    switch (op.k) {
      case 'free':
        return [
          {
            guard: is(this.pointer, 'page'),
            effects: [become(this.owner, 'allocator'), become(this.pointer, 'NULL')],
          },
          { guard: is(this.pointer, 'NULL'), effects: [], action: 'has no page to free' },
        ];
      case 'forget':
        return [{ effects: [become(this.pointer, 'NULL')] }];
      case 'count':
        return [{ effects: [add(this.counted, 1)] }];
      case 'bug':
        return [{ effects: [become(this.vm, 'dead')] }];
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

  /** Whether a guest runs that can cause a fault. */
  runs(): Condition {
    return is(this.vm, 'live');
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
    const process = new ProcessBuilder<StepLabel>('guest', this.runs());
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

function protocolOf(protocols: SeptProtocols, name: string): SeptProtocol {
  const found = protocols[name];
  if (found === undefined)
    throw new RangeError(`no protocol '${name}' among ${Object.keys(protocols).join(', ')}`);
  return found;
}

/** One vCPU, or whoever removes something. */
class Actor {
  private readonly process: ProcessBuilder<StepLabel>;
  private readonly protocol: SeptProtocol;
  private readonly actor: string;

  constructor(
    private readonly sept: Sept,
    private readonly scenario: SeptScenario,
    protocols: SeptProtocols,
    private readonly index: number,
  ) {
    const kinds = scenario.actors.map(({ protocol }) => protocolOf(protocols, protocol).actor);
    const kind = kinds[index]!;
    const number = kinds.slice(0, index + 1).filter((other) => other === kind).length;
    this.protocol = protocolOf(protocols, scenario.actors[index]!.protocol);
    this.process = new ProcessBuilder(`${kind.toLowerCase().replace(/\W/g, '_')}_${number}`);
    // Only two of a kind need numbers.
    this.actor = kinds.indexOf(kind) === kinds.lastIndexOf(kind) ? kind : `${kind} ${number}`;
  }

  /** @throws RangeError if edits leave nothing to do. */
  write(): ProcessBuilder<StepLabel> {
    const { edits } = this.scenario.actors[this.index]!;
    const { ways } = this.protocol;
    const done = edited(ways.done, edits?.done ?? []);
    if (done.length === 0) throw new RangeError(`'${this.protocol.id}' has no step left`);
    const returns = this.process.location();
    this.returns(returns);
    this.list(0, returns, done, edited(ways.failed, edits?.failed ?? []));
    return this.process;
  }

  /** The steps from one location to another, and behind each hook what follows if it fails. */
  private list(from: number, end: number, steps: readonly SeptStep[], failed: readonly SeptStep[]): void {
    let at = from;
    steps.forEach((step, i) => {
      const to = i === steps.length - 1 ? end : this.process.location();
      const label: StepLabel = { actor: this.actor, action: step.title, step: step.id };
      if (step.op.k === 'hook') this.hook({ at, to, end }, step, step.op.call, label, failed);
      else
        for (const { action = step.title, ...way } of this.waysOf(step.op))
          this.edge(at, to, { ...label, action }, way);
      at = to;
    });
  }

  /** A vCPU begins because its guest runs. */
  private edge(
    from: number,
    to: number,
    label: StepLabel,
    how: NonNullable<Parameters<ProcessBuilder<StepLabel>['edge']>[3]>,
  ): void {
    const begins = from === 0 && this.protocol.actor === 'vCPU' ? this.sept.runs() : always;
    this.process.edge(from, to, label, { ...how, guard: all(begins, how.guard ?? always) });
  }

  private hook(
    { at, to, end }: { readonly at: number; readonly to: number; readonly end: number },
    step: SeptStep,
    call: SeptCall,
    label: StepLabel,
    failed: readonly SeptStep[],
  ): void {
    const { lawful, effects } = this.sept.call(call);
    const failing = this.scenario.fails ? step.fails : undefined;
    const after = failing?.then === 'continue' ? to : end;
    const recovery = failed.length === 0 ? after : this.process.location();
    this.edge(at, to, label, { guard: lawful, effects });
    this.edge(
      at,
      recovery,
      { ...label, error: 'refused by the TDX module' },
      { guard: not(lawful), breaks: this.scenario.property === 'P-sept' ? always : never },
    );
    if (failing !== undefined) this.edge(at, recovery, { ...label, error: failing.error }, {});
    if (failed.length > 0) this.list(recovery, after, failed, []);
  }

  private waysOf(op: SeptOp): readonly SeptResult[] {
    if (op.k !== 'freeze' && op.k !== 'set') return this.sept.plain(op);
    const { entry, id } = this.protocol;
    if (entry === null) throw new RangeError(`'${id}' has no entry`);
    const { level, from, to } = entry;
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
  private returns(at: number): void {
    const end = this.process.location();
    const label = { actor: this.actor, action: 'returns' };
    const { entry } = this.protocol;
    if (entry !== null) {
      const orphaned = is(this.sept.entry(entry.level), frozenBy(this.index));
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
