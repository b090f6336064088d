import { hide, type Shape, share } from './shape.ts';

/** More failures that no caller sees. */
export const unseen: readonly Shape[] = [
  [
    'not kept, and printed',
    'return-error:kept',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	if (${hide(n)}) {
		pr_warn("cannot hide\\n");
		goto ${n.out};
	}
	${n.prefix}_account(${n.buf});
${n.out}:
	mutex_unlock(&${n.obj}->lock);
	return 0;
}
`,
  ],
  [
    'not kept, and there is nothing else',
    'return-error:kept',
    (n) => `int ${n.prefix}_close(void *${n.buf})
{
	if (${hide(n)})
		pr_warn("cannot hide\\n");
	return 0;
}
`,
  ],
  [
    'not kept, in several lines',
    'return-error:kept',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj}, unsigned int npages)
{
	unsigned long flags = ${n.obj}->flags;

	if (set_memory_encrypted((unsigned long)${n.obj}->device_memory,
				 npages))
		pr_warn("cannot hide, flags %lx\\n", flags);
	return 0;
}
`,
  ],
  [
    'not kept, and the good way is the branch',
    'return-error:kept',
    (n) => `int ${n.prefix}_close(void *${n.buf}, size_t size)
{
	if (!set_memory_encrypted((unsigned long)${n.buf}, PFN_UP(size)))
		${n.prefix}_account(size);
	return 0;
}
`,
  ],
  [
    'kept, and told',
    'return-error:variable',
    (n) => `int ${n.prefix}_close(struct ${n.prefix} *${n.obj})
{
	int ${n.ret};

	${n.ret} = set_memory_encrypted((unsigned long)${n.obj}->mem, 4);
	if (${n.ret})
		dev_warn(${n.obj}->dev, "cannot hide: %d\\n", ${n.ret});
	return 0;
}
`,
  ],
  [
    'an error pointer, later',
    'set-error',
    (n) => `int ${n.prefix}_start(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret};

	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.out};
	${n.obj}->thread = kthread_run(${n.prefix}_work, ${n.obj}, "${n.prefix}");
	if (IS_ERR(${n.obj}->thread))
		goto ${n.out};
	${n.obj}->mem = ${n.buf};
	return 0;
${n.out}:
	return ${n.ret};
}
`,
  ],
  [
    'the next allocation, in its condition',
    'set-error',
    (n) => `int ${n.prefix}_pair(struct ${n.prefix} *${n.obj})
{
	int ${n.ret} = set_memory_decrypted((unsigned long)${n.obj}->tx, 1);

	if (${n.ret}) {
		pr_err("cannot share\\n");
		goto ${n.out};
	}
	if (!(${n.obj}->rx = kmalloc(64, GFP_KERNEL))) {
		pr_err("no memory\\n");
		goto ${n.out};
	}
	return 0;
${n.out}:
	mutex_unlock(&${n.obj}->lock);
	return ${n.ret};
}
`,
  ],
  [
    'the next allocation, compared, in a block',
    'set-error',
    (n) => `int ${n.prefix}_pair(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	u8 *more;
	int ${n.ret};

	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.out};
	if (${n.obj}->wants_more) {
		more = kzalloc(64, GFP_KERNEL);
		if (more == NULL)
			goto ${n.out};
		${n.obj}->more = more;
	}
	return 0;
${n.out}:
	${n.obj}->open = false;
	return ${n.ret};
}
`,
  ],
  [
    'the second of two, where nothing is known of it',
    'set-error',
    (n) => `int ${n.prefix}_pair(struct ${n.prefix} *${n.obj}, void *${n.buf})
{
	int ${n.ret} = -EINVAL;

	if (!${n.obj}->present)
		goto ${n.out};
	${n.ret} = ${share(n)};
	if (${n.ret})
		goto ${n.out};
	if (!${n.prefix}_check(${n.obj}))
		goto ${n.out};
	${n.obj}->mem = ${n.buf};
	return 0;
${n.out}:
	return ${n.ret};
}
`,
  ],
];
