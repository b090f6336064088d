import type { PlatformId, SizeSpec, SizeUnit, Vocabulary } from '../kernel/types.ts';
import { Ledger } from './ledger.ts';
import { type Path, type Size, subterms, type Term, type Terms } from './terms.ts';

/** What a size operator of the vocabulary takes and gives. */
const operators: Readonly<
  Record<
    string,
    { readonly takes: SizeUnit | 'none'; readonly gives: SizeUnit; readonly rounding: Size['rounding'] }
  >
> = {
  'size:pfn-up': { takes: 'bytes', gives: 'pages', rounding: 'up' },
  'size:pfn-down': { takes: 'bytes', gives: 'pages', rounding: 'down' },
  'size:page-align': { takes: 'bytes', gives: 'bytes', rounding: 'up' },
  'size:get-order': { takes: 'bytes', gives: 'order', rounding: 'pow2' },
  'size:order-of': { takes: 'none', gives: 'order', rounding: 'exact' },
  'size:size-of-order': { takes: 'order', gives: 'bytes', rounding: 'exact' },
  'size:pages-of-order': { takes: 'order', gives: 'pages', rounding: 'exact' },
  'size:bytes-of': { takes: 'none', gives: 'bytes', rounding: 'exact' },
  'size:array-size': { takes: 'none', gives: 'bytes', rounding: 'exact' },
  'size:struct-size': { takes: 'none', gives: 'bytes', rounding: 'exact' },
};

