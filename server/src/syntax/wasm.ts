import type { Tree } from 'web-tree-sitter';
import { Language, Parser } from 'web-tree-sitter';
import type { CancellationToken } from '../base/token.ts';
import { Cancelled } from '../base/token.ts';
import type { NodeSelection } from './flat-tree.ts';
import { FlatTreeBuilder, flattenWithCursor, sameTree, selectNodes } from './flat-tree.ts';
import { errorTree, exceedsParser } from './limits.ts';
import type { FlatTree, Grammar, SyntaxBackend } from './types.ts';
import { ERROR_TYPE, NodeFlag } from './types.ts';
import type { Heap } from './wasm-walk.ts';
import { MemoryWalk } from './wasm-walk.ts';

/** `Parser.init` keeps the first module for good, so there is one a thread. */
let runtime: Promise<Heap> | undefined;

function startRuntime(wasmBinary: Uint8Array): Promise<Heap> {
  runtime ??= (async () => {
    const module: Record<string, unknown> = { wasmBinary };
    await Parser.init(module);
    // The runtime puts its views of the memory there, and new ones whenever the memory grows.
    return module as unknown as Heap;
  })();
  return runtime;
}

/**
 * Trees of it have fields (direct, inherited and through hidden nodes), aliases, extras, an ERROR and a MISSING
 * token, inline and heap nodes, and characters of one, two and more bytes.
 */
const PROBE = `typedef int (*q)(void);
struct s { unsigned a : 3; enum { A, B = 2 } b[2]; };
static int f(struct a *b, ...) {
  int c = 1, *d = &c; /* \u00e4\u{1d11e} */
  for (;;) { if (!b->c && d[1]) goto out; else c += 2; }
  switch (c) { case 1: break; default: do c--; while (c); }
  y = (u8)z ? sizeof(struct s) : 2; @ $$
  out: // done
  return g(b, "s\\n\u00e4", 'c', (struct s){ .a = 1, [2] = 3 }) }
#define X 1
int h(void) { return 1 +`;

/** A walk of the memory that is known to see what the cursor sees; null if it does not. */
function verifiedWalk(
  heap: Heap,
  language: Language,
  parser: Parser,
  selection: NodeSelection,
): MemoryWalk | null {
  try {
    const walk = new MemoryWalk(heap, addressOf(language));
    const tree = parser.parse(PROBE);
    if (tree === null) return null;
    const fromMemory = new FlatTreeBuilder();
    walk.flatten(addressOf(tree), selection, fromMemory);
    const fromCursor = new FlatTreeBuilder();
    flattenTree(tree, selection, fromCursor);
    tree.delete();
    const [a, b] = [fromMemory.build(), fromCursor.build()];
    return sameTree(a, b) && exercises(b) ? walk : null;
  } catch {
    return null;
  }
}

/** Whether the probe still has what it is there for. */
function exercises(tree: FlatTree): boolean {
  let flags = 0;
  for (let i = 0; i < tree.count; i++) flags |= tree.flags[i]!;
  const all = NodeFlag.named | NodeFlag.extra | NodeFlag.missing | NodeFlag.error;
  return flags === all && tree.type.includes(ERROR_TYPE) && tree.field.some((field) => field > 0);
}

function addressOf(object: Language | Tree): number {
  return (object as unknown as readonly number[])[0]!;
}

function flattenTree(tree: Tree, selection: NodeSelection, into: FlatTreeBuilder): void {
  const cursor = tree.walk();
  flattenWithCursor(cursor, selection, !tree.rootNode.hasError, into);
  cursor.delete();
}

function grammarOf(language: Language): Grammar {
  return {
    typeCount: language.nodeTypeCount,
    typeName: (id) => language.nodeTypeForId(id) ?? '',
    typeId: (name, named) => language.idForNodeType(name, named) ?? 0,
    fieldName: (id) => language.fieldNameForId(id) ?? '',
    fieldId: (name) => language.fieldIdForName(name) ?? 0,
  };
}

/**
 * The parser that runs everywhere: web-tree-sitter with the C grammar, both handed in as bytes so that nothing
 * is looked up by URL or path. The runtime is started once a thread; later calls reuse the first one's bytes.
 * `options.walk` is for tests: by default trees are read from the runtime's memory if a self test says that this
 * gives what the cursor gives, else with the cursor.
 * @throws if the bytes are no WebAssembly or the grammar's ABI is unknown to the runtime.
 */
export async function createWasmBackend(
  runtimeWasm: Uint8Array,
  grammarWasm: Uint8Array,
  options: { readonly walk?: 'memory' | 'cursor' } = {},
): Promise<SyntaxBackend> {
  const heap = await startRuntime(runtimeWasm);
  const language = await Language.load(grammarWasm);
  const parser = new Parser();
  parser.setLanguage(language);
  const grammar = grammarOf(language);
  const selection = selectNodes(grammar, (id) => language.nodeTypeIsNamed(id));
  const builder = new FlatTreeBuilder();
  const walk = options.walk === 'cursor' ? null : verifiedWalk(heap, language, parser, selection);
  if (walk === null && options.walk === 'memory')
    throw new Error('the layout of the syntax trees is unknown');

  let crashed = false;

  function parse(text: string, token?: CancellationToken): FlatTree {
    if (crashed || exceedsParser(text)) return errorTree(text);
    let tree: Tree | null;
    try {
      tree = parser.parse(text, null, token && { progressCallback: () => token.cancelled });
    } catch {
      // A trap: the memory is no longer to be trusted, and there is only one a thread.
      crashed = true;
      return errorTree(text);
    }
    if (tree === null) {
      parser.reset();
      throw new Cancelled();
    }
    try {
      if (walk) walk.flatten(addressOf(tree), selection, builder);
      else flattenTree(tree, selection, builder);
      return builder.build();
    } finally {
      tree.delete();
    }
  }

  return {
    name: 'wasm',
    grammar,
    get crashed() {
      return crashed;
    },
    parse,
    dispose: () => parser.delete(),
  };
}
