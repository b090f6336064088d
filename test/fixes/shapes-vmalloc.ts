import type { Names, Shape } from './shape.ts';

const structure = ({ prefix, buf }: Names) => `struct ${prefix} {
	void *${buf};
	size_t size;
	u32 head;
};
`;
const opened = (n: Names, make: string, pages: string) => `${structure(n)}
int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, size_t size)
{
	unsigned long n = ${pages};

	${n.obj}->size = size;
	${n.obj}->${n.buf} = ${make};
	if (!${n.obj}->${n.buf})
		return -ENOMEM;
	return set_memory_decrypted((unsigned long)${n.obj}->${n.buf}, n);
}
`;

/** Memory of vmalloc() that nobody out of view has to do with. */
export const scattered: readonly Shape[] = [
  [
    'in one function',
    'linear-memory',
    ({ prefix, buf, ret }) => `int ${prefix}_run(struct ${prefix} *job)
{
	void *${buf} = vmalloc(SZ_16K);
	int ${ret};

	if (!${buf})
		return -ENOMEM;
	${ret} = set_memory_decrypted((unsigned long)${buf}, 4);
	if (${ret})
		return ${ret};	/* leaked: its state is unknown */
	${prefix}_work(job);
	${ret} = set_memory_encrypted((unsigned long)${buf}, 4);
	if (!${ret})
		vfree(${buf});
	return ${ret};
}
`,
  ],
  [
    'freed behind a label',
    'linear-memory',
    ({ prefix, buf, ret, free }) => `int ${prefix}_run(struct ${prefix} *job, size_t size)
{
	u8 *${buf};
	int ${ret};

	${buf} = kvzalloc(size, GFP_KERNEL);
	if (!${buf})
		return -ENOMEM;
	${ret} = ${prefix}_prepare(job);
	if (${ret})
		goto ${free};
	${ret} = set_memory_decrypted((unsigned long)${buf}, PFN_UP(size));
	if (${ret})
		return ${ret};	/* leaked: its state is unknown */
	${buf}[0] = 1;
	${ret} = set_memory_encrypted((unsigned long)${buf}, PFN_UP(size));
	if (${ret})
		return ${ret};	/* leaked: its state is unknown */
${free}:
	kvfree(${buf});
	return ${ret};
}
`,
  ],
  [
    'in a field, freed in another function',
    'linear-memory',
    (n) => `${opened(n, 'vzalloc(size)', 'PFN_UP(size)')}
void ${n.prefix}_put(struct ${n.prefix} *${n.obj}, u32 v)
{
	((u32 *)${n.obj}->${n.buf})[${n.obj}->head++] = v;
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	unsigned long pages = PFN_UP(dev->size);

	if (!set_memory_encrypted((unsigned long)dev->${n.buf}, pages))
		vfree(dev->${n.buf});
	dev->${n.buf} = NULL;
}
`,
  ],
  [
    'in a field, shared in a helper',
    'linear-memory',
    (n) => `${structure(n)}
static int ${n.prefix}_share(void *addr, size_t size)
{
	return set_memory_decrypted((unsigned long)addr, PFN_UP(size));
}

int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, size_t size)
{
	void *mem = vmalloc(size);

	if (!mem)
		return -ENOMEM;
	memset(mem, 0, size);
	${n.obj}->${n.buf} = mem;
	${n.obj}->size = size;
	return ${n.prefix}_share(mem, size);
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	if (!set_memory_encrypted((unsigned long)dev->${n.buf},
				  PFN_UP(dev->size)))
		vfree(dev->${n.buf});
}
`,
  ],
  [
    'in a field that may be empty',
    'linear-memory',
    (n) => `${opened(n, 'kvmalloc(SZ_32K, GFP_KERNEL)', '8')}
void ${n.prefix}_abort(struct ${n.prefix} *dev)
{
	if (dev->head)
		return;
	kvfree(dev->${n.buf});
	dev->${n.buf} = NULL;
}

void ${n.prefix}_close(struct ${n.prefix} *dev)
{
	if (!dev->${n.buf})
		return;
	if (!set_memory_encrypted((unsigned long)dev->${n.buf}, 8))
		kvfree(dev->${n.buf});
	dev->${n.buf} = NULL;
}
`,
  ],
];