/** Units, roundings and constant values of terms. Side tables hold what uses of a value revealed. */
export class Sizes {
  /** What uses of a value told of its unit. */
  readonly revealed = new Ledger<Term | string, SizeUnit>();
  /** Values of operations: they are asked for at each transition of each path. */
  private readonly values = new Map<Term, number | null>();

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly terms: Terms,
    /** One name for a field of a struct, whichever pointer leads to it; null for other cells. */
    private readonly fieldKey: (path: Path) => string | null,
  ) {}

  private keyOf(term: Term): Term | string {
    return (term.k === 'entry' ? this.fieldKey(term.path) : null) ?? term;
  }

  /** A bare parameter or cell passed where a unit is wanted has that unit. */
  reveal(term: Term, unit: SizeUnit): void {
    if (term.k !== 'entry' && term.k !== 'fresh') return;
    const key = this.keyOf(term);
    if (!this.revealed.has(key)) this.revealed.set(key, unit);
  }

  /** A new value number that stands for the old one after a step of a loop keeps its unit. */
  inherit(to: Term, from: Term): void {
    const unit = this.unitOf(from);
    if (unit !== 'none') this.revealed.set(to, unit);
  }

  private constantRow(name: string) {
    return this.vocabulary.row(name, 'constant');
  }

  /** Whether a term is a page shift: `x >> PAGE_SHIFT` turns bytes into pages. */
  isPageShift(term: Term | undefined): boolean {
    return term?.k === 'const' && this.constantRow(term.name)?.unit === 'shift';
  }

  private isPageSize(term: Term): boolean {
    if (term.k !== 'const') return false;
    const row = this.constantRow(term.name);
    return row !== undefined && row.unit === 'bytes' && (row.value === null || row.value === 4096);
  }

  isMask(term: Term): boolean {
    return term.k === 'const' && this.constantRow(term.name)?.unit === 'mask';
  }

  /** The unit that a value has by the way it was computed. */
  unitOf(term: Term): SizeUnit | 'none' {
    const known = this.revealed.get(this.keyOf(term));
    if (known) return known;
    if (term.k === 'const') {
      const unit = this.constantRow(term.name)?.unit;
      return unit === 'bytes' || unit === 'pages' || unit === 'order' || unit === 'hvpages' ? unit : 'none';
    }
    if (term.k !== 'op') return 'none';
    const a = term.args[0];
    const b = term.args[1];
    const operator = operators[term.op];
    if (operator) return operator.gives;
    if (term.op.startsWith('sizeof:')) return 'bytes';
    switch (term.op) {
      case 'size:min':
      case 'size:max':
      case 'size:roundup-pow2':
      case 'size:align':
      case 'add':
      case 'sub': {
        const x = this.unitOf(a!);
        return x !== 'none' || !b ? x : this.unitOf(b);
      }
      case 'mul': {
        const x = this.unitOf(a!);
        const y = this.unitOf(b!);
        return x === 'bytes' || y === 'bytes' ? 'bytes' : x === 'none' ? y : x;
      }
      case 'shl':
        if (this.isPageShift(b)) return 'bytes';
        // 1 << (PAGE_SHIFT + order)
        if (
          a!.k === 'int' &&
          a!.value === 1 &&
          b!.k === 'op' &&
          b!.op === 'add' &&
          b!.args.some((x) => this.isPageShift(x))
        )
          return 'bytes';
        if (this.unitOf(b!) === 'order') {
          if (a!.k === 'int' && a!.value === 1) return 'pages';
          return this.isPageSize(a!) ? 'bytes' : 'none';
        }
        return this.unitOf(a!) === 'bytes' ? 'bytes' : 'none';
      case 'shr':
        return this.isPageShift(b)
          ? 'pages'
          : this.unitOf(a!) === 'bytes' && b!.k === 'const'
            ? 'none'
            : 'none';
      case 'div':
        return this.isPageSize(b!) ? 'pages' : 'none';
      case 'bitand':
        return this.isMask(b!) ? 'bytes' : 'none';
    }
    return 'none';
  }

  /** Whether bytes are known to be whole pages. */
  private aligned(term: Term): boolean {
    if (term.k === 'const') return this.isPageSize(term);
    if (term.k !== 'op') return false;
    if (term.op === 'size:page-align' || term.op === 'size:size-of-order') return true;
    if (term.op === 'shl')
      return (
        this.isPageShift(term.args[1]) ||
        term.args.some((a) => this.isPageSize(a)) ||
        this.unitOf(term) === 'bytes'
      );
    if (term.op === 'mul') return term.args.some((a) => this.aligned(a));
    if (term.op === 'add' || term.op === 'sub') return term.args.every((a) => this.aligned(a));
    if (term.op === 'bitand') return term.args.some((a) => this.isMask(a));
    const value = this.valueOf(term);
    return value !== null && value % 4096 === 0;
  }

  roundingOf(term: Term): Size['rounding'] {
    if (term.k !== 'op') return 'exact';
    const operator = operators[term.op];
    if (operator) return operator.rounding;
    if (term.op === 'shr' && this.isPageShift(term.args[1]))
      return this.aligned(term.args[0]!) ? 'up' : 'down';
    if (term.op === 'div' && this.isPageSize(term.args[1]!))
      return this.aligned(term.args[0]!) ? 'up' : 'down';
    return 'exact';
  }

  /** A raw byte count cut to pages: the term that was cut, else null. */
  rawRoundedDown(term: Term): Term | null {
    return this.roundingOf(term) === 'down' && term.k === 'op' ? rawBytes(term.args[0]) : null;
  }

  /** The raw byte count that a term rounds up to pages, else null. */
  rawRoundedUp(term: Term): Term | null {
    if (term.k !== 'op') return null;
    const [first, by] = term.args;
    if (term.op === 'size:pfn-up') return rawBytes(first);
    const cuts =
      (term.op === 'shr' && this.isPageShift(by)) ||
      (term.op === 'div' && by !== undefined && this.isPageSize(by));
    return cuts && first?.k === 'op' ? this.rawAligned(first.op, first.args) : null;
  }

  /** `PAGE_ALIGN(x)`, `round_up(x, PAGE_SIZE)`, `x + PAGE_SIZE - 1`: `x`. */
  private rawAligned(op: string, [first, by]: readonly Term[]): Term | null {
    if (op === 'size:page-align') return rawBytes(first);
    if (by === undefined) return null;
    if (op === 'size:align') return this.isPageSize(by) ? rawBytes(first) : null;
    if (op !== 'sub' || by.k !== 'int' || by.value !== 1 || first?.k !== 'op' || first.op !== 'add')
      return null;
    return this.isPageSize(first.args[1]!) ? rawBytes(first.args[0]) : null;
  }

  /** A size as an argument gives it. `wanted` decides for plain numbers. */
  sizeOf(term: Term, wanted: SizeUnit, text: string): Size {
    const unit = this.unitOf(term);
    return { term, unit: unit === 'none' ? wanted : unit, rounding: this.roundingOf(term), text };
  }

  /** The value of a constant term, with 4 KiB pages; null if it is not constant there. */
  valueOf(term: Term): number | null {
    if (term.k === 'int') return term.value;
    if (term.k === 'const') {
      const row = this.constantRow(term.name);
      if (!row) return null;
      if (row.value !== null) return row.value;
      return row.unit === 'shift' ? 12 : this.isPageSize(term) ? 4096 : null;
    }
    if (term.k !== 'op') return null;
    let value = this.values.get(term);
    if (value === undefined) {
      value = this.folded(term.op, term.args);
      this.values.set(term, value);
    }
    return value;
  }

  private folded(op: string, args: readonly Term[]): number | null {
    const values = args.map((a) => this.valueOf(a));
    if (values.some((v) => v === null)) return null;
    const [a, b] = values as number[];
    return fold(op, a!, b);
  }

  /** How many 4 KiB pages a constant size is; null if not constant. */
  pagesOf(size: Size | null): number | null {
    if (!size) return null;
    const value = this.valueOf(size.term);
    // Nothing is converted in no pages: a cell that was zeroed and not yet set.
    if (value === null || value === 0) return null;
    switch (size.unit) {
      case 'bytes':
        return Math.ceil(value / 4096);
      case 'order':
        return 2 ** value;
      default:
        return value;
    }
  }

  /**
   * Whether memory of a slab has its pages to itself: `part`, its size is not that of whole pages; `4k`, it is with pages of 4 KiB;
   * `whole`, with pages of any size, for a slab aligns whole pages; null, nothing says how large it is.
   */
  slabPages(size: Size | null): 'part' | '4k' | 'whole' | null {
    if (size?.unit !== 'bytes') return null;
    if (this.byPages(size.term)) return 'whole';
    // Structs that fill pages exactly are rare.
    if (size.term.k === 'op' && size.term.op.startsWith('sizeof:')) return 'part';
    const value = this.valueOf(size.term);
    if (value === null || value <= 0) return null;
    return value % 4096 === 0 ? '4k' : 'part';
  }

  /** Platforms that may have pages of more than 4 KiB. */
  get largerPages(): readonly PlatformId[] {
    return this.vocabulary.platformsOf('').filter((id) => this.vocabulary.pageSize(id) !== 4096);
  }

  /** Bytes counted in pages of whatever size the kernel has. */
  private byPages(term: Term): boolean {
    if (term.k === 'const') {
      const row = this.constantRow(term.name);
      return row?.unit === 'bytes' && row.value === null;
    }
    if (term.k !== 'op') return false;
    if (term.op === 'size:page-align' || term.op === 'size:size-of-order') return true;
    if (term.op === 'shl') {
      const by = term.args[1];
      if (by?.k === 'const' && this.isPageShift(by)) return this.constantRow(by.name)?.value === null;
    }
    return (term.op === 'mul' || term.op === 'shl') && term.args.some((arg) => this.byPages(arg));
  }

  /** A size operator inside `term` that is fed another unit than it takes. */
  misfed(term: Term): { operator: string; given: SizeUnit; wanted: SizeUnit } | null {
    for (const t of subterms(term)) {
      if (t.k !== 'op') continue;
      const takes = operators[t.op]?.takes;
      if (!takes || takes === 'none') continue;
      const given = this.unitOf(t.args[0]!);
      if (given !== 'none' && given !== takes) return { operator: t.op, given, wanted: takes };
    }
    return null;
  }

  /** An operator's argument has the unit that the operator takes. */
  revealArgument(op: string, argument: Term | undefined): void {
    const takes = operators[op]?.takes;
    if (argument && takes && takes !== 'none') this.reveal(argument, takes);
  }

  /** What a row says of a call's size, from the evaluated arguments. */
  fromSpec(spec: SizeSpec | null, args: readonly Term[], texts: readonly string[]): Size | null {
    if (!spec) return null;
    if ('arg' in spec) {
      const term = args[spec.arg];
      return term ? this.sizeOf(term, spec.unit, texts[spec.arg] ?? '') : null;
    }
    if ('product' in spec) {
      const [i, j] = spec.product;
      const a = args[i];
      const b = args[j];
      if (!a || !b) return null;
      return {
        term: this.terms.op('mul', [a, b]),
        unit: 'bytes',
        rounding: 'exact',
        text: `${texts[i]} * ${texts[j]}`,
      };
    }
    return { term: this.terms.int(spec.count), unit: spec.unit, rounding: 'exact', text: String(spec.count) };
  }
}

