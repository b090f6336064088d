/**
 * How a kernel tree is laid out: which files can be linked into one image. Source: Documentation/kbuild/makefiles.rst and
 * the top Makefile of Linux 6.12.
 */

/** Top folders that hold programs of their own, each folder below them a program: they never call into a kernel. */
const programs = new Set(['Documentation', 'samples', 'scripts', 'tools', 'usr']);

/** Architectures that take code of another one: arch/um/Makefile includes arch/x86/Makefile.um. */
const borrows: Readonly<Record<string, string>> = { um: 'x86' };

/**
 * Architectures of Linux 5.10 to 7.3 on which memory is never shared: no Kconfig of theirs selects ARCH_HAS_MEM_ENCRYPT, so that
 * transitions are the empty ones of include/linux/set_memory.h. `riscv` may get it (CoVE), `um` is built with code of x86.
 */
const neverShare = new Set(
  `alpha arc arm c6x csky h8300 hexagon ia64 loongarch m68k microblaze mips nds32 nios2 openrisc parisc sh sparc xtensa`.split(
    ' ',
  ),
);

/** Whether no memory can be shared by what stands there: a file or folder, relative to the tree's root. */
export function neverShares(path: string): boolean {
  return neverShare.has(archOf(`${path}/`) ?? '');
}

/** Headers outside of `arch/` that those of one architecture stand for: arch/arm64/include/asm/xen/ includes these, as arch/arm does. */
const borrowed: Readonly<Record<string, string>> = { 'include/xen/arm/': 'arm64' };

/** The architecture that code is for, by its folder; null for code of all architectures. `file` is relative to the tree's root. */
export function archOf(file: string): string | null {
  if (file.startsWith('arch/')) {
    const end = file.indexOf('/', 'arch/'.length);
    return end < 0 ? null : file.slice('arch/'.length, end);
  }
  for (const [folder, arch] of Object.entries(borrowed)) if (file.startsWith(folder)) return arch;
  return null;
}

interface Home {
  /** The folder below `arch/`; null for code of all architectures. */
  readonly arch: string | null;
  /** The program; null for the kernel itself. */
  readonly program: string | null;
}

function homeOf(file: string): Home {
  const names = file.split('/');
  const top = names[0] ?? '';
  if (programs.has(top) && names.length > 2) return { arch: null, program: names.slice(0, -1).join('/') };
  const arch = archOf(file);
  // The loader that unpacks a kernel is an image of its own (arch/x86/boot/Makefile).
  if (arch !== null && names[2] === 'boot') return { arch, program: names.slice(0, -1).join('/') };
  return { arch, program: null };
}

/** Whether code of both files can be in one image, so that one may call the other. Paths are relative to the tree's root. */
export function linkable(a: string, b: string): boolean {
  const one = homeOf(a);
  const other = homeOf(b);
  if (one.program !== other.program) return isHeader(a) || isHeader(b);
  if (one.arch === null || other.arch === null || one.arch === other.arch) return true;
  return borrows[one.arch] === other.arch || borrows[other.arch] === one.arch;
}

/**
 * Where the header may stand that a file includes as `name`, but for the file's own folder; LINUXINCLUDE of the top Makefile. Paths are
 * relative to the tree's root.
 */
export function headerPlaces(file: string, name: string): readonly string[] {
  const { arch } = homeOf(file);
  const shared = `include/${name}`;
  return arch === null ? [shared] : [`arch/${arch}/include/${name}`, shared];
}

function isHeader(file: string): boolean {
  return file.endsWith('.h');
}
