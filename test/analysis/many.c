/* Things that have nothing to do with each other, in one function: their states multiply, their mistakes do not. */

struct many {
	void *a, *b, *c, *d, *e;
	bool fa, fb, fc, fd, fe;
};

/* Each is freed by its own flag. */
int many_guarded_ok(struct many *m)
{
	m->a = (void *)__get_free_pages(GFP_KERNEL, 2);
	m->b = (void *)__get_free_pages(GFP_KERNEL, 2);
	m->c = (void *)__get_free_pages(GFP_KERNEL, 2);
	m->d = (void *)__get_free_pages(GFP_KERNEL, 2);
	m->e = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!m->a || !m->b || !m->c || !m->d || !m->e)
		return -ENOMEM;
	m->fa = set_memory_decrypted((unsigned long)m->a, 4) != 0;
	m->fb = set_memory_decrypted((unsigned long)m->b, 4) != 0;
	m->fc = set_memory_decrypted((unsigned long)m->c, 4) != 0;
	m->fd = set_memory_decrypted((unsigned long)m->d, 4) != 0;
	m->fe = set_memory_decrypted((unsigned long)m->e, 4) != 0;
	m->fa |= set_memory_encrypted((unsigned long)m->a, 4) != 0;
	m->fb |= set_memory_encrypted((unsigned long)m->b, 4) != 0;
	m->fc |= set_memory_encrypted((unsigned long)m->c, 4) != 0;
	m->fd |= set_memory_encrypted((unsigned long)m->d, 4) != 0;
	m->fe |= set_memory_encrypted((unsigned long)m->e, 4) != 0;
	if (!m->fa)
		free_pages((unsigned long)m->a, 2);
	if (!m->fb)
		free_pages((unsigned long)m->b, 2);
	if (!m->fc)
		free_pages((unsigned long)m->c, 2);
	if (!m->fd)
		free_pages((unsigned long)m->d, 2);
	if (!m->fe)
		free_pages((unsigned long)m->e, 2);
	return 0;
}

/* The first is freed by another one's flag. */
int many_one_unguarded_bad(struct many *m)
{
	m->a = (void *)__get_free_pages(GFP_KERNEL, 2);
	m->b = (void *)__get_free_pages(GFP_KERNEL, 2);
	m->c = (void *)__get_free_pages(GFP_KERNEL, 2);
	m->d = (void *)__get_free_pages(GFP_KERNEL, 2);
	m->e = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!m->a || !m->b || !m->c || !m->d || !m->e)
		return -ENOMEM;
	m->fa = set_memory_decrypted((unsigned long)m->a, 4) != 0;
	m->fb = set_memory_decrypted((unsigned long)m->b, 4) != 0;
	m->fc = set_memory_decrypted((unsigned long)m->c, 4) != 0;
	m->fd = set_memory_decrypted((unsigned long)m->d, 4) != 0;
	m->fe = set_memory_decrypted((unsigned long)m->e, 4) != 0;
	m->fa |= set_memory_encrypted((unsigned long)m->a, 4) != 0;
	m->fb |= set_memory_encrypted((unsigned long)m->b, 4) != 0;
	m->fc |= set_memory_encrypted((unsigned long)m->c, 4) != 0;
	m->fd |= set_memory_encrypted((unsigned long)m->d, 4) != 0;
	m->fe |= set_memory_encrypted((unsigned long)m->e, 4) != 0;
	if (!m->fc)
		free_pages((unsigned long)m->a, 2);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	if (!m->fb)
		free_pages((unsigned long)m->b, 2);
	if (!m->fc)
		free_pages((unsigned long)m->c, 2);
	if (!m->fd)
		free_pages((unsigned long)m->d, 2);
	if (!m->fe)
		free_pages((unsigned long)m->e, 2);
	return 0;
}
