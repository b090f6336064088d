import type { Names, Shape } from './shape.ts';
import { spoiled } from './shapes-contents.ts';
import { failedElsewhere, flaggedFailed, flaggedShared } from './shapes-elsewhere.ts';
import { failed, shared } from './shapes-free.ts';
import { content, elsewhere, elsewhereFailed, quiet, silent } from './shapes-helpers.ts';
import { locked, lockedOwn } from './shapes-locks.ts';
import { attribute, leaked, stale, twice, wronglyShared } from './shapes-others.ts';
import { swallowed, toldOnly, unchecked } from './shapes-results.ts';
import { amounts, sizes } from './shapes-sizes.ts';
import { unseen } from './shapes-swallowed.ts';
import { scattered } from './shapes-vmalloc.ts';
import { failedBack, sharedLabels } from './shapes-ways-back.ts';

/** A function with a mistake. */
export interface Variant {
  readonly name: string;
  readonly rule: string;
  readonly text: string;
  /** Manners of the fixes that are offered, in the order of the menu. */
  readonly fixes: readonly string[];
}

const names: readonly Names[] = [
  { prefix: 'foo', buf: 'buf', ret: 'ret', out: 'out', free: 'err_free', obj: 'ring' },
  { prefix: 'hv_chan', buf: 'recv_area', ret: 'err', out: 'done', free: 'release', obj: 'channel' },
];

const shapes: Readonly<Record<string, readonly Shape[]>> = {
  'attribute-mismatch': [...attribute, ...wronglyShared],
  'failure-swallowed': [...swallowed, ...unseen, ...content],
  'free-after-failed-transition': [
    ...failed,
    ...failedBack,
    ...quiet,
    ...elsewhereFailed,
    ...failedElsewhere,
    ...flaggedFailed,
  ],
  'free-while-shared': [...shared, ...sharedLabels, ...elsewhere, ...flaggedShared],
  'size-mismatch': [...sizes, ...amounts],
  'stale-contents': [...stale, ...spoiled],
  'unaccounted-leak': leaked,
  'transition-in-atomic': [...locked, ...lockedOwn],
  'unbalanced-transition': twice,
  'unchecked-transition': [...unchecked, ...toldOnly, ...silent],
  'vmalloc-alias-flip': scattered,
};

/** Statements of a function under an `if`, which moves everything by a tab. */
function inBlock(text: string): string | null {
  if (text.split('\n{\n').length !== 2) return null;
  const open = text.indexOf('\n{\n') + 3;
  const close = text.lastIndexOf('\n}');
  const body = text.slice(open, close).split('\n');
  const first = body.findIndex((_, i) => i > 0 && body[i - 1] === '');
  // Labels and what follows them would be in the block as well; that is C, but nobody writes it.
  if (first < 0 || /= set_memory/.test(body[0]!) || body.some((line) => /^\w+:$/.test(line))) return null;
  const wrapped = body.slice(first).map((line) => (line === '' ? '' : `\t${line}`));
  const lines = [
    ...body.slice(0, first),
    '\tif (likely(system_is_up())) {',
    ...wrapped,
    '\t}',
    '\treturn 0;',
  ];
  const isVoid = /^void \w/m.test(text);
  return `${text.slice(0, open)}${(isVoid ? lines.slice(0, -1) : lines).join('\n')}${text.slice(close)}`;
}

/** All variants: each shape with other names, as it is and in a block. */
export function variants(): Variant[] {
  return Object.entries(shapes).flatMap(([rule, list]) =>
    list.flatMap(([name, fixes, text]) =>
      names.flatMap((n) => {
        const one = (how: string, code: string): Variant => ({
          name: `${rule}: ${name}, ${how}`,
          rule,
          text: code,
          fixes: fixes.split(' '),
        });
        const plain = text(n);
        const block = inBlock(plain);
        return [one(n.prefix, plain), ...(block === null ? [] : [one(`${n.prefix} in a block`, block)])];
      }),
    ),
  );
}
