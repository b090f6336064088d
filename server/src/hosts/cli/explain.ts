import { never } from '../../base/token.ts';
import { renderPage } from '../../explain/page.ts';
import { didYouMean } from '../../explain/words.ts';
import { problemText } from '../../project/files.ts';
import { relativePath } from '../../project/paths.ts';
import { readText } from '../../project/read.ts';
import { createStages } from '../../project/stages.ts';
import { rules } from '../../rules/registry.ts';
import { Service } from '../../service.ts';
import { type ParsedArguments, UsageError } from './arguments.ts';
import { type Command, type CommandContext, exit } from './command.ts';
import { RunError } from './run-error.ts';
import { existingPaths, fileAndName, noConfigOption, tellProblems, treeOf } from './tree.ts';

/** `membrane explain`. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'prints the page of a rule, or what the engine knows of a function',
  usage: ['explain', 'explain <rule>', 'explain --function FILE:NAME'],
  details: [
    'Without an argument: lists the rules. With a rule: its page, what it reports, why, how to fix it, what it does not see.',
    'With --function: what callers know of a function, one paragraph for each way through it.',
  ],
  options: [
    { name: 'function', value: 'FILE:NAME', help: 'the function to tell about' },
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
    const target = await openFunction(wanted, args, context, 'explain', 'NAME');
    const text = target.service.explainFunction(target.file, target.text, target.name, never);
    terminal.out(text ?? notFound(target));
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
  const { root, version, config } = tree;
  const { extra } = config.config;
  const service = new Service({ stages: createStages(await loadBackend('wasm')), version, rules, extra });
  try {
    return { service, file: relativePath(root, path), text: readText(fs, path).text, name };
  } catch (error) {
    throw new RunError(`${file}: ${problemText(error)}`);
  }
}

/** @throws RunError always */
function notFound({ service, file, text, name }: OpenFunction): never {
  const names = service.functionNames(file, text, never);
  throw new RunError(`${file} defines no function '${name}'.${didYouMean(name, names)}`);
}
