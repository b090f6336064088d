import type { Presence } from '../syntax/types.ts';
import type { BinaryOp, Expr } from './types.ts';

/** How tightly C's operators with two operands bind. */
export const PRECEDENCE: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};
const UNARY = 11;
const POSTFIX = 12;

/** An expression as a C programmer would write it. Temporaries are `%n`. */
export function exprText(e: Expr): string {
  return print(e, 0);
}

/** Parentheses also where C needs none but its readers do: sums in shifts, anything in `&` and `|`, `&&` in `||`. */
function operand(e: Expr, op: BinaryOp, least: number): string {
  if (e.k !== 'binary' || e.op === op) return print(e, least);
  const own = PRECEDENCE[op]!;
  const careful =
    op === '||' || (own >= PRECEDENCE['|']! && own <= PRECEDENCE['&']!) || op === '<<' || op === '>>';
  return print(e, careful ? POSTFIX : least);
}

function print(e: Expr, least: number): string {
  const wrap = (text: string, precedence: number): string => (precedence < least ? `(${text})` : text);
  switch (e.k) {
    case 'int':
      return e.value < 0n ? wrap(String(e.value), UNARY) : String(e.value);
    case 'string':
      return e.text.replace(/\s*\n\s*/g, ' ');
    case 'local':
    case 'name':
      return e.name;
    case 'temp':
      return `%${e.id}`;
    case 'field': {
      if (e.base.k === 'deref') return `${print(e.base.base, POSTFIX)}->${e.name}`;
      return `${print(e.base, POSTFIX)}.${e.name}`;
    }
    case 'index':
      return `${print(e.base, POSTFIX)}[${print(e.index, 0)}]`;
    case 'deref':
      return wrap(`*${print(e.base, UNARY)}`, UNARY);
    case 'addr':
      return wrap(`&${print(e.base, UNARY)}`, UNARY);
    case 'unary': {
      const arg = print(e.arg, UNARY);
      return wrap(`${e.op}${e.op !== '!' && arg.startsWith(e.op) ? ` ${arg}` : arg}`, UNARY);
    }
    case 'binary': {
      const precedence = PRECEDENCE[e.op]!;
      const left = operand(e.left, e.op, precedence);
      return wrap(`${left} ${e.op} ${operand(e.right, e.op, precedence + 1)}`, precedence);
    }
    case 'cast':
      return wrap(`(${e.type.text})${print(e.arg, UNARY)}`, UNARY);
    case 'sizeof':
      return e.text;
    case 'aggregate': {
      const items = e.items.map(({ member, value }) => {
        const text = print(value, 0);
        if (member === null) return text;
        return typeof member === 'string' ? `.${member} = ${text}` : `[${print(member, 0)}] = ${text}`;
      });
      const body = items.length === 0 ? '{}' : `{ ${items.join(', ')} }`;
      return e.type === null ? body : `(${e.type.text})${body}`;
    }
    case 'type':
      return e.type.text;
    case 'unknown':
      return `?(${e.reason})`;
  }
}

/** Under which `#if`s something stands, as text: what stands under the same has the same. */
export function presenceText(presence: Presence): string {
  return presence.map(({ text, holds }) => `${holds ? '' : '!'}${text}`).join();
}
