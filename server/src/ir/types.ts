import type { Span } from '../base/span.ts';
import type { ConfigLiteral, FunctionSlice, Presence } from '../syntax/types.ts';

/**
 * The small language that the analysis reads. Spans are relative to the function's slice, so that a function
 * that only moved in its file is the same function. Expressions have no effect: calls, assignments and
 * choices are instructions and branches; what a call or a `?:` yields is a temporary.
 */
export interface TypeRef {
  /** As written, white space folded, without the declarator's name: `struct page *`. */
  readonly text: string;
  /** The struct or union tag, or a typedef's name; null for arithmetic types. */
  readonly tag: string | null;
  readonly pointers: number;
  /** Array lengths as written, outermost first; `''` for `[]`. */
  readonly arrays: readonly string[];
  readonly unsigned: boolean;
  readonly bool: boolean;
}

/** A parameter, local or file-level variable. */
export interface Variable {
  readonly name: string;
  readonly type: TypeRef;
  /** Of the name. */
  readonly span: Span;
  readonly storage: 'parameter' | 'local' | 'static' | 'global' | 'extern';
  /** From `__free(f)` or a guard: what runs at scope end. */
  readonly cleanup: string | null;
}

export type UnaryOp = '-' | '+' | '~' | '!';
export type BinaryOp =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '<<'
  | '>>'
  | '&'
  | '|'
  | '^'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '&&'
  | '||';

/** Expressions without effect. `&&`, `||`, `!` occur only where both sides have no calls and no value is branched on. */
export type Expr =
  | { readonly k: 'int'; readonly value: bigint; readonly span: Span }
  | { readonly k: 'string'; readonly text: string; readonly span: Span }
  /** A parameter or local variable; `index` into {@link IrFunction.variables}. */
  | { readonly k: 'local'; readonly index: number; readonly name: string; readonly span: Span }
  /** Anything else with a name: global, enumerator, macro constant, function. */
  | { readonly k: 'name'; readonly name: string; readonly span: Span }
  /** `text`: of a choice, as the author wrote it. */
  | { readonly k: 'temp'; readonly id: number; readonly text?: string; readonly span: Span }
  /** `base.name`; for `p->name` the base is a `deref`. */
  | { readonly k: 'field'; readonly base: Expr; readonly name: string; readonly span: Span }
  | { readonly k: 'index'; readonly base: Expr; readonly index: Expr; readonly span: Span }
  | { readonly k: 'deref'; readonly base: Expr; readonly span: Span }
  | { readonly k: 'addr'; readonly base: Expr; readonly span: Span }
  | { readonly k: 'unary'; readonly op: UnaryOp; readonly arg: Expr; readonly span: Span }
  | {
      readonly k: 'binary';
      readonly op: BinaryOp;
      readonly left: Expr;
      readonly right: Expr;
      readonly span: Span;
    }
  | { readonly k: 'cast'; readonly type: TypeRef; readonly arg: Expr; readonly span: Span }
  /** `sizeof(type)` or `sizeof expr`; also `offsetof` and `_Alignof`, told apart by `of`. */
  | {
      readonly k: 'sizeof';
      readonly of: 'size' | 'align' | 'offset';
      readonly type: TypeRef | null;
      readonly arg: Expr | null;
      readonly text: string;
      readonly span: Span;
    }
  /** `{ .a = x, [2] = y, z }` and compound literals; `member` is a field name, an index expression, or null. */
  | {
      readonly k: 'aggregate';
      readonly type: TypeRef | null;
      readonly items: readonly { readonly member: string | Expr | null; readonly value: Expr }[];
      readonly span: Span;
    }
  /** A type where a macro takes one: `container_of(p, struct foo, m)`. `m` is a `name`. */
  | { readonly k: 'type'; readonly type: TypeRef; readonly span: Span }
  | { readonly k: 'unknown'; readonly reason: string; readonly span: Span };

export type Callee =
  | { readonly k: 'direct'; readonly name: string }
  /** Through a pointer: `x->ops->f(...)`. */
  | { readonly k: 'indirect'; readonly expr: Expr };

