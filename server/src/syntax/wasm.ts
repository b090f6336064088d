import { Language, Parser } from 'web-tree-sitter';
import type { CancellationToken } from '../base/token.ts';
import { Cancelled } from '../base/token.ts';
import { FlatTreeBuilder, flattenWithCursor, selectNodes } from './flat-tree.ts';
import type { FlatTree, Grammar, SyntaxBackend } from './types.ts';

/** `Parser.init` keeps the first module for good, so there is one a thread. */
let runtime: Promise<Record<string, unknown>> | undefined;

function startRuntime(wasmBinary: Uint8Array): Promise<Record<string, unknown>> {
  runtime ??= (async () => {
    const module: Record<string, unknown> = { wasmBinary };
    await Parser.init(module);
    return module;
  })();
  return runtime;
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
 * @throws if the bytes are no WebAssembly or the grammar's ABI is unknown to the runtime.
 */
export async function createWasmBackend(
  runtimeWasm: Uint8Array,
  grammarWasm: Uint8Array,
): Promise<SyntaxBackend> {
  await startRuntime(runtimeWasm);
  const language = await Language.load(grammarWasm);
  const parser = new Parser();
  parser.setLanguage(language);
  const grammar = grammarOf(language);
  const selection = selectNodes(grammar, (id) => language.nodeTypeIsNamed(id));
  const builder = new FlatTreeBuilder();

  function parse(text: string, token?: CancellationToken): FlatTree {
    const tree = parser.parse(text, null, token && { progressCallback: () => token.cancelled });
    if (tree === null) {
      parser.reset();
      throw new Cancelled();
    }
    try {
      const cursor = tree.walk();
      flattenWithCursor(cursor, selection, () => cursor.currentFieldId, builder);
      cursor.delete();
      return builder.build();
    } finally {
      tree.delete();
    }
  }

  return { name: 'wasm', grammar, parse, dispose: () => parser.delete() };
}
