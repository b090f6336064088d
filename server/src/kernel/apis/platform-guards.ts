import { ALL_PLATFORMS } from '../platforms.ts';
import type { ApiRow, Axiom, PlatformId } from '../types.ts';
import { between, platformGuard, since, stable, until } from './row.ts';

const X86_GUESTS: readonly PlatformId[] = ['sev', 'snp', 'tdx', 'snp-vtom', 'tdx-paravisor'];
const ARM: readonly PlatformId[] = ['cca', 'pkvm'];
const OTHERS: readonly PlatformId[] = ['powerpc-svm', 's390-pv'];

/** All platforms but these. */
function except(...excluded: readonly PlatformId[]): readonly PlatformId[] {
  return ALL_PLATFORMS.filter((id) => !excluded.includes(id));
}

/** True on exactly these platforms. */
const only = (...ids: readonly PlatformId[]) => [ids, { falseOn: except(...ids) }] as const;

const CC = 'include/linux/cc_platform.h';
const attribute = (name: string) => ({ selector: { arg: 0, name } });

/** `cc_platform_has()`: what each architecture's function answers; 6.13 to 7.2 were not read, and may answer like either neighbour. */
const CC_PLATFORM: readonly ApiRow[] = [
  until(
    [6, 12],
    platformGuard('cc_platform_has', CC, 'call', X86_GUESTS, {
      ...attribute('CC_ATTR_GUEST_MEM_ENCRYPT'),
      falseOn: except(...X86_GUESTS),
    }),
  ),
  between(
    [6, 13],
    [7, 2],
    platformGuard('cc_platform_has', CC, 'call', except('sme'), {
      ...attribute('CC_ATTR_GUEST_MEM_ENCRYPT'),
      falseOn: except(...X86_GUESTS),
    }),
  ),
  since(
    [7, 3],
    platformGuard('cc_platform_has', CC, 'call', except('sme'), {
      ...attribute('CC_ATTR_GUEST_MEM_ENCRYPT'),
      falseOn: ['sme'],
    }),
  ),
  platformGuard('cc_platform_has', CC, 'call', ['snp'], {
    ...attribute('CC_ATTR_GUEST_SEV_SNP'),
    falseOn: except('snp'),
  }),
  platformGuard('cc_platform_has', CC, 'call', ['sev', 'snp'], {
    ...attribute('CC_ATTR_GUEST_STATE_ENCRYPT'),
    falseOn: except('snp'),
  }),
  platformGuard('cc_platform_has', CC, 'call', ['sev', 'tdx', 'tdx-paravisor'], {
    ...attribute('CC_ATTR_GUEST_UNROLL_STRING_IO'),
    falseOn: except('tdx', 'tdx-paravisor'),
  }),
  platformGuard('cc_platform_has', CC, 'call', ['sme'], {
    ...attribute('CC_ATTR_HOST_MEM_ENCRYPT'),
    falseOn: except('sme'),
  }),
  since([6, 9], platformGuard('cc_platform_has', CC, 'call', ['sme'], attribute('CC_ATTR_HOST_SEV_SNP'))),
  until(
    [6, 3],
    platformGuard('cc_platform_has', CC, 'call', ['sme', 'sev', 'snp', 'tdx', 'powerpc-svm'], {
      ...attribute('CC_ATTR_MEM_ENCRYPT'),
      falseOn: ['snp-vtom', 'tdx-paravisor', ...ARM, 's390-pv'],
    }),
  ),
  between(
    [6, 4],
    [6, 12],
    platformGuard('cc_platform_has', CC, 'call', ['sme', ...X86_GUESTS, 'powerpc-svm'], {
      ...attribute('CC_ATTR_MEM_ENCRYPT'),
      falseOn: [...ARM, 's390-pv'],
    }),
  ),
  between(
    [6, 13],
    [7, 2],
    platformGuard('cc_platform_has', CC, 'call', ALL_PLATFORMS, {
      ...attribute('CC_ATTR_MEM_ENCRYPT'),
      falseOn: [...ARM, 's390-pv'],
    }),
  ),
  since(
    [7, 3],
    platformGuard('cc_platform_has', CC, 'call', ALL_PLATFORMS, {
      ...attribute('CC_ATTR_MEM_ENCRYPT'),
      falseOn: [],
    }),
  ),
];

const DMA_DIRECT = 'include/linux/dma-direct.h';

