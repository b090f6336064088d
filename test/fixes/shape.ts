/** Names that a variant uses. */
export interface Names {
  readonly prefix: string;
  readonly buf: string;
  readonly ret: string;
  readonly out: string;
  readonly free: string;
  readonly obj: string;
}

/** A function that is written with any names, and what is offered for it. */
export type Shape = readonly [name: string, fixes: string, text: (n: Names) => string];

export const alloc = ({ buf }: Names) => `${buf} = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!${buf})
		return -ENOMEM;`;
export const share = ({ buf }: Names) => `set_memory_decrypted((unsigned long)${buf}, 4)`;
export const hide = ({ buf }: Names) => `set_memory_encrypted((unsigned long)${buf}, 4)`;
export const free = ({ buf }: Names) => `free_pages((unsigned long)${buf}, 2)`;
export const head = (
  { prefix, obj, buf, ret }: Names,
  what: string,
) => `int ${prefix}_${what}(struct ${prefix} *${obj})
{
	void *${buf};
	int ${ret};
`;
export const keep = ({ obj, buf }: Names) => `${obj}->mem = ${buf};
	return 0;`;

/** A function that has memory. */
export const allocated = (n: Names, what: string) => `${head(n, what)}
	${alloc(n)}`;
export const shareOrReturn = (n: Names) => `${n.ret} = ${share(n)};
	if (${n.ret})
		return ${n.ret};`;
export const freeLabel = (n: Names) => `${n.free}:
	${free(n)};
	return ${n.ret};`;
