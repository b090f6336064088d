import type { Span } from '../base/span.ts';
import type { ConfigLiteral, FunctionSlice } from '../syntax/types.ts';
import type { Code } from './code.ts';
import type { Dialect, Expr, Havoc, Instr, Terminator, Variable } from './types.ts';

/** A block that is being filled. */
export interface Draft {
  label: string | null;
  readonly instrs: Instr[];
  term: Terminator | null;
}

/** What runs at a scope's end: a list from the innermost outwards, shared by everything that is nested in it. */
export interface CleanupChain {
  readonly outer: CleanupChain | null;
  readonly instr: Extract<Instr, { k: 'cleanup' | 'guard' }>;
  /** `#if` regions (indices) that the declaration stands in; it runs only where they hold. */
  readonly regions: readonly number[];
}

/** Where `break` or `continue` goes. */
export interface JumpTarget {
  readonly block: number;
  readonly chain: CleanupChain | null;
}

/** The innermost `switch`: where its labels lead, collected while its body is lowered. */
export interface SwitchContext {
  readonly cases: SwitchCase[];
  otherwise: number;
  /** Behind the switch. */
  readonly after: number;
}

/** One `case` label. */
export interface SwitchCase {
  readonly values: Expr[];
  readonly to: number;
  readonly span: Span;
  /** Where control goes if the configuration has no such label; -1 for a label that is always there. */
  readonly without: number;
}

interface Label {
  readonly block: number;
  readonly chain: CleanupChain | null;
  readonly expression: ExpressionScope | null;
  readonly regions: readonly number[];
}

/** The statement expressions around a place; a label in one cannot be reached from outside. */
export interface ExpressionScope {
  readonly outer: ExpressionScope | null;
}

interface PendingGoto {
  readonly block: number;
  readonly label: string;
  readonly chain: CleanupChain | null;
  readonly expression: ExpressionScope | null;
  readonly regions: readonly number[];
  readonly span: Span;
}

/** How deep expressions and statements may nest before they are given up; far above anything written by hand. */
export const MAX_DEPTH = 250;

/** Blocks, names and scopes of one function while it is lowered. */
export class Builder {
  readonly variables: Variable[] = [];
  readonly drafts: Draft[] = [];
  readonly havocs: Havoc[] = [];
  temporaries = 0;
  /** The block that is being filled; -1 where control does not arrive. */
  current = -1;
  chain: CleanupChain | null = null;
  breakTo: JumpTarget | null = null;
  continueTo: JumpTarget | null = null;
  switchContext: SwitchContext | null = null;
  expression: ExpressionScope | null = null;
  /** Inside `sizeof` and `typeof`: nothing is executed. */
  unevaluated = false;
  depth = 0;
  /** Indices of the `#if` regions that the current statement is known to stand in. */
  active: readonly number[] = [];
  /** Variables that were declared without a value, and those that were assigned one since, in the order of the text. */
  readonly declaredEmpty = new Set<number>();
  readonly assigned = new Set<number>();
  /** Errors in the tree before a node, or null if the tree has none. */
  errorsBefore: Uint32Array | null = null;

  private readonly labels = new Map<string, Label[]>();
  private readonly gotos: PendingGoto[] = [];
  private readonly names = new Map<string, number>();
  private readonly shadowed: { readonly name: string; readonly before: number | undefined }[] = [];

  constructor(
    readonly code: Code,
    readonly dialect: Dialect,
    /** Null for what stands outside of functions. */
    readonly slice: FunctionSlice | null,
  ) {}

  // --- blocks

  /** A new block that nothing leads to yet. */
  block(label: string | null = null): number {
    this.drafts.push({ label, instrs: [], term: null });
    return this.drafts.length - 1;
  }

  /** Goes on in `block`. Control must not be open. */
  enter(block: number): void {
    this.current = block;
  }

  /** The open block; a new one that nobody reaches where control has ended. */
  here(): Draft {
    if (this.current < 0) this.current = this.block();
    return this.drafts[this.current]!;
  }

  emit(instr: Instr): void {
    if (this.current < 0) this.current = this.block();
    this.drafts[this.current]!.instrs.push(instr);
  }

  /** Ends the open block. Nothing happens where control has ended already. */
  end(term: Terminator): void {
    if (this.current < 0) return;
    this.drafts[this.current]!.term = term;
    this.current = -1;
  }

  jump(to: number, span: Span): void {
    this.end({ k: 'jump', to, span });
  }

  temp(): number {
    return this.temporaries++;
  }

  /** Records that something was not understood; `targets` may have any value afterwards. */
  havoc(reason: string, span: Span, targets: readonly Expr[] = []): void {
    this.havocs.push({ reason, span });
    this.emit({ k: 'havoc', reason, targets, span });
  }

  // --- names

  /** The variable that `name` means here. */
  lookup(name: string): number | undefined {
    return this.names.get(name);
  }

