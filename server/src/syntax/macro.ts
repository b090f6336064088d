import { parseDirective } from './conditions.ts';
import type { PlainDirective } from './split.ts';
import type { MacroDefinition } from './types.ts';

/** What a `#define` defines; null for a broken one. */
export function macroOf({ text: raw, start, presence }: PlainDirective): MacroDefinition | null {
  const { rest } = parseDirective(raw);
  const match = /^(\w+)(\(([^)]*)\))?([\s\S]*)$/.exec(rest);
  if (!match) return null;
  const name = match[1]!;
  const at = raw.indexOf(name, raw.indexOf('define') + 6);
  const head = at + name.length;
  const from = match[2] === undefined ? head : raw.indexOf(')', head) + 1;
  const blank = /^(?:\s|\\\r?\n|\/\*[\s\S]*?\*\/)*/.exec(raw.slice(from))![0].length;
  const end = Math.max(from + blank, raw.trimEnd().length);
  return {
    name,
    parameters:
      match[2] === undefined
        ? null
        : match[3]!
            .split(',')
            .map((part) => part.trim())
            .filter(Boolean),
    body: match[4]!.replace(/\s+/g, ' ').trim(),
    span: { start: start + at, end: start + head },
    bodySpan: { start: start + from + blank, end: start + end },
    presence,
  };
}
