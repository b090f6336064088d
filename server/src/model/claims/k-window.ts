import type { PlatformName, TransitionStep } from '../transition/platform.ts';
import type { Claim } from './types.ts';
import { claimed, direct, strayBoth, strayDirect, third, twin, unsharing, ways, withVmap } from './write.ts';

/** Claims of thread 000 about the window of a transition: what a stray read meets, and the order of the steps. */

const x86: readonly PlatformName[] = ['sme', 'sev', 'snp', 'tdx', 'snp-vtom', 'tdx-paravisor'];
const paravisor: readonly PlatformName[] = ['snp-vtom', 'tdx-paravisor'];
/** The protocol of the thread on every platform, and what became of it in Linux 6.12. */
const proposed: readonly (readonly [PlatformName, string])[] = [
  ...x86.map((platform) => [platform, 'new'] as const),
  ...paravisor.flatMap((platform) => [[platform, '6.12'] as const, [platform, '7.3'] as const]),
];
const throughVmap = (to: 'shared' | 'private') => [{ do: 'convert', to, through: 'vmap' } as const];
const bothMappings = { mappings: withVmap, stray: strayBoth };

/** Where nothing but ciphertext is read if step 3 is left out. Elsewhere a stray read meets what page tables and host disagree about. */
const harmlessWithout: ReadonlySet<string> = new Set(['sme p>s', 'sme s>p', 'sev p>s', 'sev s>p', 'snp p>s']);

const flushAfterClear: TransitionStep = {
  id: 'flush-not-present',
  title: 'flushes the TLB',
  op: { k: 'flush-tlb', scope: 'range' },
  source: 'arch/x86/mm/pat/set_memory.c:set_memory_np (6.12): cpa_flush()',
};

