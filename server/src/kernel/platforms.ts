import { type Architecture, hasHeader } from './headers.ts';
import { archOf } from './layout.ts';
import type { PlatformId, Version } from './types.ts';

interface Platform {
  readonly id: PlatformId;
  /** The folder below `arch/`. */
  readonly arch: Architecture;
  /** First version whose tree has the guest side. */
  readonly since?: Version;
  /** PAGE_SIZE in bytes; null where the configuration decides. */
  readonly pageSize: number | null;
}

/** In the order in which they are shown. */
const PLATFORMS: readonly Platform[] = [
  { id: 'sme', arch: 'x86', pageSize: 4096 },
  { id: 'sev', arch: 'x86', pageSize: 4096 },
  // dc3f3d2474b8 "x86/mm: Validate memory when changing the C-bit"
  { id: 'snp', arch: 'x86', pageSize: 4096, since: [5, 19] },
  // 59bd54a84d15 "x86/tdx: Detect running as a TDX guest in early boot"
  { id: 'tdx', arch: 'x86', pageSize: 4096, since: [5, 19] },
  // 810a52126502 "x86/hyperv: Add new hvcall guest address host visibility support"
  { id: 'snp-vtom', arch: 'x86', pageSize: 4096, since: [5, 16] },
  { id: 'tdx-paravisor', arch: 'x86', pageSize: 4096, since: [6, 6] },
  { id: 'cca', arch: 'arm64', pageSize: null, since: [6, 13] },
  { id: 'pkvm', arch: 'arm64', pageSize: null, since: [6, 12] },
  { id: 'powerpc-svm', arch: 'powerpc', pageSize: null },
  { id: 's390-pv', arch: 's390', pageSize: 4096 },
];

/** Every platform, in the order in which they are shown. */
export const ALL_PLATFORMS: readonly PlatformId[] = PLATFORMS.map((p) => p.id);

/** Whether a kernel of that version can run as such a guest or host; null is the newest. */
export function platformExists(id: PlatformId, version: Version | null): boolean {
  const since = PLATFORMS.find((p) => p.id === id)?.since;
  if (since === undefined || version === null) return true;
  return version[0] - since[0] > 0 || (version[0] === since[0] && version[1] >= since[1]);
}

/** PAGE_SIZE of a platform in bytes; null where the configuration decides. */
export function pageSizeOf(id: PlatformId): number | null {
  return PLATFORMS.find((p) => p.id === id)?.pageSize ?? null;
}

/**
 * Platforms that a file of a kernel tree can run on: those of its `arch/`, else all that the version has. `headers`, which every
 * build of it includes: without architectures that lack one of them.
 */
export function platformsOfFile(
  file: string,
  version: Version | null,
  headers: readonly string[] = [],
): readonly PlatformId[] {
  const arch = archOf(file.replace(/^\.\//, ''));
  return PLATFORMS.filter((p) => arch === null || p.arch === arch)
    .filter((p) => headers.every((header) => hasHeader(p.arch, header)))
    .map((p) => p.id)
    .filter((id) => platformExists(id, version));
}
