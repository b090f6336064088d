import type { ContractEffect } from './types.ts';

/** Which way a conversion that a contract speaks of goes: what it leaves if it works, whatever it may leave else. */
export function contractDirection({ cases }: Pick<ContractEffect, 'cases'>): 'shared' | 'private' {
  const found = cases
    .flatMap(({ outcomes }) => outcomes)
    .find((one) => one === 'shared' || one === 'private');
  return found === 'private' ? 'private' : 'shared';
}
