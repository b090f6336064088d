import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SyntaxBackend } from '../../server/src/syntax/types.ts';
import { createWasmBackend } from '../../server/src/syntax/wasm.ts';

let backend: Promise<SyntaxBackend> | undefined;

/** The WASM backend, made once a test file. */
export function testBackend(): Promise<SyntaxBackend> {
  const root = process.env.MEMBRANE_ROOT ?? process.cwd();
  backend ??= createWasmBackend(
    readFileSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm')),
    readFileSync(join(root, 'grammars/c/tree-sitter-c.wasm')),
  );
  return backend;
}
