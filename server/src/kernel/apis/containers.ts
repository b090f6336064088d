import type { AccessorRow, ApiRow } from '../types.ts';

function accessor(
  name: string,
  source: string,
  op: AccessorRow['op'],
  arg: number,
  options: Partial<Pick<AccessorRow, 'index' | 'value'>> = {},
): AccessorRow {
  return { k: 'accessor', name, source, op, arg, ...options };
}

/** How one gets from a pointer to the structure around it, to a CPU's own part of it, or to what is stored behind it. */
export const ACCESSORS: readonly ApiRow[] = [
  accessor('READ_ONCE', 'include/asm-generic/rwonce.h', 'read-once', 0),
  accessor('WRITE_ONCE', 'include/asm-generic/rwonce.h', 'write-once', 0, { value: 1 }),
  accessor('container_of', 'include/linux/container_of.h', 'container-of', 0),
  accessor('container_of_const', 'include/linux/container_of.h', 'container-of', 0),
  accessor('dev_get_drvdata', 'include/linux/device.h', 'drvdata-get', 0),
  accessor('dev_set_drvdata', 'include/linux/device.h', 'drvdata-set', 0, { value: 1 }),
  accessor('hv_get_drvdata', 'include/linux/hyperv.h', 'drvdata-get', 0),
  accessor('hv_set_drvdata', 'include/linux/hyperv.h', 'drvdata-set', 0, { value: 1 }),
  accessor('list_entry', 'include/linux/list.h', 'container-of', 0),
  accessor('per_cpu', 'include/linux/percpu-defs.h', 'per-cpu', 0, { index: 1 }),
  accessor('per_cpu_ptr', 'include/linux/percpu-defs.h', 'per-cpu', 0, { index: 1 }),
  accessor('rcu_dereference', 'include/linux/rcupdate.h', 'rcu-dereference', 0),
  accessor('rcu_dereference_protected', 'include/linux/rcupdate.h', 'rcu-dereference', 0),
  accessor('rtnl_dereference', 'include/linux/rtnetlink.h', 'rcu-dereference', 0),
  accessor('this_cpu_ptr', 'include/linux/percpu-defs.h', 'this-cpu', 0),
];
