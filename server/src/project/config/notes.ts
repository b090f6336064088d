import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { LineIndex, type Position } from '../../base/lines.ts';
import type { ConfigAllow } from './parse.ts';

/** A contract or an `allow` of a `.membrane.json`, and where it stands. */
export interface ConfigNote {
  readonly at: Position;
  readonly end: Position;
  /** `foo_map(ring, n)`; of an `allow` the file, and the function if it names one. */
  readonly of: string;
  /** In the language of annotations. */
  readonly text: string;
  /** The entry; null: it is a contract. */
  readonly allow: Pick<ConfigAllow, 'rule' | 'file' | 'function'> | null;
}

/** Contracts and suppressions of the text of a `.membrane.json`, in its order; none of what is not understood. Never throws. */
export function configNotes(text: string): readonly ConfigNote[] {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  if (tree === undefined) return [];
  const index = new LineIndex(text);
  const notes: ConfigNote[] = [];
  for (const { children } of findNodeAtLocation(tree, ['contracts'])?.children ?? []) {
    const [key, value] = children ?? [];
    if (key === undefined || value?.type !== 'string') continue;
    const end = index.positionAt(value.offset + value.length);
    notes.push({
      at: index.positionAt(key.offset),
      end,
      of: String(key.value),
      text: value.value,
      allow: null,
    });
  }
  for (const entry of findNodeAtLocation(tree, ['allow'])?.children ?? []) {
    const [rule, file, name, reason] = ['rule', 'file', 'function', 'reason'].map((key) =>
      stringAt(entry, key),
    );
    if (rule === undefined || file === undefined) continue;
    notes.push({
      at: index.positionAt(entry.offset),
      end: index.positionAt(entry.offset + entry.length),
      of: name === undefined ? file : `${file}, ${name}()`,
      text: `allow ${rule}${reason === undefined ? '' : ` -- ${reason}`}`,
      allow: { rule, file, ...(name === undefined ? {} : { function: name }) },
    });
  }
  return notes.sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
}

function stringAt(entry: Node, key: string): string | undefined {
  const node = findNodeAtLocation(entry, [key]);
  return node?.type === 'string' ? node.value : undefined;
}
