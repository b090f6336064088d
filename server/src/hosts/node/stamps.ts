import { Worker } from 'node:worker_threads';
import { headerLimit, type SourceFile } from '../../project/discover.ts';
import type { StampedFiles } from '../../project/files.ts';
import { type Standing, standing } from '../../project/read.ts';
import { beside } from './beside.ts';
import { packFiles } from './packed.ts';
import type { StampAnswer, StampPart, StampStart } from './stamps-worker.ts';

/** Parts that can be shared with another thread; more are looked at in this one. */
const mostParts = 16384;

interface Pending {
  readonly files: readonly SourceFile[];
  readonly known: Float64Array;
  readonly done: (found: readonly Standing[]) => void;
}

/**
 * Looks at the stamps of files, part by part. While this thread lists the tree another one begins with the first parts; then this one
 * helps from the end. Should the other one fail, this one does everything.
 */
export class Stamps {
  private readonly claims = new Int32Array(new SharedArrayBuffer(mostParts * 4));
  private readonly parts: (Pending | null)[] = [];
  private readonly other: Worker | null;
  private failed = false;
  private allListed = false;

  /** `alone`: without another thread. `largest`: bytes of a header that is searched. */
  constructor(
    private readonly fs: StampedFiles,
    alone: boolean,
    readonly largest: number = headerLimit,
  ) {
    this.other = alone ? null : this.thread();
  }

  /** How each file is to what is known of it. Part by part in the order of the listing. */
  look(files: readonly SourceFile[], known: Float64Array): Promise<readonly Standing[]> {
    const part = this.parts.length;
    return new Promise((done) => {
      this.parts.push({ files, known, done });
      const isShared = this.other !== null && !this.failed && part < mostParts;
      if (!isShared || this.allListed) {
        this.here(part);
        return;
      }
      const message: StampPart = {
        part,
        files: packFiles(files),
        known,
      };
      this.other!.postMessage(message);
    });
  }

  /** There are no more parts: this thread takes those that are left. */
  listed(): void {
    this.allListed = true;
    for (let part = Math.min(this.parts.length, mostParts) - 1; part >= 0; part--)
      if (Atomics.compareExchange(this.claims, part, 0, 1) === 0) this.here(part);
  }

  stop(): void {
    void this.other?.terminate();
  }

  private here(part: number): void {
    const { files, known } = this.parts[part] ?? { files: [], known: new Float64Array() };
    this.answered(
      part,
      files.map(({ path, named }, at) => standing(this.fs, path, named, known, at, this.largest)),
    );
  }

  private answered(part: number, found: readonly Standing[]): void {
    const pending = this.parts[part];
    this.parts[part] = null;
    pending?.done(found);
  }

  private thread(): Worker {
    const start: StampStart = { claims: this.claims, largest: this.largest };
    const worker = new Worker(beside('stamps.mjs'), { workerData: start });
    worker.unref();
    worker.on('message', ({ part, found }: StampAnswer) => this.answered(part, found));
    const fail = () => {
      this.failed = true;
      for (const part of this.parts.keys()) this.here(part);
    };
    worker.on('error', fail);
    worker.on('exit', fail);
    return worker;
  }
}