export type Instr =
  | {
      readonly k: 'call';
      readonly dst: number | null;
      readonly callee: Callee;
      readonly args: readonly Expr[];
      readonly span: Span;
      /** The call is a statement of its own (or cast to void): nothing reads its result. */
      readonly discarded: boolean;
    }
  /**
   * `target` is a local, a name, a temp, a field, an index or a deref. `x += e` comes as `x = x + e` with
   * `compound: '+'`. `init`: in a declaration. A target that is the temp of a call is what an accessor macro
   * stands for: `per_cpu(x, i) = p`.
   */
  | {
      readonly k: 'assign';
      readonly target: Expr;
      readonly value: Expr;
      readonly compound: BinaryOp | null;
      readonly init: boolean;
      readonly span: Span;
    }
  /** A local without initialiser comes into scope (again). */
  | { readonly k: 'declare'; readonly variable: number; readonly span: Span }
  /** At scope end, return and goto out of scope: `cleanup(f)` of a variable, in reverse order of declaration. */
  | { readonly k: 'cleanup'; readonly variable: number; readonly cleanup: string; readonly span: Span }
  /** `guard(mutex)(&l)`, `scoped_guard(...)`: `enter` where it stands, `leave` at scope end. */
  | {
      readonly k: 'guard';
      readonly phase: 'enter' | 'leave';
      readonly kind: string;
      readonly args: readonly Expr[];
      readonly span: Span;
    }
  /** Head of a loop macro: each pass defines `defines` anew from `args`. Followed by an `iterate` terminator. */
  | {
      readonly k: 'cursor';
      readonly macro: string;
      readonly args: readonly Expr[];
      readonly defines: readonly Expr[];
      readonly span: Span;
    }
  /** Control arrives here only where `literal` holds (a label inside an `#if` region). */
  | { readonly k: 'assume'; readonly literal: ConfigLiteral; readonly span: Span }
  /** A `goto` stands here; where it leads is the block's end. For the path that people read. */
  | { readonly k: 'goto'; readonly label: string; readonly span: Span }
  | { readonly k: 'asm'; readonly outputs: readonly Expr[]; readonly span: Span }
  /** Something that was not understood; `targets` may have any value afterwards. */
  | { readonly k: 'havoc'; readonly reason: string; readonly targets: readonly Expr[]; readonly span: Span };

export type Terminator =
  | { readonly k: 'jump'; readonly to: number; readonly span: Span }
  | {
      readonly k: 'branch';
      readonly cond: Expr;
      readonly then: number;
      readonly otherwise: number;
      readonly span: Span;
      /** `if`, a loop's condition, `?:`, `&&`/`||`. */
      readonly origin: 'if' | 'loop' | 'ternary' | 'logical';
    }
  /** A choice on an `#if` text. */
  | {
      readonly k: 'config';
      readonly literal: ConfigLiteral;
      readonly then: number;
      readonly otherwise: number;
      readonly span: Span;
    }
  /** A loop macro's choice: one more pass, or done. */
  | { readonly k: 'iterate'; readonly body: number; readonly done: number; readonly span: Span }
  | {
      readonly k: 'switch';
      readonly value: Expr;
      readonly cases: readonly {
        readonly values: readonly Expr[];
        readonly to: number;
        readonly span: Span;
      }[];
      /** Where no case fits: the default label or what follows the switch. */
      readonly otherwise: number;
      readonly span: Span;
    }
  | { readonly k: 'return'; readonly value: Expr | null; readonly span: Span }
  /** Falls off a construct that was not understood, or `__builtin_unreachable()`. */
  | { readonly k: 'stop'; readonly reason: string; readonly span: Span };

/** Instructions that run one after the other, and what comes next. */
export interface Block {
  readonly id: number;
  /** The label or construct that the block begins, for printing: `out:`, `loop`, `then`. */
  readonly label: string | null;
  readonly instrs: readonly Instr[];
  readonly term: Terminator;
}

/** A place that lowering did not understand: any value, any effect. */
export interface Havoc {
  readonly reason: string;
  readonly span: Span;
}

