/* Memory that one function allocates, another converts, and a third frees: a flag beside it says which state it was left in. */

enum found_state { FOUND_NONE, FOUND_PRIVATE, FOUND_SHARED, FOUND_BROKEN };

struct found {
	enum found_state state;
	struct page *page;
};

int found_alloc_ok(struct found *f)
{
	f->page = alloc_page(GFP_KERNEL);
	if (!f->page)
		return -ENOMEM;
	f->state = FOUND_PRIVATE;
	return 0;
}

int found_share_ok(struct found *f)
{
	if (set_memory_decrypted((unsigned long)page_address(f->page), 1)) {
		f->state = FOUND_BROKEN;
		return -EIO;
	}
	f->state = FOUND_SHARED;
	return 0;
}

void found_free_ok(struct found *f)
{
	switch (f->state) {
	case FOUND_SHARED:
		if (set_memory_encrypted((unsigned long)page_address(f->page), 1)) {
			f->state = FOUND_BROKEN;
			return;
		}
		fallthrough;
	case FOUND_PRIVATE:
		__free_page(f->page);
		break;
	case FOUND_BROKEN:
	case FOUND_NONE:
		break;
	}
	f->page = NULL;
	f->state = FOUND_NONE;
}

struct lies {
	enum found_state state;
	struct page *page;
};

int lies_share(struct lies *f)
{
	if (set_memory_decrypted((unsigned long)page_address(f->page), 1)) {
		f->state = FOUND_PRIVATE;
		return -EIO;
	}
	f->state = FOUND_SHARED;
	return 0;
}

void lies_free(struct lies *f)
{
	switch (f->state) {
	case FOUND_SHARED:
		if (set_memory_encrypted((unsigned long)page_address(f->page), 1)) {
			f->state = FOUND_BROKEN;
			return;
		}
		fallthrough;
	case FOUND_PRIVATE:
		__free_page(f->page);
//		^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		break;
	default:
		break;
	}
}

struct forgets {
	bool shared;
	struct page *page;
};

int forgets_share(struct forgets *f)
{
	if (set_memory_decrypted((unsigned long)page_address(f->page), 1))
		return -EIO;
	f->shared = true;
	return 0;
}

void forgets_free(struct forgets *f)
{
	if (f->shared)
		pr_info("shared");
	__free_page(f->page);
//	^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

/* Each step by itself, in an order that callers choose, and who fails says so. */

struct steps {
	struct page *page;
};

struct page *steps_alloc_ok(struct steps *s)
{
	s->page = alloc_page(GFP_KERNEL);
	return s->page;
}

int steps_share_ok(struct steps *s)
{
	return set_memory_decrypted((unsigned long)page_address(s->page), 1);
}

int steps_unshare_ok(struct steps *s)
{
	return set_memory_encrypted((unsigned long)page_address(s->page), 1);
}

void steps_free_ok(struct steps *s)
{
	__free_page(s->page);
}
