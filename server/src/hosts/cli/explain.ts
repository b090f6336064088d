import { availableParallelism } from 'node:os';
import { never } from '../../base/token.ts';
import { renderPage } from '../../explain/page.ts';
import { didYouMean } from '../../explain/words.ts';
import type { CallIndex } from '../../project/call-index.ts';
import { problemText } from '../../project/files.ts';
import type { NamedText } from '../../project/group.ts';
import { joinPath, relativePath } from '../../project/paths.ts';
import type { FileGroup } from '../../project/reach.ts';
import { readText } from '../../project/read.ts';
import { createStages } from '../../project/stages.ts';
import { rules } from '../../rules/registry.ts';
import { Service } from '../../service.ts';
import { defaultOptions } from '../../service-options.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { defaultCacheFolder } from '../node/cache-folder.ts';
import { type CheckRequest, groupsOf } from '../node/check.ts';
import { type ParsedArguments, UsageError } from './arguments.ts';
import { type Command, type CommandContext, exit } from './command.ts';
import { RunError } from './run-error.ts';
import { existingPaths, fileAndName, noConfigOption, type Tree, tellProblems, treeOf } from './tree.ts';

/** `membrane explain`. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'prints the page of a rule, or what the engine knows of a function',
  usage: ['explain', 'explain <rule>', 'explain --function [FILE:]NAME'],
  details: [
    'Without an argument: lists the rules. With a rule: its page, what it reports, why, how to fix it, what it does not see.',
    'With --function: what callers know of a function, one paragraph for each way through it, as far as the files of the tree tell ' +
      'that have to do with it.',
  ],
  options: [
    {
      name: 'function',
      value: '[FILE:]NAME',
      help: 'the function to tell about; without FILE it is looked for in the tree',
    },
    { name: 'tree', value: 'DIR', help: 'the root of the tree; default as for check' },
    noConfigOption,
  ],
  run: explain,
};

/** `membrane ir`. */
export const irCommand: Command = {
  name: 'ir',
  summary: 'prints a function as the engine reads it',
  usage: ['ir FILE:FUNCTION'],
  details: ['Prints the blocks and instructions that a function is lowered to before it is analysed.'],
  options: [
    { name: 'tree', value: 'DIR', help: 'the root of the tree; default as for check' },
    noConfigOption,
  ],
  async run(args, context) {
    const wanted = args.operands[0];
    if (wanted === undefined || args.operands.length > 1) {
      throw new UsageError('ir needs one argument: FILE:FUNCTION', 'ir');
    }
    const target = await openFunction(wanted, args, context, 'ir', 'FUNCTION');
    const ir = target.service.irOf(target.file, target.text, target.name, never);
    context.terminal.out(ir ?? notFound(target));
    return exit.clean;
  },
};

async function explain(args: ParsedArguments, context: CommandContext): Promise<number> {
  const { terminal } = context;
  const wanted = args.value('function');
  if (wanted !== undefined) {
    if (args.operands.length > 0) throw new UsageError('either a rule or --function, not both', 'explain');
    const isName = /^\w+$/.test(wanted);
    const named = isName ? null : await openFunction(wanted, args, context, 'explain', 'NAME');
    const tree = named?.tree ?? currentTree(args, context);
    const surveyed =
      isName || tree.isProject ? await groupsOf(context, groupsRequest(tree), { token: never }) : null;
    const target = named ?? (await findFunction(wanted, tree, surveyed!.index, context));
    const texts = together(target, surveyed?.groups ?? [], context);
    terminal.out(target.service.explainFunction(target.file, texts, target.name, never) ?? notFound(target));
    return exit.clean;
  }
  if (args.operands.length > 1) throw new UsageError('explain takes one rule at a time', 'explain');
  const id = args.operands[0];
  if (id === undefined) {
    terminal.out(ruleList());
    return exit.clean;
  }
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined) {
    const ids = rules.map((candidate) => candidate.id);
    throw new UsageError(`there is no rule '${id}'.${didYouMean(id, ids)} membrane explain lists them`);
  }
  const width = Math.min(terminal.columns ?? 80, 100);
  terminal.out(renderPage(rule.page, { width, colours: terminal.coloursOut }));
  return exit.clean;
}

