/* What a helper would hide from a caller that it never has. */

struct area {
	void *buf;
	u32 handle;
	bool shared;
};

/* Undoes what is there only if there is a handle, and says nothing of how that went. */
static int area_open(struct area *a, size_t bytes)
{
	int ret;

	ret = register_area(a, bytes);
	if (ret) {
		if (a->handle && set_memory_encrypted((unsigned long)a->buf, PFN_UP(bytes)))
			pr_warn("still shared\n");
		return ret;
	}
	return 0;
}

/* The struct is new: there is no handle yet. */
int area_new_ok(struct area **out, size_t bytes)
{
	struct area *a = kzalloc(sizeof(*a), GFP_KERNEL);
	int ret;

	if (!a)
		return -ENOMEM;
	ret = area_open(a, bytes);
	if (ret) {
		kfree(a);
		return ret;
	}
	*out = a;
	return 0;
}

/* The same helper for a struct that may have a handle. */
static int area_reopen_bad(struct area *a, size_t bytes)
{
	int ret;

	ret = register_area(a, bytes);
	if (ret) {
		if (a->handle && set_memory_encrypted((unsigned long)a->buf, PFN_UP(bytes)))
			pr_warn("still shared\n");
		return ret;
//		^^^^^^^^^^^ warning[failure-swallowed]
	}
	return 0;
}

int area_again(struct area *a, size_t bytes)
{
	return area_reopen_bad(a, bytes);
}

static int hidden_share(void *vaddr, unsigned int pages)
{
	return set_memory_decrypted((unsigned long)vaddr, pages);
}

/* What it stores beside nobody asks for, and its caller goes this way all the same. */
static struct page *hidden_pages_bad(unsigned int order)
{
	struct page *pages = alloc_pages(GFP_KERNEL, order);

	if (!pages)
		return NULL;
	pages->mapping = NULL;
	hidden_share(page_address(pages), 1 << order);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
	return pages;
}

struct page *hidden_pages(unsigned int order)
{
	return hidden_pages_bad(order);
}
