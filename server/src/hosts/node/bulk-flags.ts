import { setFlagsFromString } from 'node:v8';

/**
 * By version of V8: flags that exist there and were measured to make a check of a whole kernel cheaper, by about a sixth of the
 * processor's time on two cores. V8 tells an unknown flag on standard error, so a version that is not here gets none.
 */
const flags: Readonly<Record<string, readonly string[]>> = {
  // Node 20. A check is over in seconds and has threads for all cores: whatever V8 does in threads of its own mostly gets in
  // their way. Optimising compilers are asked for code that has run much longer than usual, and compile it as it stands, which
  // is quick; WebAssembly stays as it is compiled at first; garbage is collected by the thread that made it. Instead the quick
  // compiler without optimisations is asked earlier.
  '11.3': [
    '--interrupt-budget=2000000',
    '--no-turbo-inlining',
    '--no-wasm-tier-up',
    '--no-wasm-dynamic-tiering',
    '--no-parallel-scavenge',
    '--baseline-batch-compilation-threshold=1024',
  ],
};

/** Sets V8 up for threads that are started from here on and all work. It holds for the process, so only for one that does nothing else. */
export function setUpForBulk(version: string = process.versions.v8): readonly string[] {
  const [major, minor] = version.split('.');
  const set = flags[`${major}.${minor}`] ?? [];
  for (const flag of set) setFlagsFromString(flag);
  return set;
}
