/* Made in one function, undone in another: what the memory is lives in a field or a global between the calls. */

struct plain_ring {
	void *buf;
};

int plain_setup_ok(struct plain_ring *ring)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 2);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 4))
		return -EIO;
	ring->buf = buf;
	return 0;
}

/* Shared since setup, and nobody makes it private. */
void plain_teardown_bad(struct plain_ring *ring)
{
	free_pages((unsigned long)ring->buf, 2);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	ring->buf = NULL;
}

struct checked_ring {
	void *buf;
};

int checked_setup_ok(struct checked_ring *ring)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 2);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 4))
		return -EIO;
	ring->buf = buf;
	return 0;
}

void checked_teardown_ok(struct checked_ring *ring)
{
	if (!ring->buf)
		return;
	if (!set_memory_encrypted((unsigned long)ring->buf, 4))
		free_pages((unsigned long)ring->buf, 2);
	ring->buf = NULL;
}

struct early_ring {
	void *buf;
};

/* The field is set before the transition and keeps memory whose state nobody knows ... */
int early_setup_ok(struct early_ring *ring)
{
	ring->buf = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!ring->buf)
		return -ENOMEM;
	return set_memory_decrypted((unsigned long)ring->buf, 4);
}

/* ... so a teardown that only frees is wrong after success and after failure. One finding. */
void early_teardown_bad(struct early_ring *ring)
{
	if (ring->buf)
		free_pages((unsigned long)ring->buf, 2);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

struct cleared_ring {
	void *buf;
};

/* On failure the field is cleared: the memory is leaked, the teardown sees NULL. */
int cleared_setup_ok(struct cleared_ring *ring)
{
	ring->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!ring->buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)ring->buf, 1)) {
		ring->buf = NULL;
		return -EIO;
	}
	return 0;
}

/* On failure the field is cleared here, too; free_page(0) does nothing. */
void cleared_teardown_ok(struct cleared_ring *ring)
{
	if (ring->buf && set_memory_encrypted((unsigned long)ring->buf, 1))
		ring->buf = NULL;
	free_page((unsigned long)ring->buf);
}

struct kept_ring {
	void *buf;
};

int kept_setup_ok(struct kept_ring *ring)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	ring->buf = buf;
	return 0;
}

/* The line that clears the field is missing. */
void kept_teardown_bad(struct kept_ring *ring)
{
	if (ring->buf && set_memory_encrypted((unsigned long)ring->buf, 1))
		pr_warn("example: leaking a page\n");
	free_page((unsigned long)ring->buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

/* A global instead of a field. */
static void *global_page;

int global_init_ok(void)
{
	global_page = (void *)__get_free_page(GFP_KERNEL);
	if (!global_page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)global_page, 1)) {
		global_page = NULL;
		return -EIO;
	}
	return 0;
}

void global_exit_bad(void)
{
	free_page((unsigned long)global_page);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

static void *guarded_page;
static bool guarded_page_shared;

/* A global and its flag. */
int guarded_init_ok(void)
{
	guarded_page = (void *)__get_free_page(GFP_KERNEL);
	if (!guarded_page)
		return -ENOMEM;
	guarded_page_shared = true;
	if (set_memory_decrypted((unsigned long)guarded_page, 1))
		return -EIO;
	return 0;
}

void guarded_exit_ok(void)
{
	if (guarded_page_shared &&
	    !set_memory_encrypted((unsigned long)guarded_page, 1))
		guarded_page_shared = false;
	if (!guarded_page_shared)
		free_page((unsigned long)guarded_page);
	guarded_page = NULL;
}

struct optional_ring {
	void *buf;
};

/* Converted only in a confidential guest, and undone only there: the same predicate both times. */
int optional_setup_ok(struct optional_ring *ring)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT) &&
	    set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	ring->buf = buf;
	return 0;
}

void optional_teardown_ok(struct optional_ring *ring)
{
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT) &&
	    set_memory_encrypted((unsigned long)ring->buf, 1))
		return;
	free_page((unsigned long)ring->buf);
}

struct two_bufs {
	void *tx;
	void *rx;
};

