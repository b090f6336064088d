import type { KexecFailure, KexecProtocols, KexecStep } from './scenario.ts';

const tdx = 'arch/x86/coco/tdx/tdx.c';
const snp = 'arch/x86/coco/sev/core.c';
const startup = 'arch/x86/boot/startup/sev-shared.c';
const pat = 'arch/x86/mm/pat/set_memory.c';
const reboot = 'arch/x86/kernel/reboot.c:native_machine_shutdown (6.12)';
const crash = 'arch/x86/kernel/crash.c:native_machine_crash_shutdown (6.12)';

/* How the host refuses, in tdx_enc_status_changed(): before anything has changed, or when the page is to be accepted. */

const tdxRefusals = (source: string): readonly KexecFailure[] => [
  { error: 'MapGPA', then: 'proceed', reports: true, source },
  { error: 'ACCEPT', leaves: 'UNVAL', then: 'proceed', reports: true, source },
];
const snpRefusal = (source: string): readonly KexecFailure[] => [
  { error: 'PSC', then: 'terminate', reports: false, source },
];

/* How the kernel leaves. */

const clearFlag: KexecStep = {
  id: 'clear-flag',
  title: 'clears conversion_allowed',
  op: { k: 'forbid' },
  source: '004 "conversion_allowed = false;"',
};
const barrier: KexecStep = {
  id: 'barrier',
  title: 'keeps the compiler from reordering',
  op: { k: 'barrier', orders: 'compiler' },
  source: '004 "barrier();"',
};
/** What it takes on a machine with a store buffer. */
export const fullBarrier: KexecStep = {
  ...barrier,
  title: 'lets the store reach memory',
  op: { k: 'barrier', orders: 'cpu' },
};
const wait: KexecStep = {
  id: 'wait',
  title: 'waits until no conversion is in progress',
  op: { k: 'wait' },
  source: '004 "while (atomic_read(&conversions_in_progress) && timeout--)"',
};
const warn: KexecStep = {
  id: 'warn',
  title: 'reports a conversion in progress',
  op: { k: 'warn' },
  source: '004 "Failed to finish shared<->private conversions"',
};
const lock: KexecStep = {
  id: 'lock',
  title: 'takes mem_enc_lock for ever, after the conversions in flight',
  op: { k: 'lock', waits: true },
  source: `${pat}:set_memory_enc_stop_conversion (6.12): down_write()`,
};
const tryLock: KexecStep = {
  id: 'lock',
  title: 'takes mem_enc_lock if nobody has it',
  op: { k: 'lock', waits: false },
  source: `${pat}:set_memory_enc_stop_conversion (6.12): down_write_trylock()`,
};
const stopCpus: KexecStep = {
  id: 'stop-cpus',
  title: 'stops the other CPUs',
  op: { k: 'stop-cpus' },
  source: `${reboot}: stop_other_cpus()`,
};
const crashStopCpus: KexecStep = { ...stopCpus, source: `${crash}: crash_smp_send_stop()` };
const disableApics: KexecStep = {
  id: 'disable-apics',
  title: 'turns interrupt controllers and HPET off',
  op: { k: 'disable-apics' },
  source: `${reboot}: lapic_shutdown(), hpet_disable()`,
};
const walk: KexecStep = {
  id: 'walk',
  title: 'walks the direct mapping',
  op: { k: 'walk' },
  source: '004 "On kexec walk direct mapping and convert all shared memory back to private."',
};
const flush: KexecStep = {
  id: 'flush',
  title: 'flushes the TLB',
  op: { k: 'flush' },
  source: '004 "__flush_tlb_all();"',
};
/** The same for one page, before it is converted. */
export const flushPage: KexecStep = {
  ...flush,
  id: 'flush-page',
  title: 'flushes the translation of the page',
};
const compare: KexecStep = {
  id: 'compare',
  title: 'reports that the count of shared pages is off',
  op: { k: 'compare' },
  source: '004 "if (shared != found)"',
};
const useMsr: KexecStep = {
  id: 'use-msr',
  title: 'changes to the MSR protocol',
  op: { k: 'use-msr' },
  source: `${snp}:snp_kexec_finish (7.3) "Switch to using the MSR protocol to change per-CPU GHCBs to"`,
};
/** The last pages: nothing can be asked for through a GHCB any more. */
export const convertGhcbs: KexecStep = {
  id: 'convert-ghcbs',
  title: 'makes a GHCB private',
  op: { k: 'convert-ghcbs' },
  fails: snpRefusal(`${startup}:__page_state_change (7.3): sev_es_terminate()`),
  source: `${snp}:snp_kexec_finish (7.3): set_pte_enc(), snp_set_memory_private()`,
};
/** arch/x86/boot/startup/map_kernel.c:sme_postprocess_startup (7.3) shares them in the mapping of the image alone. */
const convertBss: KexecStep = {
  id: 'convert-bss',
  title: 'makes .bss..decrypted private',
  op: { k: 'convert-bss' },
  fails: snpRefusal(`${snp}:__set_pages_state (7.3): sev_es_terminate()`),
  source: `${snp}:unshare_all_memory (7.3) "Unshare all bss decrypted memory."`,
};
const boot: KexecStep = {
  id: 'boot',
  title: 'starts the second kernel',
  op: { k: 'boot' },
  source: 'arch/x86/kernel/machine_kexec_64.c:machine_kexec (6.12)',
};

/* What is done with each page. */

