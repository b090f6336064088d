import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ATTRIBUTE_CALLS, ATTRIBUTES } from '../../server/src/syntax/attribute-words.ts';
import { decode, encode, lex, sliceOf, Token } from '../../server/src/syntax/lexer.ts';
import { Word } from '../../server/src/syntax/words.ts';

function texts(text: string): string[] {
  const { tokens } = lex(text);
  return Array.from({ length: tokens.count }, (_, i) => text.slice(tokens.start[i], tokens.end[i]));
}

test('words, numbers, literals and punctuation', () => {
  assert.deepEqual(texts('a->b += 0x1fUL + 1.5e3 ... \'\\\'\' "x\\"y" L"w" .5'), [
    ...['a', '->', 'b', '+', '=', '0x1fUL', '+', '1.5e3', '...', "'\\''", '"x\\"y"', 'L"w"', '.5'],
  ]);
  assert.deepEqual(texts('case 1...3:'), ['case', '1', '...', '3', ':']);
});

test('comments and continuations are no tokens', () => {
  assert.deepEqual(texts('a /* b \n c */ d // e \\\n f\ng \\\n h /* open'), ['a', 'd', 'g', 'h']);
});

test('a directive is one token with its continuations and comments', () => {
  assert.deepEqual(texts('a\n #if X \\\n  && Y /* two\n lines */ Z\nb # c'), [
    'a',
    '#if X \\\n  && Y /* two\n lines */ Z',
    'b',
    '#',
    'c',
  ]);
  assert.deepEqual(texts('#error don\'t "panic\nx'), ['#error don\'t "panic', 'x']);
  assert.deepEqual(texts('#if A // b \\\n c\nx'), ['#if A // b \\\n c', 'x']);
  assert.deepEqual(texts('/* c */ #if A\nx'), ['#if A', 'x']);
});

test('an unfinished literal ends with its line', () => {
  assert.deepEqual(texts('a = "b\nc;'), ['a', '=', '"b', 'c', ';']);
  assert.deepEqual(texts("'"), ["'"]);
});

test('known words have a class', () => {
  const { tokens } = lex('if __init __free container struct');
  assert.deepEqual(
    [...tokens.word.slice(0, tokens.count)],
    [Word.control, Word.attribute, Word.attributeCall, Word.other, Word.aggregate],
  );
});

test('no attribute is listed twice or in both lists', () => {
  const all = [...ATTRIBUTES, ...ATTRIBUTE_CALLS];
  assert.deepEqual(
    all.filter((word, i) => all.indexOf(word) !== i),
    [],
  );
});

test('encoding keeps length and positions; what is not ASCII cannot be punctuation', () => {
  const text = '\ufeffa\u00a0b\u0122c\u201cd\u0000e𝄞';
  const bytes = encode(text);
  assert.equal(decode(bytes, text.length), ' a b_c_d e__');
});

test('tokens are in order, do not overlap, and cover all but blanks and comments', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      '1',
      '.',
      '"',
      "'",
      '\\',
      '\n',
      '\r\n',
      '#if',
      '#',
      '/*',
      '*/',
      '//',
      ' ',
      '\t',
      '->',
      '...',
      '\u2028',
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      const { tokens } = lex(text);
      let last = 0;
      for (let i = 0; i < tokens.count; i++) {
        assert.ok(tokens.start[i]! >= last && tokens.end[i]! > tokens.start[i]!);
        last = tokens.end[i]!;
      }
      assert.ok(last <= text.length);
      assert.equal(tokens.kind[tokens.count], Token.end);
    }),
  );
});

test('a slice of the tokens is what lexing the slice gives', () => {
  const text = 'int a; /* x */ int f(void) { return "s"[0]; } int b;';
  const start = text.indexOf('int f');
  const end = text.indexOf('}') + 1;
  const whole = lex(text);
  const first = [...whole.tokens.start].indexOf(start);
  const last = [...whole.tokens.end].indexOf(end) + 1;
  const sliced = sliceOf(whole, start, end, first, last);
  const direct = lex(text.slice(start, end));
  assert.deepEqual(sliced, direct);
});
