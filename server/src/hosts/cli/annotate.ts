import { count } from '../../explain/words.ts';
import { configNotes } from '../../project/config/notes.ts';
import { decodeText } from '../../project/decode.ts';
import { problemText } from '../../project/files.ts';
import { joinPath } from '../../project/paths.ts';
import { readText } from '../../project/read.ts';
import { annotationsText } from '../../report/annotations-text.ts';
import { insertionsDiff } from '../../report/insertions-diff.ts';
import { rules } from '../../rules/registry.ts';
import { annotationEntries } from '../../service-annotations.ts';
import type { InferredNote } from '../../service-infer.ts';
import { compare } from '../../service-judge.ts';
import { defaultOptions } from '../../service-options.ts';
import type { CheckOptions } from '../../service-types.ts';
import type { CheckOutcome, CheckRequest } from '../node/check.ts';
import { type ParsedArguments, UsageError } from './arguments.ts';
import { configuredReport } from './baseline.ts';
import { type Command, type CommandContext, exit } from './command.ts';
import { replaceFile } from './replace-file.ts';
import { RunError } from './run-error.ts';
import { askedPaths, checkRequest, runShown, shared } from './shared.ts';
import { noConfigOption, type Tree, tellProblems, treeOf } from './tree.ts';

/** Files larger than any that was analysed. */
const largest = 1 << 27;

/** `membrane annotate`. */
export const annotateCommand: Command = {
  name: 'annotate',
  summary: 'writes contracts for functions that convert memory, lists annotations',
  usage: ['annotate [options] [path...]'],
  details: [
    'Finds the functions at the paths (the current folder if there are none) that convert memory of their callers, and ' +
      'writes down what was found out of each as a comment above it, or in its kernel-doc: what it leaves of the memory, ' +
      'by what it returns. Functions that have such a comment, and those that are known only in part, are left alone.',
    'Exit code 0: done; 1: --list found annotations that are wrong or of no use; 2: could not run.',
  ],
  options: [
    { name: 'diff', help: 'print a patch to apply at the root of the tree (default)' },
    { name: 'write', help: 'write the comments into the files' },
    {
      name: 'list',
      help: 'list what annotations and suppressions there are, in comments and .membrane.json, which do not hold, and which keep nothing silent',
    },
    shared.tree,
    shared.exclude,
    shared.alone,
    shared.jobs,
    shared.cacheDir,
    shared.noCache,
    noConfigOption,
    shared.noProgress,
  ],
  run: annotate,
};

async function annotate(args: ParsedArguments, context: CommandContext): Promise<number> {
  const ways = ['diff', 'write', 'list'].filter((name) => args.has(name));
  if (ways.length > 1) throw new UsageError(`either --${ways[0]} or --${ways[1]}, not both`, 'annotate');
  const paths = askedPaths(args, context);
  const tree = treeOf(context, args, paths, 'annotate');
  tellProblems(tree, context);
  // Only with all rules is it known which annotations are of use.
  const { contracts } = tree.config.config;
  const options: CheckOptions = { ...defaultOptions, rules: rules.map(({ id }) => id), contracts };
  const asked = { paths, backend: 'wasm', options, contracts: ways[0] !== 'list' } as const;
  const request = checkRequest('annotate', args, context, tree, asked);
  const outcome = await runShown(args, context, request);
  if (outcome === null) return exit.interrupted;
  for (const { file, message } of outcome.report.problems)
    if (paths.includes(joinPath(tree.root, file))) context.terminal.err(`membrane: ${file}: ${message}\n`);
  if (ways[0] === 'list') return list({ request, options, tree }, outcome, context);
  const found = inferredIn(outcome);
  const notes = [...found.values()].reduce((sum, { length }) => sum + length, 0);
  const isWritten = ways[0] === 'write';
  for (const [file, inferred] of found) {
    if (isWritten) write(joinPath(tree.root, file), file, inferred, context);
    else context.terminal.out(diff(tree, file, inferred, context));
  }
  const what = `${count(notes, 'contract')} ${isWritten ? 'into' : 'for'} ${count(found.size, 'file')}`;
  const told = isWritten ? `wrote ${what}` : `${what}; --write writes them`;
  context.terminal.err(`membrane: ${notes === 0 ? 'no function here wants a contract' : told}\n`);
  return exit.clean;
}

function list(
  asked: { readonly request: CheckRequest; readonly options: CheckOptions; readonly tree: Tree },
  outcome: CheckOutcome,
  { terminal }: CommandContext,
): number {
  const { tree } = asked;
  const { diagnostics, config } = configuredReport(asked, outcome, []);
  const entries = annotationEntries(
    outcome.files,
    diagnostics,
    configNotes(tree.config.text),
    config?.unusedAllows ?? [],
  );
  terminal.out(annotationsText(entries));
  return entries.some(({ wrong }) => wrong.length > 0) ? exit.findings : exit.clean;
}

/** What can be written down, by file, in the order of the lines. */
function inferredIn({ files }: CheckOutcome): ReadonlyMap<string, readonly InferredNote[]> {
  const found = new Map<string, readonly InferredNote[]>();
  for (const { file, annotations } of [...files].sort((a, b) => compare(a.file, b.file))) {
    // A header that several groups of files have is asked once.
    const inferred = annotations?.inferred ?? [];
    if (inferred.length > 0 && !found.has(file)) found.set(file, inferred);
  }
  return found;
}

function diff(
  { root }: Tree,
  file: string,
  inferred: readonly InferredNote[],
  { fs }: CommandContext,
): string {
  const { text } = readText(fs, joinPath(root, file));
  return insertionsDiff(
    file,
    text,
    inferred.map(({ before, lines }) => ({ before, lines: lines.split('\n') })),
  );
}

/** By lines of bytes: whatever encoding the file has stays as it is. @throws RunError */
function write(path: string, file: string, inferred: readonly InferredNote[], { fs }: CommandContext): void {
  let bytes: Uint8Array;
  try {
    bytes = fs.readBytes(path, largest);
  } catch (error) {
    throw new RunError(`${file}: ${problemText(error)}`);
  }
  const starts = lineStarts(bytes);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { before, lines, place } of inferred) {
    const start = starts[before - 1];
    const head = bytes.subarray(starts[place.start.line - 1] ?? 0, starts[place.end.line] ?? bytes.length);
    if (start === undefined || !decodeText(head).text.includes(place.function))
      throw new RunError(`${file}: changed while it was looked at; nothing is written into it`);
    const isCrlf = start >= 2 && bytes[start - 2] === 13;
    parts.push(bytes.subarray(at, start), new TextEncoder().encode(`${lines}${isCrlf ? '\r\n' : '\n'}`));
    at = start;
  }
  replaceFile(path, Buffer.concat([...parts, bytes.subarray(at)]), file);
}

function lineStarts(bytes: Uint8Array): readonly number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}
