// The texts of the extension's own surface, as `vscode.l10n.t('...')` names them: what a translation begins from.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

/** Where the list is kept; VS Code looks for its translations beside it. */
export const bundle = 'l10n/bundle.l10n.json';

/** Every text, by itself, sorted. */
export function texts() {
  const found = new Set();
  for (const file of readdirSync(join(root, 'client/src'), { recursive: true }).map(String)) {
    if (!file.endsWith('.ts')) continue;
    const source = readFileSync(join(root, 'client/src', file), 'utf8');
    for (const [, text] of source.matchAll(/\bl10n\.t\(\s*'((?:[^'\\]|\\.)*)'/g))
      found.add(text.replace(/\\(.)/g, '$1'));
  }
  return Object.fromEntries([...found].sort().map((text) => [text, text]));
}
