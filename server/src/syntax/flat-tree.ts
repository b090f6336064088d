import type { FlatTree, Grammar } from './types.ts';
import { ERROR_TYPE, NodeFlag } from './types.ts';

/**
 * The tokens that are no named nodes and that lowering reads all the same: operators. The rest of the
 * punctuation follows from the type of the node that it stands in.
 */
export const OPERATORS: readonly string[] = [
  ...['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '!', '~'],
  ...['<', '>', '<=', '>=', '==', '!=', '&&', '||', '++', '--', '->', '.'],
  ...['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>='],
];

/** Which node types a flat tree holds, by id. */
export interface NodeSelection {
  readonly named: Uint8Array;
  readonly operator: Uint8Array;
  readonly comment: number;
}

/** Named nodes and operators, for every type that `grammar` knows; ids that `isNamed` affirms are named. */
export function selectNodes(grammar: Grammar, isNamed: (id: number) => boolean): NodeSelection {
  const named = new Uint8Array(ERROR_TYPE + 1);
  const operator = new Uint8Array(ERROR_TYPE + 1);
  for (let id = 1; id < grammar.typeCount; id++) if (isNamed(id)) named[id] = 1;
  for (const text of OPERATORS) operator[grammar.typeId(text, false)] = 1;
  operator[0] = 0;
  named[ERROR_TYPE] = 1;
  return { named, operator, comment: grammar.typeId('comment', true) };
}

/** A {@link FlatTree} while it is being filled; one is reused for all parses of a backend. */
export class FlatTreeBuilder {
  count = 0;
  type = new Uint16Array(4096);
  field = new Uint8Array(4096);
  flags = new Uint8Array(4096);
  start = new Uint32Array(4096);
  end = new Uint32Array(4096);
  next = new Uint32Array(4096);

  /** Makes room for one more node and returns its index; its fields hold old values until they are set. */
  add(): number {
    if (this.count === this.type.length) this.grow();
    return this.count++;
  }

  private grow(): void {
    const size = this.type.length * 2;
    const wider = <A extends Uint8Array | Uint16Array | Uint32Array>(into: A, from: A): A => {
      into.set(from);
      return into;
    };
    this.type = wider(new Uint16Array(size), this.type);
    this.field = wider(new Uint8Array(size), this.field);
    this.flags = wider(new Uint8Array(size), this.flags);
    this.start = wider(new Uint32Array(size), this.start);
    this.end = wider(new Uint32Array(size), this.end);
    this.next = wider(new Uint32Array(size), this.next);
  }

  /** A copy of what was filled in, of exactly its size. */
  build(): FlatTree {
    const n = this.count;
    return {
      count: n,
      type: this.type.slice(0, n),
      field: this.field.slice(0, n),
      flags: this.flags.slice(0, n),
      start: this.start.slice(0, n),
      end: this.end.slice(0, n),
      next: this.next.slice(0, n),
    };
  }
}

/** What both packages' tree cursors have in common, as far as it is used here. */
export interface Cursor {
  readonly nodeTypeId: number;
  readonly nodeIsMissing: boolean;
  /** The native cursor has `undefined` for none, the other 0. */
  readonly currentFieldId: number | undefined;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly currentNode: { readonly isExtra: boolean };
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
}

/**
 * Flattens the tree that `cursor` stands at the root of, with nothing but the public interface. `clean`: the tree
 * has no error, so that its comments are its only extras and nothing is missing; asking each node is slow.
 */
export function flattenWithCursor(
  cursor: Cursor,
  selection: NodeSelection,
  clean: boolean,
  into: FlatTreeBuilder,
): void {
  into.count = 0;
  const { named, operator, comment } = selection;
  const owners: number[] = [];
  for (;;) {
    const type = cursor.nodeTypeId;
    const missing = !clean && cursor.startIndex === cursor.endIndex && cursor.nodeIsMissing;
    let index = -1;
    if (named[type] || operator[type] || missing) {
      index = into.add();
      into.type[index] = type;
      into.field[index] = cursor.currentFieldId ?? 0;
      into.start[index] = cursor.startIndex;
      into.end[index] = cursor.endIndex;
      into.flags[index] =
        (named[type] ? NodeFlag.named : 0) |
        (missing ? NodeFlag.missing : 0) |
        (type === ERROR_TYPE ? NodeFlag.error : 0) |
        ((clean ? type === comment : cursor.currentNode.isExtra) ? NodeFlag.extra : 0);
      into.next[index] = index + 1;
    }
    if (cursor.gotoFirstChild()) {
      owners.push(index);
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      const owner = owners.pop();
      if (owner === undefined) return;
      if (owner >= 0) into.next[owner] = into.count;
      cursor.gotoParent();
    }
  }
}

/** Whether two trees have the same nodes. */
export function sameTree(a: FlatTree, b: FlatTree): boolean {
  if (a.count !== b.count) return false;
  for (let i = 0; i < a.count; i++) {
    if (a.type[i] !== b.type[i] || a.field[i] !== b.field[i] || a.flags[i] !== b.flags[i]) return false;
    if (a.start[i] !== b.start[i] || a.end[i] !== b.end[i] || a.next[i] !== b.next[i]) return false;
  }
  return true;
}
