import { allocated, free, head, hide, keep, type Shape, share } from './shape.ts';

/** More frees after a failure: of the way back, and of the way there through labels that do more than free. */
export const failedBack: readonly Shape[] = [
  [
    'nobody looks, in a branch',
    'free-on-success:call',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (!${n.obj}->open)
		return -EINVAL;
	${hide(n)};
	${free(n)};
	return 0;
}
`,
  ],
  [
    'nobody looks, behind a label',
    'free-on-success:call',
    (n) => `${head(n, 'open')}
	${n.buf} = ${n.obj}->mem;
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret})
		goto ${n.free};
	return 0;

${n.free}:
	${hide(n)};
	${free(n)};
	return ${n.ret};
}
`,
  ],
  [
    'nobody looks, and says so',
    'free-on-success:call',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	unsigned long addr = (unsigned long)${n.obj}->mem;

	(void)set_memory_encrypted(addr, ${n.obj}->npages_of_it);
	free_pages(addr, ${n.obj}->order);
	${n.obj}->mem = NULL;
}
`,
  ],
  [
    'nobody looks, in a long line',
    'free-on-success:call',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	set_memory_encrypted((unsigned long)${n.obj}->ring_mem, ${n.obj}->pages);
	free_pages((unsigned long)${n.obj}->ring_mem, 2);
	${n.obj}->ring_mem = NULL;
}
`,
  ],
  [
    'nobody looks, in two lines, and more is done between',
    'free-on-success:kept',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	set_memory_encrypted((unsigned long)${n.obj}->memory_that_is_shared,
			     ${n.obj}->npages);
	${n.obj}->npages = 0;
	free_pages((unsigned long)${n.obj}->memory_that_is_shared, 2);
	return 0;
}
`,
  ],
  [
    'told in a block, and freed',
    'free-on-success:else',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (${hide(n)}) {
		pr_warn("cannot hide\\n");
		${n.obj}->broken = true;
	}
	${free(n)};
	${n.obj}->mem = NULL;
}
`,
  ],
  [
    'told in several lines, and freed in several',
    'free-on-success:else',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	if (set_memory_encrypted((unsigned long)${n.obj}->shared_memory,
				 ${n.obj}->npages))
		pr_warn_ratelimited("the memory cannot be made private\\n");
	free_pages((unsigned long)${n.obj}->shared_memory,
		   get_order(${n.obj}->npages << PAGE_SHIFT));
}
`,
  ],
  [
    'warned of and told, and freed',
    'free-on-success:else',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (WARN_ON(${hide(n)}))
		${n.obj}->broken = true;
	${free(n)};
	return ${n.prefix}_stop(${n.obj});
}
`,
  ],
  [
    'told behind a label, and freed',
    'free-on-success:else',
    (n) => `${head(n, 'open')}
	${n.buf} = ${n.obj}->mem;
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret})
		goto ${n.free};
	return 0;

${n.free}:
	if (${hide(n)}) {
		/* nothing can be done */
		pr_warn("cannot hide\\n");
	}
	${free(n)};
	return ${n.ret};
}
`,
  ],
  [
    'told, and freed further down',
    'free-on-success:kept',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (${n.obj}->exposed) {
		if (WARN_ON(${hide(n)}))
			${n.obj}->broken = true;
		kfree(${n.obj}->slots);
	}

	if (${n.obj}->owned)
		${free(n)};
}
`,
  ],
  [
    'told with the result, and freed',
    'free-on-success:variable',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret};

	${n.ret} = ${hide(n)};
	if (${n.ret} < 0)
		pr_warn("cannot hide: %d\\n", ${n.ret});
	${free(n)};
	return ${n.ret};
}
`,
  ],
  [
    'the result is told only behind the free',
    'free-on-success:variable',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	int ${n.ret} = set_memory_encrypted((unsigned long)${n.obj}->mem, 4);

	if (${n.obj}->mem) {
		free_pages((unsigned long)${n.obj}->mem, 2);
		${n.obj}->mem = NULL;
	}
	return ${n.ret};
}
`,
  ],
  [
    'nobody looks, and more is done between',
    'free-on-success:kept',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	unsigned int i;

	${hide(n)};
	for (i = 0; i < ${n.obj}->count; i++)
		${n.prefix}_forget(${n.obj}, i);
	${free(n)};
}
`,
  ],
  [
    'nobody looks, twice',
    'free-on-success:kept',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (${n.obj}->exposed)
		${hide(n)};
	${n.prefix}_account(${n.obj}, -4);
	${free(n)};
}
`,
  ],
  [
    'freed in the branch, with more',
    'leak:here reencrypt:guard',
    (n) => `${allocated(n, 'open')}
	${n.obj}->slots = kcalloc(8, 4, GFP_KERNEL);
	${n.ret} = ${share(n)};
	if (${n.ret}) {
		dev_err(${n.obj}->dev, "cannot share: %d\\n", ${n.ret});
		if (${n.obj}->owned)
			${free(n)};
		kfree(${n.obj}->slots);
		return ${n.ret};
	} else {
		${n.obj}->count++;
	}
	${keep(n)}
}
`,
  ],
  [
    'freed in an else',
    'leak:here reencrypt:guard',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (!${n.ret}) {
		${n.obj}->mem = ${n.buf};
	} else {
		${free(n)};
		${n.obj}->mem = NULL;
	}
	return ${n.ret};
}
`,
  ],
  [
    'a label that does more, and then frees',
    'leak-flag reencrypt:guard',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (${n.ret} != 0)
		goto ${n.free};
	${n.obj}->mem = ${n.buf};
	return 0;

${n.free}:
	${n.prefix}_count(${n.obj});
	${free(n)};
	return ${n.ret};
}
`,
  ],
  [
    'a label that frees where there is something',
    'leak:jump leak-flag reencrypt:jump',
    (n) => `${head(n, 'open')}
	${n.ret} = -ENOMEM;
	${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.buf})
		goto ${n.out};
	if (${n.obj}->exposed) {
		${n.ret} = ${share(n)};
		if (${n.ret})
			goto ${n.out};
	}
	${keep(n)}

${n.out}:
	if (${n.buf})
		${free(n)};
	return ${n.ret};
}
`,
  ],
  [
    'a label that all failures jump to',
    'leak:jump leak-flag reencrypt:jump',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${n.prefix}_prepare(${n.obj});
	if (${n.ret})
		goto ${n.free};
	${n.ret} = ${share(n)};
	if (${n.ret}) {
		pr_err("cannot share: %d\\n", ${n.ret});
		goto ${n.free};
	}
	${keep(n)}

${n.free}:
	${free(n)};
	${n.obj}->count--;
	kfree(${n.obj}->slots);
	return ${n.ret};
}
`,
  ],
  [
    'a label of two, and no result',
    'leak:jump leak-flag reencrypt:jump',
    (n) => `void *${n.prefix}_get(struct ${n.prefix} *${n.obj})
{
	void *${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!${n.buf})
		return NULL;
	if (${n.prefix}_prepare(${n.obj}))
		goto ${n.free};
	if (${share(n)})
		goto ${n.free};
	return ${n.buf};

${n.free}:
	${free(n)};
	return NULL;
}
`,
  ],
  [
    'a label that code falls into, with a lock',
    'leak:jump leak-flag reencrypt:jump',
    (n) => `${allocated(n, 'test')}
	mutex_lock(&${n.obj}->lock);
	${n.ret} = ${n.prefix}_prepare(${n.obj});
	if (${n.ret} == -EAGAIN)
		goto ${n.free};
	if (!${n.ret}) {
		${n.ret} = ${share(n)};
		if (${n.ret})
			goto ${n.free};
		${n.obj}->mem = ${n.buf};
		mutex_unlock(&${n.obj}->lock);
		return 0;
	}
	${n.obj}->failed++;
