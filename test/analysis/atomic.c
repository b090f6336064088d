/* A transition sleeps. It must not be where nothing may sleep. */

struct locked {
	spinlock_t lock;
	struct mutex mutex;
	void *buf;
};

int under_spinlock_bad(struct locked *l)
{
	int ret;

	spin_lock(&l->lock);
	ret = set_memory_decrypted((unsigned long)l->buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	spin_unlock(&l->lock);
	return ret;
}

int after_unlock_ok(struct locked *l)
{
	void *buf;

	spin_lock(&l->lock);
	buf = l->buf;
	spin_unlock(&l->lock);
	return set_memory_decrypted((unsigned long)buf, 1);
}

int under_mutex_ok(struct locked *l)
{
	int ret;

	mutex_lock(&l->mutex);
	ret = set_memory_decrypted((unsigned long)l->buf, 1);
	mutex_unlock(&l->mutex);
	return ret;
}

int under_irqsave_bad(struct locked *l)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&l->lock, flags);
	ret = set_memory_encrypted((unsigned long)l->buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	spin_unlock_irqrestore(&l->lock, flags);
	return ret;
}

int irqs_off_bad(void *buf)
{
	unsigned long flags;
	int ret;

	local_irq_save(flags);
	ret = set_memory_decrypted((unsigned long)buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	local_irq_restore(flags);
	return ret;
}

int preempt_off_bad(void *buf)
{
	int ret;

	preempt_disable();
	ret = set_memory_decrypted((unsigned long)buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	preempt_enable();
	return ret;
}

int rcu_section_bad(struct locked __rcu **slot)
{
	struct locked *l;
	int ret = -ENOENT;

	rcu_read_lock();
	l = rcu_dereference(*slot);
	if (l)
		ret = set_memory_decrypted((unsigned long)l->buf, 1);
//		      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	rcu_read_unlock();
	return ret;
}

/* The inner of two locks is dropped, the outer is still held. */
int outer_lock_bad(struct locked *outer, struct locked *inner)
{
	int ret;

	spin_lock(&outer->lock);
	spin_lock(&inner->lock);
	inner->buf = outer->buf;
	spin_unlock(&inner->lock);
	ret = set_memory_decrypted((unsigned long)outer->buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	spin_unlock(&outer->lock);
	return ret;
}

/* Dropped for the transition and taken again. */
int dropped_around_ok(struct locked *l)
{
	void *buf;
	int ret;

	spin_lock(&l->lock);
	buf = l->buf;
	spin_unlock(&l->lock);
	ret = set_memory_decrypted((unsigned long)buf, 1);
	spin_lock(&l->lock);
	l->buf = ret ? NULL : buf;
	spin_unlock(&l->lock);
	return ret;
}

/* The early return keeps the lock's branch apart. */
int branch_unlocks_ok(struct locked *l, bool fast)
{
	spin_lock(&l->lock);
	if (fast) {
		spin_unlock(&l->lock);
		return set_memory_decrypted((unsigned long)l->buf, 1);
	}
	l->buf = NULL;
	spin_unlock(&l->lock);
	return 0;
}

static int share_helper(struct locked *l)
{
	return set_memory_decrypted((unsigned long)l->buf, 1);
}

/* The helper sleeps; the caller holds the lock. */
int helper_under_lock_bad(struct locked *l)
{
	int ret;

	spin_lock(&l->lock);
	ret = share_helper(l);
//	      ^^^^^^^^^^^^^^^ error[transition-in-atomic]
	spin_unlock(&l->lock);
	return ret;
}

/* GFP_ATOMIC proves nothing: the function may sleep, it just asked for memory that way. */
int gfp_atomic_ok(void **out)
{
	void *buf = (void *)__get_free_page(GFP_ATOMIC);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;
	*out = buf;
	return 0;
}

/* guard() holds the lock to the end of the scope. */
int guard_bad(struct locked *l)
{
	guard(spinlock)(&l->lock);
	return set_memory_decrypted((unsigned long)l->buf, 1);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
}

int guard_mutex_ok(struct locked *l)
{
	guard(mutex)(&l->mutex);
	return set_memory_decrypted((unsigned long)l->buf, 1);
}

/* scoped_guard() ends before the transition. */
int scoped_guard_ok(struct locked *l)
{
	void *buf = NULL;

	scoped_guard(spinlock, &l->lock)
		buf = l->buf;
	return set_memory_decrypted((unsigned long)buf, 1);
}

int scoped_guard_bad(struct locked *l)
{
	int ret = 0;

	scoped_guard(spinlock_irqsave, &l->lock) {
		ret = set_memory_decrypted((unsigned long)l->buf, 1);
//		      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	}
	return ret;
}

/* The lock is taken on one of two paths. */
int maybe_locked_bad(struct locked *l, bool lock)
{
	unsigned long flags = 0;
	int ret;

	if (lock)
		spin_lock_irqsave(&l->lock, flags);
	ret = set_memory_decrypted((unsigned long)l->buf, 1);
//	      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
	if (lock)
		spin_unlock_irqrestore(&l->lock, flags);
	return ret;
}

/* Memory was asked for without waiting: the caller may not sleep. */
int nowait_bad(struct locked *l)
{
	void *note = kmalloc(64, GFP_NOWAIT | __GFP_NOWARN);

	if (!note)
		return -ENOMEM;
	l->note = note;
	return set_memory_decrypted((unsigned long)l->buf, 1);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ info[transition-in-atomic]
}

/* Whoever is given the flag knows what it forbids. */
static int locked_grow(struct locked *l, gfp_t gfp)
{
	void *note = kmalloc(64, gfp);

	if (!note)
		return -ENOMEM;
	l->note = note;
	return set_memory_decrypted((unsigned long)l->buf, 1);
}

int nowait_handed_on_ok(struct locked *l)
{
	return locked_grow(l, GFP_NOWAIT);
}
