import { writeFileSync } from 'node:fs';
import { LineIndex } from '../../base/lines.ts';
import { platformIds, platformNamed } from '../../explain/platforms.ts';
import { count, didYouMean, list } from '../../explain/words.ts';
import type { PlatformId } from '../../kernel/types.ts';
import { baselineName } from '../../project/config/baseline.ts';
import type { FileSystem } from '../../project/files.ts';
import { joinPath, relativePath } from '../../project/paths.ts';
import { readText } from '../../project/read.ts';
import { jsonReport } from '../../report/json.ts';
import { sarifReport } from '../../report/sarif.ts';
import { nothingText, type SourceLines, textReport } from '../../report/text.ts';
import { rules } from '../../rules/registry.ts';
import type { Level } from '../../rules/types.ts';
import { withConfig } from '../../service-config.ts';
import { atLeast, levels } from '../../service-options.ts';
import type { CheckOptions, CheckReport } from '../../service-types.ts';
import type { BackendName } from '../node/backend.ts';
import { type ParsedArguments, UsageError } from './arguments.ts';
import { type AskedCheck, baselineTarget, configuredReport, writeBaseline } from './baseline.ts';
import { type Command, type CommandContext, exit } from './command.ts';
import { RunError } from './run-error.ts';
import { askedPaths, checkRequest, runShown, shared } from './shared.ts';
import { noConfigOption, tellProblems, treeOf } from './tree.ts';

const formats = ['text', 'json', 'sarif'] as const;
type Format = (typeof formats)[number];

/** `membrane check`. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'checks files, folders or a whole kernel tree',
  usage: ['check [options] [path...]'],
  details: [
    'Checks the C files and headers at the paths (the current folder if there are none, or DIR of --tree). Of a folder ' +
      'only files that name a transition or a wrapper of one are parsed; a C file that is named itself is checked in any case.',
    'Exit code 0: nothing found, or nothing there to check; 1: findings at or above --fail-on; 2: could not run.',
  ],
  options: [
    shared.tree,
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
    shared.exclude,
    shared.alone,
    shared.jobs,
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
      help: 'print numbers: parse errors, what was not understood, dropped #if arms, what was cut short',
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
    shared.cacheDir,
    shared.noCache,
    noConfigOption,
    {
      name: 'write-baseline',
      value: 'FILE',
      optional: true,
      help: `write what is found to FILE, as known from now on; default: the baseline of .membrane.json, else ${baselineName}`,
    },
    shared.noProgress,
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
  const outcome = await runShown(args, context, request);
  if (outcome === null) return exit.interrupted;
  const { crashes, kept, notes } = outcome;
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
    pathOf: pathsFrom(terminal.cwd, request.root),
    alone: args.has('alone'),
  });
  if (output === undefined) terminal.out(text);
  else writeReport(joinPath(terminal.cwd, output.replaceAll('\\', '/')), text);
  const isNothing = report.stats.filesSearched === 0 && report.problems.length === 0;
  if (isNothing && (format !== 'text' || output !== undefined)) terminal.err(`membrane: ${nothingText}\n`);
  if (target !== null) return exit.clean;
  return exitCode(report, args.value('fail-on') ?? 'warning', request.paths, fs);
}

function askedOf(args: ParsedArguments, context: CommandContext): AskedCheck {
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
    const near = didYouMean(id, platformIds);
    throw new UsageError(`there is no platform '${id}'.${near} There are ${list(platformIds)}`, 'check');
  });
  const paths = askedPaths(args, context);
  const tree = treeOf(context, args, paths, 'check');
  const options: CheckOptions = { rules: args.values('rule'), levels: {}, platforms };
  const request = checkRequest('check', args, context, tree, {
    paths,
    backend: (args.value('backend') ?? 'wasm') as BackendName,
    options: withConfig(options, tree.config.config),
  });
  return { request, options, tree };
}

interface Rendering {
  readonly colours: boolean;
  readonly elapsed: number;
  readonly lines: SourceLines;
  readonly pathOf: (file: string) => string;
  readonly alone: boolean;
}

function render(report: CheckReport, format: Format, args: ParsedArguments, how: Rendering): string {
  if (format === 'json') return jsonReport(report);
  if (format === 'sarif') return sarifReport(report, rules);
  return textReport(report, { ...how, verbose: args.has('verbose'), stats: args.has('stats') });
}

/** Names of files of the tree for somebody in `cwd`: from there, or the whole path where that is shorter. */
function pathsFrom(cwd: string, root: string): (file: string) => string {
  return (file) => {
    const path = joinPath(root, file);
    const relative = relativePath(cwd, path);
    return relative.startsWith('../') && path.length < relative.length ? path : relative;
  };
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
