import type { Axiom, PlatformId, Vocabulary } from '../kernel/types.ts';
import { ANY, ERR, N, P, PTR, type State, Z } from './state.ts';
import { atomsOf, type Path, type Term, type Terms } from './terms.ts';

/** Operators whose value is 0 or 1. */
const boolean = new Set(['not', 'eq', 'lt', 'is-err', 'is-err-or-null', 'land', 'lor']);

/** What a term can be by itself, without what the path learned. */
function intrinsic(term: Term, state: State): number {
  switch (term.k) {
    case 'int':
      return term.value === 0 ? Z : term.value < 0 ? N : P;
    case 'const':
      return Z | N | P;
    case 'str':
    case 'obj':
    case 'addr':
      return PTR;
    case 'fresh':
    case 'entry':
      return ANY;
    case 'op':
      return ofOperator(term.op, term.args, state);
  }
}

function ofOperator(op: string, args: readonly Term[], state: State): number {
  if (boolean.has(op) || op.startsWith('config:')) return Z | P;
  const a = args[0];
  const b = args[1];
  switch (op) {
    case 'neg': {
      if (a?.k === 'const') return N;
      const m = a ? classOf(a, state) : ANY;
      return (m & Z) | (m & P ? N : 0) | (m & N ? P : 0);
    }
    case 'bitor': {
      const x = classOf(a!, state);
      const y = classOf(b!, state);
      if (x === Z) return y;
      if (y === Z) return x;
      return (x & y & Z) | (((x | y) & N) !== 0 ? N : 0) | (((x | y) & (P | PTR | ERR)) !== 0 ? P : 0);
    }
    case 'set':
    case 'bit':
      return P;
    case 'bitand':
      return classOf(a!, state) === Z || classOf(b!, state) === Z ? Z : Z | N | P;
    case 'add':
    case 'sub':
    case 'at':
      return classOf(a!, state) === PTR ? PTR : ANY;
    case 'err-ptr': {
      const m = classOf(a!, state);
      return (m & Z) | (m & ~Z ? ERR : 0);
    }
    case 'ptr-err': {
      const m = classOf(a!, state);
      return (m & ERR ? N : 0) | (m & Z) | (m & (PTR | P) ? P : 0) | (m & N);
    }
    case 'ptr-err-or-zero': {
      const m = classOf(a!, state);
      return (m & ERR ? N : 0) | (m & ~ERR ? Z : 0);
    }
    default:
      return ANY;
  }
}

/** The class of a value on this path: bits of Z, N, P, PTR, ERR. Zero bits: the path is impossible. */
export function classOf(term: Term, state: State): number {
  return intrinsic(term, state) & (state.facts.get(term) ?? ANY);
}

/** What the engine needs of the vocabulary to decide literals. */
export class Facts {
  private readonly axiomsOf = new Map<string, Axiom[]>();
  /** Every platform of the unit, as bits. */
  private readonly all: number;

  /** The platforms that a file of the unit can run on. */
  platformsOf(file: string): readonly PlatformId[] {
    return this.vocabulary.platformsOf(file, this.headersOf(file));
  }

  /** The same, as bits. */
  everywhere(file: string): number {
    const on = this.platformsOf(file);
    return this.filePlatforms.reduce((bits, p, i) => (on.includes(p) ? bits | (1 << i) : bits), 0);
  }

