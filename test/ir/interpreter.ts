import type { Expr, Instr, IrFunction } from '../../server/src/ir/types.ts';

/** Stops a run that takes too long. */
export class OutOfFuel extends Error {}

/** What the outside world is for a run: it answers calls and writes down what happens. */
export interface World {
  call(name: string, args: readonly number[]): number;
  cleanup(name: string, value: number): void;
  guard(phase: 'enter' | 'leave'): void;
  /** Whether the text of an `#if` holds. */
  config(text: string): boolean;
  /** Whether a loop macro makes one more pass. */
  pass(): boolean;
}

/** Runs a function over 32-bit integers; it has no pointers, structs or arrays. Gives what it returns. */
export function run(fn: IrFunction, args: readonly number[], world: World, fuel: number): number | null {
  const variables: number[] = fn.variables.map((_, i) => args[i] ?? 0);
  const temps: number[] = [];
  const globals = new Map<string, number>();

  const value = (e: Expr): number => {
    switch (e.k) {
      case 'int':
        return Number(BigInt.asIntN(32, e.value));
      case 'local':
        return variables[e.index]!;
      case 'temp': {
        const v = temps[e.id];
        if (v === undefined) throw new Error(`%${e.id} is not set`);
        return v;
      }
      case 'name':
        return globals.get(e.name) ?? 0;
      case 'addr':
        return 0;
      case 'unary': {
        const arg = value(e.arg);
        if (e.op === '-') return -arg | 0;
        if (e.op === '~') return ~arg;
        return e.op === '!' ? Number(arg === 0) : arg;
      }
      case 'cast':
        return value(e.arg);
      case 'binary':
        return binary(e.op, value(e.left), value(e.right));
      default:
        throw new Error(`no value: ${e.k}`);
    }
  };

  const assign = (target: Expr, v: number): void => {
    if (target.k === 'local') variables[target.index] = v;
    else if (target.k === 'temp') temps[target.id] = v;
    else if (target.k === 'name') globals.set(target.name, v);
    else throw new Error(`no target: ${target.k}`);
  };

  const step = (instr: Instr): void => {
    switch (instr.k) {
      case 'call': {
        if (instr.callee.k !== 'direct') throw new Error('indirect call');
        const result = world.call(instr.callee.name, instr.args.map(value));
        if (instr.dst !== null) temps[instr.dst] = result;
        return;
      }
      case 'assign':
        assign(instr.target, value(instr.value));
        return;
      case 'cleanup':
        world.cleanup(instr.cleanup, variables[instr.variable]!);
        return;
      case 'guard':
        world.guard(instr.phase);
        return;
      case 'goto':
        break;
      case 'assume':
        if (world.config(instr.literal.text) !== instr.literal.holds) throw new Error('assumption is wrong');
        return;
      case 'declare':
      case 'cursor':
        return;
      default:
        throw new Error(`cannot run ${instr.k}`);
    }
  };

  for (let at = 0, steps = 0; ; ) {
    const { instrs, term } = fn.blocks[at]!;
    if (++steps > fuel) throw new OutOfFuel();
    for (const instr of instrs) step(instr);
    switch (term.k) {
      case 'jump':
        at = term.to;
        break;
      case 'branch':
        at = value(term.cond) !== 0 ? term.then : term.otherwise;
        break;
      case 'config':
        at = world.config(term.literal.text) === term.literal.holds ? term.then : term.otherwise;
        break;
      case 'switch': {
        const v = value(term.value);
        at = term.cases.find((c) => c.values.some((e) => value(e) === v))?.to ?? term.otherwise;
        break;
      }
      case 'iterate':
        at = world.pass() ? term.body : term.done;
        break;
      case 'return':
        return term.value === null ? null : value(term.value);
      case 'stop':
        throw new Error(`stopped: ${term.reason}`);
    }
  }
}

function binary(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return (a + b) | 0;
    case '-':
      return (a - b) | 0;
    case '*':
      return Math.imul(a, b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    case '&&':
      return Number(a !== 0 && b !== 0);
    case '||':
      return Number(a !== 0 || b !== 0);
    default:
      throw new Error(`no operator ${op}`);
  }
}
