import type { ApiRow } from '../types.ts';
import { alloc, bytes, free, moved, product } from './row.ts';

/** kmalloc() and its family: objects that share their pages with others unless they are large. */
export const SLAB: readonly ApiRow[] = [
  alloc('slab', '__kmalloc', 'include/linux/slab.h', bytes(0), { gfp: 1, until: [6, 9] }),
  ...moved(
    alloc('slab', 'devm_kcalloc', 'include/linux/device.h', product(1, 2), {
      gfp: 3,
      zeroed: true,
      managed: true,
    }),
    [6, 12],
    'include/linux/device/devres.h',
  ),
  free('slab', 'devm_kfree', 'drivers/base/devres.c', 1),
  alloc('slab', 'devm_kmalloc', 'drivers/base/devres.c', bytes(1), { gfp: 2, managed: true }),
  ...moved(
    alloc('slab', 'devm_kmalloc_array', 'include/linux/device.h', product(1, 2), { gfp: 3, managed: true }),
    [6, 12],
    'include/linux/device/devres.h',
  ),
  ...moved(
    alloc('slab', 'devm_kzalloc', 'include/linux/device.h', bytes(1), {
      gfp: 2,
      zeroed: true,
      managed: true,
    }),
    [6, 12],
    'include/linux/device/devres.h',
  ),
  alloc('slab', 'kcalloc', 'include/linux/slab.h', product(0, 1), { gfp: 2, zeroed: true }),
  alloc('slab', 'kcalloc_node', 'include/linux/slab.h', product(0, 1), { gfp: 2, zeroed: true }),
  free('slab', 'kfree', 'include/linux/slab.h', 0),
  free('slab', 'kfree_sensitive', 'include/linux/slab.h', 0),
  alloc('slab', 'kmalloc', 'include/linux/slab.h', bytes(0), { gfp: 1 }),
  alloc('slab', 'kmalloc_array', 'include/linux/slab.h', product(0, 1), { gfp: 2 }),
  alloc('slab', 'kmalloc_array_node', 'include/linux/slab.h', product(0, 1), { gfp: 2 }),
  alloc('slab', 'kmalloc_node', 'include/linux/slab.h', bytes(0), { gfp: 1 }),
  alloc('slab', 'kmem_cache_alloc', 'include/linux/slab.h', null, { gfp: 1 }),
  free('slab', 'kmem_cache_free', 'include/linux/slab.h', 1),
  alloc('slab', 'kmem_cache_zalloc', 'include/linux/slab.h', null, { gfp: 1, zeroed: true }),
  alloc('slab', 'kmemdup', 'include/linux/string.h', bytes(1), { gfp: 2, zeroed: false }),
  alloc('slab', 'krealloc', 'include/linux/slab.h', bytes(1), { gfp: 2, replaces: 0 }),
  alloc('slab', 'kzalloc', 'include/linux/slab.h', bytes(0), { gfp: 1, zeroed: true }),
  alloc('slab', 'kzalloc_node', 'include/linux/slab.h', bytes(0), { gfp: 1, zeroed: true }),
];
