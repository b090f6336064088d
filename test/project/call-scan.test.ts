import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CallScan } from '../../server/src/hosts/node/call-scan.ts';
import { TextMemory } from '../../server/src/hosts/node/wasm.ts';
import { hashName, PortableCalls } from '../../server/src/project/call-names.ts';

const portable = new PortableCalls();
const memory = new TextMemory(65536, CallScan.extra);
const scan = new CallScan(memory);

/** Puts `text` at the front of the buffer, after which stands `tail`, and asks. */
function calls(text: string, tail = ''): number[] {
  memory.buffer.write(text + tail, 'latin1');
  return [...scan.callsIn(memory.buffer.subarray(0, text.length))].sort();
}

function portably(text: string): number[] {
  return [...portable.callsIn(Buffer.from(text, 'latin1'))].sort();
}

function hashes(...names: string[]): number[] {
  return names.map(hashName).sort();
}

test('names before a parenthesis are found, keywords and what else stands there are not', () => {
  const text = 'a_1(b (c  (d\t(e\n(f\r(if(return (x);sizeof(y)) (z)[(_g(9(é(h(-';
  const wanted = hashes('a_1', 'b', 'd', 'e', '_g', '9', 'h');
  assert.deepEqual(portably(text), wanted);
  assert.deepEqual(calls(text), wanted);
});

test('names of every length are told apart by their last 64 letters', () => {
  for (let length = 1; length < 90; length++) {
    const name = Array.from(
      { length },
      (_, i) => 'abcdefghijklmnopqrstuvwxyz_0123456789Z'[(i * 7) % 38],
    ).join('');
    assert.deepEqual(calls(` ${name}(`), hashes(name), name);
    assert.deepEqual(calls(`${name} (`), hashes(name), name);
    assert.equal(hashName(`A${name}`) === hashName(`B${name}`), length >= 64, name);
  }
});

test('both ways of finding give the same', () => {
  const piece = fc.oneof(
    fc.constantFrom('(', ' (', '\t(', '\n(', '  (', 'if (', 'sizeof(', '__attribute__((', 'A'.repeat(63)),
    fc.string({ unit: fc.constantFrom('a', 'b', 'Z', '_', '0', '9'), maxLength: 80 }),
    fc.string({ unit: fc.constantFrom('@', '[', '`', '{', '/', ':', '^', '\x00', '\xc1', '\xe1', '\xff') }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.string({ maxLength: 20 }), (pieces, tail) => {
      const text = pieces.join('');
      assert.deepEqual(calls(text, `(${tail}`), portably(text));
    }),
  );
});

test('any two bytes before a parenthesis are understood alike', () => {
  const all = Array.from({ length: 65536 }, (_, i) => [i >> 8, i & 0xff, 40]);
  for (let from = 0; from < all.length; from += 16384) {
    const text = Buffer.from(all.slice(from, from + 16384).flat()).toString('latin1');
    assert.deepEqual(calls(text), portably(text));
  }
});

test('a file with more names than the table takes is done the slow way', () => {
  const names = Array.from({ length: 5000 }, (_, i) => `f${i}`);
  assert.deepEqual(calls(`${names.join('(')}(`), hashes(...names));
  assert.deepEqual(calls('a('), hashes('a'));
});

test('bytes elsewhere are found too', () => {
  assert.deepEqual([...scan.callsIn(Buffer.from('abc('))], hashes('abc'));
  memory.buffer.write('xabc(', 'latin1');
  assert.deepEqual([...scan.callsIn(memory.buffer.subarray(1, 5))], hashes('abc'));
});
