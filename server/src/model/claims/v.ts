import type { CallerStep, TransitionScenario } from '../transition/scenario.ts';
import type { Claim } from './types.ts';
import { claimed, direct, sharing, strayDirect, third, toPrivate, toShared, twin } from './write.ts';

/** Claims of thread 003: vTOM as a protection flag instead of a part of the address. */

const addressTaken: readonly CallerStep[] = [toShared, { do: 'address', mapping: 'direct' }];
const usedWhereItWas: readonly CallerStep[] = [toShared, { do: 'use', mapping: 'direct', write: true }];

const ioApic = (attribute: 'P' | 'S'): Partial<TransitionScenario> => ({
  mappings: [{ mapping: 'vmap', is: 'later' }],
  device: 'paravisor',
  pages: 1,
  caller: [
    { do: 'map', mapping: 'vmap', attribute },
    { do: 'use', mapping: 'vmap' },
  ],
});

export const vtomClaims: readonly Claim[] = [
  {
    id: 'V1',
    seed: '003',
    says: 'With a second mapping above vTOM the first one stays, private, and stray reads go through it.',
    quote: 'create a second kernel virtual mapping',
    runs: [
      claimed(
        'snp-vtom as 6.1',
        'breaks',
        sharing('snp-vtom', 'address', 'P-fix', {
          mappings: [...direct, { mapping: 'vmap', is: 'later' }],
          caller: [toShared, { do: 'map', mapping: 'vmap', attribute: 'S' }],
          stray: strayDirect,
        }),
      ),
      twin('snp-vtom as 6.12', 'holds', sharing('snp-vtom', '6.12', 'P-fix', { stray: strayDirect })),
      third(
        'snp-vtom as 6.1, converted back and freed',
        'holds',
        sharing('snp-vtom', 'address', 'P-alloc', { caller: [toShared, toPrivate, { do: 'free' }] }),
      ),
    ],
  },
  {
    id: 'V2',
    seed: '003',
    says: 'The vTOM bit is not part of the physical address.',
    quote: 'so the vTOM bit is no longer treated as part of the physical address',
    runs: [
      claimed(
        'mask with the bit',
        'breaks',
        sharing('snp-vtom', '6.12', 'P-pa', { caller: addressTaken, wideMask: true }),
      ),
      twin('mask without it', 'holds', sharing('snp-vtom', '6.12', 'P-pa', { caller: addressTaken })),
    ],
  },
  {
    id: 'V3',
    seed: '003',
    says: 'The I/O APIC is emulated in the paravisor and must be mapped private.',
    quote: 'map the I/O APIC to use private accesses',
    runs: [
      claimed('mapped shared', 'breaks', sharing('snp-vtom', '6.12', 'P-use', ioApic('S'))),
      twin('mapped private', 'holds', sharing('snp-vtom', '6.12', 'P-use', ioApic('P'))),
    ],
  },
  {
    id: 'V4',
    seed: '003',
    says: 'A caller that goes on using the address it passed finds it private, if only the host is told.',
    quote: 'Remove the Hyper-V special case from __set_memory_enc_dec()',
    runs: [
      claimed('special case', 'breaks', sharing('snp-vtom', 'address', 'P-use', { caller: usedWhereItWas })),
      twin(
        'callback in the common path',
        'holds',
        sharing('snp-vtom', '6.12', 'P-use', { caller: usedWhereItWas }),
      ),
    ],
  },
];
