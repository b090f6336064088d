/* Memory that is freed by somebody else: helpers of the same file. The call of the helper is where it goes wrong. */

struct helper_buf {
	void *va;
	size_t bytes;
};

static void helper_release(struct helper_buf *b)
{
	free_pages_exact(b->va, b->bytes);
	kfree(b);
}

/* Fine before the transition, wrong after it failed. */
struct helper_buf *free_through_helper_bad(size_t bytes)
{
	struct helper_buf *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->bytes = bytes;
	b->va = alloc_pages_exact(bytes, GFP_KERNEL);
	if (!b->va) {
		kfree(b);
		return NULL;
	}
	if (set_memory_decrypted((unsigned long)b->va, PFN_UP(bytes))) {
		helper_release(b);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return b;
}

/* Only the control structure is freed. */
struct helper_buf *free_through_helper_ok(size_t bytes)
{
	struct helper_buf *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->bytes = bytes;
	b->va = alloc_pages_exact(bytes, GFP_KERNEL);
	if (!b->va) {
		kfree(b);
		return NULL;
	}
	if (set_memory_decrypted((unsigned long)b->va, PFN_UP(bytes))) {
		kfree(b);	/* not b->va */
		return NULL;
	}
	return b;
}

static void free_one(struct page *page)
{
	if (page)
		__free_page(page);
}

/* The helper frees what it is given, and it is given the page of the failed transition. */
int helper_argument_bad(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		free_one(page);
//		^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = page;
	return 0;
}

/* It is given NULL. */
int helper_argument_ok(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		page = NULL;
		free_one(page);
		return -EIO;
	}
	*out = page;
	return 0;
}

/* A helper that makes the page private first, and frees only then. */
static void undo_and_free(struct page *page)
{
	if (set_memory_encrypted((unsigned long)page_address(page), 1)) {
		pr_warn("example: leaking a page\n");
		return;
	}
	__free_page(page);
}

int undo_helper_ok(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		undo_and_free(page);
		return -EIO;
	}
	*out = page;
	return 0;
}

/* A helper that frees on request. */
static void finish(struct page *page, bool give_back)
{
	if (give_back)
		__free_page(page);
}

int helper_flag_ok(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret) {
		finish(page, false);
		return ret;
	}
	*out = page;
	return 0;
}

int helper_flag_bad(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret) {
		finish(page, ret != 0);
//		^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return ret;
	}
	*out = page;
	return 0;
}

/* Two helpers deep. */
static void drop_outer(struct page *page)
{
	free_one(page);
}

int two_deep_bad(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		drop_outer(page);
//		^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	*out = page;
	return 0;
}

/* The allocation in a helper, too: what it returns is the object. */
static struct page *helper_alloc(unsigned int order)
{
	return alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
}

int helper_alloc_bad(struct page **out)
{
	struct page *page = helper_alloc(1);

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

/* A helper without effect on the memory does not hide what happened to it. */
static int count_failures(int ret)
{
	static int failures;

	return ret ? ++failures : failures;
}

int unrelated_helper_bad(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret) {
		count_failures(ret);
		__free_page(page);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return ret;
	}
	*out = page;
	return 0;
}

/* A callee outside the file that gets the structure may have made the memory private. */
struct foreign_undo {
	void *buf;
};

int foreign_undo_setup_ok(struct foreign_undo *f)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	f->buf = buf;
	return 0;
}

void foreign_undo_ok(struct foreign_undo *f)
{
	if (example_foreign_unshare(f))
		return;
	free_page((unsigned long)f->buf);
}
