import { allocated, free, freeLabel, head, hide, keep, type Shape, share, shareOrReturn } from './shape.ts';

/** Frees after a failure. */
export const failed: readonly Shape[] = [
  [
    'freed in the branch, where there is something',
    'leak:here reencrypt:guard',
    (n) => `int ${n.prefix}_open(struct ${n.prefix} *${n.obj})
{
	void *${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (${n.buf} &&
	    ${share(n)}) {
		${free(n)};
		return -EIO;
	}
	${n.obj}->mem = ${n.buf};
	return 0;
}
`,
  ],
  [
    'told where there is something, and freed',
    'free-on-success:else',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (${n.obj}->exposed &&
	    ${hide(n)})
		pr_warn("cannot hide\\n");
	${free(n)};
	${n.obj}->mem = NULL;
}
`,
  ],
  [
    'freed in the branch',
    'leak:here reencrypt:guard',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (${n.ret}) {
		${free(n)};
		return ${n.ret};
	}
	${keep(n)}
}
`,
  ],
  [
    'a label of its own',
    'leak:jump leak-flag reencrypt:guard',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.free};
	${keep(n)}

${freeLabel(n)}
}
`,
  ],
  [
    'a chain of labels',
    'leak:jump leak-flag reencrypt:guard',
    (n) => `${head(n, 'open')}
	${n.obj}->slots = kcalloc(8, 4, GFP_KERNEL);
	if (!${n.obj}->slots)
		return -ENOMEM;
	${n.ret} = -ENOMEM;
	${n.buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${n.buf})
		goto err_slots;
	${n.ret} = ${share(n)};
	if (${n.ret}) {
		pr_err("cannot share: %d\\n", ${n.ret});
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
    'a label that others jump to',
    'leak:jump leak-flag reencrypt:jump',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${n.prefix}_prepare(${n.obj});
	if (${n.ret})
		goto ${n.free};
	if (WARN_ON_ONCE(${share(n)})) {
		${n.ret} = -EIO;
		goto ${n.free};
	}
	${keep(n)}

${n.free}:
	${free(n)};
	${n.prefix}_unprepare(${n.obj});
	return ${n.ret};
}
`,
  ],
  [
    'nested',
    'leak:here reencrypt:guard',
    (n) => `${allocated(n, 'open')}
	if (${n.obj}->exposed) {
		${n.ret} = ${share(n)};
		if (${n.ret} < 0) {
			${free(n)};
			return ${n.ret};
		}
	}
	${keep(n)}
}
`,
  ],
  [
    'a label that code falls into',
    'leak:jump leak-flag reencrypt:jump',
    (n) => `${allocated(n, 'probe')}
	${n.ret} = ${n.prefix}_test(${n.obj}, ${n.buf});
	if (!${n.ret}) {
		${n.ret} = ${share(n)};
		if (unlikely(${n.ret} != 0))
			goto ${n.free};
		${n.obj}->mem = ${n.buf};
		return 0;
	}
${freeLabel(n)}
}
`,
  ],
  [
    'made private, warned and freed',
    'free-on-success:variable',
    (n) => `void ${n.prefix}_close(void *${n.buf})
{
	int ${n.ret} = ${hide(n)};

	WARN_ON(${n.ret});
	${free(n)};
}
`,
  ],
  [
    'nobody looks',
    'free-on-success:call',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (${n.obj}->open) {
		${hide(n)};
		${free(n)};
	}
	kfree(${n.obj});
}
`,
  ],
  [
    'printed and freed',
    'free-on-success:else',
    (n) => `void ${n.prefix}_close(void *${n.buf})
{
	if (${hide(n)})
		pr_warn("cannot hide\\n");
	${free(n)};
}
`,
  ],
  [
    'in a loop',
    'free-on-success:variable',
    (n) => `void ${n.prefix}_close(void **${n.buf}s, int count)
{
	int ${n.ret};
	int i;

	for (i = 0; i < count; i++) {
		void *${n.buf} = ${n.buf}s[i];

		${n.ret} = ${hide(n)};
		if (${n.ret}) {
			pr_warn("cannot hide\\n");
			${n.prefix}_count();
		}
		${free(n)};
	}
}
`,
  ],
  [
    'the way back is not always taken',
    'free-on-success:kept',
    (n) => `void ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	if (${n.obj}->exposed && ${n.obj}->mem)
		set_memory_encrypted((unsigned long)${n.obj}->mem, 4);
	free_pages((unsigned long)${n.obj}->mem, 2);
	kfree(${n.obj});
}
`,
  ],
  [
    'the way back, and another result',
    'free-on-success:kept',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	int ${n.ret} = ${n.prefix}_stop(${n.obj});

	set_memory_encrypted((unsigned long)${n.obj}->mem, 4);
	${n.obj}->count = 0;
	free_pages((unsigned long)${n.obj}->mem, 2);
	return ${n.ret};
}
`,
  ],
];

/** Frees of what is shared. */
export const shared: readonly Shape[] = [
  [
    'freed in the branch',
    'encrypt-first:guard',
    (n) => `${allocated(n, 'open')}
	${shareOrReturn(n)}
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret}) {
		${free(n)};
		return ${n.ret};
	}
	${keep(n)}
}
`,
  ],
  [
    'a label of its own',
    'encrypt-first:guard',
    (n) => `${allocated(n, 'open')}
	${shareOrReturn(n)}
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret})
		goto ${n.free};
	${keep(n)}

${freeLabel(n)}
}
`,
  ],
  [
    'a label that earlier failures jump to',
    'encrypt-first:label',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${n.prefix}_prepare(${n.obj});
	if (${n.ret})
		goto ${n.free};
	${shareOrReturn(n)}
	${n.ret} = ${n.prefix}_start(${n.obj});
	if (${n.ret})
		goto ${n.free};
	${keep(n)}

${freeLabel(n)}
}
`,
  ],
  [
    'used once',
    'encrypt-first:guard',
    (n) => `${allocated(n, 'call')}
	if (${share(n)})
		return -EIO;
	${n.ret} = ${n.prefix}_transfer(${n.obj}, ${n.buf});
	${free(n)};
	return ${n.ret};
}
`,
  ],
  [
    'only if',
    'encrypt-first:guard',
    (n) => `${allocated(n, 'call')}
	if (${share(n)})
		return -EIO;
	${n.ret} = ${n.prefix}_transfer(${n.obj}, ${n.buf});
	if (${n.ret})
		${free(n)};
	else
		${n.obj}->mem = ${n.buf};
	return ${n.ret};
}
`,
  ],
  [
    'nested',
    'encrypt-first:guard',
    (n) => `${allocated(n, 'open')}
	${n.ret} = ${share(n)};
	if (!${n.ret}) {
		if (${n.prefix}_start(${n.obj})) {
			${free(n)};
			${n.ret} = -EIO;
		} else {
			${n.obj}->mem = ${n.buf};
		}
	}
	return ${n.ret};
}
`,
  ],
];
