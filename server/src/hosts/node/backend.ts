import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createNativeBackend } from '../../syntax/native.ts';
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

/** A file that the build puts next to the bundles. */
export function beside(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

/** Whether the build put a file of that name next to the bundles. */
export function isBeside(name: string): boolean {
  return existsSync(beside(name));
}
