/* rules: unbalanced-transition */
/* Twice the same way, or back without forth. */

int twice_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	return set_memory_decrypted((unsigned long)buf, 1);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unbalanced-transition]
}

/* Another page the second time. */
int once_each_ok(void)
{
	void *tx = (void *)__get_free_page(GFP_KERNEL);
	void *rx = (void *)__get_free_page(GFP_KERNEL);

	if (!tx || !rx)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)tx, 1))
		return -EIO;
	return set_memory_decrypted((unsigned long)rx, 1);
}

/* A retry after a failure is no second time. */
int retry_ok(void *buf)
{
	if (!set_memory_decrypted((unsigned long)buf, 1))
		return 0;
	return set_memory_decrypted((unsigned long)buf, 1);
}

/* Made private on an error path that comes before it was ever shared. */
int never_bad(struct device *dev, void **out)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	int ret;

	if (!buf)
		return -ENOMEM;
	ret = example_start(dev, 0);
	if (ret)
		goto err;
	ret = set_memory_decrypted((unsigned long)buf, 1);
	if (ret)
		return ret;
	*out = buf;
	return 0;
err:
	if (!set_memory_encrypted((unsigned long)buf, 1))
//	     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unbalanced-transition]
		free_page((unsigned long)buf);
	return ret;
}

/* The error path knows which of the two it is. */
int undo_ok(struct device *dev, void **out)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	int ret;

	if (!buf)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)buf, 1);
	if (ret)
		goto undo;
	ret = example_start(dev, 0);
	if (ret)
		goto undo;
	*out = buf;
	return 0;
undo:
	if (!set_memory_encrypted((unsigned long)buf, 1))
		free_page((unsigned long)buf);
	return ret;
}

/* A parameter may be in any state: its owner knows. */
int parameter_ok(void *buf)
{
	return set_memory_encrypted((unsigned long)buf, 1);
}
