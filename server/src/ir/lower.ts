import type { Span } from '../base/span.ts';
import { contains } from '../base/span.ts';
import type { FunctionSlice, Grammar } from '../syntax/types.ts';
import { Builder } from './builder.ts';
import { Code } from './code.ts';
import { countErrors, hasParseError } from './expressions.ts';
import { finishBlocks } from './finish.ts';
import { Kind, vocabularyOf } from './kinds.ts';
import { leaksTold } from './leaks.ts';
import { asMacro } from './macros.ts';
import { lowerStatement } from './statements.ts';
import { baseType, readDeclarator, typeOf, UNKNOWN_TYPE } from './typeref.ts';
import type { Dialect, IrFunction, TypeRef } from './types.ts';

export { type FileUnit, LowerCache, lowerUnit } from './unit.ts';

/**
 * Lowers one function. Never throws: what is not understood is a `havoc` with its reason, and a function that
 * cannot be lowered at all is one `havoc` and a `stop`.
 */
export function lowerFunction(slice: FunctionSlice, grammar: Grammar, dialect: Dialect): IrFunction {
  try {
    const fn = lower(slice, grammar, dialect);
    return slice.macro ? asMacro(fn) : fn;
  } catch (error) {
    const reason = `lowering failed: ${error instanceof Error ? error.message : String(error)}`;
    return failed(slice, reason);
  }
}

function lower(slice: FunctionSlice, grammar: Grammar, dialect: Dialect): IrFunction {
  const code = new Code(slice.tree(), slice.text, slice.normalised, vocabularyOf(grammar));
  const b = new Builder(code, dialect, slice);
  b.errorsBefore = slice.errorCount() === 0 ? null : countErrors(code.tree.flags);
  const definition = findKind(code, Kind.functionDefinition);
  const body = findBody(code, definition, slice);
  const entry = b.block('entry');
  b.enter(entry);
  const header = definition < 0 ? null : lowerHeader(b, definition);
  const parameterCount = b.variables.length;
  const end = { start: Math.max(0, slice.bodySpan.end - 1), end: slice.bodySpan.end };
  if (header?.oldStyle) b.havoc('K&R parameters', slice.nameSpan);
  if (definition >= 0 && body >= 0 && hasParseError(b, definition)) reportHeader(b, definition, body);
  if (body < 0) b.havoc('no body', slice.bodySpan);
  else lowerStatement(b, body);
  b.here();
  b.end({ k: 'return', value: null, span: end });
  b.resolveGotos();
  for (const draft of b.drafts) draft.term ??= { k: 'stop', reason: 'unfinished', span: end };
  const blocks = finishBlocks(b.drafts, entry);
  const attributes = headAttributes(slice, header?.parameters);
  return {
    name: slice.name,
    nameSpan: slice.nameSpan,
    span: { start: 0, end: slice.end - slice.start },
    start: slice.start,
    isStatic: header?.storage.includes('static') === true,
    isInline: header?.storage.includes('inline') === true || attributes.some((a) => a.includes('inline')),
    attributes,
    returnType: header?.returnType ?? UNKNOWN_TYPE,
    variables: b.variables,
    parameterCount,
    variadic: header?.variadic ?? false,
    presence: slice.presence,
    blocks,
    temporaries: b.temporaries,
    havocs: b.havocs,
    leaksTold: leaksTold(code, body, blocks, dialect),
    parseErrors: slice.errorCount(),
    hash: slice.hash,
  };
}

/** What annotates the function itself: what stands among its parameters is theirs. */
function headAttributes(slice: FunctionSlice, parameters?: Span): string[] {
  return slice.attributes
    .filter(({ span }) => span.start < slice.bodySpan.start && !(parameters && contains(parameters, span)))
    .map((a) => a.text);
}

function findKind(code: Code, kind: Kind): number {
  for (let i = 0; i < code.tree.count; i++) if (code.kind(i) === kind) return i;
  return -1;
}

function findBody(code: Code, definition: number, slice: FunctionSlice): number {
  const body = definition < 0 ? -1 : code.child(definition, code.f.body);
  if (body >= 0) return body;
  for (let i = 0; i < code.tree.count; i++) {
    if (code.kind(i) === Kind.compound && code.start(i) >= slice.bodySpan.start) return i;
  }
  return -1;
}

/** Errors between the return type and the body do not matter for what runs, but are told. */
function reportHeader(b: Builder, definition: number, body: number): void {
  const { next } = b.code.tree;
  for (let j = definition + 1; j < next[definition]!; j = next[j]!) {
    if (j !== body && hasParseError(b, j)) b.havoc('parse error', b.code.span(j));
  }
}

interface Header {
  readonly returnType: TypeRef;
  readonly variadic: boolean;
  readonly oldStyle: boolean;
  /** `static`, `inline`, `extern`, ... */
  readonly storage: readonly string[];
  /** The parameter list. */
  readonly parameters: Span | undefined;
}

/** Declares the parameters. */
function lowerHeader(b: Builder, definition: number): Header {
  const { code } = b;
  const base = baseType(code, definition);
  const root = code.child(definition, code.f.declarator);
  let pointers = 0;
  for (let at = root; code.kind(at) === Kind.pointerDeclarator; at = code.child(at, code.f.declarator))
    pointers++;
  const returnType = typeOf(code, base, {
    name: -1,
    pointers,
    arrays: [],
    parameters: -1,
    isFunction: false,
    sizes: [],
  });
  const { parameters } = readDeclarator(code, root);
  let variadic = false;
  let oldStyle = false;
  const list = parameters < 0 ? [] : code.children(parameters);
  for (const item of list) {
    const kind = code.kind(item);
    if (kind === Kind.variadic) variadic = true;
    else if (kind === Kind.identifier) {
      oldStyle = true;
      const name = code.parsed(item);
      b.declare({ name, type: UNKNOWN_TYPE, span: code.span(item), storage: 'parameter', cleanup: null });
    } else if (kind === Kind.parameter) {
      const declarator = readDeclarator(code, code.child(item, code.f.declarator));
      const type = typeOf(code, baseType(code, item), declarator);
      if (list.length === 1 && declarator.name < 0 && type.text === 'void') break;
      const name = declarator.name < 0 ? '' : code.parsed(declarator.name);
      const span = code.span(declarator.name < 0 ? item : declarator.name);
      b.declare({ name, type, span, storage: 'parameter', cleanup: null });
    }
  }
  const storage = code
    .children(definition)
    .filter((c) => code.kind(c) === Kind.storageClass)
    .map((c) => code.parsed(c));
  return {
    returnType,
    variadic,
    oldStyle,
    storage,
    parameters: parameters < 0 ? undefined : code.span(parameters),
  };
}

function failed(slice: FunctionSlice, reason: string): IrFunction {
  const span = { start: 0, end: slice.end - slice.start };
  return {
    name: slice.name,
    nameSpan: slice.nameSpan,
    span,
    start: slice.start,
    isStatic: false,
    isInline: false,
    attributes: headAttributes(slice),
    returnType: UNKNOWN_TYPE,
    variables: [],
    parameterCount: 0,
    variadic: false,
    presence: slice.presence,
    blocks: [
      {
        id: 0,
        label: 'entry',
        instrs: [{ k: 'havoc', reason, targets: [], span }],
        term: { k: 'stop', reason, span },
      },
    ],
    temporaries: 0,
    havocs: [{ reason, span }],
    leaksTold: [],
    parseErrors: 0,
    hash: slice.hash,
  };
}
