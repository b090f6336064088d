import type { Path, Size, Term } from '../analysis/terms.ts';
import { ascii, isOperand } from './words.ts';

/** Names of the engine's operators as C writes them. */
const infix: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  mod: '%',
  shl: '<<',
  shr: '>>',
  bitand: '&',
  bitor: '|',
  bitxor: '^',
  eq: '==',
  lt: '<',
  land: '&&',
  lor: '||',
};

const prefix: Readonly<Record<string, string>> = { neg: '-', not: '!', inv: '~' };

const functions: Readonly<Record<string, string>> = {
  'is-err': 'IS_ERR',
  'is-err-or-null': 'IS_ERR_OR_NULL',
  'ptr-err': 'PTR_ERR',
  'err-ptr': 'ERR_PTR',
  'err-cast': 'ERR_CAST',
  'ptr-err-or-zero': 'PTR_ERR_OR_ZERO',
  'this-cpu': 'this_cpu_ptr',
  'per-cpu': 'per_cpu_ptr',
  'size:pfn-up': 'PFN_UP',
  'size:pfn-down': 'PFN_DOWN',
  'size:page-align': 'PAGE_ALIGN',
  'size:get-order': 'get_order',
  bit: 'BIT',
};

/** A value of the engine as C would write it at the function's entry: `gpadl->decrypted`, `new memory of alloc_pages()`. */
export function termText(term: Term): string {
  switch (term.k) {
    case 'int':
      return String(term.value);
    case 'const':
      return term.name;
    case 'str':
      return 'a string';
    case 'fresh':
      return term.hint.endsWith('()') ? `the result of ${term.hint}` : ascii(term.hint);
    case 'entry':
      return pathText(term.path);
    case 'obj':
      return 'the new memory';
    case 'addr':
      return `&${pathText(term.path)}`;
    case 'op':
      return operatorText(term.op, term.args);
  }
}

function operatorText(op: string, args: readonly Term[]): string {
  const [a, b] = args;
  const colon = op.indexOf(':');
  const kind = colon < 0 ? op : op.slice(0, colon);
  const detail = colon < 0 ? '' : op.slice(colon + 1);
  if (kind === 'call') return `${detail}(${args.map(termText).join(', ')})`;
  if (kind === 'config') return detail;
  if (kind === 'sizeof') return ascii(detail);
  if (kind === 'container-of' && a) return `container_of(${termText(a)}, ${detail})`;
  if (op === 'at' && a && b) return `${operand(a)}[${termText(b)}]`;
  if (op === 'copy' && a) return termText(a);
  if (infix[op] !== undefined && a && b) return `${operand(a)} ${infix[op]} ${operand(b)}`;
  if (prefix[op] !== undefined && a) return `${prefix[op]}${operand(a)}`;
  const name = functions[op] ?? (detail === '' ? kind : detail).replaceAll('-', '_');
  return `${name}(${args.map(termText).join(', ')})`;
}

function operand(term: Term): string {
  const text = termText(term);
  return term.k === 'op' && infix[term.op] !== undefined ? `(${text})` : text;
}

/** A cell as C would write it: `x->buf`, `*p`, `chunks[i]`. */
export function pathText(path: Path): string {
  if (path.parent === null || path.step === null) {
    const { root } = path;
    if (root.k === 'local' || root.k === 'global') return root.name;
    return root.k === 'temp' ? 'a temporary' : `*${operand(root.term)}`;
  }
  const { parent, step } = path;
  const pointer = parent.step === null && parent.root.k === 'deref' ? operand(parent.root.term) : null;
  if (step.k === 'field') {
    return pointer === null ? `${pathText(parent)}.${step.name}` : `${pointer}->${step.name}`;
  }
  return `${pointer ?? pathText(parent)}[${termText(step.term)}]`;
}

/** An amount of memory as it is written, with its unit: `size bytes`, `1 << order pages`; null if that names a temporary of the engine. */
export function sizeWords({ text, unit }: Size): string | null {
  if (/%\d/.test(text)) return null;
  const written = ascii(text);
  if (unit === 'none') return written;
  if (unit === 'order') {
    if (/^\d$/.test(written)) return pagesText(String(2 ** Number(written)));
    return pagesText(`1 << ${isOperand(written) ? written : `(${written})`}`);
  }
  if (written === unit) return unit;
  return `${written} ${written === '1' ? unit.replace(/s$/, '') : unit}`;
}

const pagesText = (n: string): string => `${n} ${n === '1' ? 'page' : 'pages'}`;
