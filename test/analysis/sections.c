/* rules: mismatched-condition */
/* Sections that early code shares before anybody calls for it. */

extern char __start_bss_decrypted_unused[], __end_bss_decrypted[];

/* Early code shared it where there is an encryption mask, and nowhere else. */
void section_bad(void)
{
	unsigned long start = (unsigned long)__start_bss_decrypted_unused;
	unsigned long pages = ((unsigned long)__end_bss_decrypted - start) >> PAGE_SHIFT;

	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT)) {
		if (set_memory_encrypted(start, pages))
//		    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[mismatched-condition]
			return;
	}
	example_free_range(start, pages);
}

/* The same condition. */
void section_ok(void)
{
	unsigned long start = (unsigned long)__start_bss_decrypted_unused;
	unsigned long pages = ((unsigned long)__end_bss_decrypted - start) >> PAGE_SHIFT;

	if (sme_me_mask) {
		if (set_memory_encrypted(start, pages))
			return;
	}
	example_free_range(start, pages);
}

/* Only where it was shared: the platform is asked by other names. */
void section_sev_ok(void)
{
	unsigned long start = (unsigned long)__start_bss_decrypted_unused;

	if (cc_platform_has(CC_ATTR_GUEST_STATE_ENCRYPT)) {
		if (set_memory_encrypted(start, 1))
			return;
	}
	example_free_range(start, 1);
}
