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

/* The first page speaks for the array. */
void *array_of_pages_bad(struct page *page, struct page **pages)
{
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
	pages[0] = page;
	return vmap(pages, 1, VM_MAP, PAGE_KERNEL);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[attribute-mismatch]
}

void *array_of_pages_ok(struct page *page, struct page **pages)
{
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
	pages[0] = page;
	return vmap(pages, 1, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
}

/* Frame numbers with something added are those of other memory: a guest's shared half. */
void *other_half_ok(struct page *page, unsigned long *pfns, unsigned long half)
{
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
	pfns[0] = page_to_pfn(page) + PFN_DOWN(half);
	return vmap_pfn(pfns, 1, PAGE_KERNEL);
}

struct ring_channel {
	bool keeps_private;
	bool other_private;
	bool decrypted;
};

/* Shared or not, by what the channel says. */
static int share_ring(struct ring_channel *channel, int type, void *ring)
{
	channel->decrypted = !((channel->other_private && type == 0) || (channel->keeps_private && type == 1));
	if (!channel->decrypted)
		return 0;
	return set_memory_decrypted((unsigned long)ring, 1);
}

static void *map_ring_bad(struct page *page, bool is_private)
{
	pgprot_t prot = is_private ? PAGE_KERNEL : pgprot_decrypted(PAGE_KERNEL);

	return dma_common_contiguous_remap(page, PAGE_SIZE, prot, NULL);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[attribute-mismatch]
}

/* One field decides on both: the attribute is that of the memory. */
void *open_ring_ok(struct ring_channel *channel, struct page *page)
{
	if (share_ring(channel, 1, page_address(page)))
		return NULL;
	return map_ring_bad(page, channel->keeps_private);
}

/* Another field decides on the mapping. */
void *open_other_ring(struct ring_channel *channel, struct page *page)
{
	if (share_ring(channel, 1, page_address(page)))
		return NULL;
	return map_ring_bad(page, channel->other_private);
}
