import { type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { ConfigAllow } from './parse.ts';

/** A replacement in a text; offsets in UTF-16 units. */
export interface ConfigEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How a file is written: its indent, and the ends of its lines. */
interface Form {
  readonly unit: string;
  readonly newline: string;
}

/**
 * What puts an `allow` at the end of those of a `.membrane.json`, in the order of the text and apart from each other: comments, and the
 * form of what is there, stay. In an empty text it is all that such a file needs. Null if the text is not valid, or has something else
 * in that place.
 */
export function allowEdits(text: string, entry: ConfigAllow): readonly ConfigEdit[] | null {
  if (text.trim() === '') {
    return [{ start: 0, end: text.length, text: `${JSON.stringify({ allow: [entry] }, null, '\t')}\n` }];
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || tree?.type !== 'object') return null;
  const form = {
    unit: /^([ \t]+)\S/m.exec(text)?.[1] ?? '\t',
    newline: text.includes('\r\n') ? '\r\n' : '\n',
  };
  const list = tree.children?.find(({ children }) => children?.[0]?.value === 'allow')?.children?.[1];
  if (list === undefined) return appended(text, tree, form, (write) => `"allow": ${write([entry])}`);
  if (list.type !== 'array') return null;
  const last = list.children?.at(-1);
  const isShort = last !== undefined && !textOf(text, last).includes('\n');
  return appended(text, list, form, (write) => (isShort ? oneLine(entry) : write(entry)));
}

/** Puts one more behind the last child of an object or a list; `make` writes it, with a function that writes values over several lines. */
function appended(
  text: string,
  parent: Node,
  { unit, newline }: Form,
  make: (write: (value: unknown) => string) => string,
): ConfigEdit[] {
  const lineStart = text.lastIndexOf('\n', parent.offset) + 1;
  const outer = /^[ \t]*/.exec(text.slice(lineStart))![0];
  const inner = outer + unit;
  const put = make((value) => JSON.stringify(value, null, unit).replaceAll('\n', newline + inner));
  const last = parent.children?.at(-1);
  const close = parent.offset + parent.length - 1;
  if (last === undefined) {
    const inside = text.slice(parent.offset + 1, close).trimEnd();
    const at = parent.offset + 1 + inside.length;
    const isOpen = inside === '' || !text.slice(at, close).includes('\n');
    return [
      { start: at, end: isOpen ? close : at, text: newline + inner + put + (isOpen ? newline + outer : '') },
    ];
  }
  const end = last.offset + last.length;
  // A comment behind the last one belongs to that.
  const rest = /^[ \t]*(,?)[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)?[ \t]*(?=\r?\n)/.exec(text.slice(end));
  if (rest === null) return [{ start: end, end, text: `, ${put}` }];
  const comma = rest[1]!;
  const behind = end + rest[0].length;
  const line = { start: behind, end: behind, text: newline + inner + put + comma };
  if (comma !== '') return [line];
  if (behind === end) return [{ ...line, text: `,${line.text}` }];
  return [{ start: end, end, text: ',' }, line];
}

function oneLine(entry: ConfigAllow): string {
  return `{ ${Object.entries(entry)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(', ')} }`;
}

function textOf(text: string, { offset, length }: Node): string {
  return text.slice(offset, offset + length);
}
