/* Predicates that say where one runs. What rests on a platform is a warning at most. */

/* Freed after a failure that only confidential guests can have: still wrong there. */
int guest_only_bad(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT)) {
		if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
			__free_page(page);
//			^^^^^^^^^^^^^^^^^ warning[free-after-failed-transition]
			return -EIO;
		}
	}
	*out = page;
	return 0;
}

/* Converted and made private under the same predicate. */
int same_predicate_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret = 0;

	if (!page)
		return -ENOMEM;
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret)
		return ret;
	example_use(page_address(page));
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		ret = set_memory_encrypted((unsigned long)page_address(page), 1);
	if (ret)
		return ret;
	__free_page(page);
	return 0;
}

/* The predicate in a variable. */
int predicate_variable_ok(void)
{
	bool shared = cc_platform_has(CC_ATTR_MEM_ENCRYPT);
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (shared && set_memory_decrypted((unsigned long)page_address(page), 1))
		return -EIO;
	example_use(page_address(page));
	if (shared && set_memory_encrypted((unsigned long)page_address(page), 1))
		return -EIO;
	__free_page(page);
	return 0;
}

/* SNP and TDX exclude each other: nothing is shared where this frees. */
int exclusive_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (hv_isolation_type_snp()) {
		if (set_memory_decrypted((unsigned long)page_address(page), 1))
			return -EIO;
	}
	example_use(page_address(page));
	if (hv_isolation_type_tdx())
		__free_page(page);
	return 0;
}

/* SNP or TDX shares, only SNP makes it private. */
int half_undo_bad(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (hv_isolation_type_snp() || hv_isolation_type_tdx()) {
		if (set_memory_decrypted((unsigned long)page_address(page), 1))
			return -EIO;
	}
	example_use(page_address(page));
	if (hv_isolation_type_snp()) {
		if (set_memory_encrypted((unsigned long)page_address(page), 1))
			return -EIO;
	}
	__free_page(page);
//	^^^^^^^^^^^^^^^^^ warning[free-while-shared]
	return 0;
}

/* A static object where nothing is encrypted, pages where it is; only pages are freed. */
static u8 platform_static[PAGE_SIZE] __aligned(PAGE_SIZE);
static void *platform_buf;

int static_or_pages_init_ok(void)
{
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT)) {
		platform_buf = (void *)get_zeroed_page(GFP_KERNEL);
		if (!platform_buf)
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)platform_buf, 1)) {
			platform_buf = NULL;
			return -EIO;
		}
	} else {
		platform_buf = platform_static;
	}
	return 0;
}

void static_or_pages_exit_ok(void)
{
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT)) {
		if (platform_buf && !set_memory_encrypted((unsigned long)platform_buf, 1))
			free_page((unsigned long)platform_buf);
	}
}
