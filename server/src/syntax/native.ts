import type { CancellationToken } from '../base/token.ts';
import { Cancelled } from '../base/token.ts';
import type { Cursor } from './flat-tree.ts';
import { FlatTreeBuilder, flattenWithCursor, OPERATORS, selectNodes } from './flat-tree.ts';
import { errorTree, exceedsParser } from './limits.ts';
import type { FlatTree, Grammar, SyntaxBackend } from './types.ts';

/** As much of the package `tree-sitter` as is used. */
interface NativeTree {
  readonly rootNode: { readonly hasError: boolean };
  walk(): Cursor & { readonly nodeType: string; readonly currentFieldName: string | null | undefined };
}
interface NativeParser {
  setLanguage(language: unknown): void;
  parse(
    text: string,
    old?: undefined,
    options?: { progressCallback?: (index: number, hasError: boolean) => boolean },
  ): NativeTree | null | undefined;
  reset(): void;
}
/** As much of a language package as is used, after `setLanguage`. */
interface NativeLanguage {
  readonly nodeTypeInfo: readonly {
    readonly fields?: Readonly<Record<string, unknown>>;
  }[];
  readonly nodeSubclasses: readonly { readonly prototype: object }[];
}

/** Has every operator and statement once, and every node type whose name several ids share: neither is to be had in any other way. */
const PROBE = `#if A
int (*f)(int a, ...), b[2], c [[d]];
#elif B
#elifdef C
#else
#endif
#ifdef D
#endif
struct s { unsigned a : 3; enum { A, B = 2 } b[2]; };
static inline int f(struct s *b, ...) {
  int c = 1, *d = &c;
  for (;;) { if (!b->a && d[1]) goto out; else c += 2; }
  switch (c) { case 1: break; default: do continue; while (c); }
  x = (u8)z ? sizeof(struct s) : 2;
  ${['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '<', '>', '<=', '>=', '==', '!=', '&&', '||']
    .map((operator) => `x = a ${operator} b;`)
    .join(' ')}
  ${['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>='].map((o) => `x ${o} b;`).join(' ')}
  !a; ~a; -a; +a; a++; --a; a.b; a->b;
  out: return g(b, "s", 'c', (struct s){ .a = 1, [2] = 3 });
}`;

function typeNameOf(subclass: { readonly prototype: object } | undefined): string | null {
  const own = subclass && Object.getOwnPropertyDescriptor(subclass.prototype, 'type');
  return typeof own?.value === 'string' ? own.value : null;
}

/**
 * Ids and names of node types and fields. The package hands them out in pieces only: named types through the
 * classes of its nodes, tokens while walking a tree. Field ids are the places of the names in alphabetical order.
 * @throws if the probe shows that one of this is no longer so
 */
function grammarOf(language: NativeLanguage, probe: NativeTree): Grammar {
  const named = language.nodeSubclasses.map(typeNameOf);
  const tokens: (string | undefined)[] = [];
  // Several ids may share a name, where a rule is an alias of another. Nodes have one of them only.
  const inTrees = new Map<string, number>();
  const fields = new Set<string>();
  for (const { fields: own } of language.nodeTypeInfo) {
    for (const name of Object.keys(own ?? {})) fields.add(name);
  }
  const fieldNames = ['', ...[...fields].sort()];

  const cursor = probe.walk();
  for (;;) {
    const id = cursor.nodeTypeId;
    const name = named[id];
    if (name === null) tokens[id] = cursor.nodeType;
    else if (name !== undefined) inTrees.set(name, id);
    const field = cursor.currentFieldId ?? 0;
    if (field > 0 && fieldNames[field] !== cursor.currentFieldName) {
      throw new Error(`field ${field} is ${cursor.currentFieldName}, not ${fieldNames[field]}`);
    }
    if (cursor.gotoFirstChild()) continue;
    let done = false;
    while (!done && !cursor.gotoNextSibling()) done = !cursor.gotoParent();
    if (done) break;
  }
  const missing = OPERATORS.filter((operator) => !tokens.includes(operator));
  if (missing.length > 0) throw new Error(`the grammar has no token ${missing.join(' ')}`);
  const doubtful = named.find(
    (name, id) => typeof name === 'string' && named.indexOf(name) < id && !inTrees.has(name),
  );
  if (doubtful) throw new Error(`which id nodes of the type ${doubtful} have is not known`);
  return {
    typeCount: named.length,
    typeName: (id) => named[id] ?? tokens[id] ?? '',
    typeId: (name, isNamed) =>
      Math.max(0, isNamed ? (inTrees.get(name) ?? named.indexOf(name)) : tokens.indexOf(name)),
    fieldName: (id) => fieldNames[id] ?? '',
    fieldId: (name) => Math.max(0, fieldNames.indexOf(name)),
  };
}

/**
 * The parser as a compiled addon. `treeSitter` and `language` are the modules `tree-sitter` and `tree-sitter-c`;
 * the host imports them, since they are installed only where they build. Gives the same trees as the WASM backend
 * for text without errors, with the same ids.
 *
 * Known of these packages: a worker that is terminated inside a native call aborts the process, so stop parses
 * with a token first; trees are freed only when the event loop turns, so a long synchronous run grows.
 * @throws if the modules are not what this was written for; then use the WASM backend
 */
export function createNativeBackend(treeSitter: unknown, language: unknown): SyntaxBackend {
  const Parser = treeSitter as new () => NativeParser;
  const parser = new Parser();
  parser.setLanguage(language);
  const probe = parser.parse(PROBE);
  if (!probe || probe.rootNode.hasError) throw new Error('the native parser does not read the probe');
  const grammar = grammarOf(language as NativeLanguage, probe);
  const named = (language as NativeLanguage).nodeSubclasses.map((subclass) => typeNameOf(subclass) !== null);
  const selection = selectNodes(grammar, (id) => named[id] === true);
  const builder = new FlatTreeBuilder();

  function parse(text: string, token?: CancellationToken): FlatTree {
    if (exceedsParser(text)) return errorTree(text);
    const tree = token
      ? parser.parse(text, undefined, { progressCallback: () => token.cancelled })
      : parser.parse(text);
    if (!tree) {
      parser.reset();
      throw new Cancelled();
    }
    flattenWithCursor(tree.walk(), selection, !tree.rootNode.hasError, builder);
    return builder.build();
  }

  return { name: 'native', grammar, parse, dispose: () => {} };
}
