/* Shapes that real drivers have, in a few lines each: several mechanisms at once, and where engines go astray. */

struct monitor {
	void *pages[2];
	int state;
};

static struct monitor monitor = {
	.state = 0,
};

static void monitor_undo(void)
{
	if (monitor.pages[0]) {
		if (!set_memory_encrypted((unsigned long)monitor.pages[0], 1))
			free_page((unsigned long)monitor.pages[0]);
		monitor.pages[0] = NULL;
	}
	if (monitor.pages[1]) {
		if (!set_memory_encrypted((unsigned long)monitor.pages[1], 1))
			free_page((unsigned long)monitor.pages[1]);
		monitor.pages[1] = NULL;
	}
}

/* Two elements with constant indices, both results collected, both pointers cleared on failure. */
int monitor_connect_ok(struct device *dev)
{
	int ret;

	monitor.pages[0] = (void *)get_zeroed_page(GFP_KERNEL);
	monitor.pages[1] = (void *)get_zeroed_page(GFP_KERNEL);
	if (!monitor.pages[0] || !monitor.pages[1]) {
		ret = -ENOMEM;
		goto cleanup;
	}
	ret = set_memory_decrypted((unsigned long)monitor.pages[0], 1);
	ret |= set_memory_decrypted((unsigned long)monitor.pages[1], 1);
	if (ret) {
		/* a failed transition leaves them in an unknown state */
		monitor.pages[0] = NULL;
		monitor.pages[1] = NULL;
		goto cleanup;
	}
	memset(monitor.pages[0], 0x00, PAGE_SIZE);
	memset(monitor.pages[1], 0x00, PAGE_SIZE);
	ret = example_start(dev, 0);
	if (ret)
		goto cleanup;
	monitor.state = 1;
	return 0;
cleanup:
	monitor_undo();
	return ret;
}

void monitor_disconnect_ok(void)
{
	monitor.state = 0;
	monitor_undo();
}

struct half_monitor {
	void *pages[2];
};

static struct half_monitor half_monitor;

int half_monitor_connect_ok(void)
{
	half_monitor.pages[0] = (void *)get_zeroed_page(GFP_KERNEL);
	half_monitor.pages[1] = (void *)get_zeroed_page(GFP_KERNEL);
	if (!half_monitor.pages[0] || !half_monitor.pages[1])
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)half_monitor.pages[0], 1) ||
	    set_memory_decrypted((unsigned long)half_monitor.pages[1], 1)) {
		half_monitor.pages[0] = NULL;
		half_monitor.pages[1] = NULL;
		return -EIO;
	}
	return 0;
}

/* The second element is freed as it is. */
void half_monitor_disconnect_bad(void)
{
	if (half_monitor.pages[0] &&
	    !set_memory_encrypted((unsigned long)half_monitor.pages[0], 1))
		free_page((unsigned long)half_monitor.pages[0]);
	free_page((unsigned long)half_monitor.pages[1]);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	half_monitor.pages[0] = NULL;
	half_monitor.pages[1] = NULL;
}

static int coherent_share(struct device *dev, void *va, size_t size)
{
	if (!force_dma_unencrypted(dev))
		return 0;
	return set_memory_decrypted((unsigned long)va, PFN_UP(size));
}

static int coherent_unshare(struct device *dev, void *va, size_t size)
{
	int ret;

	if (!force_dma_unencrypted(dev))
		return 0;
	ret = set_memory_encrypted((unsigned long)va, PFN_UP(size));
	if (ret)
		pr_warn_ratelimited("example: leaking memory that cannot be made private\n");
	return ret;
}

