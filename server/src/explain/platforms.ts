import type { PlatformId } from '../kernel/types.ts';
import { list } from './words.ts';

/** `short` fits into a message, `long` says whose it is. */
export interface PlatformName {
  readonly short: string;
  readonly long: string;
}

/** Every platform, in the order in which lists name them. The compiler keeps it complete. */
export const platformNames: Readonly<Record<PlatformId, PlatformName>> = {
  tdx: { short: 'TDX', long: 'Intel TDX guest' },
  snp: { short: 'SEV-SNP', long: 'AMD SEV-SNP guest' },
  'snp-vtom': { short: 'SNP+vTOM', long: 'Hyper-V guest on SEV-SNP with vTOM' },
  'tdx-paravisor': { short: 'TDX+paravisor', long: 'Hyper-V guest on TDX with a paravisor' },
  cca: { short: 'CCA', long: 'Arm CCA realm' },
  pkvm: { short: 'pKVM', long: 'arm64 protected KVM guest' },
  sev: { short: 'SEV', long: 'AMD SEV and SEV-ES guest' },
  sme: { short: 'SME', long: 'AMD SME, a host that encrypts its memory' },
  'powerpc-svm': { short: 'powerpc SVM', long: 'powerpc secure virtual machine' },
  's390-pv': { short: 's390 PV', long: 's390 protected virtualisation' },
};

/** The names that fit into a message, in the order given. */
export function shortNames(ids: readonly PlatformId[]): string[] {
  return ids.map((id) => platformNames[id].short);
}

/** All ids, in the order of {@link platformNames}. */
export const platformIds = Object.keys(platformNames) as PlatformId[];

const otherNames: Readonly<Record<string, PlatformId>> = {
  'sev-es': 'sev',
  'sev-snp': 'snp',
  vtom: 'snp-vtom',
  svm: 'powerpc-svm',
  powerpc: 'powerpc-svm',
  s390: 's390-pv',
};

/** The platform that somebody means: its id, any name it is shown under, or a usual one; case does not matter. */
export function platformNamed(text: string): PlatformId | undefined {
  const wanted = text.toLowerCase();
  return (
    platformIds.find((id) => id === wanted || platformNames[id].short.toLowerCase() === wanted) ??
    (Object.hasOwn(otherNames, wanted) ? otherNames[wanted] : undefined)
  );
}

/**
 * `TDX, SEV-SNP and CCA` in fixed order; `every platform` for all of them or for an empty list, and what is missing where
 * that is the shorter thing to say.
 */
export function platformList(ids: readonly PlatformId[]): string {
  const known = platformIds.filter((id) => ids.includes(id));
  const missing = platformIds.filter((id) => !ids.includes(id));
  if (known.length === 0 || missing.length === 0) return 'every platform';
  if (missing.length <= 2) return `every platform but ${list(shortNames(missing))}`;
  return list(shortNames(known));
}
