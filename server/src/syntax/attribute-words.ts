/**
 * What compiler attributes and annotations are called. They say nothing about control flow, the grammar has no
 * place for most of them, so they are blanked and recorded. A word missing here costs a parse error only where the
 * rules for unknown words (`normalise/specifiers.ts`) do not see what it is.
 */

/** Without arguments. */
export const ATTRIBUTES: readonly string[] = words(`
  __init __exit __initdata __initconst __exitdata __exitconst __meminit __meminitdata __meminitconst __memexit
  __ref __refdata __refconst __net_init __net_exit __net_initdata __net_initconst __devinit __devexit __cpuinit
  __cpuinitdata __init_or_module __initdata_or_module __initconst_or_module __init_or_livepatch
  __initdata_or_meminfo __init_or_acpilib __initdata_or_acpilib __initdata_memblock __init_memblock __head
  __init_or_suspend __initdata_percpu __exitused __inittext __entry_text
  __sched __cpuidle __kprobes __lockfunc __irq_entry __softirq_entry __exception_irq_entry __latent_entropy
  __noendbr __nocfi __noscs __idmap __ramfunc __sram __sramdata __tcmfunc __tcmdata __tcmconst __xipram __iram
  __dram __hyp_text __noretpoline __noinitretpoline __function_aligned __noinstr_section
  __iomem __user __percpu __rcu __force __kernel __private __nocast __bitwise __safe __guest __arena __kptr
  __kptr_untrusted __percpu_kptr __seg_gs __seg_fs __trusted __nullable __ksym __kconfig __nonnull
  __must_check __maybe_unused __always_unused __unused __used __visible __weak __cold __hot __pure
  __attribute_const__ __attribute_used__ __malloc __noreturn __naked __packed __deprecated __noclone __flatten
  __always_inline __inline__ __inline __gnu_inline __noipa __no_caller_saved_registers __printk_index_emit
  __noreturn__ __retain __preserve_most __designated_init __uninitialized __nonstring __signed_wrap __data_racy
  __disable_sanitizer_instrumentation __weak_kernel __efistub_global __efiapi EFIAPI __used_section
  __bpf_kfunc __bpf_hook_start __bpf_hook_end __bpf_kfunc_start_defs __bpf_kfunc_end_defs
  noinstr notrace noinline noinline_for_stack noinline_for_tracing noinline_for_kasan nokprobe_inline
  inline_for_stack asmlinkage asmlinkage_protect fastcall __visible_for_testing VISIBLE_IF_KUNIT
  __read_mostly __ro_after_init __rodata __page_aligned_bss __page_aligned_data __page_aligned __bss_decrypted
  __bss_stack __nosavedata __cacheline_aligned __cacheline_aligned_in_smp ____cacheline_aligned
  ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp __cacheline_internodealigned_in_smp
  __no_sanitize_address __no_sanitize_memory __no_sanitize_thread __no_sanitize_undefined
  __no_sanitize_or_inline __no_kasan_or_inline __no_kcsan __no_kmsan_checks __no_sanitize_memory_or_inline
  __no_stack_protector __no_profile __no_randomize_layout __randomize_layout __lock_aligned __aligned_largest
  __extension__ __restrict __restrict__ __const__ __signed_overflow_wrap __no_context_analysis
  __decrypted __earlyonly_bootmem __bootdata __paravirt_callee __deprecated_for_modules
  ACPI_SYSTEM_XFACE ACPI_INTERNAL_VAR_XFACE ACPI_INTERNAL_XFACE ACPI_EXTERNAL_XFACE ACPI_INIT_FUNCTION
  UNUSED_PARAM __UNUSED STATIC XZ_FUNC XZ_EXTERN FORCE_INLINE_ATTR HINT_INLINE FORCE_INLINE_TEMPLATE MEM_STATIC
  BMI2_TARGET_ATTRIBUTE UNUSED_ATTR LZ4_FORCE_INLINE FORCE_INLINE
`);

/** With arguments, which are blanked too. */
export const ATTRIBUTE_CALLS: readonly string[] = words(`
  __attribute__ __attribute __printf __scanf __printf_like __format_arg __cleanup __free
  __releases __acquires __must_hold __must_not_hold __cond_acquires __cond_releases __must_hold_shared
  __acquires_shared __releases_shared __cond_acquires_shared __acquire_ret __acquire_shared_ret
  __guarded_by __pt_guarded_by __context__
  __aligned __section __alias __copy __counted_by __counted_by_le __counted_by_be __counted_by_ptr __sized_by
  __alloc_size __realloc_size __assume_aligned __mode __no_sanitize __compiletime_error __compiletime_warning
  __diagnose_as __overloadable __pass_object_size __pass_dynamic_object_size __error __warning __bootdata_
  __nonnull__ __declspec __errordecl_ __btf_type_tag __alignas _Alignas __nonnull_args __access
  ACPI_PRINTF_LIKE
`);

function words(list: string): readonly string[] {
  return list.trim().split(/\s+/);
}