  /** The platforms on which a transition of that name does anything; null: on all that its file is for. */
  convertedBy(callee: string): readonly PlatformId[] | null {
    const rows = this.vocabulary.rows(callee).filter((row) => row.k === 'transition');
    return rows.length === 1 ? (rows[0]!.platforms ?? null) : null;
  }

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly terms: Terms,
    private readonly filePlatforms: readonly PlatformId[],
    /** What every build of a file includes. */
    private readonly headersOf: (file: string) => readonly string[],
  ) {
    this.all = (1 << filePlatforms.length) - 1;
    for (const axiom of vocabulary.axioms)
      for (const { fact } of axiom.never)
        this.axiomsOf.set(fact, [...(this.axiomsOf.get(fact) ?? []), axiom]);
  }

  /** Learns that a term is of these classes. False: the path cannot be. */
  narrow(state: State, term: Term, classes: number): boolean {
    const before = classOf(term, state);
    const after = before & classes;
    if (after === 0) return false;
    if (after !== before) {
      state.facts.set(term, after);
      if (after === Z || (after & Z) === 0) return this.consistent(state, term);
    }
    return true;
  }

  /** Learns that `term` is true (not zero) or false. Changes `state`; false: the path cannot be. */
  assume(state: State, term: Term, truth: boolean): boolean {
    if (term.k === 'op') {
      const a = term.args[0];
      const b = term.args[1];
      switch (term.op) {
        case 'not':
          return this.assume(state, a!, !truth);
        case 'eq':
          return this.assumeEqual(state, term, a!, b!, truth);
        case 'lt':
          return this.assumeLess(state, term, a!, b!, truth);
        case 'is-err':
          return this.narrow(state, a!, truth ? ERR : ~ERR);
        case 'is-err-or-null':
          return this.narrow(state, a!, truth ? ERR | Z : ~(ERR | Z));
        case 'bitor':
          if (!truth) return this.narrow(state, a!, Z) && this.narrow(state, b!, Z);
          if (classOf(a!, state) === Z) return this.assume(state, b!, true);
          if (classOf(b!, state) === Z) return this.assume(state, a!, true);
          break;
        case 'land':
          if (truth) return this.assume(state, a!, true) && this.assume(state, b!, true);
          if (this.decide(state, a!) === true) return this.assume(state, b!, false);
          if (this.decide(state, b!) === true) return this.assume(state, a!, false);
          break;
        case 'lor':
          if (!truth) return this.assume(state, a!, false) && this.assume(state, b!, false);
          if (this.decide(state, a!) === false) return this.assume(state, b!, true);
          if (this.decide(state, b!) === false) return this.assume(state, a!, true);
          break;
        case 'ptr-err-or-zero':
          return this.narrow(state, a!, truth ? ERR : ~ERR);
        case 'err-ptr':
          return this.narrow(state, a!, truth ? ~Z : Z);
      }
    }
    return this.narrow(state, term, truth ? ~Z : Z);
  }

  private assumeEqual(state: State, term: Term, a: Term, b: Term, truth: boolean): boolean {
    if (a === b) return truth;
    if (b.k === 'int' && b.value === 0) return this.assume(state, a, !truth);
    if (a.k === 'int' && b.k === 'int') return (a.value === b.value) === truth;
    // Two names are two values: the labels of one enumeration.
    if (a.k === 'const' && b.k === 'const') return !truth;
    if (truth) {
      // Two different constants are not one value.
      if (b.k === 'int' || b.k === 'const')
        for (const [fact, classes] of state.facts)
          if (
            fact.k === 'op' &&
            fact.op === 'eq' &&
            fact !== term &&
            fact.args[0] === a &&
            (classes & Z) === 0
          ) {
            const other = fact.args[1]!;
            if ((other.k === 'int' && b.k === 'int') || (other.k === 'const' && b.k === 'const'))
              return false;
          }
      const both = classOf(a, state) & classOf(b, state);
      return this.narrow(state, a, both) && this.narrow(state, b, both) && this.narrow(state, term, ~Z);
    }
    return this.narrow(state, term, Z);
  }

  private assumeLess(state: State, term: Term, a: Term, b: Term, truth: boolean): boolean {
    if (a === b) return !truth;
    if (a.k === 'int' && b.k === 'int') return a.value < b.value === truth;
    if (b.k === 'int' && b.value === 0) return this.narrow(state, a, truth ? N : ~N);
    if (a.k === 'int' && a.value === 0) return this.narrow(state, b, truth ? P | PTR | ERR : Z | N);
    return this.narrow(state, term, truth ? ~Z : Z);
  }

  /** Decides a condition: true, false, or null where both can be. */
  decide(state: State, term: Term): boolean | null {
    const yes = this.assume(state.clone(), term, true);
    const no = this.assume(state.clone(), term, false);
    return yes === no ? null : yes;
  }

  /** After a guard was decided: no axiom broken, and some platform left. */
  private consistent(state: State, term: Term): boolean {
    const name = factName(term);
    if (name === null) return true;
    for (const axiom of this.axiomsOf.get(name) ?? []) {
      if (axiom.never.every(({ fact, holds }) => holdsIn(state, fact) === holds)) return false;
    }
    return this.mask(state, term);
  }

  /** A guard that was decided leaves the platforms on which it is so; false if none is left. */
  private mask(state: State, term: Term): boolean {
    const row = this.guardRow(term);
    const classes = classOf(term, state);
    if (!row || (classes !== Z && (classes & Z) !== 0)) return true;
    const on = classes === Z ? row.falseOn : row.trueOn;
    if (!on) return true;
    let mask = 0;
    this.filePlatforms.forEach((p, i) => {
      if (on.includes(p)) mask |= 1 << i;
    });
    // A Kconfig symbol tells where code is built today, not where it can be: it narrows, but rules nothing out.
    if (term.k === 'op' && term.op.startsWith('config:') && (state.mask & mask & this.all) === 0) return true;
    state.mask &= mask;
    return (state.mask & this.all) !== 0;
  }

  /** On which of the file's platforms this path can be. */
  platforms(state: State): PlatformId[] {
    return this.filePlatforms.filter((_, i) => state.mask & (1 << i));
  }

  /** Whether the path, told in that file, rests on a guard that says on which platform it is. */
  restsOnPlatform(state: State, file: string): boolean {
    const all = this.everywhere(file);
    return (state.mask & all) !== all;
  }

  /** Whether callers may know the answer of a predicate: the vocabulary has it, so it means the same everywhere. */
  tellsCallers(term: Term): boolean {
    if (term.k !== 'op' || !term.op.startsWith('call:')) return false;
    return this.vocabulary
      .rows(term.op.slice(5))
      .some((row) => row.k === 'platform-guard' || row.k === 'stable' || (row.k === 'harmless' && row.kinds));
  }

  private guardRow(term: Term) {
    const rows =
      term.k === 'op' && term.op.startsWith('call:')
        ? this.vocabulary.rows(term.op.slice(5))
        : term.k === 'op' && term.op.startsWith('config:')
          ? this.vocabulary.rows(term.op.slice(7))
          : term.k === 'entry'
            ? this.vocabulary.rows(dotted(term.path) ?? '')
            : term.k === 'const'
              ? this.vocabulary.rows(term.name)
              : [];
    for (const row of rows) {
      if (row.k !== 'platform-guard') continue;
      if (!row.selector) return row;
      const arg = term.k === 'op' ? term.args[row.selector.arg] : undefined;
      if (arg?.k === 'const' && arg.name === row.selector.name) return row;
    }
    return undefined;
  }

  /** The literal of an `#if` text or of `IS_ENABLED()`. */
  config(text: string): Term {
    return this.terms.op(`config:${text}`, []);
  }
}

