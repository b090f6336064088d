/* Macros that call something are followed like functions: what they do is seen where they are used, and in their lines. */

#define mac_share(p, n)  set_memory_decrypted((unsigned long)(p), n)

#define mac_try(p) ({ \
	int __ret = set_memory_decrypted((unsigned long)(p), 1); \
	if (__ret) \
		pr_warn("example: cannot share a page\n"); \
	__ret; \
})

/* The outcome decides whether the memory goes back. */
#define mac_put_ok(p, order) do { \
	if (!set_memory_encrypted((unsigned long)(p), 1 << (order))) \
		free_pages((unsigned long)(p), order); \
} while (0)

/* The mistake is in the macro, and told once. */
#define mac_put_bad(p, order) ({ \
	set_memory_encrypted((unsigned long)(p), 1 << (order)); \
	free_pages((unsigned long)(p), order); })
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]

void *share_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	if (mac_share(buf, 1)) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return buf;
}

void *share_ok(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	if (mac_share(buf, 1))
		return NULL;
	return buf;
}

/* As a function's result is dropped. */
void *share_dropped_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	mac_share(buf, 1);
//	^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
	memset(buf, 0, PAGE_SIZE);
	return buf;
}

void *try_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	if (mac_try(buf)) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return NULL;
	}
	return buf;
}

void *try_ok(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	if (mac_try(buf))
		return NULL;
	return buf;
}

void put_ok(void *buf)
{
	mac_put_ok(buf, 2);
}

void put_twice_ok(void *buf, void *other)
{
	mac_put_bad(buf, 2);
	mac_put_bad(other, 0);
}

/* Freed while it is shared, by a macro that frees whatever it is given. */
#define mac_free(p) free_page((unsigned long)(p))

int free_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	mac_free(buf);
//	^^^^^^^^^^^^^ error[free-while-shared]
	return 0;
}

int free_ok(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	if (!set_memory_encrypted((unsigned long)buf, 1))
		mac_free(buf);
	return 0;
}

/* What the body assigns is the variable of its user. */
#define mac_lose(p) do { mac_note(p); (p) = NULL; } while (0)
#define mac_get(p) do { (p) = (void *)__get_free_page(GFP_KERNEL); mac_note(p); } while (0)

int lose_ok(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		mac_lose(buf);
	else
		mac_keep(buf);
	if (buf)
		return 0;
	free_page((unsigned long)buf);
	return -EIO;
}

int lose_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	void *same = buf;

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		mac_lose(buf);
	if (buf)
		return 0;
	free_page((unsigned long)same);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	return -EIO;
}

int get_bad(void)
{
	void *buf;

	mac_get(buf);
	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1)) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	mac_keep(buf);
	return 0;
}

/* A structure is looked into where its user has it. */
struct mac_ring {
	void *buf;
	int pages;
};

#define mac_ring_share(r) set_memory_decrypted((unsigned long)(r).buf, (r).pages)

int ring_bad(void)
{
	struct mac_ring ring = { .pages = 1 };

	ring.buf = (void *)__get_free_page(GFP_KERNEL);
	if (!ring.buf)
		return -ENOMEM;
	if (mac_ring_share(ring)) {
		free_page((unsigned long)ring.buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	mac_keep(ring.buf);
	return 0;
}

int ring_ok(void)
{
	struct mac_ring ring = { .pages = 1 };

	ring.buf = (void *)__get_free_page(GFP_KERNEL);
	if (!ring.buf)
		return -ENOMEM;
	if (mac_ring_share(ring))
		return -EIO;
	mac_keep(ring.buf);
	return 0;
}

/* Another name for a function, and a name for that. */
#define mac_sd set_memory_decrypted
#define mac_sd_too mac_sd

int alias_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (mac_sd_too((unsigned long)buf, 1)) {
		free_page((unsigned long)buf);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
		return -EIO;
	}
	mac_keep(buf);
	return 0;
}

int alias_ok(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (mac_sd_too((unsigned long)buf, 1))
		return -EIO;
	mac_keep(buf);
	return 0;
}

/* Which definition holds depends on the configuration; both are looked at. */
#ifdef CONFIG_MAC_SHARED
#define mac_maybe(p) set_memory_decrypted((unsigned long)(p), 1)
#else
#define mac_maybe(p) (0)
#endif

int maybe_bad(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (mac_maybe(buf))
		return -EIO;
	mac_keep(buf);
	free_page((unsigned long)buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[free-while-shared]
	return 0;
}

int maybe_ok(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (mac_maybe(buf))
		return -EIO;
	if (IS_ENABLED(CONFIG_MAC_SHARED))
		return mac_keep(buf);
	free_page((unsigned long)buf);
	return 0;
}

/* These leave their user's function, loop over its block, paste or declare: they are no functions. */
#define mac_check(p) do { if (set_memory_decrypted((unsigned long)(p), 1)) return -EIO; } while (0)
#define mac_for_each(i, p) for (i = mac_first(p); i; i = mac_next(p, i))
#define mac_paste(what, p) set_memory_##what((unsigned long)(p), 1)
#define mac_declare(name) struct mac_ring name = { .buf = mac_new() }
#define mac_member(r, m) set_memory_decrypted((unsigned long)(r)->m, 1)

int no_functions_ok(struct mac_ring *r)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	int i;

	if (!buf)
		return -ENOMEM;
	mac_check(buf);
	mac_paste(decrypted, buf);
	mac_member(r, buf);
	mac_for_each(i, buf) {
		mac_keep(buf);
	}
	free_page((unsigned long)buf);
	return 0;
}

/* It speaks of a variable that only its user has. */
#define mac_captured() free_page((unsigned long)captured)

int captured_ok(void *captured)
{
	if (set_memory_decrypted((unsigned long)captured, 1))
		return -EIO;
	mac_captured();
	return 0;
}
