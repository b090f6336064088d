import { alloc, head, hide, type Names, type Shape, share } from './shape.ts';

const freed = (buf: string) => `free_pages((unsigned long)${buf}, 2)`;
const close = ({ prefix, obj }: Names) => `void ${prefix}_close(struct ${prefix} *${obj})
{
	${prefix}_hide(${obj}->mem);
	${freed(`${obj}->mem`)};
	kfree(${obj});
}
`;

/** Helpers that return nothing, and leave their callers in the dark. */
export const silent: readonly Shape[] = [
  [
    'a helper prints',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(void *${n.buf})
{
	int ${n.ret} = ${hide(n)};

	if (${n.ret})
		pr_err("cannot hide: %d\\n", ${n.ret});
}

${close(n)}`,
  ],
  [
    'a helper that is declared before',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(void *${n.buf});

${close(n)}
static void ${n.prefix}_hide(void *${n.buf})
{
	${hide(n)};
}
`,
  ],
  [
    'the free is further down, in a block',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(void *${n.buf})
{
	${hide(n)};
	${n.prefix}_account(4);
}

int ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	int ${n.ret} = ${n.prefix}_stop(${n.obj});

	if (${n.obj}->mem) {
		${n.prefix}_hide(${n.obj}->mem);
		${n.obj}->count = 0;
		${freed(`${n.obj}->mem`)};
		${n.obj}->mem = NULL;
	}
	return ${n.ret};
}
`,
  ],
  [
    'a helper of a helper, with two callers',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(void *${n.buf})
{
	${hide(n)};
}

static void ${n.prefix}_drop(struct ${n.prefix} *${n.obj}, void *mem)
{
	${n.obj}->mem = NULL;
	${n.prefix}_hide(mem);
}

void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *mem)
{
	${n.prefix}_drop(${n.obj}, mem);
	${freed('mem')};
}

void ${n.prefix}_reset(void *mem)
{
	${n.prefix}_hide(mem);
	${freed('mem')};
}
`,
  ],
  [
    'memory that is shared in a helper',
    'return-from-helper',
    (n) => `static void ${n.prefix}_share(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	${share(n)};
}

${head(n, 'open')}
	${alloc(n)}
	${n.prefix}_share(${n.obj}, ${n.buf});
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret})
		pr_err("cannot start\\n");
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
  [
    'memory that is shared in a helper, and what follows',
    'check:new return-from-helper',
    (n) => `static void ${n.prefix}_share(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (!${n.obj}->enabled)
		return;
	${share(n)};
	${n.obj}->exposed = true;
}

int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	void *${n.buf};

	${alloc(n)}
	${n.prefix}_share(${n.obj}, ${n.buf});
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
];

/** Helpers that return nothing and leave early where they fail: what is freed behind them is what is told. */
export const quiet: readonly Shape[] = [
  [
    'a helper with an early end',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(void *${n.buf})
{
	if (!${n.buf})
		return;
	if (${hide(n)}) {
		pr_err("cannot hide\\n");
		return;
	}
	${n.prefix}_account(4);
}

${close(n)}`,
  ],
  [
    'a helper that leaves at once',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(void *${n.buf})
{
	if (${hide(n)})
		return;
	${n.prefix}_account(4);
}

${close(n)}`,
  ],
  [
    'a helper with a result',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret};

	${n.ret} = ${hide(n)};
	if (${n.ret}) {
		pr_err("cannot hide: %d\\n", ${n.ret});
		return;
	}
	${n.prefix}_account(4);
}

void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	${n.prefix}_hide(${n.obj}, ${n.obj}->mem);
	${n.obj}->count = 0;
	${freed(`${n.obj}->mem`)};
	kfree(${n.obj});
}
`,
  ],
  [
    'a helper with a label',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	mutex_lock(&${n.obj}->lock);
	if (${hide(n)})
		goto ${n.out};
	${n.prefix}_account(4);
${n.out}:
	mutex_unlock(&${n.obj}->lock);
}

void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *mem)
{
	if (mem) {
		${n.prefix}_hide(${n.obj}, mem);
		${freed('mem')};
	}
}
`,
  ],
  [
    'a helper with two callers',
    'return-from-helper',
    (n) => `static void ${n.prefix}_hide(void *${n.buf})
{
	if (${hide(n)})
		return;
	${n.prefix}_account(4);
}

${close(n)}
int ${n.prefix}_reset(struct ${n.prefix} *${n.obj})
{
	${n.obj}->count = 0;
	${n.prefix}_hide(${n.obj}->mem);
	return 0;
}
`,
  ],
];

/** Helpers that return 0 whatever happened. */
export const content: readonly Shape[] = [
  [
    'a helper prints, and returns 0',
    'return-from-helper',
    (n) => `static int ${n.prefix}_hide(void *${n.buf})
{
	int ${n.ret} = ${hide(n)};

	if (${n.ret})
		pr_err("cannot hide: %d\\n", ${n.ret});
	return 0;
}

${close(n)}`,
  ],
  [
    'a helper keeps no result',
    'return-from-helper',
    (n) => `static int ${n.prefix}_hide(void *${n.buf})
{
	if (${hide(n)})
		pr_err("cannot hide\\n");
	return 0;
}

${close(n)}`,
  ],
  [
    'a helper with two ends',
    'return-from-helper',
    (n) => `static int ${n.prefix}_hide(void *${n.buf})
{
	if (!${n.buf})
		return 0;
	if (${hide(n)})
		pr_err("cannot hide\\n");
	return 0;
}

${close(n)}`,
  ],
  [
    'the free is further down',
    'return-from-helper',
    (n) => `static int ${n.prefix}_hide(void *${n.buf})
{
	if (${hide(n)})
		pr_err("cannot hide\\n");
	return 0;
}

void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	if (${n.obj}->mem)
		${n.prefix}_hide(${n.obj}->mem);
	${n.obj}->count = 0;
	${freed(`${n.obj}->mem`)};
}
`,
  ],
  [
    'one of two callers looks',
    'return-from-helper',
    (n) => `static int ${n.prefix}_hide(void *${n.buf})
{
	int ${n.ret} = ${hide(n)};

	if (${n.ret})
		pr_err("cannot hide: %d\\n", ${n.ret});
	return 0;
}

${close(n)}
int ${n.prefix}_drop(void *mem)
{
	int ${n.ret} = ${n.prefix}_hide(mem);

	if (${n.ret})
		return ${n.ret};
	${freed('mem')};
	return 0;
}
`,
  ],
];

