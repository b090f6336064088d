/* Ways to write "if it failed". All of these are right, except where the name says otherwise. */

void logical_not_ok(struct page *page)
{
	if (!set_memory_encrypted((unsigned long)page_address(page), 1))
		__free_page(page);
}

void equal_zero_ok(struct page *page)
{
	if (set_memory_encrypted((unsigned long)page_address(page), 1) == 0)
		__free_page(page);
}

void not_equal_zero_ok(struct page *page)
{
	int ret = set_memory_encrypted((unsigned long)page_address(page), 1);

	if (ret != 0)
		return;
	__free_page(page);
}

void unlikely_ok(struct page *page)
{
	if (unlikely(set_memory_encrypted((unsigned long)page_address(page), 1)))
		return;
	__free_page(page);
}

void likely_not_ok(struct page *page)
{
	if (likely(!set_memory_encrypted((unsigned long)page_address(page), 1)))
		__free_page(page);
}

void assigned_in_condition_ok(struct page *page)
{
	int ret;

	if ((ret = set_memory_encrypted((unsigned long)page_address(page), 1))) {
		pr_warn("example: leaking a page: %d\n", ret);
		return;
	}
	__free_page(page);
}

void combined_ok(void *first, void *second)
{
	int ret;

	ret = set_memory_encrypted((unsigned long)first, 1);
	ret |= set_memory_encrypted((unsigned long)second, 1);
	if (ret)
		return;
	free_page((unsigned long)first);
	free_page((unsigned long)second);
}

/* `&=` forgets the first failure if the second succeeds. */
void combined_and_bad(void *first, void *second)
{
	int ret;

	ret = set_memory_encrypted((unsigned long)first, 1);
	ret &= set_memory_encrypted((unsigned long)second, 1);
	if (ret)
		return;
	free_page((unsigned long)first);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	free_page((unsigned long)second);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

/* `&&` frees if either worked. */
void both_must_fail_bad(void *first, void *second)
{
	int a = set_memory_encrypted((unsigned long)first, 1);
	int b = set_memory_encrypted((unsigned long)second, 1);

	if (a && b)
		return;
	free_page((unsigned long)first);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	free_page((unsigned long)second);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

void either_may_fail_ok(void *first, void *second)
{
	int a = set_memory_encrypted((unsigned long)first, 1);
	int b = set_memory_encrypted((unsigned long)second, 1);

	if (a || b)
		return;
	free_page((unsigned long)first);
	free_page((unsigned long)second);
}

/* The second is only tried if the first worked. */
int short_circuit_ok(void *first, void *second)
{
	if (set_memory_encrypted((unsigned long)first, 1) ||
	    set_memory_encrypted((unsigned long)second, 1))
		return -EIO;
	free_page((unsigned long)first);
	free_page((unsigned long)second);
	return 0;
}

void ternary_ok(struct page *page)
{
	struct page *gone = set_memory_encrypted((unsigned long)page_address(page), 1) ? NULL : page;

	if (gone)
		__free_page(gone);
}

/* Positive results of set_memory_*() do not exist in any kernel; the test still lets every failure through. */
void greater_than_bad(struct page *page)
{
	int ret = set_memory_encrypted((unsigned long)page_address(page), 1);

	if (ret > 0)
		return;
	__free_page(page);
//	^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

/* One errno is handled, the others fall through. */
void one_errno_bad(struct page *page)
{
	int ret = set_memory_encrypted((unsigned long)page_address(page), 1);

	if (ret == -ENOMEM)
		return;
	__free_page(page);
//	^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

void switch_ok(struct page *page)
{
	switch (set_memory_encrypted((unsigned long)page_address(page), 1)) {
	case 0:
		__free_page(page);
		break;
	default:
		pr_warn("example: leaking a page\n");
		break;
	}
}

/* The forgotten break frees it after all. */
void switch_fallthrough_bad(struct page *page)
{
	int ret = set_memory_encrypted((unsigned long)page_address(page), 1);

	switch (ret) {
	case -EINVAL:
		pr_warn("example: leaking a page\n");
		fallthrough;
	case 0:
		__free_page(page);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		break;
	default:
		break;
	}
}

/* Tested twice: the same value gives the same answer both times. */
void tested_twice_ok(struct page *page)
{
	int ret = set_memory_encrypted((unsigned long)page_address(page), 1);

	if (ret)
		pr_warn("example: leaking a page\n");
	if (!ret)
		__free_page(page);
}

/* The same unknown condition twice: the page is private exactly when it is freed. */
int same_condition_ok(bool shared)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret = 0;

	if (!page)
		return -ENOMEM;
	if (shared && set_memory_decrypted((unsigned long)page_address(page), 1))
		return -EIO;
	example_use(page_address(page));
	if (shared)
		ret = set_memory_encrypted((unsigned long)page_address(page), 1);
	if (ret)
		return ret;
	__free_page(page);
	return 0;
}

/* Different conditions: shared and not undone is possible. */
int other_condition_bad(bool shared, bool undo)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret = 0;

	if (!page)
		return -ENOMEM;
	if (shared && set_memory_decrypted((unsigned long)page_address(page), 1))
		return -EIO;
	example_use(page_address(page));
	if (undo)
		ret = set_memory_encrypted((unsigned long)page_address(page), 1);
	if (ret)
		return ret;
	__free_page(page);
//	^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

/* BUG() does not return. */
void bug_ok(struct page *page)
{
	if (set_memory_encrypted((unsigned long)page_address(page), 1))
		BUG();
	__free_page(page);
}

/* IS_ERR() of an allocator that answers with an error pointer. */
struct page *is_err_ok(struct device *dev)
{
	void *buf = example_alloc(dev);

	if (IS_ERR(buf))
		return ERR_CAST(buf);
	if (set_memory_decrypted((unsigned long)buf, 1))
		return ERR_PTR(-EIO);
	return virt_to_page(buf);
}
