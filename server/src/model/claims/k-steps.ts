import type { PlatformName, TransitionStep } from '../transition/platform.ts';
import type { CallerStep, TransitionScenario } from '../transition/scenario.ts';
import type { Claim } from './types.ts';
import { claimed, sharing, strayDirect, third, toPrivate, twin, unsharing, ways, withVmap } from './write.ts';

/** Claims of thread 000 about translation, failure, the cache, and steps left out. */

const shareVmap: readonly CallerStep[] = [{ do: 'convert', to: 'shared', through: 'vmap' }];
const free: readonly CallerStep[] = [{ do: 'free' }];
const leak: readonly CallerStep[] = [{ do: 'leak' }];

const pvalidateByAddress: TransitionStep = {
  id: 'pvalidate',
  title: 'validates',
  op: { k: 'host', view: 'PRIV', translation: 'walk-any', via: 'given' },
  source: 'a mutation',
};

/** K9: share, and what the caller does if that fails. */
const failing = (
  platform: PlatformName,
  protocol: string,
  onError: readonly CallerStep[],
): TransitionScenario =>
  sharing(platform, protocol, 'P-alloc', {
    pages: 3,
    fails: 'host',
    caller: [{ do: 'convert', to: 'shared', onError }],
  });

const convertBack: readonly CallerStep[] = [{ do: 'convert', to: 'private', onError: leak }, { do: 'free' }];

/** Every protocol that is meant to do the whole transition; vTOM as part of the address leaves the mapping alone. */
const protocolsOfAll: readonly (readonly [PlatformName, string])[] = [
  ...(['sme', 'sev', 'snp', 'tdx', 'snp-vtom', 'tdx-paravisor'] as const).flatMap((platform) =>
    ['old', 'new'].map((protocol) => [platform, protocol] as const),
  ),
  ['snp-vtom', '6.12'],
  ['snp-vtom', '7.3'],
  ['tdx-paravisor', '6.12'],
  ['tdx-paravisor', '7.3'],
  ['cca', 'new'],
  ['pkvm', 'new'],
  ['powerpc-svm', 'new'],
  ['s390-pv', 'new'],
];

const refusing: readonly (readonly [PlatformName, string])[] = [
  ['tdx', 'old'],
  ['tdx', 'new'],
  ['snp-vtom', '6.12'],
  ['snp-vtom', '7.3'],
  ['tdx-paravisor', '6.12'],
  ['tdx-paravisor', '7.3'],
  ['cca', 'new'],
  ['pkvm', 'new'],
];

/** The TDX module accepts no page twice: a share that failed in part cannot be undone, and the pages are leaked after all. */
const backOn = (platform: PlatformName): string =>
  platform === 'tdx' ? 'converted back, which fails, so leaked' : 'converted back, leaked if that fails';

