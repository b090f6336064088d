/* Memory that nothing converts, beside memory that is converted: where it is kept and whether it is there makes no ways. */

struct aside {
	void *ring;
	void *slots[4];
	void *map;
	struct page *page;
};

int aside_start_bad(struct aside *a, size_t size)
{
	int ret;

	a->slots[0] = vzalloc_node(size, 0);
	if (!a->slots[0])
		a->slots[0] = vzalloc(size);
	a->slots[1] = vzalloc_node(size, 1);
	if (!a->slots[1])
		a->slots[1] = vzalloc(size);
	a->slots[2] = vzalloc_node(size, 2);
	if (!a->slots[2])
		a->slots[2] = vzalloc(size);
	a->map = vzalloc_node(size, 3);
	if (!a->map)
		a->map = vzalloc(size);
	a->ring = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!a->ring)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)a->ring, 4);
	if (ret) {
		free_pages((unsigned long)a->ring, 2);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return ret;
	}
	return 0;
}

void aside_stop_ok(struct aside *a)
{
	vfree(a->slots[0]);
	vfree(a->slots[1]);
	vfree(a->slots[2]);
	vfree(a->map);
	if (!set_memory_encrypted((unsigned long)a->ring, 4))
		free_pages((unsigned long)a->ring, 2);
}

/* The transition gets the address of the page, the field has the page. */
int aside_page_setup(struct aside *a)
{
	a->page = alloc_pages(GFP_KERNEL, 2);
	if (!a->page)
		return -ENOMEM;
	return set_memory_decrypted((unsigned long)page_address(a->page), 4);
}

void aside_page_teardown_bad(struct aside *a)
{
	__free_pages(a->page, 2);
//	^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}
