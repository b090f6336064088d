/* Callbacks run later, in a context of their own, on what was left when they were armed. */

struct rcu_pool {
	struct rcu_head rcu;
	void *buf;
};

/* An RCU callback runs in softirq context. */
static void rcu_callback_bad(struct rcu_head *rcu)
{
	struct rcu_pool *pool = container_of(rcu, struct rcu_pool, rcu);

	if (!set_memory_encrypted((unsigned long)pool->buf, 4))
//	     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
		free_pages((unsigned long)pool->buf, 2);
	kfree(pool);
}

void rcu_drop_ok(struct rcu_pool *pool)
{
	call_rcu(&pool->rcu, rcu_callback_bad);
}

struct work_pool {
	struct work_struct work;
	void *buf;
};

/* A work item runs in process context. */
static void work_callback_ok(struct work_struct *work)
{
	struct work_pool *pool = container_of(work, struct work_pool, work);

	if (!set_memory_encrypted((unsigned long)pool->buf, 4))
		free_pages((unsigned long)pool->buf, 2);
	kfree(pool);
}

void work_drop_ok(struct work_pool *pool)
{
	INIT_WORK(&pool->work, work_callback_ok);
	schedule_work(&pool->work);
}

struct locked_pool {
	spinlock_t lock;
	struct work_struct work;
	void *buf;
	void *note;
};

/* Armed under a lock, or by who may not wait: it runs when that is over. */
static void locked_callback_ok(struct work_struct *work)
{
	struct locked_pool *pool = container_of(work, struct locked_pool, work);

	if (!set_memory_encrypted((unsigned long)pool->buf, 4))
		free_pages((unsigned long)pool->buf, 2);
}

void locked_drop_ok(struct locked_pool *pool)
{
	pool->note = kmalloc(64, GFP_NOWAIT);
	spin_lock(&pool->lock);
	INIT_WORK(&pool->work, locked_callback_ok);
	schedule_work(&pool->work);
	spin_unlock(&pool->lock);
}

struct rcu_work_pool {
	struct rcu_work rwork;
	void *buf;
};

/* After a grace period, but in process context. */
static void rcu_work_callback_ok(struct work_struct *work)
{
	struct rcu_work_pool *pool = container_of(to_rcu_work(work), struct rcu_work_pool, rwork);

	if (!set_memory_encrypted((unsigned long)pool->buf, 4))
		free_pages((unsigned long)pool->buf, 2);
	kfree(pool);
}

void rcu_work_drop_ok(struct rcu_work_pool *pool)
{
	INIT_RCU_WORK(&pool->rwork, rcu_work_callback_ok);
	queue_rcu_work(system_wq, &pool->rwork);
}

struct timer_pool {
	struct timer_list timer;
	void *buf;
};

/* A timer runs in softirq context. */
static void timer_callback_bad(struct timer_list *t)
{
	struct timer_pool *pool = timer_container_of(pool, t, timer);

	if (set_memory_encrypted((unsigned long)pool->buf, 1))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
		return;
	free_page((unsigned long)pool->buf);
}

void timer_arm_ok(struct timer_pool *pool)
{
	timer_setup(&pool->timer, timer_callback_bad, 0);
	mod_timer(&pool->timer, jiffies + HZ);
}

struct irq_dev {
	int irq;
	void *buf;
};

/* A hard interrupt handler. */
static irqreturn_t irq_handler_bad(int irq, void *data)
{
	struct irq_dev *dev = data;

	if (set_memory_decrypted((unsigned long)dev->buf, 1))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[transition-in-atomic]
		return IRQ_NONE;
	return IRQ_HANDLED;
}

int irq_setup_ok(struct irq_dev *dev)
{
	return request_irq(dev->irq, irq_handler_bad, 0, "example", dev);
}

struct thread_dev {
	int irq;
	void *buf;
};

/* The thread of a threaded interrupt may sleep. */
static irqreturn_t irq_thread_ok(int irq, void *data)
{
	struct thread_dev *dev = data;

	if (set_memory_decrypted((unsigned long)dev->buf, 1))
		return IRQ_NONE;
	return IRQ_HANDLED;
}

int irq_thread_setup_ok(struct thread_dev *dev)
{
	return request_threaded_irq(dev->irq, NULL, irq_thread_ok, IRQF_ONESHOT, "example", dev);
}

struct armed_net {
	struct rcu_head rcu;
	void *recv;
	bool recv_shared;
};

int armed_open_ok(struct armed_net *net)
{
	net->recv = (void *)__get_free_pages(GFP_KERNEL, 4);
	if (!net->recv)
		return -ENOMEM;
	net->recv_shared = true;
	return set_memory_decrypted((unsigned long)net->recv, 16);
}

/* The callback frees what is private again, by the flag that the arming function left. */
static void armed_free_ok(struct rcu_head *rcu)
{
	struct armed_net *net = container_of(rcu, struct armed_net, rcu);

	if (!net->recv_shared)
		free_pages((unsigned long)net->recv, 4);
	kfree(net);
}

void armed_close_ok(struct armed_net *net)
{
	if (!set_memory_encrypted((unsigned long)net->recv, 16))
		net->recv_shared = false;
	call_rcu(&net->rcu, armed_free_ok);
}

struct armed_blind {
	struct rcu_head rcu;
	void *recv;
	bool recv_shared;
};

int armed_blind_open_ok(struct armed_blind *net)
{
	net->recv = (void *)__get_free_pages(GFP_KERNEL, 4);
	if (!net->recv)
		return -ENOMEM;
	net->recv_shared = true;
	return set_memory_decrypted((unsigned long)net->recv, 16);
}

/* The same callback without the test: armed after a failure it frees memory of unknown state. */
static void armed_blind_free_bad(struct rcu_head *rcu)
{
	struct armed_blind *net = container_of(rcu, struct armed_blind, rcu);

	free_pages((unsigned long)net->recv, 4);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
	kfree(net);
}

void armed_blind_close_ok(struct armed_blind *net)
{
	if (!set_memory_encrypted((unsigned long)net->recv, 16))
		net->recv_shared = false;
	call_rcu(&net->rcu, armed_blind_free_bad);
}

struct devm_dev {
	void *buf;
};

/* A device-managed action is a teardown in process context. */
static void devm_release_ok(void *data)
{
	struct devm_dev *dev = data;

	if (!set_memory_encrypted((unsigned long)dev->buf, 1))
		free_page((unsigned long)dev->buf);
}

int devm_probe_ok(struct device *parent, struct devm_dev *dev)
{
	dev->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!dev->buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)dev->buf, 1))
		return -EIO;
	return devm_add_action_or_reset(parent, devm_release_ok, dev);
}