function ruleList(): string {
  const width = Math.max(0, ...rules.map((rule) => rule.id.length));
  return rules
    .map((rule) => {
      const level = rule.onByDefault ? rule.defaultLevel : 'off';
      return `${rule.id.padEnd(width)}  ${level.padEnd(7)}  ${rule.title}\n`;
    })
    .join('');
}

interface OpenFunction {
  readonly tree: Tree;
  readonly service: Service;
  readonly file: string;
  readonly text: string;
  readonly name: string;
}

async function openFunction(
  wanted: string,
  args: ParsedArguments,
  context: CommandContext,
  command: string,
  what: string,
): Promise<OpenFunction> {
  const { fs, terminal, loadBackend } = context;
  const { file, name } = fileAndName(wanted, command, what);
  const [path] = existingPaths(fs, terminal.cwd, [file]) as [string];
  const tree = treeOf(context, args, [path], command);
  tellProblems(tree, context);
  const service = serviceOf(tree, await loadBackend('wasm'));
  try {
    return { tree, service, file: relativePath(tree.root, path), text: readText(fs, path).text, name };
  } catch (error) {
    throw new RunError(`${file}: ${problemText(error)}`);
  }
}

function serviceOf({ version, config }: Tree, backend: SyntaxBackend): Service {
  return new Service({ stages: createStages(backend), version, rules, extra: config.config.extra });
}

/** The tree of --tree, or the one that the current folder is in. @throws RunError, UsageError */
function currentTree(args: ParsedArguments, context: CommandContext): Tree {
  const { fs, terminal } = context;
  const here = args.value('tree') === undefined ? existingPaths(fs, terminal.cwd, ['.']) : [];
  const tree = treeOf(context, args, here, 'explain');
  tellProblems(tree, context);
  return tree;
}

/** The only function of a name in the tree; one of a header counts only where no other file has any. @throws RunError */
async function findFunction(
  name: string,
  tree: Tree,
  index: CallIndex,
  { fs, loadBackend }: CommandContext,
): Promise<OpenFunction> {
  const service = serviceOf(tree, await loadBackend('wasm'));
  const found = index.filesNaming(name).flatMap((file) => {
    const { text } = readText(fs, joinPath(tree.root, file));
    return service.functionNames(file, text, never).includes(name)
      ? [{ tree, service, file, text, name }]
      : [];
  });
  const sources = found.filter(({ file }) => !file.endsWith('.h'));
  const candidates = sources.length > 0 ? sources : found;
  const [only] = candidates;
  if (only === undefined) throw new RunError(`no file of ${tree.root} defines a function '${name}'`);
  if (candidates.length === 1) return only;
  const choices = candidates.map(({ file }) => `\n  ${file}:${name}`).join('');
  throw new RunError(`several files define '${name}'; say which:${choices}`);
}

/** The file of a function with those of the tree that have to do with it; where there is no tree, the file alone. */
function together(
  { tree, file, text }: OpenFunction,
  groups: readonly FileGroup[],
  context: CommandContext,
): readonly NamedText[] {
  const group = groups.find(({ files }) => files.includes(file));
  if (group === undefined) return [{ file, text }];
  return [...group.files, ...group.headers].map((name) => ({
    file: name,
    text: name === file ? text : readText(context.fs, joinPath(tree.root, name)).text,
  }));
}

function groupsRequest({ root, version, config }: Tree): CheckRequest {
  const folder = defaultCacheFolder();
  return {
    root,
    version,
    extra: config.config.extra,
    options: defaultOptions,
    paths: [root],
    wholeTree: true,
    exclude: [],
    configExclude: config.config.exclude,
    jobs: Math.min(2, availableParallelism()),
    backend: 'wasm',
    cache: folder === null ? null : { folder },
  };
}

/** @throws RunError always */
function notFound({ service, file, text, name }: OpenFunction): never {
  const names = service.functionNames(file, text, never);
  throw new RunError(`${file} defines no function '${name}'.${didYouMean(name, names)}`);
}
