import { Cancelled } from '../../base/token.ts';
import { relativePath } from '../../project/paths.ts';
import { beside } from './beside.ts';
import type { CheckObserver } from './check.ts';
import { encodeFound } from './found.ts';
import type { WorkerStart } from './messages.ts';
import { packFiles } from './packed.ts';
import { WorkerPool } from './pool.ts';
import type { Checked } from './tasks.ts';
import { setUpForBulk } from './v8-flags.ts';
import type { Workforce } from './workforce.ts';

/** Milliseconds that one group of files may take before it is given up. */
const jobTimeout = 120_000;

/** Worker threads. They are started when there is something to do: they take longer to start than a tree to look through. */
export class Threads implements Workforce {
  readonly failure: Promise<never>;
  private fail: (error: unknown) => void = () => {};
  private started: WorkerPool | null = null;
  private allListed = false;
  private listedFiles = 0;
  private searchedFiles = 0;
  private over = false;

  constructor(
    private readonly start: Omit<WorkerStart, 'cancelled'>,
    private readonly jobs: number,
    private readonly observer: CheckObserver,
  ) {
    this.failure = new Promise((_, reject) => {
      this.fail = reject;
    });
    // Somebody may look at it later, or never.
    this.failure.catch(() => {});
  }

  private get pool(): WorkerPool {
    if (this.started !== null) return this.started;
    setUpForBulk();
    const pool = new WorkerPool({
      script: beside('worker.mjs'),
      size: Math.max(1, this.jobs),
      start: this.start,
      jobTimeout,
    });
    // Listing keeps this thread busy, so the others get work for all that time.
    if (!this.allListed) pool.setAhead(64);
    this.started = pool;
    Promise.race([pool.failure, this.cancelled()]).catch(this.fail);
    return pool;
  }

  scan: Workforce['scan'] = async (files, known) => {
    this.listedFiles += files.length;
    const { answer, failure } = await this.pool.run({ k: 'scan', files: packFiles(files), index: known });
    this.searchedFiles += files.length;
    const { listedFiles: total, searchedFiles: done } = this;
    this.observer.onProgress?.({ phase: 'search', done, total, findings: 0 });
    if (answer?.k === 'scanned') return answer.scan;
    const file = (path: string) => relativePath(this.start.settings.root, path);
    return { relevant: [], problems: files.map(({ path }) => lost(file(path), failure)) };
  };

  listed(): void {
    this.allListed = true;
    this.started?.setAhead(2);
  }

  getReady(): void {
    this.started?.getReady();
  }

  async check(files: readonly string[]): Promise<Checked> {
    const { answer, failure } = await this.pool.run({ k: 'check', files });
    if (answer?.k === 'checked') return answer.result;
    const problems = files.map((file) => lost(file, failure));
    return { found: encodeFound({ files: [], problems, crashes: [] }), hashes: null };
  }

  async stop(): Promise<void> {
    this.over = true;
    await this.started?.stop(this.start.backend === 'wasm');
  }

  /** Rejects once the token is set; the token is somebody else's, so it is looked at from time to time. */
  private async cancelled(): Promise<never> {
    for (;;) {
      await new Promise((done) => setTimeout(done, 50).unref());
      if (this.observer.token.cancelled) throw new Cancelled();
      if (this.over) return new Promise<never>(() => {});
    }
  }
}

function lost(file: string, failure: string | null) {
  return { file, message: failure ?? 'not analysed' };
}
