/* rules: attribute-mismatch */
/* A second mapping must have the attribute that the memory has. */

/* The pages are shared, the alias is private: noise on SEV, a dead guest on TDX. */
void *private_alias_bad(struct page *page, size_t size)
{
	if (set_memory_decrypted((unsigned long)page_address(page), PFN_UP(size)))
		return NULL;
	return dma_common_contiguous_remap(page, size, PAGE_KERNEL, NULL);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[attribute-mismatch]
}

void *shared_alias_ok(struct page *page, size_t size)
{
	if (set_memory_decrypted((unsigned long)page_address(page), PFN_UP(size)))
		return NULL;
	return dma_common_contiguous_remap(page, size, pgprot_decrypted(PAGE_KERNEL), NULL);
}

/* Mapped first, shared later: what counts is how it is left. */
void *mapped_first_bad(struct page *page, size_t size)
{
	void *va = dma_common_contiguous_remap(page, size, PAGE_KERNEL, NULL);
//	           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[attribute-mismatch]

	if (!va)
		return NULL;
	if (set_memory_decrypted((unsigned long)page_address(page), PFN_UP(size)))
		return NULL;
	return va;
}

/*
 * The other way round: the alias says shared, nobody converted the page. Without a transition the function
 * is not followed.
 */
void *FN_never_shared(size_t size)
{
	struct page *page = alloc_pages(GFP_KERNEL, get_order(size));

	if (!page)
		return NULL;
	return dma_common_contiguous_remap(page, size, pgprot_decrypted(PAGE_KERNEL), NULL);
}

void *both_private_ok(size_t size)
{
	struct page *page = alloc_pages(GFP_KERNEL, get_order(size));

	if (!page)
		return NULL;
	return dma_common_contiguous_remap(page, size, PAGE_KERNEL, NULL);
}

/* Pages of a caller may be in either state. */
void *parameter_pages_ok(struct page **pages, unsigned int n)
{
	return vmap(pages, n, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
}

/* What an array of pages holds is not followed.
 */
void *FN_array_of_pages(struct page *page, struct page **pages)
{
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
	pages[0] = page;
	return vmap(pages, 1, VM_MAP, PAGE_KERNEL);
}
