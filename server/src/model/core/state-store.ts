/**
 * The states seen so far, in the order in which they were found: vectors of bytes in one array, found again by hash
 * with open addressing. Indexes are stable and count from 0.
 */
export class StateStore {
  private bytes: Uint8Array;
  private slots = new Int32Array(1024).fill(-1);
  private count = 0;

  /** @param width bytes of one state. */
  constructor(readonly width: number) {
    this.bytes = new Uint8Array(Math.max(1, width) * 512);
  }

  get size(): number {
    return this.count;
  }

  /** The index of a state, which is added if it is new: then the result is the old `size`. */
  add(state: Uint8Array): number {
    let slot = this.hash(state) & (this.slots.length - 1);
    for (let found = this.slots[slot]!; found >= 0; found = this.slots[slot]!) {
      if (this.same(found, state)) return found;
      slot = (slot + 1) & (this.slots.length - 1);
    }
    if ((this.count + 1) * this.width > this.bytes.length) this.growBytes();
    this.bytes.set(state, this.count * this.width);
    this.slots[slot] = this.count++;
    if (this.count * 2 > this.slots.length) this.growSlots();
    return this.count - 1;
  }

  /** A view of a state; valid until the next {@link add}. */
  at(index: number): Uint8Array {
    return this.bytes.subarray(index * this.width, (index + 1) * this.width);
  }

  private same(index: number, state: Uint8Array): boolean {
    const from = index * this.width;
    for (let i = 0; i < this.width; i++) if (this.bytes[from + i] !== state[i]) return false;
    return true;
  }

  /** FNV-1a, folded: vectors differ in few places, often in the last bytes only. */
  private hash(state: Uint8Array): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.width; i++) hash = Math.imul(hash ^ state[i]!, 0x01000193);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  private growBytes(): void {
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let i = 0; i < this.count; i++) {
      let slot = this.hash(this.at(i)) & (this.slots.length - 1);
      while (this.slots[slot]! >= 0) slot = (slot + 1) & (this.slots.length - 1);
      this.slots[slot] = i;
    }
  }
}