/** A stable literal's name, as the axioms write it; null for a value that has no name. */
export function factName(term: Term): string | null {
  if (term.k === 'op') {
    if (term.op.startsWith('config:')) return term.op.slice(7);
    if (term.op.startsWith('call:')) {
      const selectors = term.args.filter((a) => a.k === 'const').map((a) => (a.k === 'const' ? a.name : ''));
      return selectors.length > 0 ? `${term.op.slice(5)}(${selectors.join(', ')})` : term.op.slice(5);
    }
    return null;
  }
  if (term.k === 'entry') return dotted(term.path);
  if (term.k === 'const') return term.name;
  return null;
}

/** `ms_hyperv.paravisor_present`: a global and fields of it; null for anything else. */
export function dotted(path: Path): string | null {
  if (path.root.k !== 'global') return null;
  const parts: string[] = [];
  for (let p: Path | null = path; p; p = p.parent) {
    if (p.step === null) parts.push(path.root.name);
    else if (p.step.k === 'field') parts.push(p.step.name);
    else return null;
  }
  return parts.reverse().join('.');
}

function holdsIn(state: State, name: string): boolean | null {
  for (const [term, classes] of state.facts) {
    if (factName(term) !== name) continue;
    if (classes === Z) return false;
    if ((classes & Z) === 0) return true;
  }
  return null;
}

/** A literal that has the same answer everywhere: a predicate over entry values, a global, an `#if` text. */
export function isStable(term: Term): boolean {
  if (term.k !== 'op' && term.k !== 'entry' && term.k !== 'const') return false;
  return atomsOf(term).length === 0;
}

/** Facts about values that were overwritten are of no use; drops those that mention an atom that is `gone`. */
export function dropFactsAbout(state: State, gone: (term: Term) => boolean): void {
  state.facts.forEach((_, term) => {
    if (atomsOf(term).some(gone)) state.facts.delete(term);
  });
}
