import { addTo } from '../base/maps.ts';
import type { FunctionHead, IrFunction, IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { directCalls, factsOf } from './function-facts.ts';
import type { Relevance } from './relevance.ts';

/** What is looked at first, and how far that goes. */
export interface Foremost {
  readonly file: string;
  /** Bodies of functions of the file are all that differs from the version that was last analysed as a whole. */
  readonly onlyBodies: boolean;
  /** Asked from time to time: functions that only call what was edited may wait. */
  readonly hurry: () => boolean;
}

/**
 * What mattered in the last version of a unit, with the functions of one file as they are now. Whether another body makes other
 * functions matter is not asked: that takes a look at all of them, and somebody waits.
 */
export function carried(
  relevance: Relevance,
  last: IrUnit,
  now: IrUnit,
  file: string,
  vocabulary: Vocabulary,
): Relevance {
  const successors = new Successors(last, now, file);
  const files = new Map(relevance.files);
  const calls = new Map(relevance.calls);
  const direct = new Set(relevance.direct);
  const renewed = (fn: IrFunction): IrFunction => {
    if (relevance.files.get(fn) !== file) return fn;
    const mine = successors.of(fn);
    files.set(mine, file);
    if (mine.blocks === fn.blocks) return mine;
    calls.set(mine.name, calledBy(mine, relevance));
    if (factsOf(mine, vocabulary).direct) direct.add(mine.name);
    return mine;
  };
  return {
    ...relevance,
    order: relevance.order.map((group) => group.map(renewed)),
    files,
    calls,
    direct,
    demand: (name, by) => relevance.demand(name, by).map((group) => group.map(renewed)),
  };
}

function calledBy(fn: IrFunction, { calls, targets }: Relevance): ReadonlySet<string> {
  const called = new Set(calls.get(fn.name));
  for (const { name } of directCalls(fn)) if (calls.has(name)) called.add(name);
  for (const { instrs } of fn.blocks)
    for (const instr of instrs)
      if (instr.k === 'call' && instr.callee.k === 'indirect')
        for (const name of targets.perhaps(fn, instr)) called.add(name);
  return called;
}

/** The functions of a file in one version, by those of another that has the same ones in the same order. */
class Successors {
  private readonly before: ReadonlyMap<string, readonly FunctionHead[]>;
  private readonly after: ReadonlyMap<string, readonly FunctionHead[]>;

  constructor(
    private readonly last: IrUnit,
    private readonly now: IrUnit,
    private readonly file: string,
  ) {
    this.before = this.byName(last);
    this.after = this.byName(now);
  }

  of(fn: IrFunction): IrFunction {
    const before = fn.macro ? this.macros(this.last, fn.name) : this.before.get(fn.name);
    const after = fn.macro ? this.macros(this.now, fn.name) : this.after.get(fn.name);
    const at = before?.findIndex((head) => head.lower() === fn) ?? -1;
    return after?.[at]?.lower() ?? fn;
  }

  private byName(unit: IrUnit): ReadonlyMap<string, readonly FunctionHead[]> {
    const named = new Map<string, FunctionHead[]>();
    for (const head of unit.heads) if (head.file === this.file) addTo(named, head.name, head);
    return named;
  }

  private macros(unit: IrUnit, name: string): readonly FunctionHead[] {
    return unit.macrosNamed(name).filter((head) => head.file === this.file);
  }
}
