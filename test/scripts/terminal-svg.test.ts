import assert from 'node:assert/strict';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { terminalSvg } from '../../scripts/terminal-svg.mjs';

test('colours become fills, markup is escaped, other sequences go', () => {
  const esc = '\u001b[';
  const svg: string = terminalSvg(
    `${esc}1;31merror:${esc}0m a < b ${esc}2Kc\n\n${esc}2mdim${esc}0m`,
    'x & y',
  );
  assert.match(svg, /fill="#ff7b72" font-weight="bold"[^>]*>error:</);
  assert.match(svg, />a\u00a0&lt;\u00a0b\u00a0</);
  assert.match(svg, />c</);
  assert.match(svg, /opacity="0.6"[^>]*>dim</);
  assert.match(svg, /x\u00a0&amp;\u00a0y/);
  assert.ok(!svg.includes('\u001b'));
  assert.equal(svg, terminalSvg(`${esc}1;31merror:${esc}0m a < b ${esc}2Kc\n\n${esc}2mdim${esc}0m`, 'x & y'));
});

test('a line that is too long goes on in the next', () => {
  const svg: string = terminalSvg('abcdef', 't', 4);
  assert.match(svg, />abcd</);
  assert.match(svg, />ef</);
  assert.equal(svg.match(/<text y="\d+\.\d"/g)?.length, 2);
});
