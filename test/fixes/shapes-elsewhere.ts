import type { Names, Shape } from './shape.ts';

const structure = ({ prefix, buf }: Names) => `struct ${prefix} {
	void *${buf};
	bool exposed;
	unsigned int order;
};
`;
const open = (n: Names, how: string) => `${structure(n)}
int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	int ${n.ret};

	${n.obj}->exposed = false;
	${n.obj}->${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.obj}->${n.buf})
		return -ENOMEM;
	${how}
}
`;
const shareField = ({ obj, buf }: Names) => `set_memory_decrypted((unsigned long)${obj}->${buf}, 4)`;
const before = (n: Names) =>
  open(
    n,
    `${n.obj}->exposed = true;
	${n.ret} = ${shareField(n)};
	if (${n.ret})
		return ${n.ret};
	return 0;`,
  );
const either = (n: Names) =>
  open(
    n,
    `${n.ret} = ${shareField(n)};
	${n.obj}->exposed = true;
	return ${n.ret};`,
  );
const freed = (place: string) => `free_pages((unsigned long)${place}, 2)`;

/** Frees of memory that another function failed to share, and left a flag beside. */
export const flaggedFailed: readonly Shape[] = [
  [
    'a flag is set in time',
    'free-by-flag reencrypt:elsewhere',
    (n) => `${before(n)}
void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	${freed(`dev->${n.buf}`)};
	kfree(dev);
}
`,
  ],
  [
    'a flag, where it may be empty',
    'free-by-flag reencrypt:elsewhere',
    (n) => `${before(n)}
void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	if (${n.obj}->${n.buf})
		${freed(`${n.obj}->${n.buf}`)};
	${n.obj}->${n.buf} = NULL;
}
`,
  ],
  [
    'a flag, and a free in an else',
    'free-by-flag reencrypt:elsewhere',
    (n) => `${before(n)}
void ${n.prefix}_close(struct ${n.prefix} *dev, bool keep)
{
	if (keep)
		list_add(&dev->list, &${n.prefix}_kept);
	else
		${freed(`dev->${n.buf}`)};
	dev->order = 0;
}
`,
  ],
  [
    'a flag, and a free behind a label',
    'free-by-flag reencrypt:elsewhere',
    (n) => `${before(n)}
int ${n.prefix}_drop(struct ${n.prefix} *dev, bool all)
{
	if (!dev->${n.buf})
		goto done;
	if (all)
		goto drop;
	return -EBUSY;
drop:
	${freed(`dev->${n.buf}`)};
	dev->${n.buf} = NULL;
done:
	return 0;
}
`,
  ],
  [
    'a flag, and a long free',
    'free-by-flag',
    (n) => `struct ${n.prefix} {
	void *${n.buf}_for_the_device;
	bool state_unknown;
};

int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, size_t size)
{
	void *mem = alloc_pages_exact(size, GFP_KERNEL);

	if (!mem)
		return -ENOMEM;
	${n.obj}->state_unknown = false;
	${n.obj}->${n.buf}_for_the_device = mem;
	${n.obj}->state_unknown = true;
	if (set_memory_decrypted((unsigned long)mem, PFN_UP(size))) {
		pr_err("cannot share\\n");
		return -EIO;
	}
	return 0;
}

void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, size_t size_of_it_all)
{
	pr_debug("closed\\n");
	free_pages_exact(${n.obj}->${n.buf}_for_the_device,
			 PAGE_ALIGN(size_of_it_all));
}
`,
  ],
];

