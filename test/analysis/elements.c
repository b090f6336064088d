/* What one loop leaves in elements, another loop of another function finds. */

struct elem_ctx {
	void *page;
	bool shared;
};

static struct elem_ctx __percpu *elem_cpus;

int elem_cpu_setup_ok(void)
{
	int cpu;

	for_each_present_cpu(cpu) {
		struct elem_ctx *c = per_cpu_ptr(elem_cpus, cpu);

		c->page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!c->page)
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)c->page, 1)) {
			c->page = NULL;
			return -EIO;
		}
	}
	return 0;
}

void elem_cpu_teardown_bad(void)
{
	int cpu;

	for_each_present_cpu(cpu) {
		struct elem_ctx *c = per_cpu_ptr(elem_cpus, cpu);

		free_page((unsigned long)c->page);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
		c->page = NULL;
	}
}

void elem_cpu_teardown_ok(void)
{
	int cpu;

	for_each_present_cpu(cpu) {
		struct elem_ctx *c = per_cpu_ptr(elem_cpus, cpu);

		if (c->page && !set_memory_encrypted((unsigned long)c->page, 1))
			free_page((unsigned long)c->page);
		c->page = NULL;
	}
}

struct elem_dev {
	void *pages[8];
	int count;
};

int elem_array_setup_ok(struct elem_dev *dev)
{
	int i;

	for (i = 0; i < dev->count; i++) {
		dev->pages[i] = (void *)get_zeroed_page(GFP_KERNEL);
		if (!dev->pages[i])
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)dev->pages[i], 1)) {
			dev->pages[i] = NULL;
			return -EIO;
		}
	}
	return 0;
}

void elem_array_teardown_bad(struct elem_dev *dev)
{
	int i;

	for (i = 0; i < dev->count; i++)
		free_page((unsigned long)dev->pages[i]);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

/* Freed by a function for one element, in a loop of a caller. */
struct elem_one {
	void *buf;
};

static struct elem_one __percpu *elem_ones;

static int elem_one_get_ok(int cpu)
{
	struct elem_one *c = per_cpu_ptr(elem_ones, cpu);

	c->buf = (void *)get_zeroed_page(GFP_KERNEL);
	if (!c->buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)c->buf, 1)) {
		c->buf = NULL;
		return -EIO;
	}
	return 0;
}

static void elem_one_undo_bad(void)
{
	int cpu;

	for_each_present_cpu(cpu) {
		struct elem_one *c = per_cpu_ptr(elem_ones, cpu);

		free_page((unsigned long)c->buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	}
}

int elem_one_setup_ok(void)
{
	int cpu, ret;

	for_each_present_cpu(cpu) {
		ret = elem_one_get_ok(cpu);
		if (ret) {
			elem_one_undo_bad();
			return ret;
		}
	}
	return 0;
}

/* A flag in each element: it belongs to the page beside it, whatever other elements say. */
struct elem_ring {
	struct elem_ctx *ctx;
	int count;
};

int elem_flag_setup_ok(struct elem_ring *ring)
{
	int i, ret;

	for (i = 0; i < ring->count; i++) {
		struct elem_ctx *c = &ring->ctx[i];

		c->page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!c->page)
			return -ENOMEM;
		c->shared = true;
		ret = set_memory_decrypted((unsigned long)c->page, 1);
		if (ret)
			return ret;
	}
	return 0;
}

void elem_flag_leak_ok(struct elem_ring *ring)
{
	int i;

	for (i = 0; i < ring->count; i++) {
		struct elem_ctx *c = &ring->ctx[i];

		if (!c->shared)
			free_page((unsigned long)c->page);
	}
}

void elem_flag_undo_ok(struct elem_ring *ring)
{
	int i;

	for (i = 0; i < ring->count; i++) {
		struct elem_ctx *c = &ring->ctx[i];

		if (c->shared && set_memory_encrypted((unsigned long)c->page, 1))
			continue;
		free_page((unsigned long)c->page);
	}
}

void elem_flag_kept_ok(struct elem_ring *ring)
{
	int i, ret;

	for (i = 0; i < ring->count; i++) {
		struct elem_ctx *c = &ring->ctx[i];

		ret = 0;
		if (c->shared)
			ret = set_memory_encrypted((unsigned long)c->page, 1);
		c->shared = ret != 0;
		if (!c->shared)
			free_page((unsigned long)c->page);
	}
}

void elem_flag_wrong_bad(struct elem_ring *ring)
{
	int i;

	for (i = 0; i < ring->count; i++) {
		struct elem_ctx *c = &ring->ctx[i];

		if (c->shared)
			free_page((unsigned long)c->page);
//			^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	}
}

/* One loop converts, another one frees what could be converted. */
struct elem_pages {
	struct page *page[8];
	int count;
};

int elem_pages_setup_ok(struct elem_pages *d)
{
	int i;

	for (i = 0; i < d->count; i++) {
		struct page *p = alloc_page(GFP_KERNEL);

		if (!p)
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)page_address(p), 1))
			return -EIO;
		d->page[i] = p;
	}
	return 0;
}

void elem_pages_teardown_ok(struct elem_pages *d)
{
	int i;

	for (i = 0; i < d->count; i++)
		if (set_memory_encrypted((unsigned long)page_address(d->page[i]), 1))
			d->page[i] = NULL;
	for (i = 0; i < d->count; i++)
		if (d->page[i])
			__free_page(d->page[i]);
}

/* Entries of a list: known to be missed, for nothing links the entry of one loop with that of another. */
struct elem_chunk {
	struct list_head node;
	void *va;
};

int elem_chunk_add_ok(struct list_head *chunks)
{
	struct elem_chunk *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	c->va = (void *)get_zeroed_page(GFP_KERNEL);
	if (!c->va || set_memory_decrypted((unsigned long)c->va, 1)) {
		kfree(c);
		return -ENOMEM;
	}
	list_add(&c->node, chunks);
	return 0;
}

void FN_elem_chunk_drain(struct list_head *chunks)
{
	struct elem_chunk *c, *n;

	list_for_each_entry_safe(c, n, chunks, node) {
		list_del(&c->node);
		free_page((unsigned long)c->va);
		kfree(c);
	}
}

/* A stack: its counter lies beside it, and tells another element each time. */

struct elem_stack {
	void *objects[8];
	int nobjs;
};

int elem_stack_fill_ok(struct elem_stack *s)
{
	while (s->nobjs < 8) {
		void *page = (void *)get_zeroed_page(GFP_KERNEL);

		if (!page)
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)page, 1))
			return -EIO;
		s->objects[s->nobjs++] = page;
	}
	return 0;
}

void elem_stack_drain_bad(struct elem_stack *s)
{
	while (s->nobjs)
		free_page((unsigned long)s->objects[--s->nobjs]);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

void elem_stack_drain_ok(struct elem_stack *s)
{
	while (s->nobjs) {
		void *page = s->objects[--s->nobjs];

		if (!set_memory_encrypted((unsigned long)page, 1))
			free_page((unsigned long)page);
	}
}
