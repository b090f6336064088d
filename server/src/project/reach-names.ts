import type { Vocabulary } from '../kernel/types.ts';
import type { LoweredText } from './pipeline.ts';

/**
 * All that reach looks at in a file, as text: if it is the same after an edit, the file belongs with the same files. An
 * edit within a function seldom changes it.
 */
export function namesOf({ ir, source }: LoweredText, vocabulary: Vocabulary): string {
  return ir.heads
    .map((head, i) => {
      const slice = source.functions[i];
      if (slice === undefined) return '';
      const { text, bodySpan } = slice;
      const fields = new Set([...text.matchAll(/(?:->|\.)\s*([A-Za-z_]\w*)/g)].map((match) => match[1]!));
      let handles = false;
      for (const name of head.calls)
        handles ||= vocabulary.rows(name).some(({ k }) => k === 'alloc' || k === 'free');
      return [
        text.slice(0, bodySpan.start),
        head.isStatic,
        [...head.calls].sort(),
        [...fields].sort(),
        handles ? [...head.mentions].sort() : '',
      ].join('\0');
    })
    .join('\n');
}
