import { successors } from '../ir/finish.ts';
import type { Expr, Instr, IrFunction, Terminator } from '../ir/types.ts';

/** Static facts about a function's graph that the worklist needs: liveness, loops, what is tested later. */
export interface Flow {
  /** Per block: locals (index) and temporaries (~id) that are read later. */
  readonly live: readonly ReadonlySet<number>[];
  /** Per block: names that conditions from here on speak of. */
  readonly tested: readonly ReadonlySet<string>[];
  /** Loop heads: the locals that the loop assigns, and of those the ones that count. */
  readonly loops: ReadonlyMap<
    number,
    {
      readonly assigned: ReadonlySet<number>;
      readonly counters: ReadonlySet<number>;
      /** Fields and globals that the loop counts in. */
      readonly counted: ReadonlySet<string>;
    }
  >;
  /** Blocks that may run more than once, each with the first block of the outermost loop that it is in. */
  readonly repeated: ReadonlyMap<number, number>;
  /** Temporaries that only decide branches, outside of loop conditions. */
  readonly predicates: ReadonlySet<number>;
  /** Temporaries that only go to a discarded call that prints or warns. */
  readonly told: ReadonlySet<number>;
  /** Locals whose address is taken. */
  readonly addressed: ReadonlySet<number>;
}

/** Every expression of an instruction that is read (targets: what they hang on). */
export function readsOf(instr: Instr): readonly Expr[] {
  switch (instr.k) {
    case 'call':
      return instr.callee.k === 'indirect' ? [...instr.args, instr.callee.expr] : instr.args;
    case 'assign':
      return instr.target.k === 'local' || instr.target.k === 'temp'
        ? [instr.value]
        : [instr.value, instr.target];
    case 'guard':
    case 'cursor':
      return instr.args;
    case 'cleanup':
      return [{ k: 'local', index: instr.variable, name: '', span: instr.span }];
    case 'asm':
      return instr.outputs;
    default:
      return [];
  }
}

/** Every expression that a terminator reads. */
export function readsOfTerm(term: Terminator): readonly Expr[] {
  switch (term.k) {
    case 'branch':
      return [term.cond];
    case 'switch':
      return [term.value];
    case 'return':
      return term.value ? [term.value] : [];
    default:
      return [];
  }
}

/** Calls `see` for every node of an expression. */
export function walk(expr: Expr, see: (e: Expr) => void): void {
  see(expr);
  switch (expr.k) {
    case 'field':
    case 'deref':
    case 'addr':
      walk(expr.base, see);
      break;
    case 'index':
      walk(expr.base, see);
      walk(expr.index, see);
      break;
    case 'unary':
    case 'cast':
      walk(expr.arg, see);
      break;
    case 'binary':
      walk(expr.left, see);
      walk(expr.right, see);
      break;
    case 'sizeof':
      break;
    case 'aggregate':
      for (const item of expr.items) walk(item.value, see);
      break;
  }
}

/** Locals (index) and temporaries (~id) in an expression. */
export function slots(expr: Expr, into: Set<number>): void {
  walk(expr, (e) => {
    if (e.k === 'local') into.add(e.index);
    else if (e.k === 'temp') into.add(~e.id);
  });
}

/** The local, or as `~id` the temporary, that an instruction gives a value; null: none. */
export function definition(instr: Instr): number | null {
  if (instr.k === 'assign')
    return instr.target.k === 'local'
      ? instr.target.index
      : instr.target.k === 'temp'
        ? ~instr.target.id
        : null;
  if (instr.k === 'call') return instr.dst === null ? null : ~instr.dst;
  if (instr.k === 'declare') return instr.variable;
  return null;
}

/** Names in an expression: globals, constants, fields. */
export function namesIn(expr: Expr, into: Set<string>): void {
  walk(expr, (e) => {
    if (e.k === 'name' || e.k === 'field') into.add(e.name);
  });
}