/** Predicates that say where one is. */
export const PLATFORM_GUARDS: readonly ApiRow[] = [
  platformGuard('CONFIG_ARCH_HAS_DMA_SET_UNCACHED', 'kernel/dma/direct.c', 'macro', []),
  platformGuard('CONFIG_DMA_DIRECT_REMAP', 'kernel/dma/direct.c', 'macro', ARM),
  platformGuard('CONFIG_HIGHMEM', 'include/linux/highmem-internal.h', 'macro', []),
  platformGuard('PageHighMem', 'include/linux/page-flags.h', 'call', []),
  platformGuard('boot_cpu_has', 'arch/x86/include/asm/cpufeature.h', 'call', ['tdx'], {
    selector: { arg: 0, name: 'X86_FEATURE_TDX_GUEST' },
    falseOn: except('tdx'),
  }),
  ...CC_PLATFORM,
  platformGuard('cpu_feature_enabled', 'arch/x86/include/asm/cpufeature.h', 'call', ['tdx'], {
    selector: { arg: 0, name: 'X86_FEATURE_TDX_GUEST' },
    falseOn: except('tdx'),
  }),
  until(
    [6, 12],
    platformGuard('force_dma_unencrypted', DMA_DIRECT, 'call', ['sme', ...X86_GUESTS, ...OTHERS], {
      falseOn: ['sme', ...ARM],
    }),
  ),
  between(
    [6, 13],
    [7, 2],
    platformGuard('force_dma_unencrypted', DMA_DIRECT, 'call', ALL_PLATFORMS, { falseOn: ['sme', 'pkvm'] }),
  ),
  since(
    [7, 3],
    platformGuard('force_dma_unencrypted', DMA_DIRECT, 'call', ALL_PLATFORMS, { falseOn: ['sme'] }),
  ),
  platformGuard(
    'hv_is_isolation_supported',
    'include/asm-generic/mshyperv.h',
    'call',
    ['snp', 'tdx', 'snp-vtom', 'tdx-paravisor'],
    {
      falseOn: except('snp-vtom', 'tdx-paravisor'),
    },
  ),
  platformGuard('hv_isolation_type_snp', 'include/asm-generic/mshyperv.h', 'call', ['snp', 'snp-vtom'], {
    falseOn: except('snp-vtom'),
  }),
  since(
    [6, 6],
    platformGuard(
      'hv_isolation_type_tdx',
      'include/asm-generic/mshyperv.h',
      'call',
      ['tdx', 'tdx-paravisor'],
      {
        falseOn: except('tdx-paravisor'),
      },
    ),
  ),
  since([6, 13], platformGuard('hv_l1vh_partition', 'include/asm-generic/mshyperv.h', 'call', [])),
  since([6, 13], platformGuard('hv_parent_partition', 'include/asm-generic/mshyperv.h', 'call', [])),
  until([7, 2], platformGuard('hv_root_partition', 'include/asm-generic/mshyperv.h', 'variable', [])),
  since([6, 15], platformGuard('hv_root_partition', 'include/asm-generic/mshyperv.h', 'call', [])),
  between(
    [6, 6],
    [7, 2],
    platformGuard(
      'hyperv_paravisor_present',
      'arch/x86/include/asm/mshyperv.h',
      'variable',
      ...only('snp-vtom', 'tdx-paravisor'),
    ),
  ),
  platformGuard('is_prot_virt_guest', 'arch/s390/include/asm/uv.h', 'call', ...only('s390-pv')),
  since(
    [6, 13],
    platformGuard('is_protected_kvm_guest', 'arch/arm64/include/asm/hypervisor.h', 'call', ...only('pkvm')),
  ),
  since([6, 13], platformGuard('is_realm_world', 'arch/arm64/include/asm/rsi.h', 'call', ...only('cca'))),
  platformGuard('is_secure_guest', 'arch/powerpc/include/asm/svm.h', 'call', ...only('powerpc-svm')),
  since(
    [6, 6],
    platformGuard(
      'ms_hyperv.paravisor_present',
      'include/asm-generic/mshyperv.h:paravisor_present',
      'variable',
      ...only('snp-vtom', 'tdx-paravisor'),
    ),
  ),
  platformGuard('sev_status', 'arch/x86/include/asm/mem_encrypt.h', 'variable', ['sev', 'snp', 'snp-vtom'], {
    falseOn: except('sev', 'snp'),
  }),
  platformGuard(
    'sme_me_mask',
    'arch/x86/include/asm/mem_encrypt.h',
    'variable',
    ...only('sme', 'sev', 'snp'),
  ),
];

