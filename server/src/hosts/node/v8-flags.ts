import { setFlagsFromString } from 'node:v8';

/**
 * Flags that exist in a version of V8 and were measured there. V8 tells an unknown flag on standard error, so a version that is
 * not here gets none.
 */
interface Flags {
  /** For a check of a whole kernel. */
  readonly bulk: readonly string[];
  /** For a server that somebody types at. */
  readonly session: readonly string[];
}

const flags: Readonly<Record<string, Flags>> = {
  // Node 20.
  '11.3': {
    // A check is over in seconds and has threads for all cores: whatever V8 does in threads of its own mostly gets in their way.
    // Optimising compilers are asked for code that has run much longer than usual, and compile it as it stands, which is quick;
    // WebAssembly stays as it is compiled at first; garbage is collected by the thread that made it. Instead the quick compiler
    // without optimisations is asked earlier.
    bulk: [
      '--interrupt-budget=2000000',
      '--no-turbo-inlining',
      '--no-wasm-tier-up',
      '--no-wasm-dynamic-tiering',
      '--no-parallel-scavenge',
      '--baseline-batch-compilation-threshold=1024',
    ],
    // A server works for one thread and has a core to spare, and the first edits count as much as all others: code is
    // compiled at once, and optimised sooner. The second edit that changes a function for all callers takes two thirds.
    session: ['--always-sparkplug', '--interrupt-budget=66000'],
  },
};

/** Sets V8 up for threads that are started from here on and all work. It holds for the process, so only for one that does nothing else. */
export function setUpForBulk(version: string = process.versions.v8): readonly string[] {
  return setUp('bulk', version);
}

/** Sets V8 up for code that runs from here on, a little after each key. It holds for the process. */
export function setUpForSession(version: string = process.versions.v8): readonly string[] {
  return setUp('session', version);
}

function setUp(what: keyof Flags, version: string): readonly string[] {
  const [major, minor] = version.split('.');
  const set = flags[`${major}.${minor}`]?.[what] ?? [];
  for (const flag of set) setFlagsFromString(flag);
  return set;
}
