/** An architecture some platform is of: the folder below `arch/`. */
export type Architecture = 'x86' | 'arm64' | 'powerpc' | 's390';

/**
 * Headers `asm/...` that are not there on every architecture, without `.h`, and where they are: of what code outside of `arch/` includes
 * in Linux 5.10 to 7.3, in any of them. Sources: the folders `include/asm` and `include/uapi/asm` of each architecture, the Kbuild files there
 * (`generic-y`, `generated-y`), and `mandatory-y` of `include/asm-generic/Kbuild`.
 */
const HEADERS: readonly (readonly [on: readonly Architecture[], names: string])[] = [
  [
    ['arm64', 'x86'],
    `boot dmi efi hyperv-tlfs hypervisor mshyperv suspend sync_bitops traps virt xen/hypercall xen/hypervisor xen/interface
    xen/page-coherent xen/swiotlb-xen`,
  ],
  [
    ['x86'],
    `acrn amd/hsmp amd/nb amd/node amd_hsmp amd_nb apb_timer apic bios_ebda cacheinfo ce4100 clock_inlined cpu_device_id cpuid/api
    debugreg desc e820/api e820/types gart genapic hpet idtentry intel-family intel-mid intel_mid_vrtc intel_punit_ipc intel_scu_ipc
    intel_telemetry io_apic iommu_table iosf_mbi irq_remapping irqdomain ist kaslr kbdleds kvmclock mach_timer mach_traps memtype
    microcode microcode_intel mpspec msidef msr-index mtrr mwait numachip/numachip numachip/numachip_csr olpc pci-direct pci_x86
    platform_sst_audio posted_intr probe_roms processor-cyrix proto pvclock reboot seamldr sev sev-common spec-ctrl sta2x11 tdx
    thermal trace/irq_vectors tsc unaccepted_memory uv/bios uv/uv uv/uv_geo uv/uv_hub uv/uv_irq uv/uv_mmrs vmware x86_init xen/cpuid
    xen/pci`,
  ],
  [
    ['arm64'],
    `apple_m1_pmu arch_timer arm_dsu_pmu cputype dcc hwcap mpam neon neon-intrinsics proc-fns rsi semihost smp_plat sysreg
    system_misc`,
  ],
  [
    ['s390'],
    `airq ap appldata boot_data ccwdev ccwgroup chpid chsc cio cmb cpacf cpcmd crw css_chars ctl_reg ctlreg dasd diag diag288 eadm
    ebcdic extmem facility fcx idals ipl isc itcw lowcore maccess mem_detect monwriter os_info page-states pci_clp pci_debug pci_dma
    pci_io physmem_info pkey qdio schid sclp sclp_ctl scsw stp sysinfo tape390 tpi trace/ap trace/zcrypt uv uvdevice virtio-ccw vmcp
    vtoc zcrypt`,
  ],
  [
    ['powerpc'],
    `backlight bootx btext cell-pmu cell-regs copro cpm cpm1 cpm2 cputable cputhreads dbdma dcr dcr-regs eeh epapr_hcalls firmware
    fs_pd fsl_gtm fsl_hcalls fsl_lbc heathrow hvcall hvconsole hvcserver hvsi hydra icswx ide immap_cpm2 keylargo kvm_ppc lv1call
    machdep macio mediabay mpc5121 mpc52xx mpc52xx_psc mpc5xxx mpc8260 mpc85xx mpic msi_bitmap nvram ohare opal opal-api paca
    papr-watchdog pasemi_dma pci-bridge plpar_wrappers plpks pmac_feature pmac_low_i2c pmac_pfunc pmi pnv-ocxl pnv-pci ppc-pci ps3
    ps3av ps3fb ps3gpu ps3stor reg_booke rtas runlatch secure_boot secvar smu synch tce tsi108 udbg uninorth vas vio xive`,
  ],
  [['powerpc', 'x86'], `agp edac floppy i8259 iommu mce prom svm`],
];

/** Headers of the table, as an `#include` names them, and where each of them is. */
export const ARCHITECTURES_WITH: ReadonlyMap<string, readonly Architecture[]> = new Map(
  HEADERS.flatMap(([on, names]) => names.split(/\s+/).map((name) => [`asm/${name}.h`, on] as const)),
);

/** Whether code of an architecture can include a header; of one that is not known it is taken that it can. */
export function hasHeader(architecture: Architecture, header: string): boolean {
  return ARCHITECTURES_WITH.get(header)?.includes(architecture) ?? true;
}
