import type { Edit } from '../protocol.ts';
import type { TransitionStep } from '../transition/platform.ts';
import type { CallerStep, MappingScope, TransitionScenario } from '../transition/scenario.ts';
import type { Claim } from './types.ts';
import {
  claimed,
  direct,
  sharing,
  strayDirect,
  third,
  toShared,
  twin,
  unsharing,
  ways,
  withVmap,
} from './write.ts';

/** Claims of thread 002: Linux as an Arm CCA guest. */

const onAlias = (pages?: readonly number[]): readonly CallerStep[] => [
  { do: 'convert', to: 'shared', through: 'vmap', ...(pages === undefined ? {} : { pages }) },
];

/** As the third version of the patches had it: any address is taken, and translated by its page table. */
const anyAddress: readonly Edit<TransitionStep>[] = [
  { drop: 'require-linear' },
  { change: 'ripas', to: { op: { k: 'host', view: 'SHARED', translation: 'walk-any' } } },
];
/** The entry is changed while it is valid. */
const live: readonly Edit<TransitionStep>[] = [
  { change: 'break', to: { title: 'changes the attribute', op: { k: 'page-table', attribute: 'target' } } },
  { drop: 'make' },
];
const vmapLater: readonly MappingScope[] = [...direct, { mapping: 'vmap', is: 'later' }];

/** A2: only the mapping that was given is flipped. */
const flippedAlone: Partial<TransitionScenario> = {
  mappings: withVmap,
  caller: onAlias(),
  edits: anyAddress,
};

const remapped = (attribute: 'P' | 'S'): Partial<TransitionScenario> => ({
  mappings: vmapLater,
  stray: [{ through: 'vmap', from: 'kernel-data' }],
  caller: [toShared, { do: 'map', mapping: 'vmap', attribute }, { do: 'use', mapping: 'vmap', write: true }],
});

const registers = (attribute: 'P' | 'S'): Partial<TransitionScenario> => ({
  mappings: [{ mapping: 'vmap', is: 'later' }],
  device: 'host',
  pages: 1,
  caller: [
    { do: 'map', mapping: 'vmap', attribute },
    { do: 'use', mapping: 'vmap' },
  ],
});

const inUser = (is: 'live' | 'later'): Partial<TransitionScenario> => ({
  mappings: [...direct, { mapping: 'user', is }],
  user: true,
  caller: is === 'live' ? [toShared] : [toShared, { do: 'map', mapping: 'user', attribute: 'S' }],
});

const addressTaken: readonly CallerStep[] = [toShared, { do: 'address', mapping: 'direct' }];

