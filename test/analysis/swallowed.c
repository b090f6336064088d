/* rules: failure-swallowed */
/* A failure that no caller can tell from success. */

/* Handled by a jump, but the result of the function is success. */
int returns_zero_bad(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 1);

	if (ret)
		goto out;
	example_use(buf);
out:
	return 0;
//	^^^^^^^^^ warning[failure-swallowed]
}

int returns_result_ok(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 1);

	if (ret)
		goto out;
	example_use(buf);
out:
	return ret;
}

struct swallowed_flag {
	void *buf;
	bool shared;
};

/*
 * Refused (nothing happened) and failed (anything may have happened) leave the same result and the same flag:
 * who sees both cannot know whether the memory may be freed.
 */
int flag_says_nothing_bad(struct swallowed_flag *f, struct device *dev)
{
	if (example_start(dev, 0)) {
		f->shared = false;
		return -EIO;
	}
	f->shared = true;
	if (set_memory_decrypted((unsigned long)f->buf, 1)) {
		f->shared = false;
		return -EIO;
//		^^^^^^^^^^^^ warning[failure-swallowed]
	}
	return 0;
}

int flag_says_it_ok(struct swallowed_flag *f, bool allowed)
{
	if (!allowed) {
		f->shared = false;
		return -EIO;
	}
	f->shared = true;
	if (set_memory_decrypted((unsigned long)f->buf, 1))
		return -EIO;
	return 0;
}

/* `ret` still holds the success of the step before when the allocation fails. */
int stale_result_bad(void **tx, void **rx)
{
	int ret = -ENOMEM;

	*tx = (void *)__get_free_page(GFP_KERNEL);
	if (!*tx)
		goto err;
	ret = set_memory_decrypted((unsigned long)*tx, 1);
	if (ret)
		goto err;
	*rx = (void *)__get_free_page(GFP_KERNEL);
	if (!*rx)
		goto err;
	return 0;
err:
	return ret;
//	^^^^^^^^^^^ warning[failure-swallowed]
}

int fresh_result_ok(void **tx, void **rx)
{
	int ret = -ENOMEM;

	*tx = (void *)__get_free_page(GFP_KERNEL);
	if (!*tx)
		goto err;
	ret = set_memory_decrypted((unsigned long)*tx, 1);
	if (ret)
		goto err;
	ret = -ENOMEM;
	*rx = (void *)__get_free_page(GFP_KERNEL);
	if (!*rx)
		goto err;
	return 0;
err:
	return ret;
}

/* Stale from the pass before: only the second CPU can fail so. */
int stale_in_loop_bad(void **va)
{
	int cpu, ret = -ENOMEM;

	for_each_present_cpu(cpu) {
		va[cpu] = (void *)__get_free_page(GFP_KERNEL);
		if (!va[cpu])
			goto err;
		ret = set_memory_decrypted((unsigned long)va[cpu], 1);
		if (ret)
			goto err;
	}
	return 0;
err:
	return ret;
//	^^^^^^^^^^^ warning[failure-swallowed]
}

/* Not having the feature is no failure. */
int not_needed_ok(void *buf)
{
	if (!cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		return 0;
	return set_memory_decrypted((unsigned long)buf, 1);
}
