/* Error paths with labels: what a label frees depends on where one jumps from. */

/* The label was right for the steps before the transition. */
struct page *goto_free_bad(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order); // step 1: 'page' from alloc_pages(), private

	if (!page)
		goto out;
	if (set_memory_decrypted((unsigned long)page_address(page), 1 << order)) // step 2: set_memory_decrypted() != 0: state unknown
		goto free_page; // step 3: goto free_page
	return page;
free_page:
	__free_pages(page, order); // step 4: __free_pages(): back to the allocator
//	^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
out:
	return NULL;
}

struct page *goto_out_ok(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		goto out;
	if (set_memory_decrypted((unsigned long)page_address(page), 1 << order))
		goto out;	/* leak it: the host may have some of it */
	return page;
out:
	return NULL;
}

struct chain_ring {
	void *buf;
	int *index;
	int irq;
};

/* A later step fails while the buffer is shared, and the chain skips making it private. */
int later_step_bad(struct chain_ring *ring, struct device *dev)
{
	void *buf = alloc_pages_exact(SZ_16K, GFP_KERNEL);
	int ret;

	if (!buf)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)buf, 4);
	if (ret)
		return ret;
	ring->index = kcalloc(64, sizeof(int), GFP_KERNEL);
	if (!ring->index) {
		ret = -ENOMEM;
		goto err_free;
	}
	ring->buf = buf;
	return 0;
err_free:
	free_pages_exact(buf, SZ_16K);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return ret;
}

/* The chain makes it private and leaks it if that fails. */
int later_step_ok(struct chain_ring *ring, struct device *dev)
{
	void *buf = alloc_pages_exact(SZ_16K, GFP_KERNEL);
	int ret;

	if (!buf)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)buf, 4);
	if (ret)
		return ret;
	ring->index = kcalloc(64, sizeof(int), GFP_KERNEL);
	if (!ring->index) {
		ret = -ENOMEM;
		goto err_encrypt;
	}
	ring->buf = buf;
	return 0;
err_encrypt:
	if (!set_memory_encrypted((unsigned long)buf, 4))
		free_pages_exact(buf, SZ_16K);
	return ret;
}

/* One jump of three goes to the wrong label. */
int wrong_label_bad(struct chain_ring *ring, struct device *dev)
{
	void *buf;
	int ret;

	buf = alloc_pages_exact(SZ_16K, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	ring->index = kcalloc(64, sizeof(int), GFP_KERNEL);
	if (!ring->index) {
		ret = -ENOMEM;
		goto err_free_buf;
	}
	ret = set_memory_decrypted((unsigned long)buf, 4);
	if (ret)
		goto err_free_index;
	ret = example_start(dev, ring->irq);
	if (ret)
		goto err_encrypt;
	ring->buf = buf;
	return 0;
err_encrypt:
	if (set_memory_encrypted((unsigned long)buf, 4)) {
		kfree(ring->index);
		return ret;
	}
err_free_index:
	kfree(ring->index);
err_free_buf:
	free_pages_exact(buf, SZ_16K);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return ret;
}

/* The same chain with a label of its own for the failed transition. */
int right_label_ok(struct chain_ring *ring, struct device *dev)
{
	void *buf;
	int ret;

	buf = alloc_pages_exact(SZ_16K, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	ring->index = kcalloc(64, sizeof(int), GFP_KERNEL);
	if (!ring->index) {
		ret = -ENOMEM;
		goto err_free_buf;
	}
	ret = set_memory_decrypted((unsigned long)buf, 4);
	if (ret)
		goto err_leak_buf;
	ret = example_start(dev, ring->irq);
	if (ret)
		goto err_encrypt;
	ring->buf = buf;
	return 0;
err_encrypt:
	if (set_memory_encrypted((unsigned long)buf, 4))
		goto err_leak_buf;
	kfree(ring->index);
err_free_buf:
	free_pages_exact(buf, SZ_16K);
	return ret;
err_leak_buf:
	kfree(ring->index);
	return ret;
}

/* A flag local to the function says what the label may do. */
int leak_flag_ok(struct page **out, struct device *dev)
{
	struct page *page = alloc_page(GFP_KERNEL);
	bool leak = false;
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret) {
		leak = true;
		goto err;
	}
	ret = example_register(dev, page);
	if (ret) {
		leak = set_memory_encrypted((unsigned long)page_address(page), 1) != 0;
		goto err;
	}
	*out = page;
	return 0;
err:
	if (!leak)
		__free_page(page);
	return ret;
}

/* The flag is set too late: the first jump passes it by. */
int leak_flag_late_bad(struct page **out, struct device *dev)
{
	struct page *page = alloc_page(GFP_KERNEL);
	bool leak = false;
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret)
		goto err;
	ret = example_register(dev, page);
	if (ret) {
		if (set_memory_encrypted((unsigned long)page_address(page), 1))
			leak = true;
		goto err;
	}
	*out = page;
	return 0;
err:
	if (!leak)
		__free_page(page);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return ret;
}

/* A common exit that frees unless all went well: `ret` decides. */
int common_exit_bad(struct page **out)
{
	struct page *page;
	int ret = -ENOMEM;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		goto out;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret)
		goto out;
	*out = page;
out:
	if (ret && page)
		__free_page(page);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return ret;
}

/* A jump back tries again with a smaller buffer: the bigger one is leaked, never freed. */
void *retry_ok(unsigned int order)
{
	void *buf;

again:
	buf = (void *)__get_free_pages(GFP_KERNEL, order);
	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 1 << order)) {
		if (!order)
			return NULL;
		order--;
		goto again;
	}
	return buf;
}

/* The jump back frees first. */
void *retry_bad(unsigned int order)
{
	void *buf;

again:
	buf = (void *)__get_free_pages(GFP_KERNEL, order);
	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 1 << order)) {
		free_pages((unsigned long)buf, order);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		if (!order)
			return NULL;
		order--;
		goto again;
	}
	return buf;
}

/* A later step answers with an error pointer; its label skips the way back. */
void *error_pointer_bad(struct device *dev, struct chain_ring *ring)
{
	void *buf = alloc_pages_exact(SZ_16K, GFP_KERNEL);
	void *handle;

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 4))
		goto out_leak;
	handle = example_alloc(dev);
	if (IS_ERR(handle))
		goto out_free;
	ring->buf = buf;
	return handle;
out_free:
	free_pages_exact(buf, SZ_16K);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
out_leak:
	return NULL;
}

void *error_pointer_ok(struct device *dev, struct chain_ring *ring)
{
	void *buf = alloc_pages_exact(SZ_16K, GFP_KERNEL);
	void *handle;

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 4))
		goto out_leak;
	handle = example_alloc(dev);
	if (IS_ERR(handle))
		goto out_encrypt;
	ring->buf = buf;
	return handle;
out_encrypt:
	if (set_memory_encrypted((unsigned long)buf, 4))
		goto out_leak;
	free_pages_exact(buf, SZ_16K);
out_leak:
	return NULL;
}