/* An allocator with flags, a second mapping and three labels: encrypt, free, leak. */
void *coherent_alloc_ok(struct device *dev, size_t size, bool remap, bool uncached)
{
	struct page *page = dma_alloc_contiguous(dev, size, GFP_KERNEL);
	void *ret;

	if (!page)
		return NULL;
	if (remap) {
		ret = dma_common_contiguous_remap(page, size, dma_pgprot(dev, PAGE_KERNEL, 0),
						  __builtin_return_address(0));
		if (!ret)
			goto out_free_pages;
	} else {
		ret = page_address(page);
		if (coherent_share(dev, ret, size))
			goto out_leak_pages;
	}
	memset(ret, 0, size);
	if (uncached) {
		ret = example_alloc(dev);
		if (IS_ERR(ret))
			goto out_encrypt_pages;
	}
	return ret;
out_encrypt_pages:
	if (coherent_unshare(dev, page_address(page), size))
		return NULL;
out_free_pages:
	dma_free_contiguous(dev, page, size);
	return NULL;
out_leak_pages:
	return NULL;
}

/* One goto names the label before: freed although the transition failed. */
void *coherent_alloc_label_bad(struct device *dev, size_t size)
{
	struct page *page = dma_alloc_contiguous(dev, size, GFP_KERNEL);
	void *ret;

	if (!page)
		return NULL;
	ret = page_address(page);
	if (set_memory_decrypted((unsigned long)ret, PFN_UP(size)))
		goto out_free_pages;
	memset(ret, 0, size);
	return ret;
out_free_pages:
	dma_free_contiguous(dev, page, size);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return NULL;
}

/* And another skips the way back after a later step failed. */
void *coherent_alloc_skip_bad(struct device *dev, size_t size)
{
	struct page *page = dma_alloc_contiguous(dev, size, GFP_KERNEL);
	void *ret;

	if (!page)
		return NULL;
	ret = page_address(page);
	if (set_memory_decrypted((unsigned long)ret, PFN_UP(size)))
		goto out_leak_pages;
	ret = example_alloc(dev);
	if (IS_ERR(ret))
		goto out_free_pages;
	return ret;
out_free_pages:
	dma_free_contiguous(dev, page, size);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
out_leak_pages:
	return NULL;
}

struct bounce {
	void *vaddr;
	size_t bytes;
	bool late;
};

static struct bounce bounce;

/* The result is dropped and one of two frees follows: one mistake, one report. */
void bounce_exit_bad(void)
{
	if (!bounce.vaddr)
		return;
	set_memory_encrypted((unsigned long)bounce.vaddr, bounce.bytes >> PAGE_SHIFT);
	if (bounce.late)
		free_pages((unsigned long)bounce.vaddr, get_order(bounce.bytes));
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	else
		memblock_free(bounce.vaddr, bounce.bytes);
	memset(&bounce, 0, sizeof(bounce));
}

struct gpadl {
	u32 handle;
	u32 size;
	void *buffer;
	bool decrypted;
};

/*
 * The flag goes up first. After an error behind the transition the buffer is made private again, and the flag says
 * whether that worked.
 */
int gpadl_establish_ok(void *kbuffer, u32 size, struct gpadl *gpadl, struct device *dev)
{
	int ret;

	gpadl->decrypted = true;
	ret = set_memory_decrypted((unsigned long)kbuffer, PFN_UP(size));
	if (ret)
		return ret;
	ret = example_start(dev, 0);
	if (ret)
		goto cleanup;
	gpadl->handle = 1;
	gpadl->buffer = kbuffer;
	gpadl->size = size;
	return 0;
cleanup:
	gpadl->decrypted = set_memory_encrypted((unsigned long)kbuffer, PFN_UP(size));
	return ret;
}

int gpadl_teardown_ok(struct gpadl *gpadl)
{
	int ret;

	gpadl->handle = 0;
	ret = set_memory_encrypted((unsigned long)gpadl->buffer, PFN_UP(gpadl->size));
	gpadl->decrypted = ret;
	return ret;
}

struct gpadl_user {
	void *recv;
	struct gpadl recv_gpadl;
	void *send;
	struct gpadl send_gpadl;
};

static void gpadl_user_cleanup(struct gpadl_user *u)
{
	if (u->recv_gpadl.handle)
		gpadl_teardown_ok(&u->recv_gpadl);
	if (!u->recv_gpadl.decrypted)
		free_pages_exact(u->recv, SZ_64K);
	if (u->send_gpadl.handle)
		gpadl_teardown_ok(&u->send_gpadl);
	if (!u->send_gpadl.decrypted)
		free_pages_exact(u->send, SZ_64K);
}

