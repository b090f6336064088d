/* How much: the count is in pages of 4 KiB, both ways in the same size, and not less than what is freed. */

/* Bytes for pages. */
int bytes_for_pages_bad(void *buf)
{
	return set_memory_decrypted((unsigned long)buf, SZ_64K);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

int page_size_for_pages_bad(void *buf)
{
	return set_memory_decrypted((unsigned long)buf, PAGE_SIZE);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

int pages_for_pages_ok(void *buf)
{
	return set_memory_decrypted((unsigned long)buf, SZ_64K >> PAGE_SHIFT);
}

/* A product with a page size is a number of bytes. */
int pages_times_size_bad(void *buf, int pgcount)
{
	return set_memory_decrypted((unsigned long)buf, pgcount * HV_HYP_PAGE_SIZE);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

/* Through a variable. */
int bytes_variable_bad(unsigned int order, void **out)
{
	size_t size = PAGE_SIZE << order;
	void *buf = (void *)__get_free_pages(GFP_KERNEL, order);

	if (!buf)
		return -ENOMEM;
	*out = buf;
	return set_memory_decrypted((unsigned long)buf, size);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

int sizeof_bad(struct example_area *area)
{
	return set_memory_decrypted((unsigned long)area, sizeof(*area));
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

int sizeof_ok(struct example_area *area)
{
	return set_memory_decrypted((unsigned long)area, PFN_UP(sizeof(*area)));
}

/* The order for the count: of four pages two are converted. */
int order_for_count_bad(size_t size, void **out)
{
	unsigned int order = get_order(size);
	void *buf = (void *)__get_free_pages(GFP_KERNEL, order);

	if (!buf)
		return -ENOMEM;
	*out = buf;
	return set_memory_decrypted((unsigned long)buf, order);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

int count_of_order_ok(size_t size, void **out)
{
	unsigned int order = get_order(size);
	void *buf = (void *)__get_free_pages(GFP_KERNEL, order);

	if (!buf)
		return -ENOMEM;
	*out = buf;
	return set_memory_decrypted((unsigned long)buf, 1 << order);
}

/* A parameter has no unit: what the callers pass is not known here. */
int parameter_ok(void *buf, int numpages)
{
	return set_memory_decrypted((unsigned long)buf, numpages);
}

/* A parameter whose unit another use tells: PFN_UP() takes bytes. */
int parameter_used_twice_bad(void *buf, size_t size)
{
	int ret = set_memory_decrypted((unsigned long)buf, PFN_UP(size));

	if (ret)
		return ret;
	if (example_start(NULL, 0))
		return set_memory_encrypted((unsigned long)buf, size);
//		       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
	return 0;
}

/* Fewer pages back than forth: three stay shared and are freed. */
int fewer_back_bad(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 4))
		return -EIO;
	example_use(buf);
	if (set_memory_encrypted((unsigned long)buf, 1))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
		return -EIO;
	free_pages((unsigned long)buf, 2);
	return 0;
}

/* The same size in two ways to write it. */
int same_size_ok(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1 << 2))
		return -EIO;
	example_use(buf);
	if (set_memory_encrypted((unsigned long)buf, 4))
		return -EIO;
	free_pages((unsigned long)buf, 2);
	return 0;
}

/* Less is converted than was allocated: the rest of the pages is never shared, and that is fine. */
int part_of_allocation_ok(size_t bytes)
{
	unsigned int order = get_order(bytes);
	void *buf = (void *)__get_free_pages(GFP_KERNEL, order);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, PFN_UP(bytes)))
		return -EIO;
	example_use(buf);
	if (set_memory_encrypted((unsigned long)buf, PFN_UP(bytes)))
		return -EIO;
	free_pages((unsigned long)buf, order);
	return 0;
}

/* Sizes that cannot be compared are not compared. */
int incomparable_ok(void *start, void *end, unsigned long slabs)
{
	int ret = set_memory_decrypted((unsigned long)start, (end - start) >> PAGE_SHIFT);

	if (ret)
		return ret;
	return set_memory_encrypted((unsigned long)start, (slabs << 11) >> PAGE_SHIFT);
}

/* A raw byte count is cut to whole pages here, and rounded up on the way back. */
int round_down_share_bad(void *va, size_t size)
{
	return set_memory_decrypted((unsigned long)va, size >> PAGE_SHIFT);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[size-mismatch]
}

int round_down_unshare_ok(void *va, size_t size)
{
	return set_memory_encrypted((unsigned long)va, PFN_UP(size));
}

/* Aligned before it is shifted: nothing is lost. */
int aligned_shift_ok(void *va, size_t size)
{
	size_t bytes = PAGE_ALIGN(size);

	return set_memory_decrypted((unsigned long)va, bytes >> PAGE_SHIFT);
}

/* A struct that remembers bytes, used as pages on the way back. */
struct sized {
	void *va;
	size_t bytes;
};

int sized_share_ok(struct sized *s, size_t bytes)
{
	s->bytes = PAGE_ALIGN(bytes);
	s->va = alloc_pages_exact(s->bytes, GFP_KERNEL);
	if (!s->va)
		return -ENOMEM;
	return set_memory_decrypted((unsigned long)s->va, s->bytes >> PAGE_SHIFT);
}

int sized_unshare_bad(struct sized *s)
{
	return set_memory_encrypted((unsigned long)s->va, s->bytes);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

/* A wrapper that takes bytes is given pages: told where that is done, not again by whoever calls that. */
static int bytes_unshare(void *va, size_t size)
{
	return set_memory_encrypted((unsigned long)va, PFN_UP(size));
}

int pages_for_bytes_bad(void *va, size_t size)
{
	unsigned int order = get_order(size);

	return bytes_unshare(va, 1 << order);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

int caller_of_the_mistake_ok(void *va)
{
	return pages_for_bytes_bad(va, 3 * PAGE_SIZE);
}

/* A wrapper that hands on what it takes for pages: its callers know better. */
static int pages_unshare(void *va, size_t size)
{
	return set_memory_encrypted((unsigned long)va, size);
}

int bytes_for_pages_bad(void *va, size_t size)
{
	if (pages_unshare(va, size))
//	    ^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
		return -EIO;
	free_pages((unsigned long)va, get_order(size));
	return 0;
}

int pages_for_pages_ok(void *va, unsigned int order)
{
	if (pages_unshare(va, 1 << order))
		return -EIO;
	free_pages((unsigned long)va, order);
	return 0;
}

/* Where several callers know, it is the wrapper that is wrong. */
static int bytes_taken_for_pages_bad(void *va, size_t size)
{
	return set_memory_encrypted((unsigned long)va, size);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
}

int one_of_two_callers(void *va, size_t size)
{
	if (bytes_taken_for_pages_bad(va, size))
		return -EIO;
	free_pages((unsigned long)va, get_order(size));
	return 0;
}

int other_of_two_callers(void *va, size_t size)
{
	if (bytes_taken_for_pages_bad(va, PAGE_ALIGN(size)))
		return -EIO;
	free_pages_exact(va, PAGE_ALIGN(size));
	return 0;
}