/** A lowered function. Spans are relative to its slice. */
export interface IrFunction {
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
  /** Offset of the slice in its file; the only absolute number here. Not part of the function's identity. */
  readonly start: number;
  readonly isStatic: boolean;
  readonly isInline: boolean;
  /** `__init`, `__must_check`, `__releases(x)`, ... as written. */
  readonly attributes: readonly string[];
  readonly returnType: TypeRef;
  /** Parameters first, in order; then locals as they come. */
  readonly variables: readonly Variable[];
  readonly parameterCount: number;
  readonly variadic: boolean;
  readonly presence: Presence;
  /** `blocks[0]` is the entry; ids are indices; blocks nobody reaches are left out. Reverse post-order. */
  readonly blocks: readonly Block[];
  readonly temporaries: number;
  readonly havocs: readonly Havoc[];
  /** What comments speak of that say that memory is leaked on purpose: a path that comes through there is told of. */
  readonly leaksTold: readonly Span[];
  /** ERROR and MISSING nodes in the tree. */
  readonly parseErrors: number;
  /** Content hash of the slice. */
  readonly hash: string;
  /** Made of a function-like macro. */
  readonly macro?: true;
  /** Of a macro: the parameters (from 0) that are pointers to what the caller writes, because the body uses it as a place. */
  readonly byReference?: readonly number[];
}

/** A member of a struct or union. */
export interface StructField {
  readonly name: string;
  readonly type: TypeRef;
}

/** A struct or union of the file. */
export interface StructDef {
  readonly tag: string;
  readonly union: boolean;
  readonly fields: readonly StructField[];
}

/** A file-level variable, with its initialiser lowered to an expression where it has one. */
export interface GlobalDef {
  readonly variable: Variable;
  readonly init: Expr | null;
  readonly presence: Presence;
}

/** A function that nobody has lowered yet, by what its text tells. */
export interface FunctionHead {
  /** As the unit calls it; in a linked unit statics with namesakes bear the name of their file. */
  readonly name: string;
  /** Where it stands. */
  readonly file: string;
  readonly isStatic: boolean;
  /** Made of a function-like macro. One that does not parse is no function all the same: see `readsAsFunction`. */
  readonly macro: boolean;
  /** The text that it stands for. */
  readonly slice: Pick<FunctionSlice, 'name' | 'start' | 'text' | 'nameSpan' | 'bodySpan' | 'presence'>;
  /** Names that it may call: too many rather than too few. Other names for functions are these. */
  readonly calls: ReadonlySet<string>;
  /** Names that it may call through a member, `->m(` and `.m(`. */
  readonly members: ReadonlySet<string>;
  /** Other names in it. */
  readonly mentions: ReadonlySet<string>;
  /** UTF-16 units of its text. */
  readonly length: number;
  /** The function itself; the same object each time. */
  lower(): IrFunction;
}

/** What is made when it is asked for. */
export interface Lookup<V> {
  get(name: string): V | undefined;
}

/** What the analysis reads: one file, or several linked ones. Everything is lowered when it is asked for. */
export interface IrUnit {
  /** The first file of several. */
  readonly file: string;
  /** Functions. Macros are not among them, for most are never called. */
  readonly heads: readonly FunctionHead[];
  /** Function-like macros of a name that may be read as functions. */
  macrosNamed(name: string): readonly FunctionHead[];
  /** Declarations and definitions of a file-level variable. */
  globalsNamed(name: string): readonly GlobalDef[];
  /** File-level variables whose declaration has the name in its text: initialisers that may take an address. */
  globalsMentioning(name: string): readonly GlobalDef[];
  /** The headers that every build of a file of it includes: those that stand under no `#if`. */
  headersOf(file: string): readonly string[];
  /** Whether directives ask if a name is defined, as `#ifdef` does, and not for its value. */
  asksIfDefined(name: string): boolean;
  readonly structs: Lookup<StructDef>;
  /** Object-like macros whose body is a constant expression, and enumerators with a value. */
  readonly constants: Lookup<Expr>;
}

/** What Linux calls certain things; the kernel vocabulary implements it, lowering asks it and knows no name itself. */
export interface Dialect {
  /** Macros that yield their first argument as a truth value and have no effect on it: `likely`, `unlikely`, `__builtin_expect`. */
  isTransparentCondition(name: string): boolean;
  /** Macros that loop over their block; which arguments (from 0) they define anew each pass. Null: not a loop macro. */
  loopCursor(name: string): readonly number[] | null;
  /** Whether a comment says that memory is leaked, which is how the house accounts for it. */
  tellsLeak(comment: string): boolean;
  /** Macros whose arguments may be types: lowered to `type` expressions. */
  takesType(name: string): boolean;
  /** Names whose meaning is known better than a macro's body tells it. */
  knows(name: string): boolean;
}
