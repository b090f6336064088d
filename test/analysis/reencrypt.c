/* The way back: memory that was shared is made private before it is freed, and only freed if that worked. */

void unchecked_bad(void *buf)
{
	set_memory_encrypted((unsigned long)buf, 2); // step 1: set_memory_encrypted() != 0: state unknown
	free_pages((unsigned long)buf, 1); // step 2: free_pages(): back to the allocator
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

void checked_ok(void *buf)
{
	if (!set_memory_encrypted((unsigned long)buf, 2))
		free_pages((unsigned long)buf, 1);
}

/* Early return on failure. */
void early_return_ok(void *buf)
{
	if (set_memory_encrypted((unsigned long)buf, 2)) {
		pr_err("example: cannot make the buffer private, leaking it\n");
		return;
	}
	free_pages((unsigned long)buf, 1);
}

/* The message stays, the return is forgotten. */
void warn_and_go_on_bad(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 2);

	if (ret)
		pr_err("example: cannot make the buffer private: %d\n", ret);
	free_pages((unsigned long)buf, 1);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

/* WARN_ON_ONCE() is a condition here. */
void warn_condition_ok(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 2);

	if (WARN_ON_ONCE(ret))
		return;
	free_pages((unsigned long)buf, 1);
}

/* ... and a statement here. */
void warn_once_statement_bad(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 2);

	WARN_ONCE(ret, "example: cannot make the buffer private\n");
	free_pages((unsigned long)buf, 1);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

/* WARN_ONCE() prints, the return after it decides. */
void warn_then_return_ok(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 2);

	if (ret) {
		WARN_ONCE(1, "example: cannot make the buffer private (leak it)\n");
		return;
	}
	free_pages((unsigned long)buf, 1);
}

/* Inverted: freed exactly when it failed. */
void inverted_bad(void *buf)
{
	if (set_memory_encrypted((unsigned long)buf, 2))
		free_pages((unsigned long)buf, 1);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

/* Freed in the branch of the failure, and after it. */
void both_branches_bad(void *buf)
{
	if (set_memory_encrypted((unsigned long)buf, 2)) {
		pr_err("example: cannot make the buffer private\n");
		free_pages((unsigned long)buf, 1);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return;
	}
	free_pages((unsigned long)buf, 1);
}

/* Freed before it is made private: the order matters, not only the presence. */
int order_swapped_bad(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 1);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 2))
		return -EIO;
	example_use(buf);
	free_pages((unsigned long)buf, 1);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

/* The whole life of a buffer in one function. */
int whole_life_ok(void)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 1);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 2))
		return -EIO;
	example_use(buf);
	if (set_memory_encrypted((unsigned long)buf, 2))
		return -EIO;
	free_pages((unsigned long)buf, 1);
	return 0;
}

/* Made private on one path only. */
int one_path_bad(bool undo)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 1);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 2))
		return -EIO;
	if (undo && set_memory_encrypted((unsigned long)buf, 2))
		return -EIO;
	free_pages((unsigned long)buf, 1);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

/* Of two buffers only one is made private. */
int one_of_two_bad(void)
{
	void *tx = (void *)__get_free_page(GFP_KERNEL);
	void *rx = (void *)__get_free_page(GFP_KERNEL);

	if (!tx || !rx)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)tx, 1))
		return -EIO;
	if (set_memory_decrypted((unsigned long)rx, 1))
		return -EIO;
	example_use(tx);
	example_use(rx);
	if (set_memory_encrypted((unsigned long)tx, 1))
		return -EIO;
	free_page((unsigned long)tx);
	free_page((unsigned long)rx);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

/* The result in a bool. */
void bool_result_ok(struct page *page)
{
	bool failed = set_memory_encrypted((unsigned long)page_address(page), 1);

	if (failed)
		return;
	__free_page(page);
}

/* The bool is tested the wrong way round. */
void bool_result_bad(struct page *page)
{
	bool ok = set_memory_encrypted((unsigned long)page_address(page), 1);

	if (ok)
		__free_page(page);
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

/* A successful retry is a success. */
void retry_once_ok(struct page *page)
{
	unsigned long va = (unsigned long)page_address(page);

	if (set_memory_encrypted(va, 1) && set_memory_encrypted(va, 1))
		return;
	__free_page(page);
}
