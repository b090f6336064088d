import { allocated, hide, keep, type Shape, share, shareOrReturn } from './shape.ts';

/** Contents from before. */
export const stale: readonly Shape[] = [
  [
    'declared',
    'read-before',
    (n) => `int ${n.prefix}_report(void *${n.buf}, void *to, size_t len)
{
	int ${n.ret} = ${hide(n)};

	if (${n.ret})
		return ${n.ret};
	memcpy(to, ${n.buf}, len);
	return 0;
}
`,
  ],
  [
    'assigned',
    'read-before',
    (n) => `int ${n.prefix}_report(void *${n.buf}, void *to, size_t len)
{
	int ${n.ret};

	${n.ret} = ${hide(n)};
	if (${n.ret}) {
		pr_err("cannot hide\\n");
		return ${n.ret};
	}
	memcpy(to, ${n.buf}, len);
	return 0;
}
`,
  ],
  [
    'tested',
    'read-before',
    (n) => `int ${n.prefix}_report(void *${n.buf}, void *to, size_t len)
{
	if (to) {
		if (${hide(n)})
			return -EIO;
		memcpy(to, ${n.buf}, len);
	}
	return 0;
}
`,
  ],
  [
    'written before it is shared',
    'zero-after',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *to)
{
	void *${n.buf} = (void *)get_zeroed_page(GFP_KERNEL);

	if (!${n.buf})
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)${n.buf}, 1))
		return -EIO;
	memcpy(to, ${n.buf}, PAGE_SIZE);
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
];

/** Second transitions. */
export const twice: readonly Shape[] = [
  [
    'tested',
    'only-once',
    (n) => `${allocated(n, 'open')}
	${shareOrReturn(n)}
	if (${share(n)})
		return -EIO;
	${keep(n)}
}
`,
  ],
  [
    'assigned',
    'only-once',
    (n) => `${allocated(n, 'open')}
	${shareOrReturn(n)}
	${n.ret} = ${share(n)};
	if (${n.ret}) {
		pr_err("again\\n");
		return ${n.ret};
	}
	${keep(n)}
}
`,
  ],
  [
    'to a label',
    'only-once',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.out};
	if (${n.obj}->exposed) {
		${n.ret} = ${share(n)};
		if (${n.ret})
			goto ${n.out};
	}
	${n.obj}->mem = ${n.buf};
${n.out}:
	return ${n.ret};
}
`,
  ],
];

/** Wrong mappings. */
export const attribute: readonly Shape[] = [
  [
    'returned',
    'attribute:shared',
    (n) => `void *${n.prefix}_map(struct page *page, size_t size)
{
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return NULL;
	return dma_common_contiguous_remap(page, size, PAGE_KERNEL,
					   __builtin_return_address(0));
}
`,
  ],
  [
    'kept',
    'attribute:shared',
    (n) => `int ${n.prefix}_map(struct page *page, size_t size, void **to)
{
	void *${n.buf};

	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return -EIO;
	${n.buf} = dma_common_contiguous_remap(page, size,
						PAGE_KERNEL, NULL);
	if (!${n.buf})
		return -ENOMEM;
	*to = ${n.buf};
	return 0;
}
`,
  ],
  [
    'to a label',
    'attribute:shared',
    (n) => `int ${n.prefix}_map(struct page *page, size_t size, void **to)
{
	int ${n.ret};

	${n.ret} = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (${n.ret}) {
		pr_err("cannot share: %d\\n", ${n.ret});
		goto ${n.out};
	}
	*to = dma_common_contiguous_remap(page, size, PAGE_KERNEL, NULL);
${n.out}:
	return ${n.ret};
}
`,
  ],
  [
    'tested',
    'attribute:shared',
    (n) => `int ${n.prefix}_map(struct ${n.prefix} *${n.obj}, struct page *page)
{
	if (set_memory_decrypted((unsigned long)page_address(page), 1))
		return -EIO;
	if (!${n.obj}->mem) {
		${n.obj}->mem = dma_common_contiguous_remap(page, ${n.obj}->size,
				PAGE_KERNEL, NULL);
		if (!${n.obj}->mem)
			return -ENOMEM;
	}
	return 0;
}
`,
  ],
];

/** Leaks that nobody tells. */
export const leaked: readonly Shape[] = [
  [
    'a bare return',
    'tell-leak',
    (n) => `void *${n.prefix}_get(void)
{
	void *${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!${n.buf})
		return NULL;
	if (${share(n)})
		return NULL;
	return ${n.buf};
}
`,
  ],
  [
    'a block',
    'tell-leak',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (${n.ret}) {
		${n.obj}->dead = true;
		return ${n.ret};
	}
	${keep(n)}
}
`,
  ],
  [
    'in an else',
    'tell-leak',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (!${n.ret})
		${n.obj}->mem = ${n.buf};
	else
		return ${n.ret};
	return 0;
}
`,
  ],
];

/** More mappings that do not fit their memory: private memory that is mapped as shared. */
export const wronglyShared: readonly Shape[] = [
  [
    'private memory, returned',
    'attribute:private',
    (n) => `void *${n.prefix}_map(struct page *page, size_t size)
{
	if (set_memory_encrypted((unsigned long)page_address(page), 1))
		return NULL;
	return dma_common_contiguous_remap(page, size,
					   pgprot_decrypted(PAGE_KERNEL),
					   __builtin_return_address(0));
}
`,
  ],
  [
    'private memory, kept',
    'attribute:private',
    (n) =>
      `int ${n.prefix}_map(struct page *page, size_t size, void **to)
{
	pgprot_t prot = PAGE_KERNEL;
	void *${n.buf};

	if (set_memory_encrypted((unsigned long)page_address(page), 1))
		return -EIO;
	${n.buf} = dma_common_contiguous_remap(page, size, pgprot_decrypted(prot), NULL);
	if (!${n.buf})
		return -ENOMEM;
	*to = ${n.buf};
	return 0;
}
`.replace(/^(\t(\w+) = dma_common_contiguous_remap\(page, size,) /m, (_, call) => `${call}\n\t\t\t\t\t`),
  ],
  [
    'private memory, behind a label',
    'attribute:private',
    (n) => `int ${n.prefix}_map(struct ${n.prefix} *${n.obj}, struct page *page)
{
	int ${n.ret};

	${n.ret} = set_memory_encrypted((unsigned long)page_address(page), 1);
	if (${n.ret} < 0)
		goto ${n.out};
	${n.obj}->mem = dma_common_contiguous_remap(page, PAGE_SIZE,
			pgprot_decrypted(pgprot_noncached(PAGE_KERNEL)), NULL);
	if (!${n.obj}->mem)
		${n.ret} = -ENOMEM;
${n.out}:
	return ${n.ret};
}
`,
  ],
  [
    'private memory, in a block of a loop',
    'attribute:private',
    (n) => `void *${n.prefix}_map(struct page *page, size_t size)
{
	unsigned long addr = (unsigned long)page_address(page);
	void *${n.buf};
	int tries;

	if (set_memory_encrypted(addr, 1))
		return NULL;
	for (tries = 0; tries < 3; tries++) {
		${n.buf} = dma_common_contiguous_remap(page, size,
				pgprot_decrypted(PAGE_KERNEL), NULL);
		if (${n.buf})
			return ${n.buf};
	}
	return NULL;
}
`,
  ],
];
