import type { Platforms } from '../platform.ts';
import { sev, sme, snp } from './amd.ts';
import { cca, pkvm } from './arm64.ts';
import { snpVtom, tdxParavisor } from './hyperv.ts';
import { tdx } from './tdx.ts';
import { powerpcSvm, s390Pv } from './ultravisor.ts';

/** Every platform of a guest, in the order in which they are shown. */
export const platforms: Platforms = {
  sme,
  sev,
  snp,
  tdx,
  'snp-vtom': snpVtom,
  'tdx-paravisor': tdxParavisor,
  cca,
  pkvm,
  'powerpc-svm': powerpcSvm,
  's390-pv': s390Pv,
};
