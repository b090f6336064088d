import { availableParallelism } from 'node:os';
import { Cancelled } from '../../base/token.ts';
import { joinPath } from '../../project/paths.ts';
import { defaultCacheFolder } from '../node/cache-folder.ts';
import { type CheckOutcome, type CheckRequest, runCheck } from '../node/check.ts';
import type { OptionSpec, ParsedArguments } from './arguments.ts';
import { wholeNumber } from './arguments.ts';
import type { CommandContext } from './command.ts';
import { ProgressBar } from './terminal.ts';
import { existingPaths, type Tree } from './tree.ts';

/** Options of commands that look at files, folders or a whole tree. */
export const shared = {
  tree: {
    name: 'tree',
    value: 'DIR',
    help: "the root that names and paths are relative to; default: the nearest folder above with .membrane.json, else .git, else a kernel's top folder, else the nearest Kbuild or Makefile",
  },
  exclude: {
    name: 'exclude',
    value: 'GLOB',
    multiple: true,
    help: 'leave out files and folders that fit; relative to the root, or a name at any depth; may be repeated',
  },
  alone: {
    name: 'alone',
    help: 'look at nothing but the paths: wrappers in other files of the tree are not known then',
  },
  jobs: {
    name: 'jobs',
    short: 'j',
    value: 'N',
    help: 'worker threads; default: 2, or 1 on a machine with one core',
  },
  cacheDir: {
    name: 'cache-dir',
    value: 'DIR',
    help: "where to keep what the next check of the same tree need not do again; default: membrane in the system's folder for caches. Nothing is kept of a check of a few files",
  },
  noCache: { name: 'no-cache', help: 'keep nothing, and use nothing of what was kept' },
  noProgress: { name: 'no-progress', help: 'no progress bar on a terminal' },
} as const satisfies Record<string, OptionSpec>;

/** The paths of a command line, else the folder of --tree, else the current one: absolute, normalised, there. @throws RunError */
export function askedPaths(args: ParsedArguments, { fs, terminal }: CommandContext): string[] {
  const named = args.operands.length > 0 ? args.operands : [args.value('tree') ?? '.'];
  return existingPaths(fs, terminal.cwd, named);
}

/** What is to be looked at in a tree, and how, by the {@link shared} options. @throws UsageError */
export function checkRequest(
  command: string,
  args: ParsedArguments,
  { terminal }: CommandContext,
  { root, version, isProject, config }: Tree,
  what: Pick<CheckRequest, 'paths' | 'backend' | 'options' | 'contracts'>,
): CheckRequest {
  const jobs = args.value('jobs');
  return {
    ...what,
    root,
    version,
    wholeTree: isProject && !args.has('alone'),
    exclude: args.values('exclude'),
    configExclude: config.config.exclude,
    extra: config.config.extra,
    jobs: jobs === undefined ? Math.min(2, availableParallelism()) : wholeNumber(command, 'jobs', jobs, 1),
    cache: cacheFolder(args, terminal.cwd),
  };
}

function cacheFolder(args: ParsedArguments, cwd: string): CheckRequest['cache'] {
  if (args.has('no-cache')) return null;
  const given = args.value('cache-dir');
  const folder = given === undefined ? defaultCacheFolder() : joinPath(cwd, given.replaceAll('\\', '/'));
  return folder === null ? null : { folder };
}

/** Runs a check, with a bar on a terminal; null if Ctrl-C ended it, which is told. @throws BackendError */
export async function runShown(
  args: ParsedArguments,
  context: CommandContext,
  request: CheckRequest,
): Promise<CheckOutcome | null> {
  const { terminal, now } = context;
  const bar = new ProgressBar(terminal, terminal.interactive && !args.has('no-progress'), now);
  const interrupt = catchInterrupt();
  try {
    return await runCheck(context, request, {
      token: interrupt.token,
      onProgress: (progress) => bar.update(progress),
      onThreads: interrupt.listen,
    });
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    bar.clear();
    terminal.err('membrane: interrupted\n');
    return null;
  } finally {
    bar.clear();
    interrupt.dispose();
  }
}

/**
 * Ctrl-C sets a token, so that the bar goes away and threads end; a second one is the system's own. So is the first while
 * this thread does the work: it could not listen, and nothing has to be tidied up.
 */
function catchInterrupt() {
  const token = { cancelled: false };
  const onInterrupt = () => {
    token.cancelled = true;
  };
  return {
    token,
    listen() {
      process.once('SIGINT', onInterrupt);
      process.once('SIGTERM', onInterrupt);
    },
    dispose() {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onInterrupt);
    },
  };
}
