/* rules: publish-before-transition */
/* Who can see the memory must not see it before the transition has happened. */

struct shared_area {
	void *buf;
};

static struct shared_area __rcu *current_area;

/* The same with memory of the caller. */
int rcu_parameter_bad(struct shared_area *area)
{
	rcu_assign_pointer(current_area, area);
	return set_memory_decrypted((unsigned long)area, 1);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[publish-before-transition]
}

/* Readers follow the pointer while the page is still private. */
int rcu_before_bad(void)
{
	struct shared_area *area = (void *)get_zeroed_page(GFP_KERNEL);

	if (!area)
		return -ENOMEM;
	rcu_assign_pointer(current_area, area);
	return set_memory_decrypted((unsigned long)area, 1);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[publish-before-transition]
}

int rcu_after_ok(struct shared_area *area)
{
	int ret = set_memory_decrypted((unsigned long)area, 1);

	if (ret)
		return ret;
	rcu_assign_pointer(current_area, area);
	return 0;
}

/* The interrupt handler gets the buffer before it is shared; what a handler is given does not count as published. */
static irqreturn_t area_handler_ok(int irq, void *data)
{
	example_use(data);
	return IRQ_HANDLED;
}

int FN_irq_before(int irq)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	int ret;

	if (!buf)
		return -ENOMEM;
	ret = request_irq(irq, area_handler_ok, 0, "example", buf);
	if (ret)
		return ret;
	return set_memory_decrypted((unsigned long)buf, 1);
}

int irq_after_ok(int irq)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	int ret;

	if (!buf)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)buf, 1);
	if (ret)
		return ret;
	return request_irq(irq, area_handler_ok, 0, "example", buf);
}

/* A store to a field of one's own structure shows it to nobody yet. */
int plain_store_ok(struct shared_area *area)
{
	area->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!area->buf)
		return -ENOMEM;
	return set_memory_decrypted((unsigned long)area->buf, 1);
}

/* The per-CPU pointer that hypercalls go through at once. */
extern void *__percpu *hyperv_pcpu_input_arg;

int hypercall_page_before_bad(void)
{
	void **slot = (void **)this_cpu_ptr(hyperv_pcpu_input_arg);
	void *mem = (void *)__get_free_page(GFP_KERNEL);

	if (!mem)
		return -ENOMEM;
	*slot = mem;
	return set_memory_decrypted((unsigned long)mem, 1);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[publish-before-transition]
}

int hypercall_page_after_ok(void)
{
	void **slot = (void **)this_cpu_ptr(hyperv_pcpu_input_arg);
	void *mem = (void *)__get_free_page(GFP_KERNEL);
	int ret;

	if (!mem)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)mem, 1);
	if (ret)
		return ret;
	*slot = mem;
	return 0;
}
