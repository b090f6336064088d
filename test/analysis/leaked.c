/* rules: unaccounted-leak */
/* Leaked is right, but somebody should be able to find out. A message, a counter or a comment will do. */

struct page *silent_bad(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
//		^^^^^^^^^^^^ hint[unaccounted-leak]
	return page;
}

struct page *told_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		pr_warn("example: leaking a page that cannot be shared\n");
		return NULL;
	}
	return page;
}

/* The house's own way to say that it is meant. */
struct page *commented_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		/* Intentional leak: the host may have the page. */
		return NULL;
	return page;
}

struct page *warned_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	if (WARN_ON_ONCE(set_memory_decrypted((unsigned long)page_address(page), 1)))
		return NULL;
	return page;
}

/* A comment speaks of where it stands: another way out is another matter. */
struct page *other_path_bad(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct page *next;

	if (!page)
		return NULL;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		/* Intentional leak: the host may have the page. */
		return NULL;
	}
	next = alloc_page(GFP_KERNEL);
	if (!next)
		return page;
	if (set_memory_decrypted((unsigned long)page_address(next), 1))
		return page;
//		^^^^^^^^^^^^ hint[unaccounted-leak]
	link(page, next);
	return page;
}

/* So it is where ways that are alike end in the same place. */
int same_end_bad(struct foo *foo)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (foo->quick) {
		if (ret)
			goto out;	/* leaked */
	} else {
		if (ret)
			goto out;
	}
	foo->page = page;
out:
	return ret;
//	^^^^^^^^^^^ hint[unaccounted-leak]
}

/* Memory that was told of stays told of, whatever is converted next. */
int both_ok(struct foo *foo)
{
	struct page *one = alloc_page(GFP_KERNEL);
	struct page *two = alloc_page(GFP_KERNEL);

	if (!one || !two)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(one), 1)) {
		/* Leak it. */
	} else {
		foo->one = one;
	}
	if (set_memory_decrypted((unsigned long)page_address(two), 1))
		pr_warn("example: leaking a page that cannot be shared\n");
	else
		foo->two = two;
	return 0;
}

/* What is said before a transition holds for the lines up to an empty one. */
int above_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long addr;
	int ret;

	if (!page)
		return -ENOMEM;

	/* Leaked if it fails. */
	addr = (unsigned long)page_address(page);
	ret = set_memory_decrypted(addr, 1);
	if (ret)
		return ret;

	keep(page);
	return 0;
}

int above_bad(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return -ENOMEM;

	/* The caller must not leak the page. */
	prepare(1);

	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret)
		return ret;
//		^^^^^^^^^^^ hint[unaccounted-leak]
	keep(page);
	return 0;
}

int head_ok(void)
{
	/* Pages that cannot be shared are leaked. */
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return -EIO;
	keep(page);
	return 0;
}

int variable_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	bool lost = true;	/* leak the page */

	if (!page)
		return -ENOMEM;
	if (!set_memory_decrypted((unsigned long)page_address(page), 1))
		lost = false;
	if (!lost)
		keep(page);
	return 0;
}

int choice_ok(int way)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	switch (set_memory_decrypted((unsigned long)page_address(page), 1)) {
	case 0:
		keep(page);
		break;
	default:
		/* leak */
		break;
	}
	return 0;
}

int beside_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (!set_memory_decrypted((unsigned long)page_address(page), 1))	/* else leak it */
		keep(page);
	return 0;
}
