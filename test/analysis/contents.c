/* rules: stale-contents */
/* The contents of memory do not survive a transition on every platform. */

struct header {
	u32 magic;
	u32 length;
};

/* Written before, read after: but what an expression reads of a field is not looked at. */
int FN_field_read(struct header **out)
{
	struct header *h = (void *)__get_free_page(GFP_KERNEL);

	if (!h)
		return -ENOMEM;
	memset(h, 0, PAGE_SIZE);
	if (set_memory_decrypted((unsigned long)h, 1))
		return -EIO;
	if (h->magic)
		return -EINVAL;
	*out = h;
	return 0;
}

int filled_after_ok(struct header **out)
{
	struct header *h = (void *)__get_free_page(GFP_KERNEL);

	if (!h)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)h, 1))
		return -EIO;
	memset(h, 0, PAGE_SIZE);
	if (h->magic)
		return -EINVAL;
	*out = h;
	return 0;
}

/* Read after it was made private: what the host wrote is gone. */
int read_after_private_bad(void *shared, void *answer, size_t len)
{
	int ret = set_memory_encrypted((unsigned long)shared, 1);

	if (ret)
		return ret;
	memcpy(answer, shared, len);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[stale-contents]
	return 0;
}

int read_before_private_ok(void *shared, void *answer, size_t len)
{
	memcpy(answer, shared, len);
	return set_memory_encrypted((unsigned long)shared, 1);
}

/* The same with an element. */
int FN_element_read(u32 *first)
{
	u32 *buf = (void *)get_zeroed_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	*first = buf[0];
	return 0;
}

/* Written afterwards, then read. */
int rewritten_ok(void *shared, void *src, void *dst, size_t len)
{
	int ret = set_memory_encrypted((unsigned long)shared, 1);

	if (ret)
		return ret;
	memcpy(shared, src, len);
	memcpy(dst, shared, len);
	return 0;
}
