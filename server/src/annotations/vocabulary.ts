/** What a word of the language means: completion and hover tell it. */
export interface Word {
  readonly word: string;
  readonly means: string;
}

/** Words that begin a clause, with what they say. */
export const clauseWords: readonly Word[] = [
  {
    word: 'requires',
    means:
      'requires buf[n pages]: private. Assumed when the function is entered, checked at every call that is in view.',
  },
  {
    word: 'flips',
    means:
      'flips buf[n pages]: shared, unknown on error. What the function leaves of the memory, by its result; without a class: on success.',
  },
  { word: 'allocs', means: 'allocs return[n pages]: private. The function gives new memory, in this state.' },
  { word: 'frees', means: 'frees buf[n bytes]: freed or leaked. The function takes the memory back.' },
  {
    word: 'takes',
    means: 'takes buf on 0. The function owns the memory afterwards: its caller may not free or convert it.',
  },
  {
    word: 'leaks',
    means: 'leaks buf -- reason. Nobody gives the memory back, on purpose. Needs a reason.',
  },
  {
    word: 'flag',
    means: 'flag !decrypted means *buffer: private. A field whose value says what the memory is.',
  },
  { word: 'context', means: 'context: sleeps, atomic or any. How the function may be entered.' },
  {
    word: 'allow',
    means:
      'allow rule -- reason. The rule does not speak of the next statement, or of the function. Needs a reason.',
  },
];

/** Words within clauses. */
export const glueWords: readonly Word[] = [
  { word: 'on', means: 'The class of results that this holds for.' },
  { word: 'otherwise', means: 'For all results that no other case names.' },
  { word: 'or', means: 'Another state that it may be in.' },
  { word: 'means', means: 'What the flag says.' },
];

/** States of memory. */
export const stateWords: readonly Word[] = [
  { word: 'private', means: 'Only the guest can read the memory.' },
  { word: 'shared', means: 'The host can read and write the memory.' },
  { word: 'unknown', means: 'A conversion failed: part of the memory may be in either state.' },
];

/** What a function can leave of memory. */
export const outcomeWords: readonly Word[] = [
  ...stateWords,
  { word: 'unchanged', means: 'The memory is what it was at entry.' },
  { word: 'freed', means: 'The memory went back to its allocator.' },
  { word: 'leaked', means: 'The memory was given to nobody, on purpose.' },
];

/** Classes of results. */
export const classWords: readonly Word[] = [
  { word: 'success', means: 'The result is 0, true, or a pointer that is neither NULL nor ERR_PTR.' },
  { word: 'error', means: 'The result is a negative error, false, NULL or ERR_PTR.' },
  { word: '0', means: 'The result is 0.' },
  { word: 'nonzero', means: 'The result is not 0.' },
  { word: 'true', means: 'The result is true.' },
  { word: 'false', means: 'The result is false.' },
  { word: 'NULL', means: 'The result is NULL.' },
  { word: 'ERR_PTR', means: 'The result is ERR_PTR().' },
];

/** What an extent counts. */
export const unitWords: readonly Word[] = [
  { word: 'pages', means: 'Pages of PAGE_SIZE.' },
  { word: 'bytes', means: 'Bytes.' },
];

/** How a function may be entered. */
export const contextWords: readonly Word[] = [
  { word: 'sleeps', means: 'The function may sleep: no spin lock may be held around a call.' },
  { word: 'atomic', means: 'The function may be entered where nothing may sleep.' },
  { word: 'any', means: 'The function may be entered anywhere, and finds out by itself.' },
];

/** Functions and macros that an extent may use. */
export const extentFunctions: readonly Word[] = [
  { word: 'sizeof', means: 'Bytes of a type or an object.' },
  { word: 'PFN_UP', means: 'Bytes as pages, rounded up.' },
  { word: 'PAGE_ALIGN', means: 'Bytes, rounded up to whole pages.' },
  { word: 'PAGE_SIZE', means: 'Bytes of a page.' },
  { word: 'get_order', means: 'Bytes as an order of pages.' },
];

/** All words that can stand within a clause. */
export const innerWords: readonly Word[] = [
  ...glueWords,
  ...outcomeWords,
  ...classWords,
  ...unitWords,
  ...contextWords,
  ...extentFunctions,
];

/** The words of a list, without what they mean. */
export function wordsOf(list: readonly Word[]): readonly string[] {
  return list.map(({ word }) => word);
}
