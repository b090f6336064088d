/* Things that happen at the end of a scope. */

/* __free(kfree) frees the control structure, not the page. */
struct scope_control {
	struct page *page;
};

int cleanup_other_ok(void)
{
	struct scope_control *c __free(kfree) = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	c->page = alloc_page(GFP_KERNEL);
	if (!c->page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(c->page), 1))
		return -EIO;
	return example_register(NULL, c->page);
}

/* __free(kfree) frees the memory that was converted, on every return. */
int cleanup_same_bad(void)
{
	void *buf __free(kfree) = kmalloc(PAGE_SIZE, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
//		^^^^^^^^^^^^ error[free-after-failed-transition]
	if (set_memory_encrypted((unsigned long)buf, 1)) {
		example_keep(no_free_ptr(buf));
		return -EIO;
	}
	return 0;
}

/* no_free_ptr() takes it out of the scope's hands before the transition can fail. */
void *cleanup_taken_ok(void)
{
	void *buf __free(kfree) = kmalloc(PAGE_SIZE, GFP_KERNEL);
	void *keep;

	if (!buf)
		return NULL;
	keep = no_free_ptr(buf);
	if (set_memory_decrypted((unsigned long)keep, 1))
		return NULL;
	return keep;
}

/* An inner scope has its own variable. */
int inner_variable_ok(struct page *page)
{
	int ret = set_memory_encrypted((unsigned long)page_address(page), 1);

	if (ret)
		return ret;
	{
		int ret = example_start(NULL, 0);

		if (ret)
			return ret;
	}
	__free_page(page);
	return 0;
}

/* The inner `ret` shadows the one that is tested. */
int shadowed_result_bad(struct page *page, bool shared)
{
	int ret = 0;

	if (shared) {
		int ret;

		ret = set_memory_encrypted((unsigned long)page_address(page), 1);
	}
	if (ret)
		return ret;
	__free_page(page);
//	^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return 0;
}

/* A statement expression yields the result. */
int statement_expression_ok(struct page *page)
{
	int ret = ({
		unsigned long va = (unsigned long)page_address(page);

		set_memory_encrypted(va, 1);
	});

	if (ret)
		return ret;
	__free_page(page);
	return 0;
}

/* do { } while (0) is one pass. */
int once_loop_ok(struct page *page)
{
	int ret;

	do {
		ret = set_memory_encrypted((unsigned long)page_address(page), 1);
		if (ret)
			break;
		__free_page(page);
	} while (0);
	return ret;
}

/* The comma operator yields its right side. */
int comma_ok(struct page *page)
{
	int ret;

	if (ret = set_memory_encrypted((unsigned long)page_address(page), 1), ret)
		return ret;
	__free_page(page);
	return 0;
}
