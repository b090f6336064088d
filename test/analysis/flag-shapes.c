/* Flags of every shape that tell whether memory is shared: set in one function, asked for in another. */

#define SHARED 1
#define F_SHARED 0
struct x {
	void *va;
	unsigned long flags;
};
struct priv {
	bool shared;
};

static bool is_shared(struct x *x)
{
	return x->flags & SHARED;
}

int helper_bit_share_ok(struct x *x)
{
	x->flags |= SHARED;
	return set_memory_decrypted((unsigned long)x->va, 1);
}

void helper_bit_free_ok(struct x *x)
{
	if (is_shared(x) && set_memory_encrypted((unsigned long)x->va, 1))
		return;
	x->flags &= ~SHARED;
	free_page((unsigned long)x->va);
}

struct b {
	void *va;
	unsigned long flags;
};

int bitops_share_ok(struct b *x)
{
	int ret;

	set_bit(F_SHARED, &x->flags);
	ret = set_memory_decrypted((unsigned long)x->va, 1);
	if (ret)
		return ret;
	return 0;
}

void bitops_free_ok(struct b *x)
{
	if (test_bit(F_SHARED, &x->flags)) {
		if (set_memory_encrypted((unsigned long)x->va, 1))
			return;
		clear_bit(F_SHARED, &x->flags);
	}
	free_page((unsigned long)x->va);
}

struct c {
	void *va;
	int nr;
};

int counter_share_ok(struct c *x)
{
	x->nr++;
	return set_memory_decrypted((unsigned long)x->va, 1);
}

void counter_free_ok(struct c *x)
{
	if (x->nr) {
		if (set_memory_encrypted((unsigned long)x->va, 1))
			return;
		x->nr--;
	}
	free_page((unsigned long)x->va);
}

struct d {
	void *va;
	void *shared_va;
};

int second_pointer_share_ok(struct d *x)
{
	x->shared_va = x->va;
	if (set_memory_decrypted((unsigned long)x->va, 1))
		return -EIO;
	return 0;
}

void second_pointer_free_ok(struct d *x)
{
	if (x->shared_va) {
		if (set_memory_encrypted((unsigned long)x->shared_va, 1))
			return;
		x->shared_va = NULL;
	}
	free_page((unsigned long)x->va);
}

struct f {
	void *va;
	struct priv *priv;
};

int other_struct_share_ok(struct f *x)
{
	x->priv->shared = true;
	return set_memory_decrypted((unsigned long)x->va, 1);
}

void other_struct_free_ok(struct f *x)
{
	if (x->priv->shared && set_memory_encrypted((unsigned long)x->va, 1))
		return;
	free_page((unsigned long)x->va);
}

struct g {
	void *va;
	u8 st;
};

int once_share_ok(struct g *x)
{
	int ret;

	WRITE_ONCE(x->st, 2);
	ret = set_memory_decrypted((unsigned long)x->va, 1);
	if (!ret)
		WRITE_ONCE(x->st, 1);
	return ret;
}

void once_free_ok(struct g *x)
{
	switch (READ_ONCE(x->st)) {
	case 2:
		return;
	case 1:
		if (set_memory_encrypted((unsigned long)x->va, 1)) {
			WRITE_ONCE(x->st, 2);
			return;
		}
		WRITE_ONCE(x->st, 0);
		break;
	}
	free_page((unsigned long)x->va);
}

struct i {
	void *va;
};

int platform_share_ok(struct i *x)
{
	if (!cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		return 0;
	return set_memory_decrypted((unsigned long)x->va, 1);
}

void platform_free_ok(struct i *x)
{
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT)) {
		if (set_memory_encrypted((unsigned long)x->va, 1))
			return;
	}
	free_page((unsigned long)x->va);
}

struct k {
	void *va;
	bool broken:1;
	bool enc:1;
};

int two_flags_share_ok(struct k *x)
{
	if (set_memory_decrypted((unsigned long)x->va, 1)) {
		x->broken = 1;
		return -EIO;
	}
	x->enc = 1;
	return 0;
}

