import type { CancellationToken } from '../../base/token.ts';
import { Cancelled } from '../../base/token.ts';

/** Milliseconds that the engine may keep the process busy before messages are read again. */
const firstSlice = 250;

/** Where some of the work was done in a slice, the next is hardly longer; it is at all so that this ends whatever happens. */
const slower = 1.1;

/** What {@link sliced} may be told of its work. */
export interface Slicing {
  /** Changes when a part of the work is done that will not be done again. */
  readonly finished?: () => number;
  /** Something else comes first. */
  readonly hold?: () => boolean;
}

/**
 * Runs a synchronous `work` so that messages are still read during it: it is stopped when its slice of time is over,
 * and started again after a turn of the event loop unless `givenUp`. The engine remembers what it finished, so the next
 * slice goes on from there; where nothing was finished it is four times as long, so that little is done twice.
 * False if it was given up. @throws what `work` throws, but never Cancelled
 */
export async function sliced(
  work: (token: CancellationToken) => void,
  givenUp: () => boolean,
  { finished = () => 0, hold = () => false }: Slicing = {},
): Promise<boolean> {
  let length = firstSlice;
  for (;;) {
    if (givenUp()) return false;
    if (!hold()) {
      const before = finished();
      if (isDone(work, length)) return true;
      length *= finished() === before ? 4 : slower;
    }
    await turn();
    await turn();
  }
}

/** Whether `work` comes to its end within so many milliseconds. @throws what it throws, but never Cancelled */
function isDone(work: (token: CancellationToken) => void, milliseconds: number): boolean {
  const end = performance.now() + milliseconds;
  try {
    work({
      get cancelled() {
        return performance.now() > end;
      },
    });
    return true;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    return false;
  }
}

/** A turn of the event loop: messages that wait are read. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
