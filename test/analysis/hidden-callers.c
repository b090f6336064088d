/* What a helper would hide from a caller that it never has. */

struct area {
	void *buf;
	u32 handle;
	bool shared;
};

/* Undoes what is there only if there is a handle, and says nothing of how that went. */
static int area_open(struct area *a, size_t bytes)
{
	int ret;

	ret = register_area(a, bytes);
	if (ret) {
		if (a->handle && set_memory_encrypted((unsigned long)a->buf, PFN_UP(bytes)))
			pr_warn("still shared\n");
		return ret;
	}
	return 0;
}

/* The struct is new: there is no handle yet. */
int area_new_ok(struct area **out, size_t bytes)
{
	struct area *a = kzalloc(sizeof(*a), GFP_KERNEL);
	int ret;

	if (!a)
		return -ENOMEM;
	ret = area_open(a, bytes);
	if (ret) {
		kfree(a);
		return ret;
	}
	*out = a;
	return 0;
}

/* The same helper for a struct that may have a handle. */
static int area_reopen_bad(struct area *a, size_t bytes)
{
	int ret;

	ret = register_area(a, bytes);
	if (ret) {
		if (a->handle && set_memory_encrypted((unsigned long)a->buf, PFN_UP(bytes)))
			pr_warn("still shared\n");
		return ret;
//		^^^^^^^^^^^ warning[failure-swallowed]
	}
	return 0;
}

int area_again(struct area *a, size_t bytes)
{
	return area_reopen_bad(a, bytes);
}
