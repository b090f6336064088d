// What measuring needs from outside the repository: kernel trees and the corpus of known mistakes. Either may be absent.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './install.mjs';

/** The folder that holds linux-source-VERSION folders: --trees, MEMBRANE_TREES, or `trees` beside the checkout; or null. */
export function treesFolder(given) {
  const named = given ?? process.env.MEMBRANE_TREES;
  const folder = named ? resolve(named) : join(root, '..', 'trees');
  return existsSync(folder) ? folder : null;
}

/** The tree of one version, or null. */
export function tree(version, given) {
  const folder = treesFolder(given);
  const path = folder && join(folder, `linux-source-${version}`);
  return path && existsSync(join(path, 'Makefile')) ? path : null;
}

/** Names of the trees that are there: `linux-source-6.12`. */
export function trees(given) {
  const folder = treesFolder(given);
  if (!folder) return [];
  return readdirSync(folder)
    .filter((name) => /^linux-source-\d+\.\d+$/.test(name) && existsSync(join(folder, name, 'Makefile')))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** The corpus: --corpus, MEMBRANE_CORPUS, or `shared/corpus` beside the checkout; or null. */
export function corpusFolder(given) {
  const named = given ?? process.env.MEMBRANE_CORPUS;
  const folder = named ? resolve(named) : join(root, '..', 'shared', 'corpus');
  return existsSync(join(folder, 'mutations.json')) ? folder : null;
}
