import { kexecProtocols } from './kexec/protocols.ts';
import type { Data } from './scenario.ts';
import { septProtocols } from './sept/protocols.ts';
import { platforms } from './transition/platforms/index.ts';

/** What is known: every platform and every protocol, each fact with its source. */
export const data: Data = { platforms, kexec: kexecProtocols, sept: septProtocols };
