import type { ApiRow } from '../types.ts';
import { alloc, bytes, free, product } from './row.ts';

/** vmalloc(): pages that need not follow each other, at an address outside the linear map. */
export const VMALLOC: readonly ApiRow[] = [
  alloc('vmalloc', '__vmalloc', 'include/linux/vmalloc.h', bytes(0), { gfp: 1 }),
  alloc('vmalloc', '__vmalloc_array', 'include/linux/vmalloc.h', product(0, 1), { gfp: 2 }),
  alloc('kvmalloc', 'kvcalloc', 'include/linux/slab.h', product(0, 1), { gfp: 2, zeroed: true }),
  free('kvmalloc', 'kvfree', 'include/linux/slab.h', 0),
  alloc('kvmalloc', 'kvmalloc', 'include/linux/slab.h', bytes(0), { gfp: 1 }),
  alloc('kvmalloc', 'kvmalloc_array', 'include/linux/slab.h', product(0, 1), { gfp: 2 }),
  alloc('kvmalloc', 'kvmalloc_node', 'include/linux/slab.h', bytes(0), { gfp: 1 }),
  alloc('kvmalloc', 'kvzalloc', 'include/linux/slab.h', bytes(0), { gfp: 1, zeroed: true }),
  alloc('kvmalloc', 'kvzalloc_node', 'include/linux/slab.h', bytes(0), { gfp: 1, zeroed: true }),
  alloc('vmalloc', 'vcalloc', 'include/linux/vmalloc.h', product(0, 1), { zeroed: true }),
  free('vmalloc', 'vfree', 'include/linux/vmalloc.h', 0),
  free('vmalloc', 'vfree_atomic', 'include/linux/vmalloc.h', 0),
  alloc('vmalloc', 'vmalloc', 'include/linux/vmalloc.h', bytes(0)),
  alloc('vmalloc', 'vmalloc_32', 'include/linux/vmalloc.h', bytes(0)),
  alloc('vmalloc', 'vmalloc_32_user', 'include/linux/vmalloc.h', bytes(0), { zeroed: true }),
  alloc('vmalloc', 'vmalloc_array', 'include/linux/vmalloc.h', product(0, 1)),
  alloc('vmalloc', 'vmalloc_huge', 'include/linux/vmalloc.h', bytes(0), { gfp: 1 }),
  alloc('vmalloc', 'vmalloc_node', 'include/linux/vmalloc.h', bytes(0)),
  alloc('vmalloc', 'vmalloc_user', 'include/linux/vmalloc.h', bytes(0), { zeroed: true }),
  alloc('vmalloc', 'vzalloc', 'include/linux/vmalloc.h', bytes(0), { zeroed: true }),
  alloc('vmalloc', 'vzalloc_node', 'include/linux/vmalloc.h', bytes(0), { zeroed: true }),
];