  /** Adds a variable and lets its name mean it until the scope ends. */
  declare(variable: Variable): number {
    const index = this.variables.length;
    this.variables.push(variable);
    this.shadowed.push({ name: variable.name, before: this.names.get(variable.name) });
    this.names.set(variable.name, index);
    return index;
  }

  /** Opens a scope; give the result to {@link closeScope}. */
  openScope(): { readonly names: number; readonly chain: CleanupChain | null } {
    return { names: this.shadowed.length, chain: this.chain };
  }

  /** Closes a scope: runs its cleanups if control arrives at its end, and forgets its names. */
  closeScope(scope: { readonly names: number; readonly chain: CleanupChain | null }, at: Span): void {
    if (this.current >= 0) this.cleanUpTo(scope.chain, at);
    this.chain = scope.chain;
    while (this.shadowed.length > scope.names) {
      const { name, before } = this.shadowed.pop()!;
      if (before === undefined) this.names.delete(name);
      else this.names.set(name, before);
    }
  }

  // --- scope ends

  /** From now on `instr` runs on every way out of the scope. */
  deferToScopeEnd(instr: CleanupChain['instr']): void {
    this.chain = { outer: this.chain, instr, regions: this.active };
  }

  /** Emits what is to run on the way from here out to `outer`, innermost first. `at` is where the scope is left. */
  cleanUpTo(outer: CleanupChain | null, at: Span): void {
    this.emitCleanups(this.chain, outer, this.active, at);
  }

  private emitCleanups(
    from: CleanupChain | null,
    outer: CleanupChain | null,
    active: readonly number[],
    at: Span,
  ): void {
    for (let link = from; link !== null && link !== outer; link = link.outer) {
      const missing = link.regions.filter((r) => !active.includes(r));
      const instr = { ...link.instr, span: at };
      if (missing.length === 0) {
        this.emit(instr);
        continue;
      }
      const after = this.block();
      this.require(missing, after, at);
      this.emit(instr);
      this.jump(after, at);
      this.enter(after);
    }
  }

  // --- presence

  /** The literals of `regions`, outermost first, each once. */
  literalsOf(regions: readonly number[]): ConfigLiteral[] {
    const out: ConfigLiteral[] = [];
    for (const region of regions) {
      for (const literal of this.slice!.regions[region]!.presence) {
        if (!out.some((o) => o.text === literal.text && o.holds === literal.holds)) out.push(literal);
      }
    }
    return out;
  }

  /** Goes on where all literals of `regions` hold, to `otherwise` where one does not. */
  require(regions: readonly number[], otherwise: number, span: Span): void {
    for (const literal of this.literalsOf(regions)) {
      const then = this.block();
      this.here();
      this.end({ k: 'config', literal, then, otherwise, span });
      this.enter(then);
    }
  }

  // --- labels

  /** A label of this function, with the `#if` regions that it stands in; arms may define one each. */
  defineLabel(name: string, block: number, regions: readonly number[]): void {
    const label = { block, chain: this.chain, expression: this.expression, regions };
    const known = this.labels.get(name);
    if (known === undefined) this.labels.set(name, [label]);
    else if (known[known.length - 1]!.regions.length > 0) known.push(label);
  }

  /** Leaves for a label that may come later. */
  goto(label: string, span: Span): void {
    this.emit({ k: 'goto', label, span });
    this.gotos.push({
      block: this.current,
      label,
      chain: this.chain,
      expression: this.expression,
      regions: this.active,
      span,
    });
    this.end({ k: 'stop', reason: 'goto', span });
  }

  /** Leads every goto to its label, cleanups in between. */
  resolveGotos(): void {
    for (const pending of this.gotos) {
      const { span } = pending;
      const all = this.labels.get(pending.label) ?? [];
      const labels = all.filter((label) => encloses(label.expression, pending.expression));
      this.current = pending.block;
      if (labels.length === 0) {
        const reason = all.length === 0 ? 'goto without label' : 'goto into an expression';
        this.havoc(reason, span);
        this.end({ k: 'stop', reason, span });
        continue;
      }
      labels.forEach((label, i) => {
        const others = this.block();
        if (i + 1 < labels.length) this.require(label.regions, others, span);
        const outer = commonChain(pending.chain, label.chain);
        this.emitCleanups(pending.chain, outer, pending.regions, span);
        this.jump(label.block, span);
        this.enter(others);
      });
    }
  }
}

function encloses(outer: ExpressionScope | null, inner: ExpressionScope | null): boolean {
  for (let at = inner; ; at = at.outer) {
    if (at === outer) return true;
    if (at === null) return false;
  }
}

function commonChain(a: CleanupChain | null, b: CleanupChain | null): CleanupChain | null {
  if (a === null || b === null) return null;
  const seen = new Set<CleanupChain>();
  for (let at: CleanupChain | null = b; at; at = at.outer) seen.add(at);
  for (let at: CleanupChain | null = a; at; at = at.outer) if (seen.has(at)) return at;
  return null;
}
