/* Both arms of `#if` are code. What holds in one arm only is a warning at most. */

#define EXAMPLE_PAGES 4

/* Wrong in one configuration. */
int arm_frees_bad(struct page **out)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), EXAMPLE_PAGES)) {
#ifdef CONFIG_EXAMPLE_REUSE
		__free_pages(page, 2);
//		^^^^^^^^^^^^^^^^^^^^^ warning[free-after-failed-transition]
#endif
		return -EIO;
	}
	*out = page;
	return 0;
}

/* Right in both: in one the page is made private first, in the other it is never shared. */
int arm_shares_ok(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	if (!page)
		return -ENOMEM;
#ifdef CONFIG_EXAMPLE_SHARED
	if (set_memory_decrypted((unsigned long)page_address(page), EXAMPLE_PAGES))
		return -EIO;
#endif
	example_use(page_address(page));
#ifdef CONFIG_EXAMPLE_SHARED
	if (set_memory_encrypted((unsigned long)page_address(page), EXAMPLE_PAGES))
		return -EIO;
#endif
	__free_pages(page, 2);
	return 0;
}

/* The two arms belong to different options. */
int arm_other_option_bad(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	if (!page)
		return -ENOMEM;
#ifdef CONFIG_EXAMPLE_SHARED
	if (set_memory_decrypted((unsigned long)page_address(page), EXAMPLE_PAGES))
		return -EIO;
#endif
	example_use(page_address(page));
#ifdef CONFIG_EXAMPLE_PRIVATE
	if (set_memory_encrypted((unsigned long)page_address(page), EXAMPLE_PAGES))
		return -EIO;
#endif
	__free_pages(page, 2);
//	^^^^^^^^^^^^^^^^^^^^^ warning[free-while-shared]
	return 0;
}

/* IS_ENABLED() and #ifdef are one question. */
int is_enabled_ok(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	if (!page)
		return -ENOMEM;
	if (IS_ENABLED(CONFIG_EXAMPLE_SHARED) &&
	    set_memory_decrypted((unsigned long)page_address(page), EXAMPLE_PAGES))
		return -EIO;
	example_use(page_address(page));
#ifdef CONFIG_EXAMPLE_SHARED
	if (set_memory_encrypted((unsigned long)page_address(page), EXAMPLE_PAGES))
		return -EIO;
#endif
	__free_pages(page, 2);
	return 0;
}

/* The else arm is code, too. */
int else_arm_bad(void *buf)
{
#ifdef CONFIG_EXAMPLE_CHECKED
	if (set_memory_encrypted((unsigned long)buf, EXAMPLE_PAGES))
		return -EIO;
#else
	set_memory_encrypted((unsigned long)buf, EXAMPLE_PAGES);
#endif
	free_pages((unsigned long)buf, 2);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[free-after-failed-transition]
	return 0;
}

/* A label inside an arm is reached by goto with that option set. */
int label_in_arm_bad(unsigned int order, void **out)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);
	void *va;

	if (!page)
		return -ENOMEM;
#ifdef CONFIG_DMA_DIRECT_REMAP
	va = example_remap(page, order);
	if (!va)
		goto free_page;
#else
	va = page_to_virt(page);
#endif
	if (set_memory_decrypted((unsigned long)page_to_virt(page), 1 << order))
		goto remove_mapping;
	*out = va;
	return 0;
remove_mapping:
#ifdef CONFIG_DMA_DIRECT_REMAP
	example_unmap(va);
free_page:
	__free_pages(page, order);
//	^^^^^^^^^^^^^^^^^^^^^^^^^ warning[free-after-failed-transition]
#endif
	return -EIO;
}

/* Conditions with &&: the arm needs both. */
int both_options_bad(void *buf)
{
#if defined(CONFIG_EXAMPLE_A) && defined(CONFIG_EXAMPLE_B)
	set_memory_encrypted((unsigned long)buf, EXAMPLE_PAGES);
	free_pages((unsigned long)buf, 2);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[free-after-failed-transition]
#endif
	return 0;
}

/* Dead code: no configuration has it. */
void if_zero_ok(void *buf)
{
#if 0
	set_memory_encrypted((unsigned long)buf, EXAMPLE_PAGES);
	free_pages((unsigned long)buf, 2);
#endif
}