/** Analyses a function's graph. `guardNames(callee)` gives what a callee's rows test. */
export function flowOf(
  fn: IrFunction,
  guardNames: (callee: string) => Iterable<string>,
  tells: (callee: string) => boolean,
  takesMemory: (callee: string) => boolean,
  controlling: ReadonlySet<number>,
): Flow {
  const { blocks } = fn;
  const use = blocks.map(() => new Set<number>());
  const def = blocks.map(() => new Set<number>());
  const names = blocks.map(() => new Set<string>());
  const addressed = new Set<number>();
  const otherUse = new Set<number>();
  const branchUse = new Set<number>();
  const toldUse = new Set<number>();
  const seriousUse = new Set<number>();
  for (const block of blocks) {
    const seen = (expr: Expr) => {
      const s = new Set<number>();
      slots(expr, s);
      for (const slot of s) if (!def[block.id]!.has(slot)) use[block.id]!.add(slot);
      walk(expr, (e) => {
        if (e.k === 'addr') {
          let base = e.base;
          while (base.k === 'field' || base.k === 'index') base = base.base;
          if (base.k === 'local') addressed.add(base.index);
        }
      });
    };
    for (const instr of block.instrs) {
      const onlyTells =
        instr.k === 'call' && instr.discarded && instr.callee.k === 'direct' && tells(instr.callee.name);
      for (const read of readsOf(instr)) {
        seen(read);
        slots(read, otherUse);
        slots(read, onlyTells ? toldUse : seriousUse);
      }
      const d = definition(instr);
      if (d !== null) def[block.id]!.add(d);
      if (instr.k === 'call' && instr.callee.k === 'direct') {
        names[block.id]!.add(`call:${instr.callee.name}`);
        for (const n of guardNames(instr.callee.name)) names[block.id]!.add(n);
        // Whether a pointer is NULL matters where it is freed or converted.
        if (takesMemory(instr.callee.name)) for (const arg of instr.args) namesIn(arg, names[block.id]!);
        for (const arg of instr.args) if (arg.k === 'name') names[block.id]!.add(`config:${arg.name}`);
      }
      if (instr.k === 'assume') names[block.id]!.add(`config:${instr.literal.text}`);
    }
    for (const read of readsOfTerm(block.term)) {
      seen(read);
      slots(read, seriousUse);
      if (controlling.has(block.id)) namesIn(read, names[block.id]!);
      if (block.term.k === 'branch' && block.term.origin !== 'loop') slots(read, branchUse);
      else slots(read, otherUse);
    }
    if (block.term.k === 'config') names[block.id]!.add(`config:${block.term.literal.text}`);
  }
  const live = blocks.map(() => new Set<number>());
  const tested = names.map((n) => new Set(n));
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const mine = live[i]!;
      const tests = tested[i]!;
      const before = mine.size + tests.size;
      for (const slot of use[i]!) mine.add(slot);
      for (const to of successors(blocks[i]!.term)) {
        for (const slot of live[to] ?? []) if (!def[i]!.has(slot)) mine.add(slot);
        for (const name of tested[to] ?? []) tests.add(name);
      }
      if (mine.size + tests.size !== before) changed = true;
    }
  }
  const predicates = new Set<number>();
  for (const slot of branchUse) if (slot < 0 && !otherUse.has(slot)) predicates.add(~slot);
  const told = new Set<number>();
  for (const slot of toldUse) if (slot < 0 && !seriousUse.has(slot)) told.add(~slot);
  return {
    repeated: repeatedBlocks(fn),
    live,
    tested,
    loops: loopsOf(fn),
    predicates,
    told,
    addressed,
  };
}

/** Whether a local stands in an expression. */
export function mentions(expr: Expr, local: number): boolean {
  let found = false;
  walk(expr, (e) => {
    if (e.k === 'local' && e.index === local) found = true;
  });
  return found;
}

/** Blocks between a loop's head and an edge back to it, each with the head of the outermost such loop. */
export function repeatedBlocks(fn: IrFunction): Map<number, number> {
  const repeated = new Map<number, number>();
  for (const block of fn.blocks)
    for (const head of successors(block.term))
      for (let id = head; id <= block.id; id++) repeated.set(id, Math.min(head, repeated.get(id) ?? head));
  return repeated;
}

interface Loop {
  readonly assigned: Set<number>;
  readonly counters: Set<number>;
  readonly counted: Set<string>;
}

/** `i++`, `i = i + 1`, `d->i += 2`: what has another value each time round. */
function countsIn(instr: Extract<Instr, { k: 'assign' }>, loop: Loop): void {
  const { target, value } = instr;
  if (target.k === 'local') {
    const steps =
      instr.compound !== null
        ? instr.compound !== '|' && instr.compound !== '&'
        : value.k === 'binary' && mentions(value, target.index);
    if (steps) loop.counters.add(target.index);
  } else if (instr.compound === '+' || instr.compound === '-') {
    if (target.k === 'field' || target.k === 'name') loop.counted.add(target.name);
  }
}

/** Loops by back edges in reverse post-order: the head and everything up to the edge's source. */
function loopsOf(fn: IrFunction): Map<number, Loop> {
  const loops = new Map<number, Loop>();
  for (const block of fn.blocks)
    for (const head of successors(block.term)) {
      if (head > block.id) continue;
      const loop = loops.get(head) ?? {
        assigned: new Set<number>(),
        counters: new Set<number>(),
        counted: new Set<string>(),
      };
      loops.set(head, loop);
      for (let id = head; id <= block.id; id++)
        for (const instr of fn.blocks[id]!.instrs) {
          const d = definition(instr);
          if (d !== null && d >= 0) loop.assigned.add(d);
          if (instr.k === 'assign') countsIn(instr, loop);
          if (instr.k === 'cursor')
            for (const e of instr.defines) if (e.k === 'local') loop.assigned.add(e.index);
        }
    }
  return loops;
}