void two_flags_free_ok(struct k *x)
{
	if (x->broken)
		return;
	if (x->enc && set_memory_encrypted((unsigned long)x->va, 1)) {
		x->broken = 1;
		return;
	}
	x->enc = 0;
	free_page((unsigned long)x->va);
}

static bool l_shared;

static void *l_va;

int global_flag_share_ok(void)
{
	l_shared = true;
	if (set_memory_decrypted((unsigned long)l_va, 4))
		return -EIO;
	return 0;
}

void global_flag_free_ok(void)
{
	if (l_shared && set_memory_encrypted((unsigned long)l_va, 4))
		return;
	free_pages((unsigned long)l_va, 2);
}

struct m {
	void *va;
};

int nulled_share_ok(struct m *x)
{
	if (set_memory_decrypted((unsigned long)x->va, 1)) {
		x->va = NULL;
		return -EIO;
	}
	return 0;
}

void nulled_free_ok(struct m *x)
{
	if (!x->va)
		return;
	if (set_memory_encrypted((unsigned long)x->va, 1))
		return;
	free_page((unsigned long)x->va);
}

struct n {
	void *va;
	int err;
};

int kept_error_share_ok(struct n *x)
{
	x->err = set_memory_decrypted((unsigned long)x->va, 1);
	return x->err;
}

void kept_error_free_ok(struct n *x)
{
	if (x->err)
		return;
	if (set_memory_encrypted((unsigned long)x->va, 1))
		return;
	free_page((unsigned long)x->va);
}

struct o {
	struct page *pg;
};
struct op {
	struct o o;
	bool shared;
};

int inside_share_ok(struct op *p)
{
	p->shared = true;
	return set_memory_decrypted((unsigned long)page_address(p->o.pg), 1);
}

void inside_free_ok(struct o *o)
{
	struct op *p = container_of(o, struct op, o);

	if (p->shared && set_memory_encrypted((unsigned long)page_address(o->pg), 1))
		return;
	__free_page(o->pg);
}

struct by_index {
	struct page *pages[64];
	unsigned long map;
};

int by_index_share_ok(struct by_index *b, int i)
{
	set_bit(i, &b->map);
	return set_memory_decrypted((unsigned long)page_address(b->pages[i]), 1);
}

void by_index_free_ok(struct by_index *b, int i)
{
	if (test_bit(i, &b->map)) {
		if (set_memory_encrypted((unsigned long)page_address(b->pages[i]), 1))
			return;
		clear_bit(i, &b->map);
	}
	__free_page(b->pages[i]);
}

/* The same with the flag left out, or cleared too early. */

struct no_bit {
	void *va;
	unsigned long flags;
};

int no_bit_share(struct no_bit *x)
{
	return set_memory_decrypted((unsigned long)x->va, 1);
}

void no_bit_free(struct no_bit *x)
{
	if (test_bit(F_SHARED, &x->flags)) {
		if (set_memory_encrypted((unsigned long)x->va, 1))
			return;
		clear_bit(F_SHARED, &x->flags);
	}
	free_page((unsigned long)x->va);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

struct no_count {
	void *va;
	int nr;
};

int no_count_share(struct no_count *x)
{
	return set_memory_decrypted((unsigned long)x->va, 1);
}

void no_count_free(struct no_count *x)
{
	if (x->nr) {
		if (set_memory_encrypted((unsigned long)x->va, 1))
			return;
		x->nr--;
	}
	free_page((unsigned long)x->va);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}

struct no_note {
	void *va;
	struct priv *priv;
};

int no_note_share(struct no_note *x)
{
	x->priv->shared = false;
	return set_memory_decrypted((unsigned long)x->va, 1);
}

void no_note_free(struct no_note *x)
{
	if (x->priv->shared && set_memory_encrypted((unsigned long)x->va, 1))
		return;
	free_page((unsigned long)x->va);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
}
