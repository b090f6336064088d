import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { RunError } from './run-error.ts';

/**
 * Writes a file in one step: whoever reads meanwhile has the old one or the new one. What may be done with it stays, and a link
 * goes on leading to it. `what` is told if it fails. @throws RunError
 */
export function replaceFile(path: string, content: string | Uint8Array, what: string): void {
  let draft: string | undefined;
  try {
    const { target, mode } = old(path);
    draft = `${target}.${process.pid}`;
    writeFileSync(draft, content, { flag: 'wx', ...(mode === undefined ? {} : { mode }) });
    renameSync(draft, target);
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { force: true });
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new RunError(`${what}: could not be written (${code})`);
  }
}

function old(path: string): { readonly target: string; readonly mode?: number } {
  try {
    const target = realpathSync(path);
    return { target, mode: statSync(target).mode & 0o7777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { target: path };
  }
}