/** Predicates with one answer everywhere, that say nothing about the platform. */
export const STABLE: readonly ApiRow[] = [
  stable('IS_BUILTIN', 'include/linux/kconfig.h', 'call'),
  stable('IS_ENABLED', 'include/linux/kconfig.h', 'call'),
  stable('IS_MODULE', 'include/linux/kconfig.h', 'call'),
  stable('IS_REACHABLE', 'include/linux/kconfig.h', 'call'),
  stable('boot_cpu_has', 'arch/x86/include/asm/cpufeature.h', 'call'),
  stable('cc_platform_has', 'include/linux/cc_platform.h', 'call'),
  stable('cc_vendor', 'arch/x86/include/asm/coco.h', 'variable'),
  stable('cpu_feature_enabled', 'arch/x86/include/asm/cpufeature.h', 'call'),
  stable('dev_is_dma_coherent', 'include/linux/dma-map-ops.h', 'call'),
  stable('efi_enabled', 'include/linux/efi.h', 'call'),
  stable('force_dma_unencrypted', DMA_DIRECT, 'call'),
  stable('hv_is_hyperv_initialized', 'include/asm-generic/mshyperv.h', 'call'),
  since([6, 2], stable('hv_nested', 'include/asm-generic/mshyperv.h', 'variable')),
  stable('hypervisor_is_type', 'arch/x86/include/asm/hypervisor.h', 'call'),
  stable('is_kdump_kernel', 'include/linux/crash_dump.h', 'call'),
  stable('is_swiotlb_active', 'include/linux/swiotlb.h', 'call'),
  stable('is_swiotlb_for_alloc', 'include/linux/swiotlb.h', 'call'),
  stable('is_swiotlb_force_bounce', 'include/linux/swiotlb.h', 'call'),
  stable('kvm_para_available', 'include/asm-generic/kvm_para.h', 'call'),
  stable('kvm_para_has_feature', 'include/linux/kvm_para.h', 'call'),
  stable('nr_cpu_ids', 'include/linux/cpumask.h', 'variable'),
  stable('num_possible_cpus', 'include/linux/cpumask.h', 'call'),
  stable('static_branch_likely', 'include/linux/jump_label.h', 'call'),
  stable('static_branch_unlikely', 'include/linux/jump_label.h', 'call'),
  stable('static_key_enabled', 'include/linux/jump_label.h', 'call'),
  stable('tdp_enabled', 'arch/x86/kvm/mmu.h', 'variable'),
  since([6, 2], stable('use_dma_iommu', 'include/linux/iommu-dma.h', 'call')),
  stable('vmbus_proto_version', 'include/linux/hyperv.h', 'variable'),
  stable('x86_hyper_type', 'arch/x86/include/asm/hypervisor.h', 'variable'),
  stable('xen_domain', 'include/xen/xen.h', 'call'),
  stable('xen_initial_domain', 'include/xen/xen.h', 'call'),
  stable('xen_pv_domain', 'include/xen/xen.h', 'call'),
];

const HYPERV = 'arch/x86/kernel/cpu/mshyperv.c';

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
      { fact: 'hv_isolation_type_snp', holds: true },
      { fact: 'hv_is_isolation_supported', holds: false },
    ],
    source: 'arch/x86/hyperv/ivm.c:hv_is_isolation_supported',
  },
  {
    never: [
      { fact: 'hv_isolation_type_tdx', holds: true },
      { fact: 'hv_is_isolation_supported', holds: false },
    ],
    source: 'arch/x86/hyperv/ivm.c:hv_is_isolation_supported',
  },
  ...['hv_isolation_type_snp', 'hv_isolation_type_tdx', 'hv_is_isolation_supported'].map((fact) => ({
    never: [
      { fact: 'hv_root_partition', holds: true },
      { fact, holds: true },
    ],
    // The root needs HV_CPU_MANAGEMENT without HV_ISOLATION; later trees decide it in drivers/hv/hv_common.c.
    source: `${HYPERV}:HV_ISOLATION`,
  })),
  {
    never: [
      { fact: 'hv_is_isolation_supported', holds: false },
      { fact: 'ms_hyperv.paravisor_present', holds: true },
    ],
    source: `${HYPERV}:HV_ISOLATION`,
  },
  {
    // arm64 has the one; the architectures that select the other have no platform here.
    never: [
      { fact: 'CONFIG_DMA_DIRECT_REMAP', holds: true },
      { fact: 'CONFIG_ARCH_HAS_DMA_SET_UNCACHED', holds: true },
    ],
    source: 'kernel/dma/Kconfig:DMA_DIRECT_REMAP',
  },
  {
    never: [
      { fact: 'cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT)', holds: true },
      { fact: 'cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT)', holds: true },
    ],
    source: 'arch/x86/coco/core.c:amd_cc_platform_has',
  },
  {
    never: [
      { fact: 'cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT)', holds: true },
      { fact: 'cc_platform_has(CC_ATTR_MEM_ENCRYPT)', holds: false },
    ],
    source: 'arch/x86/coco/core.c:amd_cc_platform_has',
  },
];
