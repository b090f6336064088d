/* Wrappers in the same file: what they do is seen through their calls, not their names. */

static int share_bytes(void *buf, size_t bytes)
{
	return set_memory_decrypted((unsigned long)buf, PFN_UP(bytes));
}

static int unshare_bytes(void *buf, size_t bytes)
{
	int ret = set_memory_encrypted((unsigned long)buf, PFN_UP(bytes));

	if (ret)
		pr_warn_ratelimited("example: leaking memory that cannot be made private\n");
	return ret;
}

/* The result of a wrapper is the result of the transition. */
void *wrapper_free_bad(size_t bytes)
{
	void *buf = alloc_pages_exact(bytes, GFP_KERNEL);

	if (!buf)
		return NULL;
	if (share_bytes(buf, bytes)) {
		free_pages_exact(buf, bytes);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return buf;
}

void *wrapper_leak_ok(size_t bytes)
{
	void *buf = alloc_pages_exact(bytes, GFP_KERNEL);

	if (!buf)
		return NULL;
	if (share_bytes(buf, bytes))
		return NULL;
	return buf;
}

void *wrapper_dropped_bad(size_t bytes)
{
	void *buf = alloc_pages_exact(bytes, GFP_KERNEL);

	if (!buf)
		return NULL;
	share_bytes(buf, bytes);
//	^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
	memset(buf, 0, bytes);
	return buf;
}

void wrapper_unshare_ok(void *buf, size_t bytes)
{
	if (unshare_bytes(buf, bytes))
		return;
	free_pages_exact(buf, bytes);
}

/* The wrapper prints, but whoever frees has to look all the same. */
void wrapper_unshare_bad(void *buf, size_t bytes)
{
	unshare_bytes(buf, bytes);
	free_pages_exact(buf, bytes);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

/* Bytes are what this wrapper takes: a page count makes it convert one page of many. */
int wrapper_unit_bad(unsigned int order, struct page **out)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		return -ENOMEM;
	if (share_bytes(page_address(page), 1 << order))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
		return -EIO;
	*out = page;
	return 0;
}

int wrapper_unit_ok(unsigned int order, struct page **out)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		return -ENOMEM;
	if (share_bytes(page_address(page), PAGE_SIZE << order))
		return -EIO;
	*out = page;
	return 0;
}

/* A wrapper that answers with true for success. */
static bool share_page(struct page *page)
{
	return !set_memory_decrypted((unsigned long)page_address(page), 1);
}

struct page *bool_wrapper_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page || !share_page(page))
		return NULL;
	return page;
}

/* Read as if it answered with an errno. */
struct page *bool_wrapper_bad(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	if (!share_page(page)) {
		__free_page(page);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return page;
}

/* A wrapper that only does something for some devices; the undo decides the same way. */
static int share_for_device(struct device *dev, void *buf, size_t bytes)
{
	if (!force_dma_unencrypted(dev))
		return 0;
	return set_memory_decrypted((unsigned long)buf, PFN_UP(bytes));
}

static int unshare_for_device(struct device *dev, void *buf, size_t bytes)
{
	if (!force_dma_unencrypted(dev))
		return 0;
	return set_memory_encrypted((unsigned long)buf, PFN_UP(bytes));
}

int optional_wrapper_ok(struct device *dev, size_t bytes)
{
	void *buf = alloc_pages_exact(bytes, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (share_for_device(dev, buf, bytes))
		return -EIO;
	example_use(buf);
	if (unshare_for_device(dev, buf, bytes))
		return -EIO;
	free_pages_exact(buf, bytes);
	return 0;
}

/* Freed without asking the undo. */
int optional_wrapper_bad(struct device *dev, size_t bytes)
{
	void *buf = alloc_pages_exact(bytes, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (share_for_device(dev, buf, bytes))
		return -EIO;
	example_use(buf);
	free_pages_exact(buf, bytes);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

/* An allocator of shared memory: returns NULL, or memory that is shared. */
static void *alloc_shared(unsigned int order)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, order);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 1 << order))
		return NULL;
	return buf;
}

static void free_shared(void *buf, unsigned int order)
{
	if (set_memory_encrypted((unsigned long)buf, 1 << order))
		return;
	free_pages((unsigned long)buf, order);
}

int own_allocator_ok(void)
{
	void *buf = alloc_shared(2);

	if (!buf)
		return -ENOMEM;
	example_use(buf);
	free_shared(buf, 2);
	return 0;
}

/* Its memory must go back through its own free. */
int own_allocator_bad(void)
{
	void *buf = alloc_shared(2);

	if (!buf)
		return -ENOMEM;
	example_use(buf);
	free_pages((unsigned long)buf, 2);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

/* The wrapper prints and says that all is well: its callers cannot know, so it is the one to blame. */
static int swallowing_unshare_bad(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 1);

	if (ret)
		pr_warn("example: cannot make a page private\n");
	return 0;
//	^^^^^^^^^ warning[failure-swallowed]
}

void swallowed_caller_ok(void *buf)
{
	if (swallowing_unshare_bad(buf))
		return;
	free_page((unsigned long)buf);
}

struct closing {
	void *ring;
	bool open;
};

/* Closes what is open, and says whether the ring is private again. */
static int close_internal(struct closing *c)
{
	int ret;

	if (!c->open)
		return 0;
	ret = set_memory_encrypted((unsigned long)c->ring, 4);
	if (ret) {
		pr_err("example: cannot make the ring private: %d\n", ret);
		return ret;
	}
	c->open = false;
	return 0;
}

int closing_open_ok(struct closing *c)
{
	void *ring = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!ring)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)ring, 4))
		return -EIO;
	c->ring = ring;
	c->open = true;
	return 0;
}

/* The ring is kept when it could not be closed. */
void closing_close_ok(struct closing *c)
{
	if (!close_internal(c))
		free_pages((unsigned long)c->ring, 2);
}
