import type { BinaryOp, Expr, IrFunction } from '../ir/types.ts';
import type { PlatformId, Vocabulary } from '../kernel/types.ts';
import type { Presence } from '../syntax/types.ts';
import { classOf } from './facts.ts';
import type { Scope } from './scope.ts';
import { fold, type Sizes } from './sizes.ts';
import { PTR, type State } from './state.ts';
import type { Path, Term, Terms } from './terms.ts';

const binaryNames: Readonly<Partial<Record<BinaryOp, string>>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'mod',
  '<<': 'shl',
  '>>': 'shr',
  '&': 'bitand',
  '|': 'bitor',
  '^': 'bitxor',
};

/** Makes terms of expressions. Reads the state, never changes it. */
export class Evaluator {
  private readonly evaluating = new Set<string>();

  constructor(
    readonly terms: Terms,
    private readonly scope: Scope,
    private readonly vocabulary: Vocabulary,
    private readonly sizes: Sizes,
  ) {}

  isFunction(name: string): boolean {
    return this.scope.isFunction(name);
  }

  /** Whether a function is one of those that are analysed. */
  isAnalysed(name: string): boolean {
    return this.scope.isAnalysed(name);
  }

  /** Literals of the preprocessor, each of which holds where a stub stands in for a function that is not in view. */
  absentOf(name: string): Presence {
    return this.scope.absentOf(name);
  }

  eval(fn: IrFunction, expr: Expr, state: State): Term {
    const { terms } = this;
    switch (expr.k) {
      case 'int':
        return terms.int(Number(expr.value));
      case 'string':
        return terms.str(expr.text);
      case 'name':
        return this.named(fn, expr.name, state);
      case 'local': {
        const variable = fn.variables[expr.index];
        const path = this.localPath(fn, expr.index);
        if (variable && variable.type.arrays.length > 0 && variable.storage !== 'parameter')
          return terms.addr(path);
        return state.read(path, terms);
      }
      case 'temp':
        return state.read(terms.temp(expr.id), terms);
      case 'field':
      case 'index':
      case 'deref':
        return state.read(this.path(fn, expr, state), terms);
      case 'addr':
        return this.addressOf(fn, expr.base, state);
      case 'unary': {
        const arg = this.eval(fn, expr.arg, state);
        if (expr.op === '+') return arg;
        if (expr.op === '-') return arg.k === 'int' ? terms.int(-arg.value) : terms.op('neg', [arg]);
        if (expr.op === '!') return this.not(arg);
        return terms.op('inv', [arg]);
      }
      case 'binary':
        return this.binary(expr.op, this.eval(fn, expr.left, state), this.eval(fn, expr.right, state), state);
      case 'cast':
        return this.eval(fn, expr.arg, state);
      case 'sizeof':
        return terms.op(`sizeof:${expr.text}`, []);
      case 'type':
        return terms.constant(expr.type.text);
      case 'aggregate':
        return terms.fresh('aggregate');
      case 'unknown':
        return terms.fresh(expr.reason);
    }
  }

  not(term: Term): Term {
    if (term.k === 'int') return this.terms.int(term.value === 0 ? 1 : 0);
    if (term.k === 'op' && term.op === 'not' && term.args[0]!.k === 'op') return term.args[0]!;
    return this.terms.op('not', [term]);
  }

  private named(fn: IrFunction, name: string, state: State): Term {
    const { terms } = this;
    if (name === 'NULL' || name === 'false') return terms.int(0);
    if (name === 'true') return terms.int(1);
    if (this.vocabulary.row(name, 'constant')) return terms.constant(name);
    const constant = this.scope.constant(name);
    if (constant && !this.evaluating.has(name)) {
      this.evaluating.add(name);
      const value = this.eval(fn, constant, state);
      this.evaluating.delete(name);
      return value;
    }
    if (this.isFunction(name)) return terms.addr(terms.global(name));
    const type = this.scope.globalType(name);
    if (type)
      return type.arrays.length > 0 ? terms.addr(terms.global(name)) : state.read(terms.global(name), terms);
    if (/^_*[A-Z][A-Z0-9_]*$/.test(name)) return terms.constant(name);
    return state.read(terms.global(name), terms);
  }

  localPath(fn: IrFunction, index: number): Path {
    const variable = fn.variables[index];
    // A static local is a global with a longer name.
    if (variable?.storage === 'static') return this.terms.global(`${fn.name}::${variable.name}`);
    return this.terms.local(fn.name, index, variable?.name ?? `?${index}`);
  }