${n.free}:
	${free(n)};
	mutex_unlock(&${n.obj}->lock);
	return ${n.ret};
}
`,
  ],
];

/** More frees of what is shared, behind labels that earlier failures jump to. */
export const sharedLabels: readonly Shape[] = [
  [
    'a label that earlier failures jump to, and another behind it',
    'encrypt-first:label',
    (n) => `${head(n, 'open')}
	${n.obj}->slots = kcalloc(8, 4, GFP_KERNEL);
	if (!${n.obj}->slots)
		return -ENOMEM;
	${n.ret} = -ENOMEM;
	${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.buf})
		goto err_slots;
	${n.ret} = ${n.prefix}_prepare(${n.obj});
	if (${n.ret})
		goto ${n.free};
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto err_slots;	/* leaked: its state is unknown */
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret}) {
		pr_err("cannot start: %d\\n", ${n.ret});
		goto ${n.free};
	}
	${keep(n)}

${n.free}:
	${free(n)};
err_slots:
	kfree(${n.obj}->slots);
	return ${n.ret};
}
`,
  ],
  [
    'two late failures, and one early',
    'encrypt-first:label',
    (n) => `${allocated(n, 'open')}
	if (${n.prefix}_is_full(${n.obj})) {
		${n.ret} = -ENOSPC;
		goto ${n.free};
	}
	${n.ret} = ${share(n)};
	if (${n.ret})
		return ${n.ret};	/* leaked: its state is unknown */
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret})
		goto ${n.free};
	${n.ret} = ${n.prefix}_enable(${n.obj}, ${n.buf});
	if (${n.ret} < 0)
		goto ${n.free};
	${keep(n)}
${n.free}:
	${free(n)};
	${n.obj}->open = false;
	return ${n.ret};
}
`,
  ],
  [
    'a label behind which a lock is released',
    'encrypt-first:label',
    (n) => `${allocated(n, 'open')}
	mutex_lock(&${n.obj}->lock);
	${n.ret} = ${n.prefix}_prepare(${n.obj});
	if (${n.ret})
		goto ${n.free};
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto unlock;	/* leaked: its state is unknown */
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret})
		goto ${n.free};
	${n.obj}->mem = ${n.buf};
	goto unlock;
${n.free}:
	${free(n)};
unlock:
	mutex_unlock(&${n.obj}->lock);
	return ${n.ret};
}
`,
  ],
  [
    'a label, and NULL is returned',
    'encrypt-first:label',
    (n) => `void *${n.prefix}_get(struct ${n.prefix} *${n.obj}, size_t size)
{
	void *${n.buf} = alloc_pages_exact(size, GFP_KERNEL);

	if (!${n.buf})
		return NULL;
	if (${n.prefix}_prepare(${n.obj}))
		goto ${n.free};
	if (set_memory_decrypted((unsigned long)${n.buf}, PFN_UP(size)))
		return NULL;	/* leaked: its state is unknown */
	if (${n.prefix}_start(${n.obj}, ${n.buf}))
		goto ${n.free};
	return ${n.buf};

${n.free}:
	free_pages_exact(${n.buf}, size);
	return NULL;
}
`,
  ],
];
