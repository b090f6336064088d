import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createNativeBackend } from '../../syntax/native.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { createWasmBackend } from '../../syntax/wasm.ts';
import { BackendError } from './backend-error.ts';
import { beside } from './beside.ts';

/** Which of the parsers; see the syntax layer. */
export type BackendName = SyntaxBackend['name'];

/** Loads a parser: WebAssembly from beside the running bundle, native from the packages found from there. @throws BackendError */
export async function loadBackend(name: BackendName): Promise<SyntaxBackend> {
  return name === 'native' ? loadNative() : loadWasm();
}

async function loadWasm(): Promise<SyntaxBackend> {
  try {
    return await createWasmBackend(
      readFileSync(beside('web-tree-sitter.wasm')),
      readFileSync(beside('tree-sitter-c.wasm')),
    );
  } catch (error) {
    throw new BackendError(`the parser does not load (${reason(error)}); run npm run build`);
  }
}

/** The packages are optional, and not part of what ships: bundles find them where the bundle's own folder does. */
function loadNative(): SyntaxBackend {
  const load = createRequire(import.meta.url);
  try {
    return createNativeBackend(load('tree-sitter'), load('tree-sitter-c'));
  } catch (error) {
    throw new BackendError(
      `the native parser does not load (${reason(error)}); it needs the packages tree-sitter and tree-sitter-c: ` +
        'install them, or use the parser wasm',
    );
  }
}

/** The first line of an error's message: what follows it is a list of paths. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}
