/** Asked in loops; whoever started the work sets it. The engine never reads a clock. */
export interface CancellationToken {
  readonly cancelled: boolean;
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
