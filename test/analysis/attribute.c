/* rules: attribute-mismatch */
/* A second mapping must have the attribute that the memory has. */

/* The pages are shared, the alias is private: noise on SEV, a dead guest on TDX. */
void *private_alias_bad(struct page *page, struct page **pages)
{
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
	pages[0] = page;
	return vmap(pages, 1, VM_MAP, PAGE_KERNEL);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[attribute-mismatch]
}

void *shared_alias_ok(struct page *page, struct page **pages)
{
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
	pages[0] = page;
	return vmap(pages, 1, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
}

/* The other way round: the alias says shared, nobody converted the page. */
void *never_shared_bad(struct page **pages)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	pages[0] = page;
	return vmap(pages, 1, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[attribute-mismatch]
}

void *both_private_ok(struct page **pages)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	pages[0] = page;
	return vmap(pages, 1, VM_MAP, PAGE_KERNEL);
}

/* Pages of a caller may be in either state. */
void *parameter_pages_ok(struct page **pages, unsigned int n)
{
	return vmap(pages, n, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
}
