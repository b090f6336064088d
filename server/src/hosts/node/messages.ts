import type { Scan } from '../../project/read.ts';
import type { BackendName } from './backend.ts';
import type { PackedFiles } from './packed.ts';
import type { Checked, CheckSettings } from './tasks.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly settings: CheckSettings;
  readonly backend: BackendName;
  /** What scans give is kept for the next check, so that it needs stamps. */
  readonly keeps: boolean;
  /** One 32-bit cell, not 0 once the check is cancelled. */
  readonly cancelled: SharedArrayBuffer;
}

/** Work for a worker. */
export type Job =
  | {
      readonly k: 'scan';
      readonly files: PackedFiles;
      /** For the index too. Stamps of the files by column as far as known (may be empty): what still has its stamp is not read. */
      readonly index?: Float64Array;
    }
  /** Files, relative to the root, that have to do with each other. */
  | { readonly k: 'check'; readonly files: readonly string[] };

/** A job with the number that its answer comes back under. */
export interface JobMessage {
  readonly id: number;
  readonly job: Job;
}

/** What a worker is told: a job, or to load what checks need before there are any. */
export type Order = JobMessage | 'get ready';

/** What a worker answers. `failed`: it cannot work at all. */
export type Answer =
  | { readonly k: 'scanned'; readonly id: number; readonly scan: Scan }
  | {
      readonly k: 'checked';
      readonly id: number;
      readonly result: Checked;
      /** The thread's parser crashed: it answers nothing more, and another thread has to. */
      readonly last: boolean;
    }
  | { readonly k: 'cancelled'; readonly id: number }
  | { readonly k: 'failed'; readonly message: string };
