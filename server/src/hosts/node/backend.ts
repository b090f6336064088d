import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { createWasmBackend } from '../../syntax/wasm.ts';

/** Which of the parsers; see the syntax layer. */
export type BackendName = SyntaxBackend['name'];

/** A parser that does not load, in words that say what to do. */
export class BackendError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BackendError';
  }
}

/** Loads a parser from beside the running bundle. @throws BackendError */
export async function loadBackend(name: BackendName): Promise<SyntaxBackend> {
  if (name === 'native') {
    throw new BackendError('the native parser is not part of this build; use --backend wasm');
  }
  try {
    return await createWasmBackend(
      readFileSync(beside('web-tree-sitter.wasm')),
      readFileSync(beside('tree-sitter-c.wasm')),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BackendError(`the parser does not load (${why}); run npm run build`);
  }
}

/** A file that the build puts next to the bundles. */
export function beside(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

/** Whether the build put a file of that name next to the bundles. */
export function isBeside(name: string): boolean {
  return existsSync(beside(name));
}
