import { walk } from '../analysis/flow.ts';
import type { Span } from '../base/span.ts';
import { successors } from '../ir/finish.ts';
import type { Expr, FunctionHead, Instr, IrFunction } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { LoweredText } from './pipeline.ts';

type Texts = readonly Pick<LoweredText, 'file' | 'ir'>[];

/**
 * Whether memory that a function is given may come to code that nobody sees. The analysis takes such code to do nothing, or else most of what
 * it finds would be lost; who says that a function leaves memory as it was must not.
 */
export class HandedOn {
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly texts: Texts,
    private readonly vocabulary: Pick<Vocabulary, 'rows'>,
  ) {}

  /** On a way through the function of `file` that ends at the return statement there: of what the parameter of that name leads to. */
  toUnseen(file: string, name: string, parameter: string, end: Span): boolean {
    return this.functions(file, name).some((fn) => {
      const index = fn.variables.findIndex((one) => one.storage === 'parameter' && one.name === parameter);
      return index >= 0 && this.isLost(file, fn, index, end);
    });
  }

  private functions(file: string, name: string): readonly IrFunction[] {
    const named = ({ slice, macro }: FunctionHead) => !macro && slice.name === name;
    const own = this.texts.find((text) => text.file === file)?.ir;
    let heads = own?.heads.filter(named) ?? [];
    if (heads.length === 0)
      heads = this.texts.flatMap(({ ir }) =>
        ir.heads.filter((head) => named(head) && (!head.isStatic || head.file.endsWith('.h'))),
      );
    if (heads.length === 0) heads = this.texts.flatMap(({ ir }) => [...ir.macrosNamed(name)]);
    return heads.map((head) => head.lower());
  }

  private isLost(file: string, fn: IrFunction, parameter: number, end: Span | null): boolean {
    const instrs = instructions(fn, end);
    const lead = leadingTo(instrs, parameter);
    return instrs.some((instr) => {
      if (instr.k === 'cleanup') return lead.has(instr.variable) && this.isUnseen(file, instr.cleanup, [0]);
      if (instr.k !== 'call') return false;
      const handed = instr.args.flatMap((arg, i) => (mentions(arg, lead) ? [i] : []));
      if (handed.length === 0) return false;
      return instr.callee.k === 'indirect' || this.isUnseen(file, instr.callee.name, handed);
    });
  }

  /** Whether a function is not in view and not known, or hands what it gets there to one that is not. */
  private isUnseen(file: string, name: string, handed: readonly number[]): boolean {
    const functions = this.functions(file, name);
    if (functions.length === 0) return this.vocabulary.rows(name).length === 0;
    return handed.some((index) => {
      const key = `${file}\0${name}\0${index}`;
      const before = this.known.get(key);
      if (before !== undefined) return before;
      // Functions that call each other in a circle: what is not found in the others is not there.
      this.known.set(key, false);
      const found = functions.some((fn) => index >= fn.parameterCount || this.isLost(file, fn, index, null));
      this.known.set(key, found);
      return found;
    });
  }
}

/** The instructions on ways to a return statement; all of them if there is none at that place. */
function instructions({ blocks }: IrFunction, end: Span | null): readonly Instr[] {
  const isEnd = ({ span }: { readonly span: Span }) => span.start === end?.start && span.end === end.end;
  const before = new Set(blocks.filter(({ term }) => isEnd(term)).map(({ id }) => id));
  for (let size = -1; size !== before.size; ) {
    size = before.size;
    for (const { id, term } of blocks) if (successors(term).some((next) => before.has(next))) before.add(id);
  }
  return blocks.filter(({ id }) => before.size === 0 || before.has(id)).flatMap(({ instrs }) => instrs);
}

/** Variables, and temporaries as their complement, by which one gets to what a parameter leads to. */
function leadingTo(instrs: readonly Instr[], parameter: number): ReadonlySet<number> {
  const lead = new Set([parameter]);
  const add = (target: Expr) => {
    const root = rootOf(target);
    if (root !== null) lead.add(root);
  };
  for (let size = 0; size !== lead.size; ) {
    size = lead.size;
    for (const instr of instrs)
      if (instr.k === 'assign') {
        if (mentions(instr.value, lead)) add(instr.target);
      } else if (instr.k === 'call') {
        if (instr.dst !== null && instr.args.some((arg) => mentions(arg, lead))) lead.add(~instr.dst);
      } else if (instr.k === 'cursor' && instr.args.some((arg) => mentions(arg, lead)))
        for (const target of instr.defines) add(target);
  }
  return lead;
}

/** The variable that a place begins at; null: a global. */
function rootOf(target: Expr): number | null {
  switch (target.k) {
    case 'local':
      return target.index;
    case 'temp':
      return ~target.id;
    case 'field':
    case 'index':
    case 'deref':
      return rootOf(target.base);
    default:
      return null;
  }
}

function mentions(expr: Expr, lead: ReadonlySet<number>): boolean {
  let found = false;
  walk(expr, (one) => {
    found ||= lead.has(one.k === 'local' ? one.index : one.k === 'temp' ? ~one.id : Number.NaN);
  });
  return found;
}
