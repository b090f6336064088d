import { RAL } from 'vscode-languageserver';
import type { CancellationToken } from '../../base/token.ts';
import { Cancelled } from '../../base/token.ts';

/** Milliseconds that the engine may keep the process busy before messages are read again. */
const firstSlice = 250;

/** Where a slice got on, the next is hardly longer; it is at all so that this ends whatever happens. */
const slower = 1.1;

const nothing = { reached: 0, analysed: 0 };

/** What {@link sliced} may be told of its work. */
export interface Slicing {
  /** How many parts the work came to the last time, and how many were done in all the times together. */
  readonly effort?: () => { readonly reached: number; readonly analysed: number };
  /** Something else comes first. */
  readonly hold?: () => boolean;
}

/**
 * Runs a synchronous `work` so that messages are still read during it: it is stopped when its slice of time is over,
 * and started again after a turn of the event loop unless `givenUp`. The engine remembers what it finished, so the next
 * slice goes on from there; where it did not get on by that it is four times as long, so that little is done twice.
 * False if it was given up. @throws what `work` throws, but never Cancelled
 */
export async function sliced(
  work: (token: CancellationToken) => void,
  givenUp: () => boolean,
  { effort = () => nothing, hold = () => false }: Slicing = {},
): Promise<boolean> {
  let length = firstSlice;
  let reached = 0;
  for (;;) {
    if (givenUp()) return false;
    if (!hold()) {
      const before = effort();
      if (isDone(work, length)) return true;
      const now = effort();
      const done = now.analysed - before.analysed;
      // Where half of it or more had been done before, the slices are too short to get on.
      const isNew = done > 0 && now.reached - reached >= done / 2;
      length *= isNew ? slower : 4;
      reached = now.reached;
    }
    await turn();
    await turn();
  }
}

/** A token that is set when so many milliseconds are over. */
export function within(milliseconds: number): CancellationToken {
  const end = performance.now() + milliseconds;
  return {
    get cancelled() {
      return performance.now() > end;
    },
  };
}

/** Whether `work` comes to its end within so many milliseconds. @throws what it throws, but never Cancelled */
function isDone(work: (token: CancellationToken) => void, milliseconds: number): boolean {
  try {
    work(within(milliseconds));
    return true;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    return false;
  }
}

/** A turn of the event loop: messages that wait are read. */
export function turn(): Promise<void> {
  return new Promise((resolve) => RAL().timer.setImmediate(resolve));
}

/** Lets messages be read for so many milliseconds. */
export function restFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => RAL().timer.setTimeout(resolve, milliseconds));
}
