import type { Dialect } from '../../server/src/ir/types.ts';

const cursors: Readonly<Record<string, readonly number[]>> = {
  list_for_each_entry: [0],
  list_for_each_entry_safe: [0, 1],
  for_each_online_cpu: [0],
  nothing_for_each: [],
};

/** A vocabulary of a few names, for fixtures. */
export const testDialect: Dialect = {
  isTransparentCondition: (name) => name === 'likely' || name === 'unlikely' || name === '__builtin_expect',
  loopCursor: (name) => cursors[name] ?? null,
  tellsLeak: (comment) => comment.includes('leak'),
  takesType: (name) => name === 'container_of' || name === 'min_t' || name === 'va_arg',
  knows: (name) => name in cursors || name === 'container_of',
};