/** A parameter as it was given: nobody in view has made whole pages of it. */
function rawBytes(term: Term | undefined): Term | null {
  return term?.k === 'entry' && term.path.root.k === 'local' && term.path.length === 0 ? term : null;
}

/** Integer arithmetic of an operator; null for one that is none. */
export function fold(op: string, a: number, b: number | undefined): number | null {
  switch (op) {
    case 'neg':
      return -a;
    case 'size:pfn-up':
      return Math.ceil(a / 4096);
    case 'size:pfn-down':
      return Math.floor(a / 4096);
    case 'size:page-align':
      return Math.ceil(a / 4096) * 4096;
    case 'size:get-order':
      return Math.max(0, Math.ceil(Math.log2(Math.max(1, Math.ceil(a / 4096)))));
    case 'size:size-of-order':
      return 4096 * 2 ** a;
    case 'size:pages-of-order':
      return 2 ** a;
    case 'size:bytes-of':
      return a;
  }
  if (b === undefined) return null;
  switch (op) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
    case 'size:array-size':
      return a * b;
    case 'div':
      return b === 0 ? null : Math.trunc(a / b);
    case 'mod':
      return b === 0 ? null : a % b;
    case 'shl':
      return b >= 0 && b < 52 ? a * 2 ** b : null;
    case 'shr':
      return b >= 0 && b < 52 ? Math.floor(a / 2 ** b) : null;
    case 'size:min':
      return Math.min(a, b);
    case 'size:max':
      return Math.max(a, b);
    case 'size:align':
      return b > 0 ? Math.ceil(a / b) * b : null;
    case 'bitand':
      return a >= 0 && b >= 0 && a < 2 ** 31 && b < 2 ** 31 ? a & b : null;
  }
  return null;
}

/** A size as people say it: with its unit. */
export function sizeText(size: Size): string {
  const { text, unit } = size;
  if (unit === 'order')
    return text === '0' ? '1 page' : `1 << ${/^\w+$/.test(text) ? text : `(${text})`} pages`;
  if (unit === 'pages') return text === '1' ? '1 page' : `${text} pages`;
  return unit === 'bytes' ? `${text} bytes` : text;
}
