import type { SyntaxBackend } from './types.ts';

/**
 * Stands where a parser would, for those who only look at names: texts can be cut, but nothing is ever parsed.
 * `parse` throws.
 */
export const unparsed: SyntaxBackend = {
  name: 'wasm',
  grammar: {
    typeCount: 0,
    typeName: () => '',
    typeId: () => 0,
    fieldName: () => '',
    fieldId: () => 0,
  },
  parse() {
    throw new Error('nothing is parsed here');
  },
  dispose() {},
};
