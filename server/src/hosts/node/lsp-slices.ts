import type { CancellationToken } from '../../base/token.ts';
import { Cancelled } from '../../base/token.ts';

/** Milliseconds that the engine may keep the process busy before messages are read again. */
const firstSlice = 250;

/**
 * Runs a synchronous `work` so that messages are still read during it: it is stopped when its slice of time is over,
 * and started again after a turn of the event loop unless `givenUp`. The engine remembers what it finished, so the next
 * slice goes on from there; each is four times as long, so that little is done twice where it does not.
 * Null if it was given up. @throws what `work` throws, but never Cancelled
 */
export async function sliced<T>(
  work: (token: CancellationToken) => T,
  givenUp: () => boolean,
  slice = firstSlice,
): Promise<T | null> {
  for (let length = slice; ; length *= 4) {
    if (givenUp()) return null;
    const end = performance.now() + length;
    try {
      return work({
        get cancelled() {
          return performance.now() > end;
        },
      });
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
