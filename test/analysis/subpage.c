/* rules: subpage-transition */
/* A transition is of whole pages: what shares the page with the object is exposed with it. */

int small_kmalloc_bad(void **out)
{
	void *buf = kmalloc(256, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[subpage-transition]
		return -EIO;
	*out = buf;
	return 0;
}

struct small_desc {
	u32 handle;
	u32 length;
};

int sizeof_kmalloc_bad(struct small_desc **out)
{
	struct small_desc *desc = kzalloc(sizeof(*desc), GFP_KERNEL);

	if (!desc)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)desc, 1))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[subpage-transition]
		return -EIO;
	*out = desc;
	return 0;
}

int whole_page_ok(struct small_desc **out)
{
	struct small_desc *desc = (void *)get_zeroed_page(GFP_KERNEL);

	if (!desc)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)desc, 1))
		return -EIO;
	*out = desc;
	return 0;
}

/* kmalloc() of a power of two aligns naturally: this one has its page to itself. */
int page_sized_kmalloc_ok(void **out)
{
	void *buf = kmalloc(PAGE_SIZE, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	*out = buf;
	return 0;
}

/* Nobody knows how many, but pages they are: the slab aligns them. */
int many_pages_ok(unsigned int pages, void **out)
{
	void *buf = kmalloc(pages * PAGE_SIZE, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, pages))
		return -EIO;
	*out = buf;
	return 0;
}

/* A page of the hypervisor is a quarter or a sixteenth of some kernels' pages. */
int hypervisor_page_bad(void **out)
{
	void *buf = kmalloc(HV_HYP_PAGE_SIZE, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ info[subpage-transition]
		return -EIO;
	*out = buf;
	return 0;
}

int unknown_size_bad(size_t size, void **out)
{
	void *buf = kmalloc(size, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, PFN_UP(size)))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ info[subpage-transition]
		return -EIO;
	*out = buf;
	return 0;
}

/* An address inside of a page: offsets are not added up. */
int FN_inner_address(void **out)
{
	void *page = (void *)__get_free_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	*out = page;
	return set_memory_decrypted((unsigned long)page + 128, 1);
}
