import type { ApiRow } from '../types.ts';
import { condition } from './row.ts';

/** Macros that yield a test of an argument, and what they do beside. */
export const CONDITIONS: readonly ApiRow[] = [
  condition('IS_ERR', 'include/linux/err.h', 'is-err', false),
  condition('IS_ERR_OR_NULL', 'include/linux/err.h', 'is-err-or-null', false),
  condition('IS_ERR_VALUE', 'include/linux/err.h', 'is-err', false),
  condition('WARN', 'include/asm-generic/bug.h', 'truth', true),
  condition('WARN_ON', 'include/asm-generic/bug.h', 'truth', true),
  condition('WARN_ONCE', 'include/asm-generic/bug.h', 'truth', true),
  condition('WARN_ON_ONCE', 'include/asm-generic/bug.h', 'truth', true),
  condition('ZERO_OR_NULL_PTR', 'include/linux/slab.h', 'is-null', false),
  condition('__builtin_expect', 'include/linux/compiler.h', 'truth', false),
  condition('likely', 'include/linux/compiler.h', 'truth', false),
  condition('unlikely', 'include/linux/compiler.h', 'truth', false),
  { k: 'error', name: 'ERR_CAST', source: 'include/linux/err.h', op: 'err-cast', arg: 0 },
  { k: 'error', name: 'ERR_PTR', source: 'include/linux/err.h', op: 'err-ptr', arg: 0 },
  { k: 'error', name: 'PTR_ERR', source: 'include/linux/err.h', op: 'ptr-err', arg: 0 },
  { k: 'error', name: 'PTR_ERR_OR_ZERO', source: 'include/linux/err.h', op: 'ptr-err-or-zero', arg: 0 },
];
