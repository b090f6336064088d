import { alloc, free, head, hide, type Names, type Shape, share } from './shape.ts';

const take = ({ obj }: Names) => `spin_lock(&${obj}->lock);`;
const drop = ({ obj }: Names) => `spin_unlock(&${obj}->lock);`;
const structure = ({ prefix, buf }: Names) => `struct ${prefix} {
	spinlock_t lock;
	unsigned long addr;
	void *${buf};
	unsigned int npages, order;
	bool open;
};
`;

/** Transitions under a lock that can be moved out of it. */
export const locked: readonly Shape[] = [
  [
    'a failure goes to the label that unlocks',
    'before-lock',
    (n) => `${head(n, 'open')}	unsigned long flags;

	${alloc(n)}

	spin_lock_irqsave(&${n.obj}->lock, flags);
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.out};

	${n.obj}->mem = ${n.buf};
${n.out}:
	spin_unlock_irqrestore(&${n.obj}->lock, flags);
	return ${n.ret};
}
`,
  ],
  [
    'and then does more',
    'before-lock',
    (n) => `${head(n, 'open')}
	${alloc(n)}
	${take(n)}
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.out};
	${n.obj}->mem = ${n.buf};
${n.out}:
	${drop(n)}
	${n.prefix}_trace(${n.obj});
	return ${n.ret};
}
`,
  ],
  [
    'the arm unlocks',
    'before-lock',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	void *${n.buf};

	${alloc(n)}
	${take(n)}
	if (${share(n)}) {
		${drop(n)}
		return -EIO;
	}
	${n.obj}->mem = ${n.buf};
	${drop(n)}
	return 0;
}
`,
  ],
  [
    'two locks, and the arm says so',
    'before-lock',
    (n) => `${head(n, 'open')}
	${alloc(n)}
	${take(n)}
	spin_lock_bh(&${n.obj}->pool->lock);
	/* the device reads it */
	${n.ret} = ${share(n)};
	if (${n.ret}) {
		pr_err("cannot share\\n");
		spin_unlock_bh(&${n.obj}->pool->lock);
		${drop(n)}
		return ${n.ret};
	}
	${n.obj}->mem = ${n.buf};
	spin_unlock_bh(&${n.obj}->pool->lock);
	${drop(n)}
	return 0;
}
`,
  ],
  [
    'the result is looked at later',
    'before-lock after-unlock:here',
    (n) => `${head(n, 'open')}
	${alloc(n)}
	${take(n)}
	${n.obj}->opened++;
	${n.ret} = ${share(n)};
	${drop(n)}
	if (${n.ret})
		return ${n.ret};
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
  [
    'under a guard',
    'before-lock',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	struct page *page;

	page = alloc_pages(GFP_KERNEL, 2);
	if (!page)
		return -ENOMEM;
	guard(spinlock_irqsave)(&${n.obj}->lock);
	if (set_memory_decrypted((unsigned long)page_address(page), 4))
		return -EIO;
	${n.obj}->mem = page_address(page);
	return 0;
}
`,
  ],
  [
    'in the block of a guard',
    'before-lock',
    (n) => `${head(n, 'open')}
	${alloc(n)}
	scoped_guard(spinlock, &${n.obj}->lock) {
		${n.ret} = ${share(n)};
		if (!${n.ret})
			${n.obj}->mem = ${n.buf};
	}
	return ${n.ret};
}
`,
  ],
  [
    'through a helper',
    'before-lock',
    (n) => `static int ${n.prefix}_share(void *addr, unsigned int order)
{
	return set_memory_decrypted((unsigned long)addr, 1 << order);
}

int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, unsigned int order)
{
	unsigned long ${n.buf} = __get_free_pages(GFP_KERNEL, order);
	int ${n.ret};

	if (!${n.buf})
		return -ENOMEM;
	${take(n)}
	${n.obj}->order = order;
	${n.ret} = ${n.prefix}_share((void *)${n.buf}, order);
	if (!${n.ret})
		${n.obj}->mem = ${n.buf};
	${drop(n)}
	return ${n.ret};
}
`,
  ],
  [
    'the memory of all callers',
    'before-lock',
    (n) => `static int ${n.prefix}_attach(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret};

	${take(n)}
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.out};
	${n.obj}->mem = ${n.buf};
${n.out}:
	${drop(n)}
	return ${n.ret};
}

int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	void *mem = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!mem)
		return -ENOMEM;
	return ${n.prefix}_attach(${n.obj}, mem);
}
`,
  ],
  [
    'taken out of a field',
    'after-unlock:field',
    (n) => `${structure(n)}
void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	unsigned long flags;

	spin_lock_irqsave(&${n.obj}->lock, flags);
	${n.obj}->open = false;
	if (!set_memory_encrypted((unsigned long)${n.obj}->${n.buf}, 4))
		free_pages((unsigned long)${n.obj}->${n.buf}, 2);
	${n.obj}->${n.buf} = NULL;
	spin_unlock_irqrestore(&${n.obj}->lock, flags);
}
`,
  ],
  [
    'taken out of a field where there is something',
    'after-unlock:field',
    (n) => `${structure(n)}
void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	${take(n)}
	if (${n.obj}->${n.buf}) {
		if (!set_memory_encrypted((unsigned long)${n.obj}->${n.buf},
					  ${n.obj}->npages))
			free_pages((unsigned long)${n.obj}->${n.buf},
				   ${n.obj}->order);
		${n.obj}->${n.buf} = NULL;
	}
	${n.obj}->open = false;
	${drop(n)}
}
`,
  ],
  [
    'taken out of a field, the result is kept',
    'after-unlock:field',
    (n) => `${structure(n)}
int ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	int ${n.ret};

	scoped_guard(spinlock, &${n.obj}->lock) {
		${n.ret} = set_memory_encrypted(${n.obj}->addr, 4);
		if (!${n.ret})
			free_pages(${n.obj}->addr, 2);
		${n.obj}->addr = 0;
		${n.obj}->open = false;
	}
	return ${n.ret};
}
`,
  ],
  [
    'freed under the lock',
    'before-lock after-unlock:here',
    (n) => `void ${n.prefix}_try(struct ${n.prefix} *${n.obj})
{
	void *${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	int ${n.ret};

	if (!${n.buf})
		return;
	${take(n)}
	${n.obj}->tries++;
	${n.ret} = ${hide(n)};
	if (!${n.ret})
		${free(n)};
	${drop(n)}
}
`,
  ],
];

/** More transitions under a lock, of memory that is the function's own. */
export const lockedOwn: readonly Shape[] = [
  [
    'made private at the end of the section',
    'before-lock after-unlock:here',
    (n) => `int ${n.prefix}_put(struct ${n.prefix} *${n.obj})
{
	void *${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	int ${n.ret};

	if (!${n.buf})
		return -ENOMEM;
	spin_lock_bh(&${n.obj}->lock);
	${n.obj}->puts++;
	${n.ret} = ${hide(n)};
	spin_unlock_bh(&${n.obj}->lock);
	if (${n.ret})
		return ${n.ret};
	${free(n)};
	return 0;
}
`,
  ],
];
