import type { ApiRow } from '../types.ts';
import { alloc, bytes, free, moved, until } from './row.ts';

/** Per-CPU memory; it comes zeroed, and shares its pages. */
export const PERCPU: readonly ApiRow[] = [
  alloc('percpu', '__alloc_percpu', 'include/linux/percpu.h', bytes(0), { zeroed: true }),
  alloc('percpu', '__alloc_percpu_gfp', 'include/linux/percpu.h', bytes(0), { zeroed: true, gfp: 2 }),
  ...moved(
    alloc('percpu', '__devm_alloc_percpu', 'include/linux/device.h', bytes(1), {
      zeroed: true,
      managed: true,
    }),
    [6, 13],
    'include/linux/device/devres.h',
  ),
  alloc('percpu', 'alloc_percpu', 'include/linux/percpu.h', null, { zeroed: true }),
  alloc('percpu', 'alloc_percpu_gfp', 'include/linux/percpu.h', null, { zeroed: true, gfp: 1 }),
  ...moved(
    alloc('percpu', 'devm_alloc_percpu', 'include/linux/device.h', null, { zeroed: true, managed: true }),
    [6, 13],
    'include/linux/device/devres.h',
  ),
  until([7, 2], free('percpu', 'devm_free_percpu', 'include/linux/device.h', 1)),
  free('percpu', 'free_percpu', 'include/linux/percpu.h', 0),
];
