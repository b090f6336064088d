import type { ApiRow, ConstantRow, SizeUnit } from '../types.ts';
import { moved, size } from './row.ts';

function constant(
  name: string,
  source: string,
  value: number | null,
  unit: ConstantRow['unit'],
  follows?: ConstantRow['follows'],
): ConstantRow {
  return follows === undefined
    ? { k: 'constant', name, source, value, unit }
    : { k: 'constant', name, source, value, unit, follows };
}

const KIB = 1024;
const SZ: readonly (readonly [string, number])[] = [
  ['SZ_1', 1],
  ['SZ_2', 2],
  ['SZ_4', 4],
  ['SZ_8', 8],
  ['SZ_16', 16],
  ['SZ_32', 32],
  ['SZ_64', 64],
  ['SZ_128', 128],
  ['SZ_256', 256],
  ['SZ_512', 512],
  ['SZ_1K', KIB],
  ['SZ_2K', 2 * KIB],
  ['SZ_4K', 4 * KIB],
  ['SZ_8K', 8 * KIB],
  ['SZ_16K', 16 * KIB],
  ['SZ_32K', 32 * KIB],
  ['SZ_64K', 64 * KIB],
  ['SZ_128K', 128 * KIB],
  ['SZ_256K', 256 * KIB],
  ['SZ_512K', 512 * KIB],
  ['SZ_1M', KIB ** 2],
  ['SZ_2M', 2 * KIB ** 2],
  ['SZ_4M', 4 * KIB ** 2],
  ['SZ_8M', 8 * KIB ** 2],
  ['SZ_16M', 16 * KIB ** 2],
  ['SZ_32M', 32 * KIB ** 2],
  ['SZ_64M', 64 * KIB ** 2],
  ['SZ_128M', 128 * KIB ** 2],
  ['SZ_256M', 256 * KIB ** 2],
  ['SZ_512M', 512 * KIB ** 2],
  ['SZ_1G', KIB ** 3],
  ['SZ_2G', 2 * KIB ** 3],
  ['SZ_4G', 4 * KIB ** 3],
];

const BYTES: SizeUnit = 'bytes';

/** Constants with a unit. Those that follow the configuration have no value. */
export const CONSTANTS: readonly ApiRow[] = [
  ...moved(
    constant('HV_HYP_PAGE_MASK', 'include/asm-generic/hyperv-tlfs.h', null, 'mask'),
    [6, 15],
    'include/hyperv/hvgdk_mini.h',
  ),
  ...moved(
    constant('HV_HYP_PAGE_SHIFT', 'include/asm-generic/hyperv-tlfs.h', 12, 'shift'),
    [6, 15],
    'include/hyperv/hvgdk_mini.h',
  ),
  ...moved(
    constant('HV_HYP_PAGE_SIZE', 'include/asm-generic/hyperv-tlfs.h', 4 * KIB, BYTES),
    [6, 15],
    'include/hyperv/hvgdk_mini.h',
  ),
  ...moved(
    constant('PAGE_MASK', 'arch/x86/include/asm/page_types.h', null, 'mask', 'page-mask'),
    [6, 13],
    'include/vdso/page.h',
  ),
  ...moved(
    constant('PAGE_SHIFT', 'arch/x86/include/asm/page_types.h', null, 'shift', 'page-shift'),
    [6, 13],
    'include/vdso/page.h',
  ),
  ...moved(
    constant('PAGE_SIZE', 'arch/x86/include/asm/page_types.h', null, BYTES, 'page-size'),
    [6, 13],
    'include/vdso/page.h',
  ),
  constant('PMD_SIZE', 'include/asm-generic/pgtable-nopmd.h', null, BYTES),
  ...SZ.map(([name, value]) => constant(name, 'include/linux/sizes.h', value, BYTES)),
];

/** Computations of sizes. */
export const SIZES: readonly ApiRow[] = [
  size('ALIGN', 'include/linux/linkage.h', 'align', [0, 1]),
  size('DIV_ROUND_UP', 'include/linux/math.h', 'div-round-up', [0, 1]),
  size('HVPFN_DOWN', 'include/linux/hyperv.h', 'pfn-down', [0], { unit: 'hvpages' }),
  size('HVPFN_UP', 'include/linux/hyperv.h', 'pfn-up', [0], { unit: 'hvpages' }),
  size('PAGE_ALIGN', 'include/linux/mm.h', 'page-align'),
  size('PFN_DOWN', 'include/linux/pfn.h', 'pfn-down'),
  size('PFN_UP', 'include/linux/pfn.h', 'pfn-up'),
  size('array3_size', 'include/linux/overflow.h', 'array-size', [0, 1, 2]),
  size('array_size', 'include/linux/overflow.h', 'array-size', [0, 1]),
  size('compound_nr', 'include/linux/mm.h', 'pages-of'),
  size('compound_order', 'include/linux/mm.h', 'order-of'),
  size('flex_array_size', 'include/linux/overflow.h', 'struct-size', [0, 1, 2]),
  size('folio_nr_pages', 'include/linux/mm.h', 'pages-of'),
  size('folio_order', 'include/linux/mm.h', 'order-of'),
  size('folio_size', 'include/linux/mm.h', 'bytes-of'),
  size('get_order', 'include/asm-generic/getorder.h', 'get-order'),
  size('max', 'include/linux/minmax.h', 'max', [0, 1]),
  size('max_t', 'include/linux/minmax.h', 'max', [1, 2]),
  size('min', 'include/linux/minmax.h', 'min', [0, 1]),
  size('min_t', 'include/linux/minmax.h', 'min', [1, 2]),
  size('page_size', 'include/linux/mm.h', 'bytes-of'),
  size('round_up', 'include/linux/math.h', 'align', [0, 1]),
  size('roundup', 'include/linux/math.h', 'align', [0, 1]),
  size('roundup_pow_of_two', 'include/linux/log2.h', 'roundup-pow2'),
  size('size_mul', 'include/linux/overflow.h', 'array-size', [0, 1]),
  size('struct_size', 'include/linux/overflow.h', 'struct-size', [0, 1, 2]),
];
