import type { Expr } from '../ir/types.ts';
import type { AccessorRow } from '../kernel/types.ts';
import { type Call, CallPart, type Outcome } from './call-context.ts';
import { classOf } from './facts.ts';
import { ANY, type State, Z } from './state.ts';
import type { Site, Term } from './terms.ts';

/** Accessors of the vocabulary: `container_of()`, per-CPU variables, `READ_ONCE()`, `xchg()`, `no_free_ptr()`. */
export class Accessors extends CallPart {
  /** What an accessor row gives in this state. */
  apply(state: State, row: AccessorRow, args: readonly Term[], instr: Call | null, site: Site): Outcome[] {
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
          this.stores.store(state, path, value, site, this.frame.text(target), '');
        }
        return go(terms.int(0));
      }
      case 'take':
      case 'exchange':
      case 'write-through':
        return this.replacing(state, row, args, instr, site);
      case 'bit-set':
      case 'bit-clear':
      case 'bit-assign':
      case 'bit-test':
      case 'bit-test-set':
      case 'bit-test-clear':
        return this.bit(state, row, args, instr, site);
      case 'count-up':
      case 'count-down': {
        const path = terms.deref(arg);
        const moved = this.evaluator.binary(
          row.op === 'count-up' ? '+' : '-',
          state.read(path, terms),
          terms.int(1),
          state,
        );
        this.stores.store(state, path, moved, site, this.named(instr?.args[row.arg]), '');
        return go(terms.int(0));
      }
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
          this.stores.store(state, path, value, site, 'this_cpu', '');
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

  /** `set_bit(n, &flags)`: a word with that bit in it, as `flags |= BIT(n)` has it; what is tested is the bit as it was before. */
  private bit(
    state: State,
    row: AccessorRow,
    args: readonly Term[],
    instr: Call | null,
    site: Site,
  ): Outcome[] {
    const { terms, evaluator } = this;
    const [number, address] = [args[row.arg], row.index === undefined ? undefined : args[row.index]];
    if (number === undefined || address === undefined) return [{ state, result: terms.fresh('bit') }];
    const path = terms.deref(address);
    const before = state.read(path, terms);
    const bit = terms.op('bit', [number]);
    const tested = evaluator.binary('&', before, bit, state);
    const set = () => evaluator.binary('|', before, bit, state);
    const cleared = () => evaluator.binary('&', before, terms.op('inv', [bit]), state);
    const store = (value: Term) => {
      const text = this.named(row.index === undefined ? undefined : instr?.args[row.index]);
      this.stores.store(state, path, value, site, text, '');
    };
    switch (row.op) {
      case 'bit-test':
        return [{ state, result: tested }];
      case 'bit-assign': {
        const value = row.value === undefined ? undefined : args[row.value];
        const classes = value === undefined ? ANY : classOf(value, state);
        store(classes === Z ? cleared() : (classes & Z) === 0 ? set() : terms.fresh('bits'));
        return [{ state, result: terms.int(0) }];
      }
      default:
        store(row.op === 'bit-set' || row.op === 'bit-test-set' ? set() : cleared());
        return [{ state, result: row.op.startsWith('bit-test') ? tested : terms.int(0) }];
    }
  }

  /** What is at an address, as the source writes it. */
  private named(address: Expr | undefined): string {
    return address === undefined ? '' : this.frame.text(address).replace(/^&/, '');
  }

  /** `no_free_ptr(p)`, `xchg(&p, v)`, `smp_store_release(&p, v)`: what was there, and what is there now. */
  private replacing(
    state: State,
    row: AccessorRow,
    args: readonly Term[],
    instr: Call | null,
    site: Site,
  ): Outcome[] {
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
    if (value) this.stores.store(state, path, value, site, this.frame.text(target), '');
    return [{ state, result: row.op === 'write-through' ? terms.int(0) : before }];
  }
}
