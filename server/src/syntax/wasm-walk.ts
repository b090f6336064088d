import type { FlatTreeBuilder, NodeSelection } from './flat-tree.ts';
import { ERROR_TYPE, NodeFlag } from './types.ts';

/** The views of the runtime's memory; they are replaced when it grows. */
export interface Heap {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU16: Uint16Array;
  readonly HEAPU32: Uint32Array;
}

/** 32-bit words of a `TSLanguage` (tree-sitter's `lib/src/parser.h`). */
const LANGUAGE = {
  abi: 0,
  symbolCount: 1,
  aliasCount: 2,
  productionCount: 7,
  /** A 16-bit number. */
  maxAliasSequence: 9,
  fieldMapSlices: 16,
  fieldMapEntries: 17,
  symbolMetadata: 18,
  publicSymbols: 19,
  aliasSequences: 21,
} as const;

/** Bits in the first byte of a `SubtreeInlineData` (tree-sitter's `lib/src/subtree.h`). */
const INLINE = { inline: 1, visible: 2, named: 4, extra: 8, missing: 32 } as const;

/** Offsets in bytes into a `SubtreeHeapData`, and its bits. Sizes are of wasm32. */
const HEAPDATA = {
  padding: 4,
  size: 16,
  childCount: 36,
  symbol: 40,
  bits: 44,
  production: 66,
  visible: 1,
  named: 2,
  extra: 4,
  missing: 512,
} as const;

const SUBTREE_BYTES = 8;
const FRAME = 6;

/**
 * Reads trees straight out of the runtime's linear memory, an order of magnitude faster than any cursor, because
 * nothing crosses from WebAssembly to JavaScript for a node. It rests on the layout of tree-sitter's private
 * structs, so whoever uses it compares it with the cursor first.
 */
export class MemoryWalk {
  private readonly visibleName: Uint8Array;
  private readonly publicSymbol: Uint16Array;
  private readonly maxAlias: number;
  /** `[production][structural child]`: the symbol that the child shows as, 0 for its own. */
  private readonly alias: Uint16Array;
  private readonly hasAlias: Uint8Array;
  private readonly maxFieldChild: number;
  /** `[production][structural child]`: the field that the child fills, 0 for none. */
  private readonly fieldOf: Uint8Array;
  private readonly hasField: Uint8Array;
  private stack = new Int32Array(FRAME * 128);

  /**
   * @param heap the module that the runtime was started with
   * @param language address of the `TSLanguage`
   * @throws if the language's ABI is not one whose layout is known
   */
  constructor(
    private readonly heap: Heap,
    language: number,
  ) {
    const { HEAPU8: u8, HEAPU16: u16, HEAPU32: u32 } = heap;
    const word = (index: number) => u32[(language >>> 2) + index]!;
    const abi = word(LANGUAGE.abi);
    if (abi < 14 || abi > 15) throw new Error(`grammar ABI ${abi} is not 14 or 15`);
    const symbols = word(LANGUAGE.symbolCount) + word(LANGUAGE.aliasCount);
    const productions = word(LANGUAGE.productionCount);

    this.visibleName = new Uint8Array(symbols);
    this.publicSymbol = new Uint16Array(symbols);
    const metadata = word(LANGUAGE.symbolMetadata);
    const publicSymbols = word(LANGUAGE.publicSymbols);
    for (let symbol = 0; symbol < symbols; symbol++) {
      // struct { bool visible, named, supertype; }
      this.visibleName[symbol] = u8[metadata + symbol * 3 + 1]!;
      this.publicSymbol[symbol] = u16[(publicSymbols >> 1) + symbol]!;
    }

    this.maxAlias = u16[(language + LANGUAGE.maxAliasSequence * 4) >> 1]!;
    this.alias = new Uint16Array(productions * this.maxAlias);
    this.hasAlias = new Uint8Array(productions);
    const aliases = word(LANGUAGE.aliasSequences);
    // Production 0 stands for "no aliases".
    for (let i = this.maxAlias; i < this.alias.length; i++) {
      this.alias[i] = u16[(aliases >> 1) + i]!;
      if (this.alias[i]) this.hasAlias[Math.floor(i / this.maxAlias)] = 1;
    }

    const direct: [production: number, child: number, field: number][] = [];
    const slices = word(LANGUAGE.fieldMapSlices);
    const entries = word(LANGUAGE.fieldMapEntries);
    let maxChild = 0;
    for (let production = 0; production < productions; production++) {
      // struct { uint16_t index, length; }
      const first = u16[(slices + production * 4) >> 1]!;
      const length = u16[(slices + production * 4 + 2) >> 1]!;
      for (let k = first; k < first + length; k++) {
        // struct { uint16_t field; uint8_t child; bool inherited; }
        const entry = entries + k * 4;
        if (u8[entry + 3]) continue;
        direct.push([production, u8[entry + 2]!, u16[entry >> 1]!]);
        maxChild = Math.max(maxChild, u8[entry + 2]!);
      }
    }
    this.maxFieldChild = maxChild + 1;
    this.fieldOf = new Uint8Array(productions * this.maxFieldChild);
    this.hasField = new Uint8Array(productions);
    for (const [production, child, field] of direct) {
      const at = production * this.maxFieldChild + child;
      this.fieldOf[at] ||= field;
      this.hasField[production] = 1;
    }
  }

