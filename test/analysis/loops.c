/* Many pages. Each has its own state; what was converted is undone, what failed is leaked. */

#define NR_PAGES 8

struct page_set {
	void *va[NR_PAGES];
};

/* On failure of page i, pages 0 .. i-1 are made private and freed; page i is leaked. */
int loop_unwind_ok(struct page_set *set)
{
	int i, ret;

	for (i = 0; i < NR_PAGES; i++) {
		set->va[i] = (void *)__get_free_page(GFP_KERNEL);
		if (!set->va[i]) {
			ret = -ENOMEM;
			goto unwind;
		}
		ret = set_memory_decrypted((unsigned long)set->va[i], 1);
		if (ret)
			goto unwind;
	}
	return 0;
unwind:
	while (--i >= 0) {
		if (!set_memory_encrypted((unsigned long)set->va[i], 1))
			free_page((unsigned long)set->va[i]);
	}
	return ret;
}

struct page_set_shared {
	void *va[NR_PAGES];
};

/* The unwind frees the pages as they are: shared. */
int loop_unwind_bad(struct page_set_shared *set)
{
	int i, ret;

	for (i = 0; i < NR_PAGES; i++) {
		set->va[i] = (void *)__get_free_page(GFP_KERNEL);
		if (!set->va[i]) {
			ret = -ENOMEM;
			goto unwind;
		}
		ret = set_memory_decrypted((unsigned long)set->va[i], 1);
		if (ret)
			goto unwind;
	}
	return 0;
unwind:
	while (--i >= 0)
		free_page((unsigned long)set->va[i]);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	return ret;
}

/* The page of this pass is freed when its conversion failed. */
int loop_free_current_bad(struct page **pages, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page)
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
			__free_page(page);
//			^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
			return -EIO;
		}
		pages[i] = page;
	}
	return 0;
}

/* The loop goes on with the next page; nothing is freed. */
int loop_skip_ok(struct page **pages, int n)
{
	int i, got = 0;

	for (i = 0; i < n; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page)
			break;
		if (set_memory_decrypted((unsigned long)page_address(page), 1))
			continue;
		pages[got++] = page;
	}
	return got;
}

/* The variable of the last pass is not the page of this one. */
void loop_reused_variable_ok(int n)
{
	struct page *page;
	int i;

	for (i = 0; i < n; i++) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			return;
		if (set_memory_decrypted((unsigned long)page_address(page), 1))
			continue;	/* leaked */
		example_use(page_address(page));
		if (set_memory_encrypted((unsigned long)page_address(page), 1))
			continue;	/* leaked */
		__free_page(page);
	}
}

/* A failure in the loop is remembered only until the next pass. */
int loop_last_result_bad(void **va, int n)
{
	int i, ret = 0;

	for (i = 0; i < n; i++)
		ret = set_memory_encrypted((unsigned long)va[i], 1);
	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		free_page((unsigned long)va[i]);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return 0;
}

/* Collected over all passes. */
int loop_all_results_ok(void **va, int n)
{
	int i, ret = 0;

	for (i = 0; i < n; i++)
		ret |= set_memory_encrypted((unsigned long)va[i], 1);
	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		free_page((unsigned long)va[i]);
	return 0;
}

/* Each page on its own: freed if it is private again, else leaked. */
void loop_each_ok(void **va, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (set_memory_encrypted((unsigned long)va[i], 1)) {
			pr_warn_once("example: leaking a page\n");
			continue;
		}
		free_page((unsigned long)va[i]);
	}
}

/* `continue` is forgotten. */
void loop_each_bad(void **va, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (set_memory_encrypted((unsigned long)va[i], 1))
			pr_warn_once("example: leaking a page\n");
		free_page((unsigned long)va[i]);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	}
}

struct per_cpu_pages {
	void *message;
	void *event;
};

static DEFINE_PER_CPU(struct per_cpu_pages, cpu_pages);

/*
 * Two pages per CPU. When the first conversion fails its page is forgotten, the second page was never converted
 * and may be freed; what other CPUs have stays for the teardown.
 */
int percpu_alloc_ok(void)
{
	int cpu, ret;

	for_each_present_cpu(cpu) {
		struct per_cpu_pages *p = per_cpu_ptr(&cpu_pages, cpu);

		p->message = (void *)get_zeroed_page(GFP_KERNEL);
		p->event = (void *)get_zeroed_page(GFP_KERNEL);
		if (!p->message || !p->event)
			return -ENOMEM;
		ret = set_memory_decrypted((unsigned long)p->message, 1);
		if (ret) {
			p->message = NULL;
			free_page((unsigned long)p->event);
			p->event = NULL;
			return ret;
		}
		ret = set_memory_decrypted((unsigned long)p->event, 1);
		if (ret) {
			p->event = NULL;
			return ret;
		}
	}
	return 0;
}

void percpu_free_ok(void)
{
	int cpu, ret;

	for_each_present_cpu(cpu) {
		struct per_cpu_pages *p = per_cpu_ptr(&cpu_pages, cpu);

		if (p->message) {
			ret = set_memory_encrypted((unsigned long)p->message, 1);
			if (ret)
				p->message = NULL;
		}
		if (p->event) {
			ret = set_memory_encrypted((unsigned long)p->event, 1);
			if (ret)
				p->event = NULL;
		}
		free_page((unsigned long)p->message);
		free_page((unsigned long)p->event);
	}
}

static DEFINE_PER_CPU(void *, cpu_page);

int percpu_one_alloc_ok(void)
{
	int cpu;

	for_each_present_cpu(cpu) {
		void *va = (void *)get_zeroed_page(GFP_KERNEL);

		if (!va)
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)va, 1))
			return -EIO;
		*per_cpu_ptr(&cpu_page, cpu) = va;
	}
	return 0;
}

/* Every CPU's page is shared. Known to be missed: nothing but the per-CPU variable links the two functions. */
void FN_percpu_one_free(void)
{
	int cpu;

	for_each_present_cpu(cpu)
		free_page((unsigned long)*per_cpu_ptr(&cpu_page, cpu));
}

struct list_entry {
	struct list_head link;
	struct page *page;
};

struct list_owner {
	struct list_head entries;
};

/* Entries of a list, each with a shared page. */
int list_add_ok(struct list_owner *owner)
{
	struct list_entry *e = kzalloc(sizeof(*e), GFP_KERNEL);

	if (!e)
		return -ENOMEM;
	e->page = alloc_page(GFP_KERNEL);
	if (!e->page || set_memory_decrypted((unsigned long)page_address(e->page), 1)) {
		kfree(e);
		return -ENOMEM;
	}
	list_add(&e->link, &owner->entries);
	return 0;
}

void list_free_ok(struct list_owner *owner)
{
	struct list_entry *e, *next;

	list_for_each_entry_safe(e, next, &owner->entries, link) {
		list_del(&e->link);
		if (!set_memory_encrypted((unsigned long)page_address(e->page), 1))
			__free_page(e->page);
		kfree(e);
	}
}