export const windowClaims: readonly Claim[] = [
  {
    id: 'K1',
    seed: '000',
    says: 'With PRESENT kept, a stray read takes a platform exception, and the guest fixes it up.',
    quote: 'CoCo VM specific exceptions are taken',
    runs: (['tdx', 'snp'] as const).flatMap((platform) =>
      ways.flatMap(([way, scenario]) => {
        // The thread has it that both handlers fix up. That of SEV-SNP knows no such exit code in any kernel read.
        const fixesUp = {
          stray: strayDirect,
          ...(platform === 'snp' ? ({ exceptions: 'guest' } as const) : {}),
        };
        return [
          claimed(`${platform} ${way}, any exception`, 'breaks', scenario(platform, 'old', 'P-exc', fixesUp)),
          claimed(`${platform} ${way}, fixed up`, 'holds', scenario(platform, 'old', 'P-fix', fixesUp)),
          twin(`${platform} ${way}, nobody reads`, 'holds', scenario(platform, 'old', 'P-exc')),
          ...(platform === 'snp'
            ? [
                third(
                  `snp ${way}, the handler as Linux has it: a finding against the thread`,
                  'breaks',
                  scenario('snp', 'old', 'P-fix', { stray: strayDirect }),
                ),
              ]
            : []),
        ];
      }),
    ),
  },
  {
    id: 'K1b',
    seed: '000',
    says: 'If the host converts what is touched through a shared mapping, the fixup does not save the old protocol.',
    quote: null,
    runs: [
      claimed(
        'tdx s>p, old protocol',
        'breaks',
        unsharing('tdx', 'old', 'P-fix', { stray: strayDirect, implicitConversion: true }),
      ),
      twin(
        'tdx s>p, new protocol',
        'holds',
        unsharing('tdx', 'new', 'P-fix', { stray: strayDirect, implicitConversion: true }),
      ),
    ],
  },
  {
    id: 'K2',
    seed: '000',
    says: 'An exception that the paravisor gets is not fixed up.',
    quote: "The paravisor can't do load_unaligned_zeropad() fixup",
    runs: paravisor.flatMap((platform) =>
      ways.flatMap(([way, scenario]) => [
        claimed(`${platform} ${way}`, 'breaks', scenario(platform, 'old', 'P-fix', { stray: strayDirect })),
        twin(
          `${platform} ${way}, routed to the guest`,
          'holds',
          scenario(platform, 'old', 'P-fix', { stray: strayDirect, exceptions: 'guest' }),
        ),
      ]),
    ),
  },
  {
    id: 'K3',
    seed: '000',
    says: 'With the pages not present meanwhile, a stray read takes an ordinary page fault at worst.',
    quote: 'load_unaligned_zeropad() just takes its normal page-fault-based fixup path',
    runs: proposed.flatMap(([platform, protocol]) =>
      ways.flatMap(([way, scenario]) => {
        const scope = { ...bothMappings, caller: throughVmap(way === 'p>s' ? 'shared' : 'private') };
        const harmless = harmlessWithout.has(`${platform} ${way}`);
        return [
          claimed(
            `${platform} ${protocol} ${way}, any exception`,
            'holds',
            scenario(platform, protocol, 'P-exc', scope),
          ),
          claimed(
            `${platform} ${protocol} ${way}, fixed up`,
            'holds',
            scenario(platform, protocol, 'P-fix', scope),
          ),
          (harmless ? third : twin)(
            `${platform} ${protocol} ${way}, step 3 left out${harmless ? ': harmless ciphertext' : ''}`,
            harmless ? 'holds' : 'breaks',
            scenario(platform, protocol, platform === 'tdx' && way === 's>p' ? 'P-fix' : 'P-exc', {
              ...scope,
              edits: [{ drop: 'clear-present' }],
            }),
          ),
        ];
      }),
    ),
  },
  {
    id: 'K5',
    seed: '000',
    says: 'Setting PRESENT needs no TLB flush.',
    quote: 'performance optimization only',
    runs: x86.flatMap((platform) =>
      ways.flatMap(([way, scenario]) => [
        claimed(
          `${platform} ${way}, agreement`,
          'holds',
          scenario(platform, 'new', 'P-agree', { stray: strayDirect }),
        ),
        claimed(
          `${platform} ${way}, fixed up`,
          'holds',
          scenario(platform, 'new', 'P-fix', { stray: strayDirect }),
        ),
        twin(
          `${platform} ${way}, step 5 left out as well`,
          'breaks',
          scenario(platform, 'new', 'P-agree', { stray: strayDirect, edits: [{ drop: 'flush-tlb' }] }),
        ),
      ]),
    ),
  },
  {
    id: 'K8',
    seed: '000',
    says: 'One notification after the flush does what two around the change do.',
    quote: "doesn't hurt anything",
    runs: (['P-exc', 'P-fix'] as const).flatMap((property) => [
      claimed(
        `tdx s>p, two callbacks, ${property}`,
        'holds',
        unsharing('tdx', 'new', property, {
          stray: strayDirect,
          edits: [
            { insert: flushAfterClear, after: 'clear-present' },
            { move: 'map-gpa', after: 'flush-not-present' },
            { move: 'accept', after: 'map-gpa' },
          ],
        }),
      ),
      claimed(
        `tdx s>p, merged, ${property}`,
        'holds',
        unsharing('tdx', 'new', property, {
          stray: strayDirect,
          edits: [{ insert: flushAfterClear, after: 'clear-present' }],
        }),
      ),
      ...(property === 'P-fix'
        ? [
            twin(
              'tdx s>p, merged under the old protocol',
              'breaks',
              unsharing('tdx', 'old', 'P-fix', {
                stray: strayDirect,
                edits: [
                  { move: 'map-gpa', after: 'flush-tlb' },
                  { move: 'accept', after: 'map-gpa' },
                ],
              }),
            ),
          ]
        : []),
    ]),
  },
  {
    id: 'K10',
    seed: '000',
    says: 'The attribute may change after the flush, as long as both come after PRESENT is cleared.',
    quote: null,
    runs: ways.flatMap(([way, scenario]) => [
      ...(['P-agree', 'P-fix'] as const).map((property) =>
        claimed(
          `tdx ${way}, steps 4 and 5 swapped, ${property}`,
          'holds',
          scenario('tdx', 'new', property, {
            stray: strayDirect,
            edits: [{ swap: ['set-attribute', 'flush-tlb'] }],
          }),
        ),
      ),
      twin(
        `tdx ${way}, flush before step 3`,
        'breaks',
        scenario('tdx', 'new', 'P-agree', {
          stray: strayDirect,
          edits: [{ move: 'flush-tlb', before: 'clear-present' }],
        }),
      ),
    ]),
  },
  {
    id: 'K12',
    seed: '000',
    says: 'Aliases that are unmapped lazily must go first.',
    quote: '1. Remove aliasing mappings',
    runs: [...x86.map((platform) => [platform, 'old'] as const), ...proposed].flatMap(
      ([platform, protocol]) =>
        ways.flatMap(([way, scenario]) => {
          const scope = { mappings: [...direct, { mapping: 'vmap', is: 'lazy' }] as const };
          return [
            twin(`${platform} ${protocol} ${way}`, 'holds', scenario(platform, protocol, 'P-agree', scope)),
            claimed(
              `${platform} ${protocol} ${way}, step 1 left out`,
              'breaks',
              scenario(platform, protocol, 'P-agree', { ...scope, edits: [{ drop: 'unalias' }] }),
            ),
          ];
        }),
    ),
  },
];
