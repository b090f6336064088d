import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file that the build puts next to the bundles. */
export function beside(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

/** Whether the build put a file of that name next to the bundles. */
export function isBeside(name: string): boolean {
  return existsSync(beside(name));
}
