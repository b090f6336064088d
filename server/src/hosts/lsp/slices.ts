import { RAL } from 'vscode-languageserver';
import type { CancellationToken } from '../../base/token.ts';
import { Cancelled } from '../../base/token.ts';

/** Milliseconds after which the engine begins nothing more before messages are read again. */
const firstSlice = 12;

/** So many times as long it may take to end what it has begun; what takes longer is begun anew in a longer slice. */
const patience = 3;

/** Where a slice got on, the next is hardly longer; it is at all so that this ends whatever happens. */
const slower = 1.01;

/** What {@link sliced} may be told of its work. */
export interface Slicing {
  /** How many parts of the work are done and need not be done again. */
  readonly effort?: () => { readonly done: number };
  /** Something else comes first. */
  readonly hold?: () => boolean;
}

/**
 * Runs a synchronous `work` so that messages are still read during it: it is stopped when its slice of time is over,
 * and started again after a turn of the event loop unless `givenUp`. The engine remembers what it finished, so the next
 * slice goes on from there; where it did not get on by that, the next are four times as long until one does. False if it was given up.
 * @throws what `work` throws, but never Cancelled
 */
export async function sliced(
  work: (token: CancellationToken) => void,
  givenUp: () => boolean,
  { effort = () => ({ done: 0 }), hold = () => false }: Slicing = {},
): Promise<boolean> {
  let usual = firstSlice;
  let length = usual;
  for (;;) {
    if (givenUp()) return false;
    if (!hold()) {
      const { done } = effort();
      if (isDone(work, length)) return true;
      usual *= slower;
      length = effort().done > done ? usual : length * 4;
    }
    await turn();
    await turn();
  }
}

/** A token that is set when so many milliseconds are over; for those who can choose where to stop, after `soon` of them. */
export function within(milliseconds: number, soon = milliseconds): CancellationToken {
  const start = performance.now();
  return {
    get cancelled() {
      return performance.now() > start + milliseconds;
    },
    get soon() {
      return performance.now() > start + soon;
    },
  };
}

/** Whether `work` comes to its end within so many milliseconds. @throws what it throws, but never Cancelled */
function isDone(work: (token: CancellationToken) => void, milliseconds: number): boolean {
  try {
    work(within(milliseconds * patience, milliseconds));
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
