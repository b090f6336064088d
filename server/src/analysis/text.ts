import type { Path, Term } from './terms.ts';

/** How a term is written in C, as far as it can be. */
export function termText(term: Term): string {
  switch (term.k) {
    case 'int':
      return String(term.value);
    case 'const':
      return term.name;
    case 'str':
      return 'string';
    case 'fresh':
      return term.hint;
    case 'obj':
      return 'memory';
    case 'entry':
      return pathText(term.path);
    case 'addr':
      return `&${pathText(term.path)}`;
    case 'op': {
      const args = term.args.map(termText);
      if (term.op === 'at') return `${args[0]} + ${args[1]}`;
      if (term.op.startsWith('call:')) return `${term.op.slice(5)}(${args.join(', ')})`;
      if (term.op.startsWith('config:')) return term.op.slice(7);
      if (term.op === 'this-cpu' || term.op === 'per-cpu') return `per-CPU ${args[0]}`;
      if (term.op.startsWith('sizeof:')) return term.op.slice(7);
      const infix: Record<string, string> = {
        add: '+',
        sub: '-',
        mul: '*',
        div: '/',
        shl: '<<',
        shr: '>>',
        eq: '==',
        lt: '<',
        bitand: '&',
        bitor: '|',
      };
      if (infix[term.op] && args.length === 2) return `${args[0]} ${infix[term.op]} ${args[1]}`;
      if (term.op === 'not') return `!${args[0]}`;
      if (term.op === 'neg') return `-${args[0]}`;
      return args[0] ?? term.op;
    }
  }
}

/** How a cell is written in C. */
export function pathText(path: Path): string {
  if (path.parent) {
    const step = path.step!;
    if (step.k === 'index')
      return `${pathText(path.parent)}[${step.term.k === 'int' ? step.term.value : step.term.k === 'fresh' ? step.term.hint : termText(step.term)}]`;
    if (path.parent.parent === null && path.parent.root.k === 'deref')
      return `${termText(path.parent.root.term)}->${step.name}`;
    return `${pathText(path.parent)}.${step.name}`;
  }
  switch (path.root.k) {
    case 'local':
    case 'global':
      return path.root.name;
    case 'temp':
      return 'value';
    case 'deref':
      return `*${termText(path.root.term)}`;
  }
}
