/* What the analysis gets wrong today, with the reason. A change here is news. */

/* A callee outside the file may free what it is given; it is taken to change nothing. */
int FN_foreign_free(struct page **out)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		example_foreign_release(page);
		return -EIO;
	}
	*out = page;
	return 0;
}

struct foreign_flag {
	void *buf;
};

int foreign_setup_ok(struct foreign_flag *f)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	f->buf = buf;
	return 0;
}

/* A callee outside the file that nobody asks is taken to change nothing. */
void foreign_touch_bad(struct foreign_flag *f)
{
	example_foreign_touch(f);
	free_page((unsigned long)f->buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

static int wrong_convert(void *p)
{
	return set_memory_encrypted((unsigned long)p, 1);
}

static void wrong_run(int (*convert)(void *p), void *p)
{
	convert(p);
}

/* A function that is passed on is not called where it is received. */
void FN_passed_on(void *buf)
{
	wrong_run(wrong_convert, buf);
	free_page((unsigned long)buf);
}

#define wrong_share(p) do { \
	if (set_memory_decrypted((unsigned long)(p), 1)) \
		return; \
} while (0)

/* A macro that leaves its user's function is a call of something unknown. */
void FN_leaving_macro(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return;
	wrong_share(buf);
	free_page((unsigned long)buf);
}
