/* A flag beside the pointer says whether the memory may be freed. The flag has to be right on every path. */

struct tracked {
	void *buffer;
	u32 handle;
	bool decrypted;
};

/* The flag goes up before the transition and stays up if it fails: nobody frees the memory then. */
int tracked_map_ok(struct tracked *t, void *buffer, size_t size)
{
	int ret;

	t->decrypted = true;
	ret = set_memory_decrypted((unsigned long)buffer, PFN_UP(size));
	if (ret)
		return ret;
	t->buffer = buffer;
	return 0;
}

/* It comes down only with success. */
int tracked_unmap_ok(struct tracked *t, size_t size)
{
	int ret = set_memory_encrypted((unsigned long)t->buffer, PFN_UP(size));

	t->decrypted = ret;
	return ret;
}

struct dev_guarded {
	void *buf;
	struct tracked map;
};

int dev_guarded_open_ok(struct dev_guarded **out)
{
	struct dev_guarded *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return -ENOMEM;
	*out = dev;
	dev->buf = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 3);
	if (!dev->buf)
		return -ENOMEM;
	return tracked_map_ok(&dev->map, dev->buf, PAGE_SIZE << 3);
}

/* Freed only if the flag is down: right after success and after every failure. */
void dev_guarded_close_ok(struct dev_guarded *dev)
{
	if (dev->map.buffer)
		tracked_unmap_ok(&dev->map, PAGE_SIZE << 3);
	if (!dev->map.decrypted)
		free_pages((unsigned long)dev->buf, 3);
}

struct dev_unguarded {
	void *buf;
	struct tracked map;
};

int dev_unguarded_open_ok(struct dev_unguarded **out)
{
	struct dev_unguarded *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return -ENOMEM;
	*out = dev;
	dev->buf = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 3);
	if (!dev->buf)
		return -ENOMEM;
	return tracked_map_ok(&dev->map, dev->buf, PAGE_SIZE << 3);
}

/* The same without the test of the flag. */
void dev_unguarded_close_bad(struct dev_unguarded *dev)
{
	if (dev->map.buffer)
		tracked_unmap_ok(&dev->map, PAGE_SIZE << 3);
	free_pages((unsigned long)dev->buf, 3);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

struct cleared_flag {
	void *buf;
	bool shared;
};

/* The flag is cleared on the failing path, so the test below lets memory of unknown state through. */
int cleared_flag_share_bad(struct cleared_flag *f)
{
	f->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!f->buf)
		return -ENOMEM;
	f->shared = true;
	if (set_memory_decrypted((unsigned long)f->buf, 1)) {
		f->shared = false;
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	return 0;
}

void cleared_flag_release_ok(struct cleared_flag *f)
{
	if (f->shared && !set_memory_encrypted((unsigned long)f->buf, 1))
		f->shared = false;
	if (!f->shared)
		free_page((unsigned long)f->buf);
}

struct constant_flag {
	void *buf;
	bool shared;
};

int constant_flag_share_ok(struct constant_flag *f)
{
	f->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!f->buf)
		return -ENOMEM;
	f->shared = true;
	return set_memory_decrypted((unsigned long)f->buf, 1);
}

/* The outcome is not recorded: the flag says private, whatever happened. */
void constant_flag_release_bad(struct constant_flag *f)
{
	if (f->shared) {
		set_memory_encrypted((unsigned long)f->buf, 1);
		f->shared = false;
//		^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	}
	if (!f->shared)
		free_page((unsigned long)f->buf);
}

struct inverted_flag {
	void *buf;
	bool is_private;
};

int inverted_flag_share_ok(struct inverted_flag *f)
{
	f->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!f->buf)
		return -ENOMEM;
	f->is_private = false;
	return set_memory_decrypted((unsigned long)f->buf, 1);
}

/* `!ret` is the truth about a flag that means private. */
void inverted_flag_release_ok(struct inverted_flag *f)
{
	int ret = set_memory_encrypted((unsigned long)f->buf, 1);

	f->is_private = !ret;
	if (f->is_private)
		free_page((unsigned long)f->buf);
}

#define BUF_SHARED	0x1
#define BUF_BUSY	0x2

struct bit_flag {
	void *buf;
	unsigned long flags;
};

/* One bit of a word. */
int bit_flag_share_ok(struct bit_flag *f)
{
	f->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!f->buf)
		return -ENOMEM;
	f->flags |= BUF_SHARED;
	return set_memory_decrypted((unsigned long)f->buf, 1);
}

void bit_flag_release_ok(struct bit_flag *f)
{
	if ((f->flags & BUF_SHARED) && !set_memory_encrypted((unsigned long)f->buf, 1))
		f->flags &= ~BUF_SHARED;
	if (!(f->flags & BUF_SHARED))
		free_page((unsigned long)f->buf);
}

struct wrong_bit {
	void *buf;
	unsigned long flags;
};

int wrong_bit_share_ok(struct wrong_bit *f)
{
	f->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!f->buf)
		return -ENOMEM;
	f->flags |= BUF_SHARED;
	return set_memory_decrypted((unsigned long)f->buf, 1);
}

/* Another bit of the same word says nothing about the memory. */
void wrong_bit_release_bad(struct wrong_bit *f)
{
	if (!(f->flags & BUF_BUSY))
		free_page((unsigned long)f->buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}