export const stepClaims: readonly Claim[] = [
  {
    id: 'K4',
    seed: '000',
    says: 'What the hypervisor is told must be translated without PRESENT.',
    quote: 'virt-to-phys translations on pages that are temporarily marked not present',
    runs: [
      claimed(
        'tdx, vmalloc_to_pfn()',
        'breaks',
        sharing('tdx', 'new', 'P-va', {
          mappings: withVmap,
          caller: shareVmap,
          edits: [
            { change: 'map-gpa', to: { op: { k: 'host', view: 'SHARED', translation: 'walk-present' } } },
          ],
        }),
      ),
      twin(
        'tdx, slow_virt_to_phys()',
        'holds',
        sharing('tdx', 'new', 'P-va', { mappings: withVmap, caller: shareVmap }),
      ),
      third(
        'tdx, __pa() of a vmalloc address',
        'breaks',
        sharing('tdx', 'new', 'P-pa', {
          mappings: withVmap,
          caller: shareVmap,
          edits: [{ change: 'map-gpa', to: { op: { k: 'host', view: 'SHARED', translation: 'linear' } } }],
        }),
      ),
      third(
        'tdx as 6.12 has it, vmalloc address',
        'breaks',
        sharing('tdx', 'old', 'P-pa', { mappings: withVmap, caller: shareVmap }),
      ),
    ],
  },
  {
    id: 'K6',
    seed: '000',
    says: 'PVALIDATE takes a virtual address, and the one of the linear map is not present.',
    quote: 'since the PRESENT bit has been removed from the direct map virtual address, the PVALIDATE fails',
    runs: ways.flatMap(([way, scenario]) => [
      claimed(
        `snp ${way}, by the direct map`,
        'breaks',
        scenario('snp', 'new', 'P-va', {
          edits: [
            {
              change: 'pvalidate',
              to: {
                op: {
                  k: 'host',
                  view: way === 'p>s' ? 'UNVAL' : 'PRIV',
                  translation: 'walk-any',
                  via: 'direct',
                },
              },
            },
          ],
        }),
      ),
      twin(`snp ${way}, by a temporary address`, 'holds', scenario('snp', 'new', 'P-va')),
      third(
        `snp ${way}, the temporary address is gone in the end`,
        'holds',
        scenario('snp', 'new', 'P-agree', { stray: strayDirect }),
      ),
      third(`snp ${way}, PRESENT kept`, 'holds', scenario('snp', 'old', 'P-va')),
      ...(way === 's>p'
        ? [
            third(
              'snp s>p, nothing of it is left when the page is freed',
              'holds',
              scenario('snp', 'new', 'P-alloc', { caller: [toPrivate, ...free] }),
            ),
          ]
        : []),
    ]),
  },
  {
    id: 'K7',
    seed: '000',
    says: 'TDX and the paravisors work on physical addresses: no temporary mapping.',
    quote: 'operate on physical addresses',
    runs: (['tdx', 'snp-vtom', 'tdx-paravisor'] as const).flatMap((platform) => [
      claimed(platform, 'holds', unsharing(platform, 'new', 'P-va')),
      twin(
        `${platform}, with PVALIDATE on the address`,
        'breaks',
        unsharing(platform, 'new', 'P-va', {
          edits: [{ insert: pvalidateByAddress, before: 'set-present' }],
        }),
      ),
    ]),
  },
  {
    id: 'K9',
    seed: '000',
    says: 'A transition that failed on the way leaves pages that must not be freed.',
    quote: null,
    runs: [
      ...refusing.flatMap(([platform, protocol]) => [
        claimed(`${platform} ${protocol}, freed`, 'breaks', failing(platform, protocol, free)),
        twin(`${platform} ${protocol}, leaked`, 'holds', failing(platform, protocol, leak)),
        third(
          `${platform} ${protocol}, ${backOn(platform)}`,
          'holds',
          failing(platform, protocol, convertBack),
        ),
      ]),
      third(
        'tdx old, freed: the host reads what the next owner writes',
        'breaks',
        sharing('tdx', 'old', 'P-host', {
          fails: 'host',
          nextOwner: true,
          caller: [{ do: 'convert', to: 'shared', onError: free }],
        }),
      ),
      third('snp, freed', 'terminated', failing('snp', 'old', free)),
      third('s390, freed', 'terminated', failing('s390-pv', 'new', free)),
      third('powerpc, freed: never reports a failure', 'holds', failing('powerpc-svm', 'new', free)),
      third(
        'sev, page tables changed in part, freed',
        'breaks',
        sharing('sev', 'old', 'P-alloc', {
          pages: 3,
          fails: ['set-attribute'],
          caller: [{ do: 'convert', to: 'shared', onError: free }],
        }),
      ),
    ],
  },
  {
    id: 'K11',
    seed: '000',
    says: 'A page leaked after the host refused stays a trap, if the error path sets PRESENT with the new attribute.',
    quote: null,
    runs: (['snp-vtom', 'tdx-paravisor'] as const).flatMap((platform) =>
      ways.flatMap(([way, scenario]) => {
        const to = way === 'p>s' ? 'shared' : 'private';
        const failing = (failure: string) =>
          ({
            fails: [failure],
            stray: strayDirect,
            caller: [{ do: 'convert', to, onError: leak }],
          }) as const;
        const refused = failing('visibility: -EFAULT');
        const more = [
          ['6.12', 'visibility: -ENOMEM'],
          ['7.3', 'visibility: -EFAULT'],
          ['7.3', 'visibility: -ENOMEM'],
          ['7.3', 'track: -ENOMEM'],
        ] as const;
        return [
          claimed(`${platform} ${way}, as 6.12`, 'breaks', scenario(platform, '6.12', 'P-fix', refused)),
          twin(`${platform} ${way}, left not present`, 'holds', scenario(platform, 'new', 'P-fix', refused)),
          ...more.map(([kernel, failure]) =>
            third(
              `${platform} ${way}, as ${kernel}, ${failure}`,
              'breaks',
              scenario(platform, kernel, 'P-fix', failing(failure)),
            ),
          ),
        ];
      }),
    ),
  },
  {
    id: 'K13',
    seed: '000',
    says: 'A cache line that is dirty under the old attribute lands on new data later.',
    quote: '2. Flush the data cache if needed',
    runs: (['sme', 'sev', 'snp', 'tdx'] as const).flatMap((platform) =>
      ['old', 'new'].flatMap((protocol) =>
        ways.flatMap(([way, scenario, convert]) => {
          const scope = {
            incoherentCache: true,
            caller: [convert, { do: 'use', mapping: 'direct', write: true }],
          } as const;
          if (platform === 'tdx' && protocol === 'old' && way === 's>p')
            return [
              third(
                'tdx old s>p: Linux leaves the flush to the VMM',
                'breaks',
                scenario(platform, protocol, 'P-use', scope),
              ),
            ];
          return [
            claimed(
              `${platform} ${protocol} ${way}, step 2 left out`,
              'breaks',
              scenario(platform, protocol, 'P-use', { ...scope, edits: [{ drop: 'flush-cache' }] }),
            ),
            twin(`${platform} ${protocol} ${way}`, 'holds', scenario(platform, protocol, 'P-use', scope)),
          ];
        }),
      ),
    ),
  },
  {
    id: 'K14',
    seed: '000',
    says: 'Without step 4, 6 or 7 a transition says that it worked, and it did not.',
    quote: '4. Set/clear the encryption attribute as appropriate',
    runs: [
      ...ways.flatMap(([way, scenario]) =>
        [['set-attribute'], way === 'p>s' ? ['map-gpa'] : ['map-gpa', 'accept'], ['set-present']].map(
          (steps) =>
            claimed(
              `tdx ${way}, without ${steps.join(' and ')}`,
              'breaks',
              scenario('tdx', 'new', 'P-done', { edits: steps.map((drop) => ({ drop })) }),
            ),
        ),
      ),
      ...protocolsOfAll.flatMap(([platform, protocol]) =>
        ways.map(([way, scenario]) =>
          twin(`${platform} ${protocol} ${way}`, 'holds', scenario(platform, protocol, 'P-done')),
        ),
      ),
      third(
        'powerpc p>s, the ultravisor refuses and nobody asks',
        'breaks',
        sharing('powerpc-svm', 'new', 'P-done', { fails: 'host' }),
      ),
    ],
  },
  {
    id: 'K15',
    seed: '000',
    says: 'The frames of vmalloc memory are not contiguous: each page is translated by itself.',
    quote: null,
    runs: [
      claimed(
        'snp-vtom, first frame plus index',
        'breaks',
        sharing('snp-vtom', 'new', 'P-pa', {
          mappings: withVmap,
          scattered: true,
          caller: shareVmap,
          edits: [
            { change: 'visibility', to: { op: { k: 'host', view: 'SHARED', translation: 'contiguous' } } },
          ],
        }),
      ),
      twin(
        'snp-vtom, page by page',
        'holds',
        sharing('snp-vtom', 'new', 'P-pa', { mappings: withVmap, scattered: true, caller: shareVmap }),
      ),
    ],
  },
];
