/* Allocators and their frees: the same mistake with each. */

int slab_bad(void **out)
{
	void *buf = kmalloc(PAGE_SIZE, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1)) {
		kfree(buf);
//		^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = buf;
	return 0;
}

int kfree_sensitive_bad(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 1);

	kfree_sensitive(buf);
//	^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return ret;
}

int exact_bad(void)
{
	void *buf = alloc_pages_exact(SZ_32K, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, SZ_32K >> PAGE_SHIFT))
		return -EIO;
	example_use(buf);
	free_pages_exact(buf, SZ_32K);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

int node_bad(int nid, struct page **out)
{
	struct page *page = alloc_pages_node(nid, GFP_KERNEL, 1);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 2)) {
		__free_pages(page, 1);
//		^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = page;
	return 0;
}

int folio_bad(struct folio **out)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 1);

	if (!folio)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)folio_address(folio), 2)) {
		folio_put(folio);
//		^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = folio;
	return 0;
}

int memblock_bad(void **out)
{
	void *buf = memblock_alloc(SZ_64K, PAGE_SIZE);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, SZ_64K >> PAGE_SHIFT)) {
		memblock_free(buf, SZ_64K);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = buf;
	return 0;
}

int cma_bad(struct device *dev, size_t size, struct page **out)
{
	struct page *page = dma_alloc_contiguous(dev, size, GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), PFN_UP(size))) {
		dma_free_contiguous(dev, page, size);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = page;
	return 0;
}

/* A reference given back is a free when it was the last. */
int put_page_bad(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		put_page(page);
//		^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = page;
	return 0;
}

/* Into a pool of shared memory: ownership goes on, nothing returns to the page allocator. */
int pool_add_ok(struct gen_pool *pool)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 4);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 16))
		return -EIO;
	return gen_pool_add(pool, (unsigned long)buf, SZ_64K, NUMA_NO_NODE);
}

/* A slot of a pool goes back to the pool, shared as it came. */
void pool_slot_ok(struct gen_pool *pool, size_t size)
{
	unsigned long slot = gen_pool_alloc(pool, size);

	if (!slot)
		return;
	example_use((void *)slot);
	gen_pool_free(pool, slot, size);
}

/* Memory from the DMA API is shared as the API likes; its own free takes it back. */
int dma_api_ok(struct device *dev)
{
	dma_addr_t dma;
	void *buf = dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	example_use(buf);
	dma_free_coherent(dev, SZ_4K, buf, dma);
	return 0;
}

/* Never freed, never made private: nothing to say. */
static void *forever;

int __init forever_ok(void)
{
	forever = (void *)get_zeroed_page(GFP_KERNEL);
	if (!forever)
		return -ENOMEM;
	return set_memory_decrypted((unsigned long)forever, 1);
}

/* Deliberately given up to a list of leaked pages. */
void leak_list_ok(void *buf)
{
	if (set_memory_encrypted((unsigned long)buf, 1)) {
		snp_leak_pages(__pa(buf) >> PAGE_SHIFT, 1);
		return;
	}
	free_page((unsigned long)buf);
}

/* virt_to_page() of the address is the page that was converted. */
int views_bad(struct page *page)
{
	phys_addr_t pa = page_to_phys(page);
	int ret = set_memory_encrypted((unsigned long)__va(pa), 1);

	if (ret)
		pr_warn("example: not private\n");
	__free_page(pfn_to_page(PHYS_PFN(pa)));
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return ret;
}
