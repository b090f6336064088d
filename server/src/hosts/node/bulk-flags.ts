import { setFlagsFromString } from 'node:v8';

/**
 * By version of V8: flags that exist there and were measured to make a check of a whole kernel cheaper, by about a sixth of the
 * processor's time on two cores. V8 tells an unknown flag on standard error, so a version that is not here gets none.
 */
const flags: Readonly<Record<string, readonly string[]>> = {
  // Node 20. A check is over in seconds and has threads for all cores: optimising compilers, each a thread more, mostly get in
  // their way. The first one asks for code that has run longer than usual, the second compiles it as it stands, which is quick;
  // the others keep WebAssembly as it is compiled at first.
  '11.3': [
    '--interrupt-budget=500000',
    '--no-turbo-inlining',
    '--no-wasm-tier-up',
    '--no-wasm-dynamic-tiering',
  ],
};

/** Sets V8 up for threads that are started from here on and all work. It holds for the process, so only for one that does nothing else. */
export function setUpForBulk(version: string = process.versions.v8): readonly string[] {
  const [major, minor] = version.split('.');
  const set = flags[`${major}.${minor}`] ?? [];
  for (const flag of set) setFlagsFromString(flag);
  return set;
}
