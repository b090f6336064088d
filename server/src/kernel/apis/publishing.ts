import type { ApiRow } from '../types.ts';
import { publish, since, until } from './row.ts';

/**
 * Stores and calls after which somebody else sees the memory: readers under RCU, a device, the hypervisor, whoever
 * opens what is registered. A plain store of a pointer publishes nothing.
 */
export const PUBLISHING: readonly ApiRow[] = [
  publish('cdev_add', 'include/linux/cdev.h', 0, 'register'),
  publish('cdev_device_add', 'include/linux/cdev.h', 0, 'register'),
  publish('device_add', 'include/linux/device.h', 0, 'register'),
  publish('device_register', 'include/linux/device.h', 0, 'register'),
  publish('hlist_add_head_rcu', 'include/linux/rculist.h', 0, 'rcu'),
  publish('hlist_replace_rcu', 'include/linux/rculist.h', 1, 'rcu'),
  publish('hv_do_fast_hypercall8', 'include/asm-generic/mshyperv.h', 1, 'hypervisor'),
  publish('hv_do_hypercall', 'include/asm-generic/mshyperv.h', 1, 'hypervisor'),
  publish('hv_do_hypercall', 'include/asm-generic/mshyperv.h', 2, 'hypervisor'),
  since([6, 2], publish('hv_set_msr', 'arch/x86/include/asm/mshyperv.h', 1, 'hypervisor')),
  since([6, 2], publish('hv_set_non_nested_msr', 'arch/x86/include/asm/mshyperv.h', 1, 'hypervisor')),
  until([6, 11], publish('hv_set_register', 'arch/x86/include/asm/mshyperv.h', 1, 'hypervisor')),
  {
    k: 'publish-global',
    name: 'hyperv_pcpu_input_arg',
    source: 'include/asm-generic/mshyperv.h',
    to: 'hypervisor',
  },
  publish('kvm_hypercall1', 'arch/x86/include/asm/kvm_para.h', 1, 'hypervisor'),
  publish('kvm_hypercall2', 'arch/x86/include/asm/kvm_para.h', 1, 'hypervisor'),
  publish('kvm_hypercall3', 'arch/x86/include/asm/kvm_para.h', 1, 'hypervisor'),
  publish('list_add_rcu', 'include/linux/rculist.h', 0, 'rcu'),
  publish('list_add_tail_rcu', 'include/linux/rculist.h', 0, 'rcu'),
  publish('list_replace_rcu', 'include/linux/rculist.h', 1, 'rcu'),
  publish('misc_register', 'include/linux/miscdevice.h', 0, 'register'),
  publish('platform_device_add', 'include/linux/platform_device.h', 0, 'register'),
  publish('platform_device_register', 'include/linux/platform_device.h', 0, 'register'),
  publish('rcu_assign_pointer', 'include/linux/rcupdate.h', 1, 'rcu'),
  publish('rcu_replace_pointer', 'include/linux/rcupdate.h', 1, 'rcu'),
  publish('register_netdev', 'include/linux/netdevice.h', 0, 'register'),
  publish('register_netdevice', 'include/linux/netdevice.h', 0, 'register'),
  publish('smp_store_release', 'include/asm-generic/barrier.h', 1, 'rcu'),
  since([6, 13], publish('tsm_report_register', 'include/linux/tsm.h', 0, 'register')),
  publish('uio_register_device', 'include/linux/uio_driver.h', 1, 'register'),
  until([7, 2], publish('wrmsrl', 'arch/x86/include/asm/msr.h', 1, 'hypervisor')),
  until([7, 2], publish('wrmsrl_safe', 'arch/x86/include/asm/msr.h', 1, 'hypervisor')),
  since([6, 13], publish('wrmsrq', 'arch/x86/include/asm/msr.h', 1, 'hypervisor')),
  since([6, 13], publish('wrmsrq_safe', 'arch/x86/include/asm/msr.h', 1, 'hypervisor')),
];
