/** Asked in loops; whoever started the work sets it. The engine never reads a clock. */
export interface CancellationToken {
  readonly cancelled: boolean;
  /** It will be set shortly: who is about to begin a part of the work, which would be lost half done, need not. */
  readonly soon?: boolean;
}

export const never: CancellationToken = { cancelled: false };

/** Thrown out of long work when its token says so; nothing else throws it. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Cancelled';
  }
}

/** @throws Cancelled when the token is set. */
export function check(token: CancellationToken): void {
  if (token.cancelled) throw new Cancelled();
}

/** Before a part of the work that is lost unless it is done to its end. @throws Cancelled when the token is set, or will be soon. */
export function checkBefore(token: CancellationToken): void {
  if (token.cancelled || token.soon === true) throw new Cancelled();
}
