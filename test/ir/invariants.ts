import assert from 'node:assert/strict';
import { successors } from '../../server/src/ir/finish.ts';
import type { Expr, Instr, IrFunction, Terminator } from '../../server/src/ir/types.ts';

/** Every expression in `e`, itself included. */
export function* subexpressions(e: Expr): Generator<Expr> {
  yield e;
  switch (e.k) {
    case 'field':
    case 'deref':
    case 'addr':
      yield* subexpressions(e.base);
      break;
    case 'index':
      yield* subexpressions(e.base);
      yield* subexpressions(e.index);
      break;
    case 'unary':
    case 'cast':
      yield* subexpressions(e.arg);
      break;
    case 'binary':
      yield* subexpressions(e.left);
      yield* subexpressions(e.right);
      break;
    case 'aggregate':
      for (const item of e.items) {
        if (item.member !== null && typeof item.member !== 'string') yield* subexpressions(item.member);
        yield* subexpressions(item.value);
      }
      break;
  }
}

/** What an instruction reads. */
function reads(instr: Instr): readonly Expr[] {
  switch (instr.k) {
    case 'call':
      return instr.callee.k === 'indirect' ? [instr.callee.expr, ...instr.args] : instr.args;
    case 'assign':
      return instr.target.k === 'temp' ? [instr.value] : [instr.target, instr.value];
    case 'guard':
    case 'cursor':
      return instr.args;
    case 'asm':
      return instr.outputs;
    case 'havoc':
      return instr.targets;
    default:
      return [];
  }
}

function written(instr: Instr): number | null {
  if (instr.k === 'call') return instr.dst;
  return instr.k === 'assign' && instr.target.k === 'temp' ? instr.target.id : null;
}

function termReads(term: Terminator): readonly Expr[] {
  if (term.k === 'branch') return [term.cond];
  if (term.k === 'switch') return [term.value, ...term.cases.flatMap((c) => c.values)];
  return term.k === 'return' && term.value ? [term.value] : [];
}

/**
 * What holds for every lowered function: targets exist, every block is reached, ids are indices, variables
 * and spans are in range, and a temporary is written on every way before it is read.
 */
export function checkFunction(fn: IrFunction): void {
  const count = fn.blocks.length;
  assert.ok(count > 0, 'no entry');
  const predecessors: number[][] = fn.blocks.map(() => []);
  fn.blocks.forEach((block, i) => {
    assert.equal(block.id, i);
    for (const to of successors(block.term)) {
      assert.ok(to >= 0 && to < count, `b${i} leads to b${to}`);
      predecessors[to]!.push(i);
    }
  });
  const reached = new Set([0]);
  for (const at of reached) for (const to of successors(fn.blocks[at]!.term)) reached.add(to);
  assert.equal(reached.size, count, 'a block that nobody reaches');

  const inRange = (span: { start: number; end: number }): void => {
    assert.ok(
      span.start >= 0 && span.start <= span.end && span.end <= fn.span.end,
      `span ${span.start}-${span.end}`,
    );
  };
  const all = new Set(Array.from({ length: fn.temporaries }, (_, i) => i));
  const atEnd: Set<number>[] = fn.blocks.map(() => all);
  const before = (i: number): Set<number> => {
    if (i === 0) return new Set();
    const [first, ...rest] = predecessors[i]!;
    const out = new Set(atEnd[first!]);
    for (const p of rest) for (const t of out) if (!atEnd[p]!.has(t)) out.delete(t);
    return out;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of fn.blocks) {
      const known = before(block.id);
      for (const instr of block.instrs) {
        const dst = written(instr);
        if (dst !== null) known.add(dst);
      }
      if (known.size !== atEnd[block.id]!.size) {
        atEnd[block.id] = known;
        changed = true;
      }
    }
  }
  for (const block of fn.blocks) {
    const known = before(block.id);
    const read = (e: Expr): void => {
      for (const part of subexpressions(e)) {
        inRange(part.span);
        if (part.k === 'temp')
          assert.ok(known.has(part.id), `b${block.id}: %${part.id} is read before it is written`);
        if (part.k === 'local') assert.equal(fn.variables[part.index]?.name, part.name);
      }
    };
    for (const instr of block.instrs) {
      inRange(instr.span);
      for (const e of reads(instr)) read(e);
      const dst = written(instr);
      if (dst !== null) known.add(dst);
      if (instr.k === 'declare' || instr.k === 'cleanup') assert.ok(fn.variables[instr.variable]);
    }
    inRange(block.term.span);
    for (const e of termReads(block.term)) read(e);
  }
}
