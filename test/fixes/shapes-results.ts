import { allocated, head, hide, keep, type Shape, share } from './shape.ts';

/** Results that nobody looks at. */
export const unchecked: readonly Shape[] = [
  [
    'a pointer is returned',
    'check:new',
    (n) => `void *${n.prefix}_get(void)
{
	void *${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!${n.buf})
		return NULL;
	${share(n)};
	return ${n.buf};
}
`,
  ],
  [
    'an error could be returned',
    'check:new',
    (n) => `${allocated(n, 'open')}
	${share(n)};
	${n.ret} = ${n.prefix}_start(${n.obj}, ${n.buf});
	if (${n.ret})
		pr_err("cannot start\\n");
	${keep(n)}
}
`,
  ],
  [
    'kept and forgotten',
    'check:new',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	${keep(n)}
}
`,
  ],
  [
    'printed only',
    'check:known',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (${n.ret})
		pr_err("cannot share: %d\\n", ${n.ret});
	${keep(n)}
}
`,
  ],
  [
    'errors go to a label',
    'check:new',
    (n) => `${head(n, 'open')}
	mutex_lock(&${n.obj}->lock);
	${n.ret} = -ENOMEM;
	${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.buf})
		goto ${n.out};
	${share(n)};
	${n.obj}->mem = ${n.buf};
	${n.ret} = 0;
${n.out}:
	mutex_unlock(&${n.obj}->lock);
	return ${n.ret};
}
`,
  ],
  [
    'without a variable',
    'check:new',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	${share(n)};
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
  [
    'nested',
    'check:new',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret};

	if (${n.obj}->exposed)
		${share(n)};
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret})
		return ${n.ret};
	${keep(n)}
}
`,
  ],
];

/** Failures that no caller sees. */
export const swallowed: readonly Shape[] = [
  [
    'the label returns 0',
    'return-error:variable',
    (n) => `int ${n.prefix}_close(void *${n.buf})
{
	int ${n.ret} = ${hide(n)};

	if (${n.ret})
		goto ${n.out};
	${n.prefix}_account(${n.buf});
${n.out}:
	return 0;
}
`,
  ],
  [
    'printed, and 0',
    'return-error:variable',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret};

	${n.ret} = ${hide(n)};
	if (${n.ret}) {
		pr_warn("cannot hide\\n");
		return 0;
	}
	${n.prefix}_account(${n.buf});
	return 0;
}
`,
  ],
  [
    'not kept',
    'return-error:kept',
    (n) => `int ${n.prefix}_close(void *${n.buf})
{
	if (${hide(n)})
		goto ${n.out};
	${n.prefix}_account(${n.buf});
${n.out}:
	return 0;
}
`,
  ],
  [
    'the next allocation',
    'set-error',
    (n) => `int ${n.prefix}_pair(struct ${n.prefix} *${n.obj})
{
	int ${n.ret} = -ENOMEM;

	${n.obj}->tx = (void *)__get_free_page(GFP_KERNEL);
	if (!${n.obj}->tx)
		goto ${n.out};
	${n.ret} = set_memory_decrypted((unsigned long)${n.obj}->tx, 1);
	if (${n.ret})
		goto ${n.out};
	${n.obj}->rx = (void *)__get_free_page(GFP_KERNEL);
	if (!${n.obj}->rx)
		goto ${n.out};
	return 0;
${n.out}:
	return ${n.ret};
}
`,
  ],
  [
    'the next allocation, told',
    'set-error',
    (n) => `int ${n.prefix}_pair(struct ${n.prefix} *${n.obj})
{
	int ${n.ret};

	${n.ret} = set_memory_decrypted((unsigned long)${n.obj}->tx, 1);
	if (${n.ret})
		goto ${n.out};
	${n.obj}->slots = kcalloc(8, 4, GFP_KERNEL);
	if (!${n.obj}->slots) {
		pr_err("no slots\\n");
		goto ${n.out};
	}
	return 0;
${n.out}:
	return ${n.ret};
}
`,
  ],
];

/** More results that nobody acts on, though somebody looks. */
export const toldOnly: readonly Shape[] = [
  [
    'printed only, at once',
    'check:known',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (${share(n)})
		pr_err("cannot share\\n");
	${keep(n)}
}
`,
  ],
  [
    'printed only, in a block of several lines',
    'check:known',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	unsigned long npages = ${n.obj}->npages;

	if (set_memory_decrypted((unsigned long)${n.buf}, npages)) {
		pr_err("cannot share %lu pages\\n", npages);
		dump_stack();
	}
	${keep(n)}
}
`,
  ],
  [
    'told only, a pointer is returned',
    'check:known',
    (n) => `void *${n.prefix}_get(void)
{
	void *${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!${n.buf})
		return NULL;
	if (WARN_ON(${share(n)}))
		pr_err("cannot share\\n");
	return ${n.buf};
}
`,
  ],
  [
    'told only, where there is something',
    'check:known',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (${n.buf} && ${share(n)})
		pr_err("cannot share\\n");
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
  [
    'told only in several lines, where there is something',
    'check:known',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret} = ${n.prefix}_start(${n.obj});

	if (${n.ret})
		return ${n.ret};
	if (${n.obj}->exposed && ${n.buf} &&
	    ${share(n)}) {
		pr_err("cannot share\\n");
		/* somebody wants to know where */

		dump_stack();
	}
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
];