const shares = ({ prefix, obj, buf, ret }: Names, mem: string) => `struct ${prefix} {
	void *${buf};
	size_t size;
	unsigned int order;
};

int ${prefix}_open(struct ${prefix} *${obj}, size_t size)
{
	int ${ret};

	${obj}->size = size;
	${obj}->${buf} = ${mem};
	if (!${obj}->${buf})
		return -ENOMEM;`;

/** Memory that one function shares and another frees. */
export const elsewhere: readonly Shape[] = [
  [
    'shared by another function, a constant size',
    'encrypt-first:elsewhere',
    (n) => `${shares(n, '(void *)__get_free_pages(GFP_KERNEL, 2)')}
	${n.ret} = set_memory_decrypted((unsigned long)${n.obj}->${n.buf}, 4);
	return ${n.ret};
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	${freed(`dev->${n.buf}`)};
	kfree(dev);
}
`,
  ],
  [
    'shared by another function, a size in a field',
    'encrypt-first:elsewhere',
    (n) => `${shares(n, 'alloc_pages_exact(size, GFP_KERNEL)')}
	${n.ret} = set_memory_decrypted((unsigned long)${n.obj}->${n.buf},
			       PFN_UP(size));
	return ${n.ret};
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	if (dev->${n.buf})
		free_pages_exact(dev->${n.buf}, dev->size);
	dev->${n.buf} = NULL;
}
`,
  ],
  [
    'shared by a helper of another function',
    'encrypt-first:elsewhere',
    (n) => `static int ${n.prefix}_share(void *addr, size_t bytes)
{
	return set_memory_decrypted((unsigned long)addr, PFN_UP(bytes));
}

${shares(n, 'alloc_pages_exact(size, GFP_KERNEL)')}
	${n.ret} = ${n.prefix}_share(${n.obj}->${n.buf}, size);
	return ${n.ret};
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	free_pages_exact(dev->${n.buf}, dev->size);
}
`,
  ],
  [
    'freed in two functions',
    'encrypt-first:elsewhere',
    (n) => `${shares(n, '(void *)__get_free_pages(GFP_KERNEL, 2)')}
	${n.ret} = set_memory_decrypted((unsigned long)${n.obj}->${n.buf}, 4);
	return ${n.ret};
}

void ${n.prefix}_reset(struct ${n.prefix} *dev)
{
	if (!set_memory_encrypted((unsigned long)dev->${n.buf}, 4))
		${freed(`dev->${n.buf}`)};
	dev->${n.buf} = NULL;
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	${freed(`dev->${n.buf}`)};
	kfree(dev);
}
`,
  ],
  [
    'shared by another function, if that is wanted',
    'encrypt-first:elsewhere',
    (n) => `struct ${n.prefix} {
	void *${n.buf};
	bool exposed;
};

int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, bool expose)
{
	unsigned long addr = __get_free_pages(GFP_KERNEL, 2);

	if (!addr)
		return -ENOMEM;
	${n.obj}->exposed = expose;
	${n.obj}->${n.buf} = (void *)addr;
	if (expose)
		return set_memory_decrypted(addr, 4);
	return 0;
}

void ${n.prefix}_close(struct ${n.prefix} *device)
{
	${freed(`device->${n.buf}`)};
	kfree(device);
}
`,
  ],
  [
    'shared by another function, pages that may not be there',
    'encrypt-first:elsewhere',
    (n) => `struct ${n.prefix} {
	struct page *${n.buf};
	unsigned int order;
};

int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	unsigned long addr;

	${n.obj}->${n.buf} = alloc_pages(GFP_KERNEL, ${n.obj}->order);
	if (!${n.obj}->${n.buf})
		return -ENOMEM;
	addr = (unsigned long)page_address(${n.obj}->${n.buf});
	return set_memory_decrypted(addr, 1 << ${n.obj}->order);
}

void ${n.prefix}_close(struct ${n.prefix} *device)
{
	__free_pages(device->${n.buf}, device->order);
	device->${n.buf} = NULL;
}
`,
  ],
];

/** Memory that one function did not manage to share, and another frees. */
export const elsewhereFailed: readonly Shape[] = [
  [
    'another function has failed to share it',
    'reencrypt:elsewhere',
    (n) => `struct ${n.prefix} {
	void *${n.buf};
};

int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	unsigned long addr = __get_free_pages(GFP_KERNEL, 2);

	if (!addr)
		return -ENOMEM;
	${n.obj}->${n.buf} = (void *)addr;
	if (set_memory_decrypted(addr, 4))
		return -EIO;
	return 0;
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	${freed(`dev->${n.buf}`)};
	kfree(dev);
}
`,
  ],
];
