import type { TypeRef } from '../ir/types.ts';
import { perCpu } from './elements.ts';
import { Ledger } from './ledger.ts';
import { lastName } from './merge.ts';
import type { Scope } from './scope.ts';
import type { Path, Term } from './terms.ts';

/** A cell's cluster: the struct tag or the file's globals, the cell that stands for the whole, and the way from there. */
export interface Cluster {
  readonly key: string;
  /** Null for globals: every function names them alike. */
  readonly base: Path | null;
  readonly steps: string;
}

/** Which struct a pointer points to, from declarations: what makes `x->buf` here and `y->buf` there the same field. */
export class Tags {
  /** What declarations of variables told of values. */
  readonly known = new Ledger<Term, string>();

  constructor(private readonly scope: Scope) {}

  /** A value stored in a variable declared as a pointer to a struct points to one. */
  learn(value: Term, type: TypeRef | undefined): void {
    if (type?.pointers !== 1 || type.tag === null || type.arrays.length > 0 || !this.isStruct(type)) return;
    if (value.k === 'int' || value.k === 'const' || value.k === 'addr' || this.known.has(value)) return;
    this.known.set(value, type.tag);
  }

  /** The tag of what a pointer points to; null if no declaration in view says. */
  of(term: Term): string | null {
    if (term.k === 'op' && term.op.startsWith('container-of:'))
      return term.op.slice(13).split('.')[0] || null;
    if (term.k === 'entry') {
      const type = this.typeOf(term.path);
      if (type && type.pointers === 1 && type.tag && this.isStruct(type)) return type.tag;
    }
    return this.known.get(term) ?? null;
  }

  /** A `dma_addr_t` here and one there have nothing in common; a typedef of a struct has its fields. */
  private isStruct(type: TypeRef): boolean {
    return (
      /^(?:const |volatile )*(?:struct|union)\b/.test(type.text) ||
      this.scope.struct(type.tag ?? '') !== undefined
    );
  }

  /** Whether a cell is declared as something that points nowhere and has no parts: a number, a lock, a counter. */
  isNumber(path: Path): boolean {
    const type = this.typeOf(path);
    return type !== null && type.pointers === 0 && type.arrays.length === 0 && !this.isStruct(type);
  }

  /** Whether a cell is declared to have but two values. */
  isBool(path: Path): boolean {
    return this.isNumber(path) && /\b(?:bool|_Bool)\b/.test(this.typeOf(path)?.text ?? '');
  }

  /** Whether a cell is declared as a pointer, or is an element of an array of pointers. */
  isPointer(path: Path): boolean {
    let declared = path;
    while (declared.parent && declared.step?.k === 'index') declared = declared.parent;
    return (this.typeOf(declared)?.pointers ?? 0) > 0;
  }

  private typeOf(path: Path): TypeRef | null {
    if (path.parent === null) {
      if (path.root.k === 'global') return this.scope.globalType(path.root.name);
      if (path.root.k !== 'local') return null;
      const fn = this.scope.function(path.key.slice(0, path.key.indexOf('%')));
      return fn?.variables[path.root.index]?.type ?? null;
    }
    const holder = this.structAt(path.parent);
    const name = path.step?.k === 'field' ? path.step.name : lastName(path);
    if (holder === null) return null;
    return this.scope.struct(holder)?.fields.find((f) => f.name === name)?.type ?? null;
  }

  private structAt(path: Path): string | null {
    if (path.parent === null) {
      if (path.root.k === 'deref') return this.of(path.root.term);
      const type = this.typeOf(path);
      return type && type.pointers === 0 ? type.tag : null;
    }
    const type = this.typeOf(path);
    return type && type.pointers === 0 ? type.tag : null;
  }

  /**
   * The cluster that a cell belongs to: a global variable, or the struct tag of what its root points to, and the
   * steps from there. Null where nothing declares it, or an index is not constant.
   */
  clusterOf(path: Path): Cluster | null {
    const steps: string[] = [];
    let root: Path = path;
    for (; root.parent; root = root.parent) {
      const step = root.step!;
      steps.push(step.k === 'field' ? `.${step.name}` : `[${step.term.k === 'int' ? step.term.value : '*'}]`);
    }
    const rel = steps.reverse().join('');
    // The globals of a file are one cluster: a pointer here, its flag there.
    if (root.root.k === 'global') return { key: 'globals', base: null, steps: `${root.root.name}${rel}` };
    if (root.root.k !== 'deref') return null;
    const tag = this.of(root.root.term);
    if (tag) return { key: `struct ${tag}`, base: root, steps: rel };
    // A per-CPU variable is an array with an element for each CPU, wherever its address is kept.
    const variable = perCpu(root)?.args[0];
    const kept = variable?.k === 'addr' || variable?.k === 'entry' ? this.clusterOf(variable.path) : null;
    return kept && { ...kept, steps: `${kept.steps}[*]${rel}` };
  }

  /** One cell, or the same field of the same struct as two functions name it. */
  sameCell(a: Path, b: Path): boolean {
    if (a === b) return true;
    const x = this.clusterOf(a);
    const y = this.clusterOf(b);
    return x !== null && y !== null && x.key === y.key && x.steps === y.steps;
  }
}