/** Frees of memory that another function has shared, and left a flag beside. */
export const flaggedShared: readonly Shape[] = [
  [
    'a flag says that it is shared',
    'encrypt-first:elsewhere free-by-flag',
    (n) => `${either(n)}
void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	${freed(`dev->${n.buf}`)};
	kfree(dev);
}
`,
  ],
  [
    'a flag, where it may be empty',
    'encrypt-first:elsewhere free-by-flag',
    (n) => `${either(n)}
void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	if (!${n.obj}->${n.buf})
		return;
	${freed(`${n.obj}->${n.buf}`)};
	${n.obj}->${n.buf} = NULL;
}
`,
  ],
  [
    'a flag says that it is private',
    'free-by-flag',
    (n) => `${structure(n).replace('exposed', 'private')}
int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	void *mem = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!mem)
		return -ENOMEM;
	${n.obj}->private = true;
	${n.obj}->${n.buf} = mem;
	if (!cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return 0;
	${n.obj}->private = false;
	return set_memory_decrypted((unsigned long)mem, 4);
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	if (dev->order) {
		${freed(`dev->${n.buf}`)};
		dev->${n.buf} = NULL;
	}
}
`,
  ],
  [
    'a flag, and a free behind a label',
    'encrypt-first:elsewhere free-by-flag',
    (n) => `${either(n)}
int ${n.prefix}_drop(struct ${n.prefix} *dev, bool all)
{
	if (dev->order && !all)
		goto keep;
	${freed(`dev->${n.buf}`)};
	dev->${n.buf} = NULL;
keep:
	return 0;
}
`,
  ],
  [
    'a flag that a helper sets',
    'encrypt-first:elsewhere free-by-flag',
    (n) => `${structure(n)}
static int ${n.prefix}_share(struct ${n.prefix} *${n.obj})
{
	${n.obj}->exposed = true;
	return ${shareField(n)};
}

int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	${n.obj}->exposed = false;
	${n.obj}->${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.obj}->${n.buf})
		return -ENOMEM;
	return ${n.prefix}_share(${n.obj});
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	${freed(`dev->${n.buf}`)};
	kfree(dev);
}
`,
  ],
];

/** More memory that another function did not manage to share. */
export const failedElsewhere: readonly Shape[] = [
  [
    'another function has failed to share it, of a size in a field',
    'reencrypt:elsewhere',
    (n) => `struct ${n.prefix} {
	void *${n.buf};
	size_t size;
};

int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, size_t size)
{
	${n.obj}->size = size;
	${n.obj}->${n.buf} = alloc_pages_exact(size, GFP_KERNEL);
	if (!${n.obj}->${n.buf})
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)${n.obj}->${n.buf},
				 PFN_UP(size)))
		return -EIO;
	return 0;
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	free_pages_exact(dev->${n.buf}, dev->size);
	kfree(dev);
}
`,
  ],
  [
    'a helper has failed to share it, freed in a block',
    'reencrypt:elsewhere',
    (n) => `struct ${n.prefix} {
	void *${n.buf};
	bool running;
};

static int ${n.prefix}_share(void *addr)
{
	return set_memory_decrypted((unsigned long)addr, 4);
}

int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	int ${n.ret};

	${n.obj}->${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.obj}->${n.buf})
		return -ENOMEM;
	${n.ret} = ${n.prefix}_share(${n.obj}->${n.buf});
	if (${n.ret}) {
		pr_err("cannot share: %d\\n", ${n.ret});
		return ${n.ret};
	}
	return 0;
}

void ${n.prefix}_close(struct ${n.prefix} *device)
{
	if (device->${n.buf}) {
		free_pages((unsigned long)device->${n.buf}, 2);
		device->${n.buf} = NULL;
	}
}
`,
  ],
  [
    'another function has failed to share it, freed behind a label',
    'reencrypt:elsewhere',
    (n) => `struct ${n.prefix} {
	void *${n.buf};
};

int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	int ${n.ret} = -ENOMEM;

	${n.obj}->${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.obj}->${n.buf})
		goto ${n.out};
	if (set_memory_decrypted((unsigned long)${n.obj}->${n.buf}, 4)) {
		pr_err("cannot share\\n");
		return -EIO;
	}
	${n.ret} = 0;
${n.out}:
	return ${n.ret};
}

int ${n.prefix}_drop(struct ${n.prefix} *dev, bool all)
{
	if (!dev->${n.buf})
		goto done;
	if (all)
		goto drop;
	return -EBUSY;
drop:
	free_pages((unsigned long)dev->${n.buf}, 2);
	dev->${n.buf} = NULL;
done:
	return 0;
}
`,
  ],
  [
    'pages that another function has failed to share',
    'reencrypt:elsewhere',
    (n) => `struct ${n.prefix} {
	struct page *${n.buf};
	unsigned int order;
};

int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	struct page *page = alloc_pages(GFP_KERNEL, ${n.obj}->order);
	unsigned long addr;

	if (!page)
		return -ENOMEM;
	${n.obj}->${n.buf} = page;
	addr = (unsigned long)page_address(page);
	if (set_memory_decrypted(addr, 1 << ${n.obj}->order))
		return -EIO;
	return 0;
}

void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	__free_pages(${n.obj}->${n.buf}, ${n.obj}->order);
	kfree(${n.obj});
}
`,
  ],
];
