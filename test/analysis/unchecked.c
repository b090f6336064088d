/*
 * Results that nobody looks at. A finding needs three things: the result decides nothing, a failure leaves
 * memory that the caller can reach in a wrong state, and nothing else tells the caller.
 */

/* The caller gets a page that may still be private, and cannot know. */
struct page *dropped_bad(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	set_memory_decrypted((unsigned long)page_address(page), 1);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
	return page;
}

struct page *dropped_ok(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
	return page;
}

/* A message in the log is read by people, not by the caller. */
void *only_printed_bad(void)
{
	void *buf = alloc_pages_exact(SZ_64K, GFP_KERNEL);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, SZ_64K >> PAGE_SHIFT))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
		pr_err("example: cannot share the buffer\n");
	return buf;
}

/* The same with the result in a variable. */
void *only_printed_variable_bad(struct device *dev)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	int ret;

	if (!buf)
		return NULL;
	ret = set_memory_decrypted((unsigned long)buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
	if (ret)
		dev_err(dev, "cannot share the buffer: %d\n", ret);
	return buf;
}

/* Printed, and returned: the caller knows. */
int printed_and_returned_ok(struct device *dev, void *buf)
{
	int ret = set_memory_decrypted((unsigned long)buf, 1);

	if (ret)
		dev_err(dev, "cannot share the buffer: %d\n", ret);
	return ret;
}

/* WARN_ON() as a statement decides nothing either. */
void warn_statement_bad(void *buf)
{
	WARN_ON(set_memory_decrypted((unsigned long)buf, 1));
//	        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
}

/* A cast to void is an intention, not a check. */
void void_cast_bad(void *buf)
{
	(void)set_memory_encrypted((unsigned long)buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
}

/* Overwritten before anybody reads it. */
int overwritten_bad(void *first, void *second)
{
	int ret;

	ret = set_memory_decrypted((unsigned long)first, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
	ret = set_memory_decrypted((unsigned long)second, 1);
	return ret;
}

/* Collected: either failure makes the sum non-zero. */
int collected_ok(void *first, void *second)
{
	int ret;

	ret = set_memory_decrypted((unsigned long)first, 1);
	ret |= set_memory_decrypted((unsigned long)second, 1);
	return ret;
}

/* The first of two is collected, the second is not. */
int second_dropped_bad(void *first, void *second)
{
	int ret;

	ret = set_memory_decrypted((unsigned long)first, 1);
	set_memory_decrypted((unsigned long)second, 1);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
	return ret;
}

struct told {
	void *buf;
	bool shared;
	int error;
};

/* Told through a field that the caller can read. */
void field_tells_ok(struct told *told)
{
	told->error = set_memory_decrypted((unsigned long)told->buf, 1);
}

/* The flag is set on the succeeding path only, so it tells. */
void flag_tells_ok(struct told *told)
{
	told->shared = false;
	if (set_memory_decrypted((unsigned long)told->buf, 1))
		return;
	told->shared = true;
}

/* Told through an out parameter. */
void out_parameter_ok(void *buf, int *error)
{
	*error = set_memory_decrypted((unsigned long)buf, 1);
}

/* Nobody goes on after panic(). */
void panic_ok(void *buf)
{
	if (set_memory_decrypted((unsigned long)buf, 1))
		panic("example: cannot share the buffer\n");
}

void bug_on_ok(void *buf)
{
	int ret = set_memory_decrypted((unsigned long)buf, 1);

	BUG_ON(ret);
}

/* The memory is lost with the function: no caller can reach it, and it never returns to the allocator. */
int dropped_then_lost_ok(struct page *page)
{
	if (set_memory_encrypted((unsigned long)page_address(page), 1)) {
		pr_warn("example: leaking a page\n");
		return 0;
	}
	__free_page(page);
	return 0;
}

/* No build has both arms. */
int arms_ok(void *buf)
{
	int ret;

#ifdef CONFIG_EXAMPLE
	ret = set_memory_decrypted((unsigned long)buf, 1);
#else
	ret = 0;
#endif
	return ret;
}

int three_arms_ok(void *buf)
{
	int ret;

#ifdef CONFIG_EXAMPLE
	ret = set_memory_decrypted((unsigned long)buf, 1);
#elif defined(CONFIG_EXAMPLE_TWO)
	ret = set_memory_decrypted((unsigned long)buf, 2);
#else
	ret = -EOPNOTSUPP;
#endif
	return ret;
}

/* A build without the second has the first alone. */
int arm_behind(void *buf)
{
	int ret;

	ret = set_memory_decrypted((unsigned long)buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
#ifdef CONFIG_EXAMPLE
	ret = 0;
#endif
	return ret;
}
