import type { ApiRow } from '../types.ts';
import { bytes, contents, ONE_PAGE } from './row.ts';

/**
 * Reads and writes of memory through an address; sizes in bytes. A call that writes yields its destination or
 * nothing: those that yield a count (`copy_from_user()`, `snprintf()`) are not here, for that is what is tested.
 */
export const CONTENTS: readonly ApiRow[] = [
  contents('bitmap_copy', 'include/linux/bitmap.h', 'copy', 0, 1, null),
  contents('bitmap_zero', 'include/linux/bitmap.h', 'zero', 0, null, null),
  contents('clear_highpage', 'include/linux/highmem.h', 'zero', 0, null, ONE_PAGE),
  contents('clear_page', 'arch/x86/include/asm/page_32.h', 'zero', 0, null, ONE_PAGE),
  contents('copy_page', 'arch/x86/include/asm/page_32.h', 'copy', 0, 1, ONE_PAGE),
  contents('copy_to_sockptr', 'include/linux/sockptr.h', 'read', null, 1, bytes(2)),
  contents('copy_to_user', 'include/linux/uaccess.h', 'read', null, 1, bytes(2)),
  contents('get_random_bytes', 'include/linux/random.h', 'fill', 0, null, bytes(1)),
  contents('memchr', 'include/linux/string.h', 'read', null, 0, bytes(2)),
  contents('memchr_inv', 'include/linux/string.h', 'read', null, 0, bytes(2)),
  contents('memcmp', 'include/linux/string.h', 'read', null, 0, bytes(2)),
  contents('memcpy', 'include/linux/string.h', 'copy', 0, 1, bytes(2)),
  contents('memcpy_and_pad', 'include/linux/string.h', 'copy', 0, 2, bytes(1)),
  contents('memcpy_from_page', 'include/linux/highmem.h', 'copy', 0, 1, bytes(3)),
  contents('memcpy_fromio', 'include/asm-generic/io.h', 'copy', 0, 1, bytes(2)),
  contents('memcpy_to_page', 'include/linux/highmem.h', 'copy', 0, 2, bytes(3)),
  contents('memcpy_toio', 'include/asm-generic/io.h', 'copy', 0, 1, bytes(2)),
  contents('memmove', 'include/linux/string.h', 'copy', 0, 1, bytes(2)),
  contents('memscan', 'include/linux/string.h', 'read', null, 0, bytes(2)),
  contents('memset', 'include/linux/string.h', 'fill', 0, null, bytes(2)),
  contents('memset32', 'include/linux/string.h', 'fill', 0, null, null),
  contents('memset64', 'include/linux/string.h', 'fill', 0, null, null),
  contents('memset_io', 'include/asm-generic/io.h', 'fill', 0, null, bytes(2)),
  contents('memzero_explicit', 'include/linux/string.h', 'zero', 0, null, bytes(1)),
  contents('memzero_page', 'include/linux/highmem.h', 'zero', 0, null, bytes(2)),
  contents('strcpy', 'include/linux/string.h', 'copy', 0, 1, null),
  contents('strncpy', 'include/linux/string.h', 'copy', 0, 1, bytes(2)),
];
