import type { ApiRow, Axiom, PlatformGuardRow, PlatformId } from '../types.ts';

function guard(
  name: string,
  source: string,
  form: PlatformGuardRow['form'],
  trueOn: readonly PlatformId[],
  options: Partial<Pick<PlatformGuardRow, 'selector' | 'falseOn' | 'since' | 'until'>> = {},
): PlatformGuardRow {
  return { k: 'platform-guard', name, source, form, trueOn, ...options };
}

const X86_GUESTS: readonly PlatformId[] = ['sev', 'snp', 'tdx', 'snp-vtom', 'tdx-paravisor'];
/** Everything that converts memory at all. */
const MEM_ENCRYPT: readonly PlatformId[] = ['sme', ...X86_GUESTS, 'cca', 'powerpc-svm', 's390-pv'];

/** Predicates that say where one is. */
export const PLATFORM_GUARDS: readonly ApiRow[] = [
  guard('cc_platform_has', 'include/linux/cc_platform.h', 'call', X86_GUESTS, {
    selector: { arg: 0, name: 'CC_ATTR_GUEST_MEM_ENCRYPT' },
  }),
  guard('cc_platform_has', 'include/linux/cc_platform.h', 'call', ['sev', 'snp'], {
    selector: { arg: 0, name: 'CC_ATTR_GUEST_STATE_ENCRYPT' },
  }),
  guard('cc_platform_has', 'include/linux/cc_platform.h', 'call', MEM_ENCRYPT, {
    selector: { arg: 0, name: 'CC_ATTR_MEM_ENCRYPT' },
  }),
  guard('hv_is_isolation_supported', 'include/asm-generic/mshyperv.h', 'call', [
    'snp',
    'tdx',
    'snp-vtom',
    'tdx-paravisor',
  ]),
  guard('hv_isolation_type_snp', 'include/asm-generic/mshyperv.h', 'call', ['snp', 'snp-vtom']),
  guard('hv_isolation_type_tdx', 'include/asm-generic/mshyperv.h', 'call', ['tdx', 'tdx-paravisor'], {
    since: [6, 6],
  }),
];

/** Facts that never hold together. */
export const AXIOMS: readonly Axiom[] = [
  {
    never: [
      { fact: 'hv_isolation_type_snp', holds: true },
      { fact: 'hv_isolation_type_tdx', holds: true },
    ],
    source: 'arch/x86/hyperv/ivm.c:hv_get_isolation_type',
  },
  {
    never: [
      { fact: 'hv_root_partition', holds: true },
      { fact: 'hv_isolation_type_snp', holds: true },
    ],
    source: 'arch/x86/kernel/cpu/mshyperv.c',
  },
  {
    never: [
      { fact: 'hv_root_partition', holds: true },
      { fact: 'hv_isolation_type_tdx', holds: true },
    ],
    source: 'arch/x86/kernel/cpu/mshyperv.c',
  },
  {
    never: [
      { fact: 'CONFIG_DMA_DIRECT_REMAP', holds: true },
      { fact: 'CONFIG_ARCH_HAS_DMA_SET_UNCACHED', holds: true },
    ],
    source: 'kernel/dma/Kconfig',
  },
];
