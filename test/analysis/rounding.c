/* Cut to whole pages on the way there, rounded up on the way back, however that is written. */

void *rounding_alloc_bad(size_t size)
{
	unsigned int npages = size >> PAGE_SHIFT;
	struct page *page = alloc_pages(GFP_KERNEL, get_order(size));

	if (!page)
		return NULL;
	if (set_memory_decrypted((unsigned long)page_address(page), npages))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[size-mismatch]
		return NULL;
	return page_address(page);
}

void rounding_free_ok(void *buf, size_t size)
{
	unsigned int npages = PAGE_ALIGN(size) >> PAGE_SHIFT;

	if (set_memory_encrypted((unsigned long)buf, npages))
		return;
	free_pages((unsigned long)buf, get_order(size));
}
