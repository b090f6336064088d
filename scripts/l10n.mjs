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

/** Where the texts of the manifest are; VS Code looks for their translations beside it. */
export const nls = 'package.nls.json';

/**
 * Settings (name and schema) as the manifest has them: names in the place of descriptions, `%config.show%`, and what these stand
 * for. Titles of rules stay as they are, as findings do.
 */
export function namedTexts(settings) {
  const texts = {};
  const named = (key, text) => {
    texts[key] = text;
    return `%${key}%`;
  };
  const list = (key, values, about) => about.map((text, at) => named(`${key}.${values[at]}`, text));
  const properties = settings.map(([name, schema]) => {
    const key = `config.${name}`;
    const { markdownDescription, markdownEnumDescriptions, items, ...rest } = schema;
    const shown = { ...rest, markdownDescription: named(key, markdownDescription) };
    if (markdownEnumDescriptions !== undefined)
      shown.markdownEnumDescriptions = list(key, schema.enum, markdownEnumDescriptions);
    if (items?.enumDescriptions !== undefined)
      shown.items = { ...items, enumDescriptions: list(key, items.enum, items.enumDescriptions) };
    else if (items !== undefined) shown.items = items;
    return [`membrane.${name}`, shown];
  });
  return { properties: Object.fromEntries(properties), texts };
}

/** The manifest with its texts in the place of their names. */
export function resolved(manifest, texts) {
  const at = (value) => {
    if (typeof value === 'string') return texts[/^%(.+)%$/.exec(value)?.[1]] ?? value;
    if (Array.isArray(value)) return value.map(at);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, at(one)]));
  };
  return at(manifest);
}
