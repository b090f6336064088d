/*
 * Memory outside the linear map handed to a transition. Whether it works hangs on the platform, so these are
 * warnings: TDX and pKVM take the address for one of the linear map, CCA refuses it, SNP and vTOM handle it.
 */

void *vmalloc_direct_bad(unsigned long bytes)
{
	void *buf = vzalloc(PAGE_ALIGN(bytes));

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, PFN_UP(bytes)))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[vmalloc-alias-flip]
		return NULL;
	return buf;
}

/* Pages of the page allocator are in the linear map. */
void *pages_direct_ok(unsigned long bytes)
{
	void *buf = alloc_pages_exact(PAGE_ALIGN(bytes), GFP_KERNEL | __GFP_ZERO);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, PFN_UP(bytes)))
		return NULL;
	return buf;
}

/* An integer variable between the pointer and the call hides nothing. */
void *vmalloc_alias_variable_bad(void)
{
	void *p = vmalloc(SZ_1M);
	unsigned long va = (unsigned long)p;
	int ret;

	if (!p)
		return NULL;
	ret = set_memory_decrypted(va, SZ_1M >> PAGE_SHIFT);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[vmalloc-alias-flip]
	if (ret)
		return NULL;
	return p;
}

static int share_area(void *va, size_t bytes)
{
	return set_memory_decrypted((unsigned long)va, PFN_UP(bytes));
}

/* Through a wrapper: the call of the wrapper is the place, for the wrapper does not know. */
void *vmalloc_wrapper_bad(size_t bytes)
{
	void *buf = vzalloc(bytes);

	if (!buf)
		return NULL;
	if (share_area(buf, bytes))
//	    ^^^^^^^^^^^^^^^^^^^^^^ warning[vmalloc-alias-flip]
		return NULL;
	return buf;
}

/* Page by page through the linear map is right on every platform. */
int vmalloc_each_page_ok(void *buf, size_t bytes)
{
	size_t off;

	for (off = 0; off < bytes; off += PAGE_SIZE) {
		struct page *page = vmalloc_to_page(buf + off);

		if (set_memory_decrypted((unsigned long)page_address(page), 1))
			return -EIO;
	}
	return 0;
}

/* kvmalloc() falls back to vmalloc() when memory is fragmented. */
void *kvmalloc_bad(void)
{
	void *buf = kvzalloc(SZ_1M, GFP_KERNEL);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, SZ_1M >> PAGE_SHIFT))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[vmalloc-alias-flip]
		return NULL;
	return buf;
}

/* The alias instead of the pages below it. */
int vmap_alias_bad(struct page **pages, unsigned int n, void **out)
{
	void *va = vmap(pages, n, VM_MAP, PAGE_KERNEL);

	if (!va)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)va, n)) {
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[vmalloc-alias-flip]
		vunmap(va);
		return -EIO;
	}
	*out = va;
	return 0;
}

/* The pages first, then an alias with the attribute they have. */
int vmap_after_ok(struct page *page, unsigned int n, struct page **pages, void **out)
{
	void *va;

	if (set_memory_decrypted((unsigned long)page_address(page), n))
		return -EIO;
	va = vmap(pages, n, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
	if (!va)
		return -ENOMEM;
	*out = va;
	return 0;
}

/* SNP guests handle an address of the vmalloc area, and nothing else runs here. */
void *vmalloc_snp_only_ok(void)
{
	void *buf;

	if (!hv_isolation_type_snp())
		return NULL;
	buf = vzalloc(SZ_64K);
	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, SZ_64K >> PAGE_SHIFT))
		return NULL;
	return buf;
}

/* One or the other: on one of the paths it is vmalloc memory. */
void *vmalloc_or_pages_bad(bool big)
{
	void *buf;

	if (big)
		buf = vmalloc(SZ_4M);
	else
		buf = (void *)__get_free_pages(GFP_KERNEL, 4);
	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 16))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[vmalloc-alias-flip]
		return NULL;
	return buf;
}

/* set_memory_ro() and the like are made for the vmalloc area. */
int vmalloc_readonly_ok(void *code, int numpages)
{
	void *area = vmalloc(SZ_64K);

	if (!area)
		return -ENOMEM;
	memcpy(area, code, SZ_64K);
	return set_memory_ro((unsigned long)area, numpages);
}

/* In one configuration the address is an alias, in the other it is the linear one. */
void *alias_in_one_arm_bad(struct page *page, size_t size)
{
	void *addr;

#ifdef CONFIG_DMA_DIRECT_REMAP
	addr = dma_common_contiguous_remap(page, size, PAGE_KERNEL, __builtin_return_address(0));
	if (!addr)
		return NULL;
#else
	addr = page_to_virt(page);
#endif
	if (set_memory_decrypted((unsigned long)addr, PFN_UP(size)))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[vmalloc-alias-flip]
		return NULL;
	return addr;
}

void *linear_in_both_arms_ok(struct page *page, size_t size)
{
	void *addr;

#ifdef CONFIG_DMA_DIRECT_REMAP
	addr = dma_common_contiguous_remap(page, size, pgprot_decrypted(PAGE_KERNEL),
					   __builtin_return_address(0));
	if (!addr)
		return NULL;
#else
	addr = page_to_virt(page);
#endif
	if (set_memory_decrypted((unsigned long)page_to_virt(page), PFN_UP(size)))
		return NULL;
	return addr;
}
