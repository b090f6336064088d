import { parentPort, workerData } from 'node:worker_threads';
import { type Standing, standing } from '../../project/read.ts';
import { NodeFileSystem } from './files.ts';
import { type PackedFiles, unpackFiles } from './packed.ts';

/** What the thread is started with. */
export interface StampStart {
  /** A cell for each part: whoever makes it 1 looks at the part. */
  readonly claims: Int32Array;
  /** Bytes of a header that is searched. */
  readonly largest: number;
}

/** Some files to look at. */
export interface StampPart {
  readonly part: number;
  readonly files: PackedFiles;
  /** What is known of their stamps, by column. */
  readonly known: Float64Array;
}

/** How they are to what is known of them, in their order. */
export interface StampAnswer {
  readonly part: number;
  readonly found: readonly Standing[];
}

/** A thread that looks at stamps, until it is ended. */
function work({ claims, largest }: StampStart): void {
  const fs = new NodeFileSystem();
  parentPort?.on('message', ({ part, files, known }: StampPart) => {
    if (Atomics.compareExchange(claims, part, 0, 1) !== 0) return;
    const found = unpackFiles(files).map(({ path, named }, at) =>
      standing(fs, path, named, known, at, largest),
    );
    const answer: StampAnswer = { part, found };
    parentPort?.postMessage(answer);
  });
}

work(workerData as StampStart);