  /** The cell that an lvalue names. */
  path(fn: IrFunction, expr: Expr, state: State): Path {
    const { terms } = this;
    switch (expr.k) {
      case 'local':
        return this.localPath(fn, expr.index);
      case 'temp':
        return terms.temp(expr.id);
      case 'name':
        return terms.global(expr.name);
      case 'field':
        return terms.field(this.path(fn, expr.base, state), expr.name);
      case 'index': {
        const index = this.eval(fn, expr.index, state);
        if (isArrayLike(fn, expr.base, this.scope))
          return terms.index(this.path(fn, expr.base, state), index);
        const base = this.eval(fn, expr.base, state);
        return terms.index(terms.deref(base), index);
      }
      case 'deref':
        return terms.deref(this.eval(fn, expr.base, state));
      case 'cast':
        return this.path(fn, expr.arg, state);
      default:
        return terms.deref(this.eval(fn, expr, state));
    }
  }

  addressOf(fn: IrFunction, base: Expr, state: State): Term {
    const { terms } = this;
    if (base.k === 'deref') return this.eval(fn, base.base, state);
    if (base.k === 'cast') return this.addressOf(fn, base.arg, state);
    // `&per_cpu(x, cpu)`: a macro's result that is an lvalue stands for its address.
    if (base.k === 'temp') return state.read(terms.temp(base.id), terms);
    if (base.k === 'name' && this.isFunction(base.name)) return terms.addr(terms.global(base.name));
    const path = this.path(fn, base, state);
    if (path.root.k === 'deref' && path.length === 1 && path.step?.k === 'index')
      return path.step.term.k === 'int' && path.step.term.value === 0
        ? path.root.term
        : terms.op('at', [path.root.term, path.step.term]);
    return terms.addr(path);
  }

  /** The struct around a field: the field's own parent where the address says it. */
  containerOf(tag: string, member: string, address: Term): Term {
    if (
      address.k === 'addr' &&
      address.path.step?.k === 'field' &&
      address.path.step.name === member &&
      address.path.parent
    ) {
      const { parent } = address.path;
      return parent.parent === null && parent.root.k === 'deref' ? parent.root.term : this.terms.addr(parent);
    }
    return this.terms.op(`container-of:${tag}.${member}`, [address]);
  }

  /** What a predicate says of its arguments: a number where the state decides it, else the question itself. */
  predicate(name: string, args: readonly Term[], state: State): Term {
    const kinds = this.vocabulary.row(name, 'harmless')?.kinds;
    const memory = kinds && args[0] ? this.memoryOf(args[0], state) : null;
    const kind = memory ? state.object(memory.base).kind : null;
    // Memory that is one or the other, and memory of a pool, may lie anywhere.
    if (!kinds || kind === null || kind === 'kvmalloc' || kind === 'pool' || kind === 'dma')
      return this.terms.op(`call:${name}`, args);
    return this.terms.int(kinds.includes(kind) ? 1 : 0);
  }

  /** Platforms on which a global's memory is shared from the start; null: of this memory nobody says that. */
  sharedFromStart(memory: Term): readonly PlatformId[] | null {
    // Where nothing in view declares it as an array, its name is read for its value.
    if (memory.k !== 'addr' && memory.k !== 'entry') return null;
    const { path } = memory;
    if (path.root.k !== 'global' || path.parent !== null) return null;
    return this.vocabulary.row(path.root.name, 'shared-from-start')?.on ?? null;
  }

  /** Which attribute a page protection gives a mapping; null: this is none, or nothing says which. */
  attributeOf(protection: Term): 'shared' | 'private' | null {
    if (protection.k === 'op' && protection.op === 'prot:shared') return 'shared';
    if (protection.k === 'op' && protection.op === 'prot:private') return 'private';
    if (protection.k !== 'const') return null;
    const attribute = this.vocabulary.row(protection.name, 'prot')?.attribute;
    return attribute === 'private' ? 'private' : null;
  }

  binary(op: BinaryOp, a: Term, b: Term, state: State): Term {
    const { terms } = this;
    switch (op) {
      case '==':
      case '!=': {
        const eq = this.equal(a, b);
        return op === '==' ? eq : this.not(eq);
      }
      case '<':
        return this.less(a, b);
      case '>':
        return this.less(b, a);
      case '<=':
        return this.not(this.less(b, a));
      case '>=':
        return this.not(this.less(a, b));
      case '&&':
        return terms.op('land', [a, b]);
      case '||':
        return terms.op('lor', [a, b]);
    }
    const name = binaryNames[op]!;
    if (a.k === 'int' && b.k === 'int') {
      const value = fold(name, a.value, b.value);
      if (value !== null && Number.isSafeInteger(value)) return terms.int(value);
    }
    if (
      b.k === 'int' &&
      b.value === 0 &&
      (op === '+' || op === '-' || op === '|' || op === '<<' || op === '>>')
    )
      return a;
    if (a.k === 'int' && a.value === 0 && (op === '+' || op === '|')) return b;
    if ((op === '+' || op === '-') && b.k === 'int') {
      const moved = this.moved(a, op === '+' ? b.value : -b.value);
      if (moved !== null) return moved;
    }
    if (op === '*' && ((a.k === 'int' && a.value === 0) || (b.k === 'int' && b.value === 0)))
      return terms.int(0);
    if (op === '*' && a.k === 'int' && a.value === 1) return b;
    if (op === '*' && b.k === 'int' && b.value === 1) return a;
    if (op === '|') {
      const x = classOf(a, state);
      const y = classOf(b, state);
      if (x === 1) return b;
      if (y === 1) return a;
      if (a === b || (a.k === 'op' && a.op === 'bitor' && a.args.includes(b))) return a;
    }
    if (op === '&') {
      // A flag tested against itself is set.
      if (a === b && a.k === 'const') return terms.op('set', [a]);
      if (a.k === 'op' && a.op === 'bitor' && b.k === 'const' && a.args.includes(b))
        return terms.op('set', [b]);
      if (a.k === 'op' && a.op === 'bitor' && a.args.includes(b)) return b;
      if (
        a.k === 'op' &&
        a.op === 'bitand' &&
        (b.k === 'const' || (b.k === 'op' && b.op === 'bit')) &&
        a.args.some((x) => x.k === 'op' && x.op === 'inv' && x.args[0] === b)
      )
        return terms.int(0);
    }
    return terms.op(name, [a, b]);
  }

