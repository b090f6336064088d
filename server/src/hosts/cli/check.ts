import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { LineIndex } from '../../base/lines.ts';
import { Cancelled } from '../../base/token.ts';
import { platformIds, platformNamed } from '../../explain/platforms.ts';
import { count, didYouMean } from '../../explain/words.ts';
import type { PlatformId } from '../../kernel/types.ts';
import { baselineName } from '../../project/config/baseline.ts';
import type { FileSystem } from '../../project/files.ts';
import { joinPath } from '../../project/paths.ts';
import { readText } from '../../project/read.ts';
import { jsonReport } from '../../report/json.ts';
import { sarifReport } from '../../report/sarif.ts';
import { type SourceLines, textReport } from '../../report/text.ts';
import { rules } from '../../rules/registry.ts';
import type { Level } from '../../rules/types.ts';
import { withConfig } from '../../service-config.ts';
import { atLeast, levels } from '../../service-options.ts';
import type { CheckOptions, CheckReport } from '../../service-types.ts';
import type { BackendName } from '../node/backend.ts';
import { defaultCacheFolder } from '../node/cache-folder.ts';
import { type CheckRequest, runCheck } from '../node/check.ts';
import { type ParsedArguments, UsageError, wholeNumber } from './arguments.ts';
import { type AskedCheck, baselineTarget, configuredReport, writeBaseline } from './baseline.ts';
import { type Command, type CommandContext, exit } from './command.ts';
import { RunError } from './run-error.ts';
import { ProgressBar } from './terminal.ts';
import { existingPaths, noConfigOption, tellProblems, treeOf } from './tree.ts';

const formats = ['text', 'json', 'sarif'] as const;
type Format = (typeof formats)[number];