  /** Fills `into` with the nodes of the tree at address `tree` that `selection` asks for. */
  flatten(tree: number, selection: NodeSelection, into: FlatTreeBuilder): void {
    const { HEAPU16: u16, HEAPU32: u32 } = this.heap;
    const { visibleName, publicSymbol, maxAlias, alias, hasAlias, maxFieldChild, fieldOf, hasField } = this;
    const { operator } = selection;
    let { stack } = this;
    let depth = 0;
    into.count = 0;
    // Bytes of UTF-16 before the node; twice the offset.
    let position = 0;
    // What is left of the siblings, and what their parent hands down.
    let child = tree;
    let left = 1;
    let structural = 0;
    let production = 0;
    let inheritedField = 0;
    let owner = -1;
    for (;;) {
      if (left === 0) {
        if (owner >= 0) {
          into.next[owner] = into.count;
          into.end[owner] = position >>> 1;
        }
        if (depth === 0) return;
        depth -= FRAME;
        child = stack[depth]!;
        left = stack[depth + 1]!;
        structural = stack[depth + 2]!;
        production = stack[depth + 3]!;
        inheritedField = stack[depth + 4]!;
        owner = stack[depth + 5]!;
        continue;
      }
      left--;
      const data = u32[child >>> 2]!;
      const inline = (data & INLINE.inline) !== 0;
      const second = inline ? u32[(child >>> 2) + 1]! : 0;
      child += SUBTREE_BYTES;

      let symbol: number;
      let visible: boolean;
      let named: boolean;
      let extra: boolean;
      let missing: boolean;
      let padding: number;
      let size: number;
      let children = 0;
      if (inline) {
        symbol = (data >>> 8) & 0xff;
        visible = (data & INLINE.visible) !== 0;
        named = (data & INLINE.named) !== 0;
        extra = (data & INLINE.extra) !== 0;
        missing = (data & INLINE.missing) !== 0;
        padding = (second >>> 16) & 0xff;
        size = second >>> 24;
      } else {
        const bits = u16[(data + HEAPDATA.bits) >> 1]!;
        symbol = u16[(data + HEAPDATA.symbol) >> 1]!;
        visible = (bits & HEAPDATA.visible) !== 0;
        named = (bits & HEAPDATA.named) !== 0;
        extra = (bits & HEAPDATA.extra) !== 0;
        missing = (bits & HEAPDATA.missing) !== 0;
        padding = u32[(data + HEAPDATA.padding) >> 2]!;
        size = u32[(data + HEAPDATA.size) >> 2]!;
        children = u32[(data + HEAPDATA.childCount) >> 2]!;
      }

      let field = 0;
      if (!extra) {
        field = inheritedField;
        if (hasAlias[production]) {
          const shown = alias[production * maxAlias + structural]!;
          if (shown) {
            symbol = shown;
            visible = true;
            named = visibleName[shown] !== 0;
          }
        }
        if (hasField[production] && structural < maxFieldChild) {
          field = fieldOf[production * maxFieldChild + structural]! || field;
        }
        structural++;
      }

      let index = -1;
      if (visible) {
        const type = symbol === ERROR_TYPE ? ERROR_TYPE : publicSymbol[symbol]!;
        if (named || missing || operator[type] || type === ERROR_TYPE) {
          index = into.add();
          into.type[index] = type;
          into.field[index] = field;
          into.flags[index] =
            (named || type === ERROR_TYPE ? NodeFlag.named : 0) |
            (extra ? NodeFlag.extra : 0) |
            (missing ? NodeFlag.missing : 0) |
            (type === ERROR_TYPE ? NodeFlag.error : 0);
          into.start[index] = (position + padding) >>> 1;
          into.end[index] = (position + padding + size) >>> 1;
          into.next[index] = index + 1;
        }
      }
      if (children === 0) {
        position += padding + size;
        continue;
      }
      if (depth + FRAME > stack.length) {
        const wider = new Int32Array(stack.length * 2);
        wider.set(stack);
        stack = this.stack = wider;
      }
      stack[depth] = child;
      stack[depth + 1] = left;
      stack[depth + 2] = structural;
      stack[depth + 3] = production;
      stack[depth + 4] = inheritedField;
      stack[depth + 5] = owner;
      depth += FRAME;
      owner = index;
      inheritedField = visible ? 0 : field;
      child = data - children * SUBTREE_BYTES;
      left = children;
      structural = 0;
      production = u16[(data + HEAPDATA.production) >> 1]!;
    }
  }
}
