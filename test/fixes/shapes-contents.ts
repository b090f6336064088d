import { alloc, hide, type Shape, share } from './shape.ts';

/** More contents from before: what is read too late, and what is written too early. */
export const spoiled: readonly Shape[] = [
  [
    'read behind a label for failures',
    'read-before',
    (n) => `int ${n.prefix}_report(struct ${n.prefix} *${n.obj}, void *to)
{
	void *${n.buf} = ${n.obj}->mem;
	int ${n.ret};

	mutex_lock(&${n.obj}->lock);
	${n.ret} = ${hide(n)};
	if (${n.ret})
		goto ${n.out};
	memcpy(to, ${n.buf}, ${n.obj}->size);
${n.out}:
	mutex_unlock(&${n.obj}->lock);
	return ${n.ret};
}
`,
  ],
  [
    'read in lines of its own, among others',
    'read-before',
    (n) => `int ${n.prefix}_report(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret};

	${n.ret} = ${hide(n)};
	if (${n.ret}) {
		pr_err("cannot hide: %d\\n", ${n.ret});
		return ${n.ret};
	}

	${n.obj}->reports++;
	/* the device has written it */
	memcpy(${n.obj}->certificates.table, ${n.buf},
	       ${n.obj}->certificates.length);
	return 0;
}
`,
  ],
  [
    'compared',
    'read-before',
    (n) => `int ${n.prefix}_verify(void *${n.buf}, const void *want, size_t len)
{
	int differs;

	if (${hide(n)})
		return -EIO;
	differs = memcmp(${n.buf}, want, len);
	return differs ? -EINVAL : 0;
}
`,
  ],
  [
    'filled before it is shared',
    'zero-after',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *to)
{
	void *${n.buf};
	int ${n.ret};

	${n.buf} = (void *)__get_free_pages(__GFP_ZERO, 2);
	if (!${n.buf})
		return -ENOMEM;
	${n.ret} = ${share(n)};
	if (${n.ret}) {
		pr_err("cannot share: %d\\n", ${n.ret});
		return ${n.ret};
	}
	memcpy(to, ${n.buf}, 4 * PAGE_SIZE);
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
  [
    'filled before it is shared, errors go to a label',
    'zero-after',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, unsigned int npages)
{
	void *${n.buf} = alloc_pages_exact(npages * PAGE_SIZE, GFP_KERNEL);
	int ${n.ret} = -ENOMEM;

	if (!${n.buf})
		goto ${n.out};
	memset(${n.buf}, 0, npages * PAGE_SIZE);
	${n.ret} = set_memory_decrypted((unsigned long)${n.buf}, npages);
	if (${n.ret})
		goto ${n.out};
	memcpy(${n.obj}->image, ${n.buf}, PAGE_SIZE);
	${n.obj}->mem = ${n.buf};
${n.out}:
	return ${n.ret};
}
`,
  ],
  [
    'a field that is filled before it is shared',
    'zero-after',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *to)
{
	${n.obj}->mem = (void *)get_zeroed_page(GFP_KERNEL);
	if (!${n.obj}->mem)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)${n.obj}->mem, 1))
		return -EIO;
	memcpy(to, ${n.obj}->mem, PAGE_SIZE);
	return 0;
}
`,
  ],
  [
    'an address that is filled before it is shared',
    'zero-after',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *to)
{
	unsigned long ${n.buf} = get_zeroed_page(GFP_KERNEL);
	int ${n.ret};

	if (!${n.buf})
		return -ENOMEM;
	${n.ret} = set_memory_decrypted(${n.buf}, 1);
	if (${n.ret})
		return ${n.ret};
	memcpy(to, (void *)${n.buf}, PAGE_SIZE);
	${n.obj}->mem = (void *)${n.buf};
	return 0;
}
`,
  ],
  [
    'copied in before it is shared',
    'fill-after',
    (n) => `int ${n.prefix}_send(struct ${n.prefix} *${n.obj}, const void *from, void *to)
{
	void *${n.buf};
	int ${n.ret};

	${alloc(n)}
	memcpy(${n.buf}, from, PAGE_SIZE);
	${n.ret} = ${share(n)};
	if (!${n.ret}) {
		memcpy(to, ${n.buf}, PAGE_SIZE);
		${n.obj}->mem = ${n.buf};
	}
	return ${n.ret};
}
`,
  ],
  [
    'copied in before it is shared, errors return',
    'fill-after',
    (n) => `int ${n.prefix}_send(struct ${n.prefix} *${n.obj}, const void *from, void *to)
{
	void *${n.buf};
	int ${n.ret};

	${alloc(n)}

	/* the device compares it */
	memcpy(${n.buf}, from, PAGE_SIZE);
	${n.ret} = ${share(n)};
	if (${n.ret})
		return ${n.ret};
	memcpy(to, ${n.buf}, PAGE_SIZE);
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
  [
    'patterned before it is shared',
    'fill-after',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *to)
{
	${n.obj}->mem = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.obj}->mem)
		return -ENOMEM;
	memset(${n.obj}->mem, 0xa5, 4 * PAGE_SIZE);
	if (set_memory_decrypted((unsigned long)${n.obj}->mem, 4)) {
		pr_err("cannot share\\n");
		return -EIO;
	}
	memcpy(to, ${n.obj}->mem, 4 * PAGE_SIZE);
	return 0;
}
`,
  ],
  [
    'copied in before it is shared, errors go to a label',
    'fill-after',
    (n) => `int ${n.prefix}_send(struct ${n.prefix} *${n.obj}, void *${n.buf}, void *to)
{
	int ${n.ret};

	mutex_lock(&${n.obj}->lock);
	memcpy(${n.buf}, ${n.obj}->command_for_the_device.data,
	       ${n.obj}->command_for_the_device.length);
	${n.obj}->commands++;
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.out};
	memcpy(to, ${n.buf}, ${n.obj}->size);
${n.out}:
	mutex_unlock(&${n.obj}->lock);
	return ${n.ret};
}
`,
  ],
];
