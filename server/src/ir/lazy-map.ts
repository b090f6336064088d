/** A map whose values are made when they are first asked for. A maker that gives null has no entry. */
export class LazyMap<V> implements ReadonlyMap<string, V> {
  private readonly made = new Map<string, V | null>();

  constructor(private readonly makers: ReadonlyMap<string, () => V | null>) {}

  get(key: string): V | undefined {
    let value = this.made.get(key);
    if (value === undefined) {
      value = this.makers.get(key)?.() ?? null;
      this.made.set(key, value);
    }
    return value ?? undefined;
  }

  /** Whether there is a maker for `key`; none is called for the answer. */
  mayHave(key: string): boolean {
    return this.makers.has(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  get size(): number {
    let n = 0;
    for (const _ of this.entries()) n++;
    return n;
  }

  *entries(): MapIterator<[string, V]> {
    for (const key of this.makers.keys()) {
      const value = this.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }
}