export const armClaims: readonly Claim[] = [
  {
    id: 'A1',
    seed: '002',
    says: 'Arm wants break-before-make: the attribute must not change in an entry that is valid.',
    quote: 'to perform a break-before-make sequence',
    runs: ways.flatMap(([way, scenario]) => [
      claimed(`cca ${way}, changed while valid`, 'breaks', scenario('cca', 'new', 'P-bbm', { edits: live })),
      twin(`cca ${way}, break, invalidate, make`, 'holds', scenario('cca', 'new', 'P-bbm')),
      third(
        `cca ${way}, not invalidated in between`,
        'breaks',
        scenario('cca', 'new', 'P-bbm', { edits: [{ drop: 'flush-tlb' }] }),
      ),
    ]),
  },
  {
    id: 'A2',
    seed: '002',
    says: 'If a vmalloc address is flipped alone, a stray read meets the old address of the page in the linear map.',
    quote: 'the linear map will still point to the (now invalid) previous IPA',
    runs: [
      claimed(
        'cca, vmalloc address',
        'breaks',
        sharing('cca', 'new', 'P-fix', { ...flippedAlone, stray: strayDirect }),
      ),
      ...(['tdx', 'snp'] as const).map((platform) =>
        twin(
          `${platform}, both flipped`,
          'holds',
          sharing(platform, platform === 'tdx' ? 'new' : 'old', 'P-fix', {
            mappings: withVmap,
            caller: onAlias(),
            stray: strayDirect,
            exceptions: 'guest',
          }),
        ),
      ),
    ],
  },
  {
    id: 'A3',
    seed: '002',
    says: 'Guard pages keep stray reads out only of areas that are flipped as a whole.',
    quote: 'If we can guarantee that only full a vm_struct area is changed at a time',
    runs: [
      claimed(
        'cca, a part of the area flipped while valid',
        'breaks',
        sharing('cca', 'new', 'P-fix', {
          mappings: withVmap,
          caller: onAlias([1]),
          edits: [...anyAddress, ...live],
          stray: [{ through: 'vmap', from: 'page-before' }],
        }),
      ),
      claimed(
        'cca, the linear map flipped under the area',
        'breaks',
        sharing('cca', 'new', 'P-fix', {
          mappings: withVmap,
          caller: [{ do: 'convert', to: 'shared', pages: [1] }],
          stray: [{ through: 'vmap', from: 'page-before' }],
        }),
      ),
      twin(
        'cca, the whole area',
        'holds',
        sharing('cca', 'new', 'P-fix', {
          ...flippedAlone,
          edits: [...anyAddress, ...live],
          stray: [{ through: 'vmap', from: 'guard-page' }],
        }),
      ),
      third(
        'cca, the whole area, stray reads through the linear map',
        'breaks',
        sharing('cca', 'new', 'P-fix', {
          ...flippedAlone,
          stray: [...strayDirect, { through: 'vmap', from: 'guard-page' }],
        }),
      ),
    ],
  },
  {
    id: 'A4',
    seed: '002',
    says: 'Addresses outside the linear map are refused, and a caller that looks is safe.',
    quote: 'currently reject non-linear-map addresses',
    runs: [
      claimed(
        'cca, the caller gives up',
        'holds',
        sharing('cca', 'new', 'P-use', {
          mappings: withVmap,
          caller: [
            { do: 'convert', to: 'shared', through: 'vmap', onError: [{ do: 'free' }] },
            { do: 'use', mapping: 'vmap', write: true },
          ],
        }),
      ),
      twin(
        'cca, the caller does not look',
        'breaks',
        sharing('cca', 'new', 'P-use', {
          mappings: withVmap,
          caller: [
            { do: 'convert', to: 'shared', through: 'vmap', onError: 'ignore' },
            { do: 'use', mapping: 'vmap', write: true },
          ],
        }),
      ),
      ...ways.flatMap(([way, scenario]) => {
        const to = way === 'p>s' ? 'shared' : 'private';
        const then = [{ do: 'use', mapping: 'vmap', write: true }] as const;
        return [
          third(
            `cca ${way}, the mapping is as it was`,
            'holds',
            scenario('cca', 'new', 'P-fix', {
              mappings: withVmap,
              caller: [{ do: 'convert', to, through: 'vmap', onError: then }],
            }),
          ),
          third(
            `cca ${way}, the host is told of no other memory`,
            'holds',
            scenario('cca', 'new', 'P-pa', {
              mappings: withVmap,
              caller: [{ do: 'convert', to, through: 'vmap' }],
            }),
          ),
        ];
      }),
      third(
        'cca, without the check it is',
        'breaks',
        sharing('cca', 'new', 'P-pa', {
          mappings: withVmap,
          caller: onAlias(),
          edits: [{ drop: 'require-linear' }],
        }),
      ),
    ],
  },
  {
    id: 'A5',
    seed: '002',
    says: 'Memory that is shared from its allocation on must be mapped shared.',
    quote: "we'd need a pgprot_decrypted() macro",
    runs: (['P-agree', 'P-fix'] as const).flatMap((property) => [
      claimed(`cca, mapped shared, ${property}`, 'holds', sharing('cca', 'new', property, remapped('S'))),
      twin(
        `cca, mapped as by default, ${property}`,
        'breaks',
        sharing('cca', 'new', property, remapped('P')),
      ),
    ]),
  },
  {
    id: 'A6',
    seed: '002',
    says: 'Memory must not be flipped while user space has it mapped.',
    quote: null,
    runs: [
      claimed('cca, mapped before', 'breaks', sharing('cca', 'new', 'P-use', inUser('live'))),
      twin('cca, mapped after it', 'holds', sharing('cca', 'new', 'P-use', inUser('later'))),
    ],
  },
  {
    id: 'A7',
    seed: '002',
    says: 'The linear map is invalid before the page is shared, so a stray read takes an ordinary fault.',
    quote: 'we make the PTE invalid before making the page shared',
    runs: ways.flatMap(([way, scenario]) => [
      claimed(`cca ${way}`, 'holds', scenario('cca', 'new', 'P-fix', { stray: strayDirect })),
      twin(
        `cca ${way}, RIPAS first`,
        'breaks',
        scenario('cca', 'new', 'P-fix', { stray: strayDirect, edits: [{ move: 'ripas', before: 'break' }] }),
      ),
    ]),
  },
  {
    id: 'A8',
    seed: '002',
    says: 'Devices that the host emulates must be mapped shared.',
    quote: 'Mark all I/O as non-secure shared',
    runs: [
      claimed('cca, mapped private', 'breaks', sharing('cca', 'new', 'P-use', registers('P'))),
      twin('cca, mapped shared', 'holds', sharing('cca', 'new', 'P-use', registers('S'))),
    ],
  },
  {
    id: 'A9',
    seed: '002',
    says: 'What an emulated device reads must be shared.',
    quote: 'ITS buffers must be placed into shared memory',
    runs: [
      claimed(
        'cca, private table',
        'breaks',
        sharing('cca', 'new', 'P-use', { caller: [{ do: 'device-reads' }] }),
      ),
      twin(
        'cca, shared table',
        'holds',
        sharing('cca', 'new', 'P-use', { caller: [toShared, { do: 'device-reads' }] }),
      ),
      ...(['pkvm', 'powerpc-svm', 's390-pv'] as const).map((platform) =>
        third(
          `${platform}, shared table`,
          'holds',
          sharing(platform, 'new', 'P-use', { caller: [toShared, { do: 'device-reads' }] }),
        ),
      ),
    ],
  },
  {
    id: 'A10',
    seed: '002',
    says: 'The bit that says shared is not part of the physical address.',
    quote: 'identify this bit to mask it out when necessary',
    runs: [
      claimed(
        'cca, mask too wide',
        'breaks',
        sharing('cca', 'new', 'P-pa', { caller: addressTaken, wideMask: true }),
      ),
      twin('cca, mask by the IPA width', 'holds', sharing('cca', 'new', 'P-pa', { caller: addressTaken })),
    ],
  },
  {
    id: 'A11',
    seed: '002',
    says: 'Memory must be RIPAS RAM before it is used.',
    quote: "needs to ensure that memory that is going to use is marked as 'RIPAS_RAM'",
    runs: [
      claimed(
        'cca, used as it is',
        'breaks',
        sharing('cca', 'new', 'P-fix', {
          initially: 'unaccepted',
          caller: [{ do: 'use', mapping: 'direct', write: true }],
        }),
      ),
      twin(
        'cca, set at boot',
        'holds',
        sharing('cca', 'new', 'P-fix', {
          initially: 'unaccepted',
          caller: [{ do: 'accept' }, { do: 'use', mapping: 'direct', write: true }],
        }),
      ),
    ],
  },
  {
    id: 'A12',
    seed: '002',
    says: 'Without word-at-a-time reads nobody strays into the linear map.',
    quote: 'arm64 would probably "just work" if it were disabled',
    runs: [
      claimed('cca, vmalloc address, no stray reads', 'holds', sharing('cca', 'new', 'P-fix', flippedAlone)),
      twin(
        'cca, vmalloc address, stray reads',
        'breaks',
        sharing('cca', 'new', 'P-fix', { ...flippedAlone, stray: strayDirect }),
      ),
    ],
  },
  {
    id: 'A13',
    seed: '002',
    says: 'A host that touches a private page takes the fault itself.',
    quote: 'will trigger a Granule Protection Fault',
    runs: [
      claimed('cca, private page', 'holds', sharing('cca', 'new', 'P-host', { caller: [], hostile: true })),
      twin('cca, shared page', 'breaks', unsharing('cca', 'new', 'P-host', { caller: [], hostile: true })),
    ],
  },
];
