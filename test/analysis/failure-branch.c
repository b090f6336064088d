/*
 * What is done with memory in the branch where its decryption failed. Part of the range may be shared: to free
 * it hands a page that the host can read to its next owner.
 */

void *free_in_branch_bad(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 4)) {
		free_pages((unsigned long)buf, 2);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return buf;
}

/* Leaked on purpose: the only safe thing short of making it private again. */
void *leak_in_branch_ok(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 4))
		return NULL;
	return buf;
}

/* Made private again, and freed only if that worked. */
void *undo_checked_ok(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 4)) {
		if (!set_memory_encrypted((unsigned long)buf, 4))
			free_pages((unsigned long)buf, 2);
		return NULL;
	}
	return buf;
}

/* Made private again, perhaps: nobody looks whether that worked. */
void *undo_unchecked_bad(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 4)) {
		set_memory_encrypted((unsigned long)buf, 4);
		free_pages((unsigned long)buf, 2);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return buf;
}

/* The test of the undo is the wrong way round: freed exactly when it failed. */
void *undo_inverted_bad(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 4)) {
		if (set_memory_encrypted((unsigned long)buf, 4))
			free_pages((unsigned long)buf, 2);
//			^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return buf;
}

/* Another object is freed; the page is leaked as it should be. */
struct other_control {
	struct page *page;
};

struct other_control *other_object_ok(void)
{
	struct other_control *control = kzalloc(sizeof(*control), GFP_KERNEL);

	if (!control)
		return NULL;
	control->page = alloc_page(GFP_KERNEL);
	if (!control->page) {
		kfree(control);
		return NULL;
	}
	if (set_memory_decrypted((unsigned long)page_address(control->page), 1)) {
		kfree(control);
		return NULL;
	}
	return control;
}

/* Two pages: the one freed was never touched by the transition that failed. */
int other_page_ok(struct page **out)
{
	struct page *plain = alloc_page(GFP_KERNEL);
	struct page *shared = alloc_page(GFP_KERNEL);

	if (!plain || !shared)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(shared), 1)) {
		__free_page(plain);
		return -EIO;
	}
	out[0] = plain;
	out[1] = shared;
	return 0;
}

/* Two pages: the wrong one is freed. */
int wrong_page_bad(struct page **out)
{
	struct page *plain = alloc_page(GFP_KERNEL);
	struct page *shared = alloc_page(GFP_KERNEL);

	if (!plain || !shared)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(shared), 1)) {
		__free_page(shared);
//		^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	out[0] = plain;
	out[1] = shared;
	return 0;
}

/* Pointer cleared on failure, so the free below frees nothing. */
void *nulled_ok(size_t count)
{
	void *buf = alloc_pages_exact(SZ_8K, GFP_KERNEL);
	u8 *names = NULL;

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 2)) {
		buf = NULL;
		goto err;
	}
	names = kcalloc(count, 16, GFP_KERNEL);
	if (names)
		return buf;
	if (set_memory_encrypted((unsigned long)buf, 2))
		return NULL;
err:
	if (buf)
		free_pages_exact(buf, SZ_8K);
	return NULL;
}

/* kfree(NULL) is nothing: the pointer was cleared when the transition failed. */
int nulled_unconditional_ok(void)
{
	void *mem = kmalloc(PAGE_SIZE, GFP_KERNEL);
	int ret;

	if (!mem)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)mem, 1);
	if (ret) {
		/* its state is not known, so it must not be freed */
		mem = NULL;
	} else {
		ret = set_memory_encrypted((unsigned long)mem, 1);
		if (ret)
			mem = NULL;
	}
	kfree(mem);
	return ret;
}

/* The variable means another page by the time it is freed. */
int reassigned_ok(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		/* the first page is leaked */
		page = alloc_page(GFP_KERNEL);
		if (!page)
			return -ENOMEM;
		__free_page(page);
		return -EIO;
	}
	*out = page;
	return 0;
}

/* A copy of the pointer is the same memory. */
int copied_pointer_bad(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct page *keep = page;

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		page = NULL;
		__free_page(keep);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = page;
	return 0;
}

/* Page, address and integer are one memory. */
int other_view_bad(struct page **out)
{
	struct page *page = alloc_pages(GFP_KERNEL, 1);
	unsigned long va;

	if (!page)
		return -ENOMEM;
	va = (unsigned long)page_to_virt(page);
	if (set_memory_decrypted(va, 2)) {
		free_pages(va, 1);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = virt_to_page((void *)va);
	return 0;
}

/* The failing branch is the else branch. */
void *positive_test_bad(void)
{
	void *buf = (void *)get_zeroed_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	if (!set_memory_decrypted((unsigned long)buf, 1))
		return buf;
	free_page((unsigned long)buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return NULL;
}

/* Negative is failure, too. */
void *negative_test_bad(void)
{
	void *buf = (void *)get_zeroed_page(GFP_KERNEL);
	int ret;

	if (!buf)
		return NULL;
	ret = set_memory_decrypted((unsigned long)buf, 1);
	if (ret < 0) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return ERR_PTR(ret);
	}
	return buf;
}

/* Freed in both branches of a later decision: one cause, one finding. */
int two_sinks_bad(bool late, struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (!ret) {
		*out = page;
		return 0;
	}
	if (late)
		__free_pages(page, 0);
//		^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	else
		__free_page(page);
	return ret;
}

/* An address that is computed in two ways is the same page. */
int computed_address_bad(struct page *base, int i)
{
	unsigned long va = (unsigned long)page_address(base + i);

	if (set_memory_decrypted(va, 1)) {
		__free_page(base + i);
//		^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	return 0;
}
