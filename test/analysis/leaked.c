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
