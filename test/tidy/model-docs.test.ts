import assert from 'node:assert/strict';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { modelPages } from '../../scripts/model-docs.mjs';
import * as parts from '../../scripts/model-parts.ts';
import { files, text } from './repository.ts';

const page = text('docs/model.md');
const pages: ReadonlyMap<string, string> = modelPages(page, parts);

test('docs/model.md and its pictures are what the model says: npm run docs', () => {
  for (const [path, made] of pages) assert.equal(text(path), made, `${path}: npm run docs, and look at it`);
});

test('every picture is generated, and shown with words for those who do not see it', () => {
  const pictures = files('docs/model');
  assert.deepEqual(pictures, [...pages.keys()].filter((path) => path !== 'docs/model.md').sort());
  for (const path of pictures)
    assert.match(page, new RegExp(`!\\[[^\\]]{10,}\\]\\(${path.replace('docs/', '')}\\)`));
});

test('a changed protocol changes the page and a picture', () => {
  const { tdx } = parts.data.platforms;
  const old = tdx.protocols.old!;
  const share = old.ways.share.filter((step) => step.id !== 'flush-tlb');
  const protocols = { ...tdx.protocols, old: { ...old, ways: { ...old.ways, share } } };
  const data = { ...parts.data, platforms: { ...parts.data.platforms, tdx: { ...tdx, protocols } } };
  const changed: ReadonlyMap<string, string> = modelPages(page, {
    ...parts,
    data,
    claims: [...parts.claims.slice(0, 3)],
  });
  for (const path of ['docs/model.md', 'docs/model/tdx-old-share.svg', 'docs/model/tdx-refused-freed.svg'])
    assert.notEqual(changed.get(path), pages.get(path), path);
});
