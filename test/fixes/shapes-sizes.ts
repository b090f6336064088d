import { alloc, allocated, free, head, type Names, type Shape, share } from './shape.ts';

const call = ({ prefix, obj }: Names, size: string) => `int ${prefix}_share(struct ${prefix} *${obj})
{
	unsigned long addr = (unsigned long)${obj}->mem;

	if (${obj}->exposed)
		return set_memory_decrypted(addr, ${size});
	return 0;
}
`;

/** Wrong amounts. */
export const sizes: readonly Shape[] = [
  ['a constant', 'unit', (n) => call(n, 'SZ_64K')],
  ['one page', 'unit', (n) => call(n, 'PAGE_SIZE')],
  ['pages in bytes', 'unit', (n) => call(n, '4 * PAGE_SIZE')],
  ['sizeof', 'unit', (n) => call(n, `sizeof(*${n.obj})`)],
  [
    'checked',
    'unit',
    (n) => `int ${n.prefix}_share(void *${n.buf})
{
	int ${n.ret};

	${n.ret} = set_memory_decrypted((unsigned long)${n.buf}, SZ_64K);
	if (${n.ret}) {
		pr_err("cannot share\\n");
		return ${n.ret};
	}
	return 0;
}
`,
  ],
  [
    'less on the way back',
    'extent',
    (n) => `${allocated(n, 'call')}
	if (${share(n)})
		return -EIO;
	${n.ret} = ${n.prefix}_transfer(${n.obj}, ${n.buf});
	if (set_memory_encrypted((unsigned long)${n.buf}, 1))
		return -EIO;
	${free(n)};
	return ${n.ret};
}
`,
  ],
];

const roundTrip = (n: Names, there: string, back: string) => `${allocated(n, 'call')}
	if (set_memory_decrypted((unsigned long)${n.buf}, ${there}))
		return -EIO;
	${n.ret} = ${n.prefix}_transfer(${n.obj}, ${n.buf});
	if (set_memory_encrypted((unsigned long)${n.buf}, ${back}))
		return -EIO;
	${free(n)};
	return ${n.ret};
}
`;

const cut = (n: Names, size: string) => `int ${n.prefix}_share(void *${n.buf}, size_t size)
{
	unsigned long addr = (unsigned long)${n.buf};

	return set_memory_decrypted(addr, ${size});
}

int ${n.prefix}_hide(void *${n.buf}, size_t size)
{
	return set_memory_encrypted((unsigned long)${n.buf}, PFN_UP(size));
}
`;

/** More wrong amounts. */
export const amounts: readonly Shape[] = [
  ['more on the way back', 'extent', (n) => roundTrip(n, '2', '4')],
  ['another sum on the way back', 'extent', (n) => roundTrip(n, '1 << 2', '1 << 1')],
  [
    'less on the way back, with labels',
    'extent',
    (n) =>
      `${head(n, 'call')}
	${alloc(n)}
	${n.ret} = set_memory_decrypted((unsigned long)${n.buf}, SZ_16K >> PAGE_SHIFT);
	if (${n.ret})
		goto ${n.out};
	${n.prefix}_transfer(${n.obj}, ${n.buf});
	${n.ret} = set_memory_encrypted((unsigned long)${n.buf}, 1);
	if (${n.ret}) {
		pr_err("cannot hide\\n");
		goto ${n.out};
	}
	${free(n)};
${n.out}:
	return ${n.ret};
}
`.replace(/^(\t\w+ = set_memory_decrypted\(\(unsigned long\)\w+,) (?=SZ)/m, '$1\n\t\t\t\t   '),
  ],
  [
    'bytes instead of a field',
    'extent',
    (n) => `int ${n.prefix}_call(struct ${n.prefix} *${n.obj}, unsigned int npages)
{
	void *${n.buf} = alloc_pages_exact(npages << PAGE_SHIFT, GFP_KERNEL);

	if (!${n.buf})
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)${n.buf}, 8))
		return -EIO;
	${n.prefix}_transfer(${n.obj}, ${n.buf});
	if (set_memory_encrypted((unsigned long)${n.buf}, 2))
		return -EIO;
	return 0;
}
`,
  ],
  ['cut by a shift', 'round-up', (n) => cut(n, 'size >> PAGE_SHIFT')],
  ['cut by a division', 'round-up', (n) => cut(n, 'size / PAGE_SIZE')],
  [
    'cut, with the result kept',
    'round-up',
    (n) =>
      `int ${n.prefix}_share(void *${n.buf}, size_t size)
{
	int ${n.ret};

	${n.ret} = set_memory_decrypted((unsigned long)${n.buf}, size >> PAGE_SHIFT);
	if (${n.ret}) {
		pr_err("cannot share: %d\\n", ${n.ret});
		return ${n.ret};
	}
	return 0;
}

int ${n.prefix}_hide(void *${n.buf}, size_t size)
{
	return set_memory_encrypted((unsigned long)${n.buf}, PFN_UP(size));
}
`.replace(/^(\t\w+ = set_memory_decrypted\(\(unsigned long\)\w+,) (?=size)/m, '$1\n\t\t\t\t   '),
  ],
  [
    'cut, behind a label',
    'round-up',
    (n) => `int ${n.prefix}_share(struct ${n.prefix} *${n.obj}, void *${n.buf}, size_t size)
{
	unsigned long addr = (unsigned long)${n.buf};
	int ${n.ret} = -EBUSY;

	if (${n.obj}->exposed)
		goto ${n.out};
	${n.ret} = set_memory_decrypted(addr, size / PAGE_SIZE);
	if (${n.ret})
		goto ${n.out};
	${n.obj}->exposed = true;
${n.out}:
	return ${n.ret};
}

int ${n.prefix}_hide(struct ${n.prefix} *${n.obj}, void *${n.buf}, size_t size)
{
	${n.obj}->exposed = false;
	return set_memory_encrypted((unsigned long)${n.buf}, PFN_UP(size));
}
`,
  ],
  [
    'cut and rounded in one function',
    'round-up',
    (n) => `int ${n.prefix}_call(struct ${n.prefix} *${n.obj}, void *${n.buf}, size_t size)
{
	if (set_memory_decrypted((unsigned long)${n.buf}, size >> PAGE_SHIFT))
		return -EIO;
	${n.prefix}_transfer(${n.obj}, ${n.buf});
	return set_memory_encrypted((unsigned long)${n.buf}, PFN_UP(size));
}
`,
  ],
];
