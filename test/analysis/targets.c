/* Calls through pointers reach the functions that the file puts there. */

struct tgt_ops {
	int (*share)(void *p, int n);
	int (*unshare)(void *p, int n);
	void (*note)(void *p);
};

struct tgt_dev {
	const struct tgt_ops *ops;
	void *buf;
};

static int tgt_share(void *p, int n)
{
	return set_memory_decrypted((unsigned long)p, n);
}

static int tgt_unshare(void *p, int n)
{
	return set_memory_encrypted((unsigned long)p, n);
}

static const struct tgt_ops tgt_ops = {
	.share = tgt_share,
	.unshare = tgt_unshare,
};

/* The failing call is a transition. */
int ops_share_bad(struct tgt_dev *dev)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (dev->ops->share(buf, 1)) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	dev->buf = buf;
	return 0;
}

int ops_share_ok(struct tgt_dev *dev)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (dev->ops->share(buf, 1))
		return -EIO;
	dev->buf = buf;
	return 0;
}

/* Through the table itself. */
int table_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (tgt_ops.share(buf, 1))
		return -EIO;
	free_page((unsigned long)buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

int table_ok(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (tgt_ops.share(buf, 1))
		return -EIO;
	if (tgt_ops.unshare(buf, 1))
		return -EIO;
	free_page((unsigned long)buf);
	return 0;
}

/* Assigned, not initialised, into a structure within one. */
struct tgt_platform {
	struct {
		int (*convert)(void *p, int n);
	} guest;
	void (*other)(void);
};

static struct tgt_platform tgt_platform;

static int tgt_convert(void *p, int n)
{
	return set_memory_encrypted((unsigned long)p, n);
}

void tgt_setup_ok(void)
{
	tgt_platform.guest.convert = tgt_convert;
}

void assigned_bad(void *buf)
{
	tgt_platform.guest.convert(buf, 1);
	free_page((unsigned long)buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

void assigned_ok(void *buf)
{
	if (!tgt_platform.guest.convert(buf, 1))
		free_page((unsigned long)buf);
}

/* Without the names of the members, in an array. */
struct tgt_kind {
	const char *name;
	int (*hide)(void *p);
};

static int tgt_hide_one(void *p)
{
	return set_memory_encrypted((unsigned long)p, 1);
}

static int tgt_hide_none(void *p)
{
	return 0;
}

static const struct tgt_kind tgt_kinds[] = {
	{ "one", tgt_hide_one },
	{ "none", tgt_hide_none },
};

void positions_bad(int kind, void *buf)
{
	tgt_kinds[kind].hide(buf);
	free_page((unsigned long)buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

void positions_ok(int kind, void *buf)
{
	if (tgt_kinds[kind].hide(buf))
		return;
	free_page((unsigned long)buf);
}

/* A member of that name in two structures: which one it is has to be known. */
struct tgt_left {
	int (*flip)(void *p);
};

struct tgt_right {
	int (*flip)(void *p);
};

static int tgt_flip_left(void *p)
{
	return set_memory_encrypted((unsigned long)p, 1);
}

static int tgt_flip_right(void *p)
{
	return tgt_look(p);
}

static const struct tgt_left tgt_left = { .flip = tgt_flip_left };
static const struct tgt_right tgt_right = { .flip = tgt_flip_right };

void left_bad(const struct tgt_left *ops, void *buf)
{
	ops->flip(buf);
	free_page((unsigned long)buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

void right_ok(const struct tgt_right *ops, void *buf)
{
	ops->flip(buf);
	free_page((unsigned long)buf);
}

void neither_ok(struct tgt_elsewhere *x, void *buf)
{
	x->ops->flip(buf);
	free_page((unsigned long)buf);
}

/* A variable holds the function on this path. */
int variable_bad(bool fast)
{
	int (*convert)(void *p, int n) = fast ? NULL : NULL;
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	convert = tgt_share;
	if (convert(buf, 1)) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	tgt_keep(buf);
	return 0;
}

int variable_ok(void)
{
	int (*convert)(void *p, int n) = tgt_share;
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (convert(buf, 1))
		return -EIO;
	tgt_keep(buf);
	return 0;
}

/* Around in a circle. */
struct tgt_ring {
	int (*next)(struct tgt_dev *dev);
};

static struct tgt_ring tgt_ring;

static int tgt_round_ok(struct tgt_dev *dev)
{
	if (set_memory_decrypted((unsigned long)dev->buf, 1))
		return -EIO;
	return tgt_ring.next(dev);
}

void tgt_ring_setup_ok(void)
{
	tgt_ring.next = tgt_round_ok;
}

/* What stands in such a member is entered where nothing may sleep. */
static int tgt_map_bad(struct device *dev, struct scatterlist *sg, int nents, int dir, unsigned long attrs)
{
	return set_memory_decrypted((unsigned long)sg_virt(sg), nents);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
}

static void *tgt_alloc_ok(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp, unsigned long attrs)
{
	void *buf = (void *)__get_free_page(gfp);

	if (!buf)
		return NULL;
	if (!gfpflags_allow_blocking(gfp))
		return tgt_from_pool(size);
	if (set_memory_decrypted((unsigned long)buf, 1))
		return NULL;
	return buf;
}

static void *tgt_alloc_bad(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp, unsigned long attrs)
{
	void *buf = (void *)__get_free_page(gfp);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 1))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
		return NULL;
	return buf;
}

/* Made on first use, wherever that is. */
static void *tgt_lazily;

static void tgt_free_ok(struct device *dev, size_t size, void *buf, dma_addr_t handle, unsigned long attrs)
{
	if (tgt_lazily)
		return;
	tgt_lazily = (void *)__get_free_page(GFP_ATOMIC);
	if (tgt_lazily && set_memory_decrypted((unsigned long)tgt_lazily, 1))
		tgt_lazily = NULL;
}

static int tgt_mmap_ok(struct device *dev, void *buf)
{
	return set_memory_decrypted((unsigned long)buf, 1);
}

static const struct dma_map_ops tgt_dma_ops = {
	.alloc = tgt_alloc_bad,
	.map_sg = tgt_map_bad,
	.mmap = tgt_mmap_ok,
};

static const struct dma_map_ops tgt_asking_dma_ops = {
	.alloc = tgt_alloc_ok,
	.free = tgt_free_ok,
};
