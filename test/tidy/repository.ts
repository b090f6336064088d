import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root; `npm test` sets it. */
export const root = process.env.MEMBRANE_ROOT ?? process.cwd();

const ignored = new Set(['.git', 'node_modules', 'dist', 'out', '.vscode-test']);

/** Every file of the repository but what is built or installed, relative to the root, with `/`, sorted. */
export function files(folder = ''): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return ignored.has(entry.name) ? [] : files(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

/** The text of a file of the repository; empty if there is none. */
export function text(path: string): string {
  const full = join(root, path);
  return existsSync(full) ? readFileSync(full, 'utf8') : '';
}

/** A JSON file of the repository. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look at what they name
export function json(path: string): any {
  return JSON.parse(text(path));
}

/** Fails with one line for each of `wrong`. */
export function none(wrong: readonly string[]): void {
  if (wrong.length > 0) assert.fail(`${wrong.length} of them:\n${wrong.join('\n')}`);
}