/** `membrane check`. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'checks files, folders or a whole kernel tree',
  usage: ['check [options] [path...]'],
  details: [
    'Checks the C files and headers at the paths (the current folder if there are none, or DIR of --tree). Of a folder ' +
      'only files that name a transition or a wrapper of one are parsed; a file that is named itself is checked in any case.',
    'Exit code 0: nothing found; 1: findings at or above --fail-on; 2: could not run.',
  ],
  options: [
    {
      name: 'tree',
      value: 'DIR',
      help: "the root that names and paths are relative to; default: the nearest folder above with .membrane.json, else .git, else a kernel's top folder, else the nearest Kbuild or Makefile",
    },
    {
      name: 'rule',
      value: 'ID',
      multiple: true,
      help: 'run this rule only, even if it is off by default; may be repeated',
    },
    {
      name: 'platform',
      value: 'ID',
      multiple: true,
      help: `report only what matters on this platform; may be repeated: ${platformIds.join(', ')}`,
    },
    {
      name: 'exclude',
      value: 'GLOB',
      multiple: true,
      help: 'leave out files and folders that fit; relative to the root, or a name at any depth; may be repeated',
    },
    {
      name: 'alone',
      help: 'look at nothing but the paths: wrappers in other files of the tree are not known then',
    },
    {
      name: 'jobs',
      short: 'j',
      value: 'N',
      help: 'worker threads; default: 2, or 1 on a machine with one core',
    },
    { name: 'format', short: 'f', value: 'FORMAT', choices: formats, help: 'text (default), json or sarif' },
    {
      name: 'output',
      short: 'o',
      value: 'FILE',
      help: 'write the report there instead of to standard output',
    },
    {
      name: 'fail-on',
      value: 'LEVEL',
      choices: [...levels, 'never'],
      help: 'the least level that makes the exit code 1: error, warning (default), info, hint or never',
    },
    {
      name: 'stats',
      help: 'print numbers: parse errors, what was not understood, dropped #if arms, bounds hit',
    },
    {
      name: 'verbose',
      short: 'v',
      help: 'list everything that was not analysed, and how the model gets to a consequence',
    },
    {
      name: 'backend',
      value: 'NAME',
      choices: ['wasm', 'native'],
      help: 'the parser: wasm (default) or native',
    },
    {
      name: 'cache-dir',
      value: 'DIR',
      help: "where to keep what the next check of the same tree need not do again; default: membrane in the system's folder for caches",
    },
    { name: 'no-cache', help: 'keep nothing, and use nothing of what was kept' },
    noConfigOption,
    {
      name: 'write-baseline',
      value: 'FILE',
      optional: true,
      help: `write what is found to FILE, as known from now on; default: the baseline of .membrane.json, else ${baselineName}`,
    },
    { name: 'no-progress', help: 'no progress bar on a terminal' },
  ],
  run: check,
};

async function check(args: ParsedArguments, context: CommandContext): Promise<number> {
  const { fs, terminal } = context;
  const started = context.now();
  const asked = askedOf(args, context);
  const { request } = asked;
  const target = args.has('write-baseline') ? baselineTarget(args, asked, context) : null;
  tellProblems(asked.tree, context);
  const format = (args.value('format') ?? 'text') as Format;
  const bar = new ProgressBar(terminal, terminal.interactive && !args.has('no-progress'), context.now);
  const interrupt = catchInterrupt();
  try {
    const { crashes, kept, notes, ...outcome } = await runCheck(context, request, {
      token: interrupt.token,
      onProgress: (progress) => bar.update(progress),
      onThreads: interrupt.listen,
    });
    bar.clear();
    if (target !== null) writeBaseline(target, outcome.report, asked, context);
    const report = configuredReport(asked, outcome, target?.entries ?? asked.tree.config.baseline);
    const verbose = args.has('verbose');
    for (const note of notes) if (verbose || !note.verbose) terminal.err(`membrane: ${note.message}\n`);
    if (verbose) for (const crash of crashes) terminal.err(`membrane: ${crash}\n`);
    if (verbose && kept !== null)
      terminal.err(`membrane: ${kept.taken} of ${count(kept.groups, 'group')} of files from the cache\n`);
    const output = args.value('output');
    const text = render(report, format, args, {
      colours: output === undefined && terminal.coloursOut,
      elapsed: context.now() - started,
      lines: sourceLines(fs, request.root),
    });
    if (output === undefined) terminal.out(text);
    else writeReport(joinPath(terminal.cwd, output.replaceAll('\\', '/')), text);
    if (report.stats.filesSearched === 0 && report.problems.length === 0) {
      terminal.err('membrane: there are no .c or .h files here\n');
    }
    if (target !== null) return exit.clean;
    return exitCode(report, args.value('fail-on') ?? 'warning', request.paths, fs);
  } catch (error) {
    bar.clear();
    if (!(error instanceof Cancelled)) throw error;
    terminal.err('membrane: interrupted\n');
    return exit.interrupted;
  } finally {
    interrupt.dispose();
  }
}

function askedOf(args: ParsedArguments, context: CommandContext): AskedCheck {
  const { fs, terminal } = context;
  const ids = rules.map((rule) => rule.id);
  for (const id of args.values('rule')) {
    if (ids.includes(id)) continue;
    throw new UsageError(
      `there is no rule '${id}'.${didYouMean(id, ids)} membrane explain lists them`,
      'check',
    );
  }
  const platforms: PlatformId[] = args.values('platform').map((id) => {
    const known = platformNamed(id);
    if (known !== undefined) return known;
    throw new UsageError(`there is no platform '${id}'.${didYouMean(id, platformIds)}`, 'check');
  });
  const jobs = args.value('jobs');
  const named = args.operands.length > 0 ? args.operands : [args.value('tree') ?? '.'];
  const paths = existingPaths(fs, terminal.cwd, named);
  const tree = treeOf(context, args, paths, 'check');
  const { root, version, isProject, config } = tree;
  const options: CheckOptions = { rules: args.values('rule'), levels: {}, platforms };
  const request: CheckRequest = {
    root,
    version,
    paths,
    wholeTree: isProject && !args.has('alone'),
    exclude: args.values('exclude'),
    configExclude: config.config.exclude,
    extra: config.config.extra,
    jobs: jobs === undefined ? Math.min(2, availableParallelism()) : wholeNumber('check', 'jobs', jobs, 1),
    backend: (args.value('backend') ?? 'wasm') as BackendName,
    options: withConfig(options, config.config),
    cache: cacheFolder(args, terminal.cwd),
  };
  return { request, options, tree };
}

function cacheFolder(args: ParsedArguments, cwd: string): CheckRequest['cache'] {
  if (args.has('no-cache')) return null;
  const given = args.value('cache-dir');
  const folder = given === undefined ? defaultCacheFolder() : joinPath(cwd, given.replaceAll('\\', '/'));
  return folder === null ? null : { folder };
}

interface Rendering {
  readonly colours: boolean;
  readonly elapsed: number;
  readonly lines: SourceLines;
}

function render(report: CheckReport, format: Format, args: ParsedArguments, how: Rendering): string {
  if (format === 'json') return jsonReport(report);
  if (format === 'sarif') return sarifReport(report, rules);
  return textReport(report, { ...how, verbose: args.has('verbose'), stats: args.has('stats') });
}

/** Lines of files that findings lead through, read again when the report is written: few, and only for people. */
function sourceLines(fs: FileSystem, root: string): SourceLines {
  const files = new Map<string, LineIndex | null>();
  return (file, line) => {
    let index = files.get(file);
    if (index === undefined) {
      try {
        index = new LineIndex(readText(fs, joinPath(root, file)).text);
      } catch {
        index = null;
      }
      files.set(file, index);
    }
    // A line of a macro ends in a backslash that says nothing.
    return index?.lineText(line).replace(/[ \t]*\\$/, '') ?? null;
  };
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new RunError(`--output ${path}: could not be written (${code})`);
  }
}

/** A file that was named and could not be read at all is no clean result. */
function exitCode(report: CheckReport, failOn: string, paths: readonly string[], fs: FileSystem): number {
  const unread = report.stats.filesParsed === 0 && report.problems.length > 0;
  if (unread && paths.every((path) => isNoFolder(fs, path))) return exit.failed;
  if (failOn === 'never') return exit.clean;
  const loud = report.diagnostics.some((diagnostic) => atLeast(diagnostic.level, failOn as Level));
  return loud ? exit.findings : exit.clean;
}

function isNoFolder(fs: FileSystem, path: string): boolean {
  try {
    return fs.status(path)?.kind !== 'directory';
  } catch {
    return true;
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
