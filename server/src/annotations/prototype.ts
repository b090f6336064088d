/** A parameter by its name; null where it has none. */
export interface Parameter {
  readonly name: string | null;
  /** As it is declared. */
  readonly text: string;
  readonly pointer: boolean;
}

/** What a function returns, as far as success and error are told apart by it. */
export type Returns = 'nothing' | 'number' | 'bool' | 'pointer';

/** What a function returns, by the text from its begin to its name. */
export function returnsOf(head: string): Returns {
  if (head.includes('*')) return 'pointer';
  if (/\bbool\b/.test(head)) return 'bool';
  return /\bvoid\b/.test(head) ? 'nothing' : 'number';
}

/** A list of parameters, and the offset behind it. */
export interface ReadParameters {
  readonly parameters: readonly Parameter[];
  readonly end: number;
}

/** The parameters of the function whose list opens at or behind `at` in a text without comments; null if none does. */
export function parametersAt(text: string, at: number): ReadParameters | null {
  let open = at;
  while (open < text.length && /\s/.test(text[open]!)) open++;
  if (text[open] !== '(') return null;
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let i = open; i < text.length; i++) {
    const unit = text[i];
    if (unit === '(' || unit === '[' || unit === '{') depth++;
    else if (unit === ')' || unit === ']' || unit === '}') {
      if (--depth > 0) continue;
      parts.push(text.slice(from, i));
      return { parameters: parts.map(parameter).filter(isOne), end: i + 1 };
    } else if (unit === ',' && depth === 1) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return null;
}

function parameter(text: string): Parameter {
  const folded = text.replace(/\s+/g, ' ').trim();
  const callback = /\(\s*\*\s*(\w+)\s*\)/.exec(folded)?.[1];
  // A lone word is a type: `void`, `size_t`.
  const name = callback ?? /(?:[\w*]\s*[\s*])(\w+)\s*(?:\[[^\]]*\]\s*)*$/.exec(folded)?.[1] ?? null;
  return { name, text: folded, pointer: /[*[]/.test(folded) };
}

function isOne({ text }: Parameter): boolean {
  return text !== '' && text !== 'void';
}
