import { Worker } from 'node:worker_threads';
import { BackendError } from './backend-error.ts';
import type { Answer, Job, Order, WorkerStart } from './messages.ts';

/** What the pool tells of a job: its answer, or that it took a thread with it. */
export interface JobOutcome {
  readonly answer: Extract<Answer, { k: 'scanned' | 'checked' }> | null;
  /** Why there is no answer, in words for a report. */
  readonly failure: string | null;
}

interface Pending {
  readonly job: Job;
  readonly done: (outcome: JobOutcome) => void;
}

interface Thread {
  readonly worker: Worker;
  /** In the order in which the thread works on them. */
  readonly jobs: Map<number, Pending>;
  watch: NodeJS.Timeout | undefined;
  answers: number;
}

/** How a {@link WorkerPool} is set up. */
export interface PoolOptions {
  /** The bundle of `worker.ts`. */
  readonly script: string | URL;
  readonly size: number;
  readonly start: Omit<WorkerStart, 'cancelled'>;
  /** Milliseconds after which a single job is given up and its thread replaced. */
  readonly jobTimeout: number;
}

/**
 * A few worker threads and a queue. A job that brings its thread down, or never ends, is answered with a failure and a new
 * thread takes over: one file can cost itself, never the check.
 */
export class WorkerPool {
  private readonly threads: Thread[] = [];
  private readonly queue: Pending[] = [];
  private readonly flag = new SharedArrayBuffer(4);
  private nextId = 0;
  private broken: Error | null = null;
  private onBroken: (error: Error) => void = () => {};
  /** Rejects when no thread can work at all. */
  readonly failure: Promise<never>;

  /** Jobs that a thread is handed ahead, so that it need not wait for us. */
  private ahead = 2;

  constructor(private readonly options: PoolOptions) {
    this.failure = new Promise((_, reject) => {
      this.onBroken = reject;
    });
    // Somebody may look at it later, or never.
    this.failure.catch(() => {});
    for (let i = 0; i < options.size; i++) this.threads.push(this.thread());
  }

  /** How many jobs a thread is handed ahead. More while the caller is busy and cannot hand out new ones. */
  setAhead(jobs: number): void {
    this.ahead = jobs;
    this.hand();
  }

  /** Checks will come: threads that have nothing to do load what that takes. */
  getReady(): void {
    for (const { worker } of this.threads) worker.postMessage('get ready' satisfies Order);
  }

  /** Queues a job. The promise never rejects: see {@link JobOutcome}. */
  run(job: Job): Promise<JobOutcome> {
    return new Promise((done) => {
      this.queue.push({ job, done });
      this.hand();
    });
  }

  /** Ends all threads, at once if `force`, else after the job they are at. Jobs without an answer never get one. */
  async stop(force: boolean): Promise<void> {
    this.broken ??= new Error('stopped');
    Atomics.store(new Int32Array(this.flag), 0, 1);
    this.queue.length = 0;
    const threads = this.threads.splice(0);
    for (const thread of threads) clearTimeout(thread.watch);
    const busy = () => threads.some((thread) => thread.jobs.size > 0);
    for (let waited = 0; !force && waited < 2000 && busy(); waited += 5) await wait(5);
    await Promise.all(threads.map((thread) => thread.worker.terminate()));
  }

  private hand(): void {
    if (this.broken !== null) return;
    while (this.queue.length > 0) {
      let best = this.threads[0];
      for (const thread of this.threads) if (best && thread.jobs.size < best.jobs.size) best = thread;
      if (best === undefined || best.jobs.size >= this.ahead) return;
      const pending = this.queue.shift()!;
      const message = { id: this.nextId++, job: pending.job } satisfies Order;
      best.jobs.set(message.id, pending);
      if (best.jobs.size === 1) this.startWatch(best);
      best.worker.postMessage(message);
    }
  }

  private thread(): Thread {
    const start: WorkerStart = { ...this.options.start, cancelled: this.flag };
    const worker = new Worker(this.options.script, {
      workerData: start,
      // The engine makes much that dies young: with V8's small default a tenth of the time goes into collecting it.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    const thread: Thread = { worker, jobs: new Map(), watch: undefined, answers: 0 };
    worker.on('message', (answer: Answer) => this.answered(thread, answer));
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.replace(
        thread,
        memory ? 'not analysed: it took too much memory' : 'not analysed: the engine failed on it',
      );
    });
    worker.on('exit', () => this.replace(thread, 'not analysed: the engine failed on it'));
    return thread;
  }

  private answered(thread: Thread, answer: Answer): void {
    if (answer.k === 'failed') {
      thread.jobs.clear();
      this.breakDown(answer.message);
      return;
    }
    thread.answers++;
    const pending = thread.jobs.get(answer.id);
    thread.jobs.delete(answer.id);
    this.startWatch(thread);
    if (answer.k !== 'cancelled') pending?.done({ answer, failure: null });
    if (answer.k === 'checked' && answer.last) this.renew(thread);
    this.hand();
  }

  private breakDown(message: string): void {
    if (this.broken !== null) return;
    this.broken = new BackendError(message);
    this.onBroken(this.broken);
  }

  private startWatch(thread: Thread): void {
    clearTimeout(thread.watch);
    if (thread.jobs.size === 0) return;
    thread.watch = setTimeout(() => {
      const seconds = Math.round(this.options.jobTimeout / 1000);
      this.replace(thread, `not analysed: given up after ${seconds} s`);
    }, this.options.jobTimeout);
    thread.watch.unref();
  }

  /** The thread is gone or useless: its first job is to blame, the others are queued again. */
  private replace(thread: Thread, failure: string): void {
    const at = this.threads.indexOf(thread);
    if (at < 0) return;
    clearTimeout(thread.watch);
    void thread.worker.terminate();
    if (thread.answers === 0 && thread.jobs.size === 0) {
      this.threads.splice(at, 1);
      this.breakDown('worker threads do not start');
      return;
    }
    const [blamed] = thread.jobs;
    if (blamed) thread.jobs.delete(blamed[0]);
    this.renew(thread);
    blamed?.[1].done({ answer: null, failure });
    this.hand();
  }

  /** Puts a new thread in the place of one whose other jobs are still to be done. */
  private renew(thread: Thread): void {
    const at = this.threads.indexOf(thread);
    if (at < 0) return;
    clearTimeout(thread.watch);
    void thread.worker.terminate();
    this.threads[at] = this.thread();
    this.queue.unshift(...thread.jobs.values());
    thread.jobs.clear();
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