  /** `(x + 1) - 1` is `x`: what counts up and what counts down name the same element. Null: `sum` is no such sum. */
  private moved(sum: Term, by: number): Term | null {
    if (sum.k !== 'op' || (sum.op !== 'add' && sum.op !== 'sub')) return null;
    const [of, step] = sum.args;
    if (of === undefined || step?.k !== 'int') return null;
    const total = (sum.op === 'add' ? step.value : -step.value) + by;
    if (!Number.isSafeInteger(total)) return null;
    if (total === 0) return of;
    return this.terms.op(total > 0 ? 'add' : 'sub', [of, this.terms.int(Math.abs(total))]);
  }

  private equal(a: Term, b: Term): Term {
    if (a.k === 'int' && b.k === 'int') return this.terms.int(a.value === b.value ? 1 : 0);
    // A constant, an error's name too, stands second.
    const rank = (t: Term) =>
      t.k === 'int' ? 3 : t.k === 'const' ? 2 : t.k === 'op' && t.op === 'neg' ? 1 : 0;
    const swap = rank(a) > rank(b) || (rank(a) === 0 && rank(b) === 0 && a.id > b.id);
    return this.terms.op('eq', swap ? [b, a] : [a, b]);
  }

  private less(a: Term, b: Term): Term {
    if (a.k === 'int' && b.k === 'int') return this.terms.int(a.value < b.value ? 1 : 0);
    return this.terms.op('lt', [a, b]);
  }

  /**
   * The memory that an address belongs to, and the offset into it: `(unsigned long)p & PAGE_MASK`, `p + off`,
   * `pfn << PAGE_SHIFT` are all in `p`. Null for NULL and plain numbers.
   */
  memoryOf(address: Term, state: State): { base: Term; offset: Term | null } | null {
    let base = address;
    let offset: Term | null = null;
    for (let guard = 0; guard < 16; guard++) {
      if (base.k !== 'op') break;
      const a = base.args[0];
      const b = base.args[1];
      if (base.op === 'at' || base.op === 'add' || base.op === 'sub') {
        const second: boolean =
          base.op === 'add' && isNumber(a!) && !isNumber(b!) && classOf(a!, state) !== PTR;
        offset = second ? a! : b!;
        base = second ? b! : a!;
      } else if ((base.op === 'shl' || base.op === 'shr') && this.sizes.isPageShift(b)) base = a!;
      else if (base.op === 'bitand' && (this.sizes.isMask(b!) || this.sizes.isMask(a!)))
        base = this.sizes.isMask(b!) ? a! : b!;
      else break;
    }
    if (base.k === 'int' || base.k === 'const' || base.k === 'str') return null;
    if (base.k === 'addr' && base.path.root.k === 'deref' && base.path.root.term.k === 'int') return null;
    if (offset?.k === 'int' && offset.value === 0) offset = null;
    return { base, offset };
  }
}

function isNumber(term: Term): boolean {
  return (
    term.k === 'int' ||
    term.k === 'const' ||
    (term.k === 'op' && (term.op.startsWith('sizeof:') || term.op === 'mul' || term.op.startsWith('size:')))
  );
}

function isArrayLike(fn: IrFunction, base: Expr, scope: Scope): boolean {
  if (base.k === 'local') {
    const variable = fn.variables[base.index];
    return variable !== undefined && variable.storage !== 'parameter' && variable.type.arrays.length > 0;
  }
  if (base.k === 'name') return (scope.globalType(base.name)?.arrays.length ?? 0) > 0;
  // Fields: whether an array or a pointer is seldom in view; cells below the field serve both.
  return base.k === 'field' || base.k === 'index';
}
