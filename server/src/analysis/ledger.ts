/** What one function read in a ledger that others had written, and what it wrote there itself. */
export interface Entries<K, V> {
  readonly reads: ReadonlyMap<K, V | undefined>;
  readonly writes: readonly (readonly [K, V])[];
}

/**
 * Knowledge that functions add to as they are analysed, one after the other: the first word on something stands. What each
 * read and wrote is noted, so that its result can be used again where it would read the same. What a function writes is there
 * for all others once it is applied: an analysis that is begun again begins with what the first one found.
 */
export class Ledger<K, V> {
  private readonly current = new Map<K, V>();
  /** Grows when something is written for all. */
  version = 0;
  private reads = new Map<K, V | undefined>();
  private writes: [K, V][] = [];
  /** What was there before the function wrote. */
  private readonly mine = new Map<K, V | undefined>();

  /** Forgets all: a new round begins. */
  clear(): void {
    this.current.clear();
    this.begin();
  }

  get(key: K): V | undefined {
    const value = this.current.get(key);
    if (!this.mine.has(key) && !this.reads.has(key)) this.reads.set(key, value);
    return value;
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  set(key: K, value: V): void {
    if (!this.mine.has(key)) this.mine.set(key, this.current.get(key));
    this.current.set(key, value);
    this.writes.push([key, value]);
  }

  /** A function begins. */
  begin(): void {
    this.reads = new Map();
    this.writes = [];
    this.mine.clear();
  }

  /** What it read and wrote since {@link begin}; what it wrote is taken back. */
  end(): Entries<K, V> {
    const entries = { reads: this.reads, writes: this.writes };
    for (const [key, value] of this.mine)
      if (value === undefined) this.current.delete(key);
      else this.current.set(key, value);
    this.begin();
    return entries;
  }

  /** Whether a function that read `entries` would read the same now. */
  agrees({ reads }: Entries<K, V>): boolean {
    for (const [key, value] of reads) if (this.current.get(key) !== value) return false;
    return true;
  }

  /** Writes what a function wrote. */
  apply({ writes }: Entries<K, V>): void {
    if (writes.length > 0) this.version++;
    for (const [key, value] of writes) this.current.set(key, value);
  }
}
