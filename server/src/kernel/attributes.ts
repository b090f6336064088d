/**
 * Attributes of a definition after which another definition may stand in its place at link time: what this body
 * does says nothing about a call. `include/linux/compiler_attributes.h:__weak`.
 */
const replaceable: ReadonlySet<string> = new Set(['__weak']);

/** Whether a function with these attributes may be replaced by another definition of its name. */
export function isReplaceable(attributes: readonly string[]): boolean {
  return attributes.some((a) => replaceable.has(a));
}

/** Allocation flags that ask for zeroed memory. `include/linux/gfp_types.h:__GFP_ZERO`. */
export const zeroingFlags: ReadonlySet<string> = new Set(['__GFP_ZERO']);