/* Two fields with the same life; the teardown forgets one of them. */
int two_setup_ok(struct two_bufs *bufs)
{
	void *tx = (void *)__get_free_page(GFP_KERNEL);
	void *rx = (void *)__get_free_page(GFP_KERNEL);

	if (!tx || !rx)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)tx, 1) ||
	    set_memory_decrypted((unsigned long)rx, 1))
		return -EIO;
	bufs->tx = tx;
	bufs->rx = rx;
	return 0;
}

void two_teardown_bad(struct two_bufs *bufs)
{
	if (!set_memory_encrypted((unsigned long)bufs->tx, 1))
		free_page((unsigned long)bufs->tx);
	free_page((unsigned long)bufs->rx);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

struct failed_probe {
	void *buf;
};

/* A constructor that fails and frees its structure leaves nothing behind for the destructor. */
struct failed_probe *probe_new_ok(void)
{
	struct failed_probe *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!p->buf || set_memory_decrypted((unsigned long)p->buf, 1)) {
		kfree(p);
		return NULL;
	}
	return p;
}

void probe_delete_ok(struct failed_probe *p)
{
	if (!set_memory_encrypted((unsigned long)p->buf, 1))
		free_page((unsigned long)p->buf);
	kfree(p);
}

struct managed_priv {
	void *rx;
	int rx_shared;
};

int managed_more(struct device *dev);
int managed_stop(struct device *dev);

static void managed_cleanup(struct managed_priv *p)
{
	if (p->rx_shared)
		p->rx_shared = set_memory_encrypted((unsigned long)p->rx, 1);
	if (!p->rx_shared)
		free_page((unsigned long)p->rx);
}

/* What fails by whatever is not 0 takes managed memory with it: the driver is never removed. */
int managed_probe_ok(struct device *dev)
{
	struct managed_priv *p = devm_kzalloc(dev, sizeof(*p), GFP_KERNEL);
	int ret;

	if (!p)
		return -ENOMEM;
	p->rx = (void *)__get_free_page(GFP_KERNEL);
	if (!p->rx)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)p->rx, 1);
	if (ret)
		return ret;
	p->rx_shared = 1;
	ret = managed_more(dev);
	if (ret)
		goto fail;
	dev_set_drvdata(dev, p);
	return 0;
fail:
	managed_cleanup(p);
	if (managed_stop(dev))
		dev_warn(dev, "still there\n");
	return ret;
}

void managed_remove_ok(struct device *dev)
{
	struct managed_priv *p = dev_get_drvdata(dev);

	managed_cleanup(p);
}

struct answered_msg {
	int status;
};

struct answered {
	void *ring;
	struct answered_msg msg;
};

int answered_send(struct answered_msg *msg);

/* What was cleared is what the other side answered by the time that it is looked at. */
static int answered_connect(struct answered *a)
{
	int ret;

	a->ring = (void *)__get_free_page(GFP_KERNEL);
	if (!a->ring)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)a->ring, 1);
	if (ret) {
		a->ring = NULL;
		return ret;
	}
	memset(&a->msg, 0, sizeof(a->msg));
	ret = answered_send(&a->msg);
	if (ret)
		return ret;
	if (a->msg.status != 1)
		return -EINVAL;
	return 0;
}

struct answered *answered_new(void)
{
	struct answered *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	if (answered_connect(a)) {
		kfree(a);
		return NULL;
	}
	return a;
}

void answered_delete_bad(struct answered *a)
{
	free_page((unsigned long)a->ring);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	kfree(a);
}

struct paged {
	struct page *page;
};

/* The address of the pages goes through variables on its way. */
int paged_setup(struct paged *p)
{
	unsigned long addr;
	void *mem;

	p->page = alloc_pages(GFP_KERNEL, 2);
	if (!p->page)
		return -ENOMEM;
	mem = page_address(p->page);
	addr = (unsigned long)mem;
	return set_memory_decrypted(addr, 4);
}

void paged_teardown_bad(struct paged *p)
{
	__free_pages(p->page, 2);
//	^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}
