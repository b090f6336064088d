/* How far above a transition callers are followed: as long as memory is handed on, and three above who has it. */

static int first(void *buf)
{
	return set_memory_decrypted((unsigned long)buf, 1);
}

static int second(void *buf)
{
	return first(buf);
}

static int third(void *buf)
{
	return second(buf);
}

static int fourth(void *buf)
{
	return third(buf);
}

static int fifth(void *buf)
{
	return fourth(buf);
}

/* Five wrappers below, each is given the memory: this one has it. */
void *handed_down_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	if (fifth(buf)) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return buf;
}

static int fill(void **out)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	int ret;

	if (!buf)
		return -ENOMEM;
	*out = buf;
	ret = set_memory_decrypted((unsigned long)buf, 1);
	return ret;
}

static int fill_more(void **out)
{
	return fill(out);
}

/* It is put where a parameter says. */
void *handed_out_bad(void)
{
	void *buf = NULL;

	if (fill_more(&buf)) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return buf;
}

struct ring {
	void *area;
	spinlock_t lock;
};

/* It has the memory: nobody gave it, nobody gets it. */
static int ring_share(struct ring *ring)
{
	return set_memory_decrypted((unsigned long)ring->area, 1);
}

static int ring_open(struct ring *ring)
{
	return ring_share(ring);
}

static int ring_start(struct ring *ring)
{
	return ring_open(ring);
}

/* Three above it. */
int ring_locked_bad(struct ring *ring)
{
	int ret;

	spin_lock(&ring->lock);
	ret = ring_start(ring);
//	      ^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	spin_unlock(&ring->lock);
	return ret;
}