/* Two buffers, each with its handle and flag; a failed probe cleans up what there is. */
int gpadl_user_probe_ok(struct device *dev, struct gpadl_user **out)
{
	struct gpadl_user *u = kzalloc(sizeof(*u), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!u)
		return -ENOMEM;
	u->recv = alloc_pages_exact(SZ_64K, GFP_KERNEL);
	if (!u->recv)
		goto fail_free;
	ret = gpadl_establish_ok(u->recv, SZ_64K, &u->recv_gpadl, dev);
	if (ret) {
		if (!u->recv_gpadl.decrypted)
			free_pages_exact(u->recv, SZ_64K);
		goto fail_free;
	}
	u->send = alloc_pages_exact(SZ_64K, GFP_KERNEL);
	if (!u->send) {
		ret = -ENOMEM;
		goto fail_close;
	}
	ret = gpadl_establish_ok(u->send, SZ_64K, &u->send_gpadl, dev);
	if (ret)
		goto fail_close;
	*out = u;
	return 0;
fail_close:
	gpadl_user_cleanup(u);
fail_free:
	kfree(u);
	return ret;
}

void gpadl_user_remove_ok(struct gpadl_user *u)
{
	gpadl_user_cleanup(u);
	kfree(u);
}

struct blind_user {
	void *recv;
	struct gpadl recv_gpadl;
};

/* The flag is there, and the error path does not ask it. */
int blind_user_probe_bad(struct device *dev, struct blind_user *u)
{
	int ret;

	u->recv = alloc_pages_exact(SZ_64K, GFP_KERNEL);
	if (!u->recv)
		return -ENOMEM;
	ret = gpadl_establish_ok(u->recv, SZ_64K, &u->recv_gpadl, dev);
	if (ret)
		free_pages_exact(u->recv, SZ_64K);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return ret;
}

struct chunked {
	int n;
	struct page *chunks[16];
};

static int chunked_undo(struct chunked *c)
{
	int i, ret = 0;

	for (i = 0; i < c->n; i++) {
		if (set_memory_encrypted((unsigned long)page_address(c->chunks[i]), 16)) {
			ret = -EIO;
			continue;	/* leaked */
		}
		__free_pages(c->chunks[i], 4);
	}
	c->n = 0;
	return ret;
}

/* Chunks in an array, each converted when it comes. The last one, whose transition failed, is not counted. */
int chunked_alloc_ok(struct chunked *c, int n)
{
	for (c->n = 0; c->n < n; c->n++) {
		struct page *page = alloc_pages(GFP_KERNEL, 4);

		if (!page)
			goto err;
		if (set_memory_decrypted((unsigned long)page_address(page), 16))
			goto err;	/* leaked */
		c->chunks[c->n] = page;
	}
	return 0;
err:
	chunked_undo(c);
	return -ENOMEM;
}

void chunked_free_ok(struct chunked *c)
{
	chunked_undo(c);
}

struct static_or_page {
	u8 bytes[PAGE_SIZE];
};

static struct static_or_page fallback __aligned(PAGE_SIZE);
static struct static_or_page *clock_page;

/* The static page where nothing has to be shared, a page of its own where it has; the exit frees only the latter. */
int clock_init_ok(void)
{
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT)) {
		struct page *p = alloc_page(GFP_KERNEL | __GFP_ZERO);

		if (!p)
			return -ENOMEM;
		clock_page = page_address(p);
		if (set_memory_decrypted((unsigned long)clock_page, 1)) {
			clock_page = NULL;
			return -EIO;
		}
	} else {
		clock_page = &fallback;
	}
	return 0;
}

void clock_exit_ok(void)
{
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT)) {
		if (clock_page && !set_memory_encrypted((unsigned long)clock_page, 1))
			free_page((unsigned long)clock_page);
		clock_page = NULL;
	}
}