const find: KexecStep = {
  id: 'find',
  title: 'finds a shared page',
  op: { k: 'find', skips: 'none' },
  source: '004 "if (pte && pte_decrypted(*pte))"',
};
const findExceptGhcb: KexecStep = {
  ...find,
  op: { k: 'find', skips: 'ghcb' },
  source: `${snp}:unshare_all_memory (7.3) "Ensure that all the per-CPU GHCBs are made private at the"`,
};
const clearEntry: KexecStep = {
  id: 'clear-entry',
  title: 'clears the entry',
  op: { k: 'entry', becomes: 'absent' },
  source: '004 "set_pte(pte, __pte(0));"',
};
const convert: KexecStep = {
  id: 'convert',
  title: 'makes the page private',
  op: { k: 'convert' },
  fails: tdxRefusals('004 "Failed to unshare range"'),
  source: '004 "if (!tdx_enc_status_changed(addr, pages, true))"',
};
const convert612: KexecStep = {
  ...convert,
  fails: tdxRefusals(
    `${tdx}:tdx_kexec_finish (6.12) "If tdx_enc_status_changed() fails in the first kernel, it leaves memory in an unknown state."`,
  ),
};
const convertSnp: KexecStep = {
  ...convert,
  fails: snpRefusal(`${snp}:__set_pages_state (7.3): sev_es_terminate()`),
  source: `${snp}:unshare_all_memory (7.3)`,
};
/** The same, if nobody looked at the result. */
export const silentConvert: KexecStep = {
  ...convert612,
  fails: convert612.fails?.map((failure) => ({ ...failure, reports: false })) ?? [],
};
const countPage: KexecStep = {
  id: 'count',
  title: 'counts the page',
  op: { k: 'count' },
  source: '004 "found += pages;"',
};
const setPrivate: KexecStep = {
  id: 'set-private',
  title: 'sets the attribute of the entry to private',
  op: { k: 'entry', becomes: 'private' },
  source: `${snp}:unshare_all_memory (7.3): set_pte_enc()`,
};

/* What another CPU does around a transition. The thread snips the bracket; both of its variables are in what it keeps. */

const enter: KexecStep = {
  id: 'enter',
  title: 'counts itself as in progress',
  op: { k: 'enter' },
  source: '004 "if (atomic_read(&conversions_in_progress))"',
};
const check: KexecStep = {
  id: 'check',
  title: 'looks whether conversions are allowed',
  op: { k: 'check' },
  source: '004 "conversion_allowed = false;"',
};
const transition: KexecStep = {
  id: 'transition',
  title: 'converts',
  op: { k: 'transition' },
  source: `${pat}:__set_memory_enc_pgtable (6.12)`,
};
const account: KexecStep = {
  id: 'account',
  title: 'changes the number of shared pages',
  op: { k: 'account' },
  source: `${tdx}:tdx_enc_status_change_finish (6.12)`,
};
const leave: KexecStep = {
  id: 'leave',
  title: 'is no longer in progress',
  op: { k: 'leave' },
  source: '004 "Wait for in-flight conversions to complete."',
};
const readLock: KexecStep = {
  id: 'read-lock',
  title: 'takes mem_enc_lock for reading if no kexec has it',
  op: { k: 'read-lock' },
  source: `${pat}:__set_memory_enc_dec (6.12): down_read_trylock()`,
};
const readUnlock: KexecStep = {
  id: 'read-unlock',
  title: 'gives mem_enc_lock back',
  op: { k: 'read-unlock' },
  source: `${pat}:__set_memory_enc_dec (6.12): up_read()`,
};

/** Everything that a kernel does before the next one runs: as the thread has it, and as it became. */
export const kexecProtocols: KexecProtocols = {
  'tdx-v6': {
    id: 'tdx-v6',
    title: 'a flag and a counter',
    source: '004 "Convert shared memory back to private on kexec"',
    ways: {
      normal: [clearFlag, barrier, wait, warn, stopCpus, disableApics, walk, flush, compare, boot],
      // 004 "callback is invoked before the apics, hpet, etc. are disabled"
      crash: [crashStopCpus, clearFlag, barrier, warn, walk, flush, compare, disableApics, boot],
      walk: [find, clearEntry, convert, countPage],
      conversion: [enter, check, transition, account, leave],
    },
  },
  'tdx-6.12': {
    id: 'tdx-6.12',
    title: 'a lock',
    source: `${tdx}:tdx_kexec_begin (6.12)`,
    ways: {
      // Interrupt controllers need no GHCB on TDX: when they are turned off is left out.
      normal: [lock, stopCpus, walk, flush, compare, boot],
      crash: [crashStopCpus, tryLock, walk, flush, compare, boot],
      walk: [find, clearEntry, convert612, countPage],
      conversion: [readLock, transition, account, readUnlock],
    },
  },
  'snp-7.3': {
    id: 'snp-7.3',
    title: 'a lock, and the GHCBs last',
    source: `${snp}:snp_kexec_finish (7.3)`,
    ways: {
      // shutdown_all_aps() comes first and is left out. It takes the VMSA tag off pages that are private all the time: a
      // page that keeps it faults in the second kernel, and no view of the host that is modelled here says so.
      normal: [lock, stopCpus, disableApics, walk, convertBss, flush, useMsr, convertGhcbs, boot],
      crash: [
        crashStopCpus,
        { ...disableApics, source: crash },
        tryLock,
        walk,
        convertBss,
        flush,
        useMsr,
        convertGhcbs,
        boot,
      ],
      walk: [findExceptGhcb, setPrivate, convertSnp],
      conversion: [readLock, transition, readUnlock],
    },
  },
};
