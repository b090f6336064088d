import { version } from '../../base/version.ts';
import { didYouMean } from '../../explain/words.ts';
import { BackendError } from '../node/backend-error.ts';
import { parseArguments, UsageError } from './arguments.ts';
import { type Command, type CommandContext, exit } from './command.ts';
import { commandHelp, groupHelp, overview } from './help.ts';
import { RunError } from './run-error.ts';

/** The commands, each loaded when it is asked for: the engine and the model take longer to load than a short command to run. */
const commands = new Map<string, () => Promise<Command>>([
  ['check', async () => (await import('./check.ts')).checkCommand],
  ['annotate', async () => (await import('./annotate.ts')).annotateCommand],
  ['explain', async () => (await import('./explain.ts')).explainCommand],
  ['ir', async () => (await import('./explain.ts')).irCommand],
  ['model claims', async () => (await import('./model.ts')).claimsCommand],
  ['model show', async () => (await import('./model.ts')).showCommand],
  ['model export', async () => (await import('./model.ts')).exportCommand],
  ['lsp', async () => (await import('./lsp.ts')).lspCommand],
]);

/** Runs one command line; gives the exit code. Never throws: whatever happens is told in a line. */
export async function runCommandLine(argv: readonly string[], context: CommandContext): Promise<number> {
  const { terminal } = context;
  try {
    return await dispatch(argv, context);
  } catch (error) {
    if (error instanceof UsageError) {
      const help = error.command === null ? '' : ` (membrane ${error.command} --help)`;
      terminal.err(`membrane: ${error.message}${help}\n`);
    } else if (error instanceof RunError || error instanceof BackendError) {
      terminal.err(`membrane: ${error.message}\n`);
    } else {
      const verbose = argv.includes('--verbose') || argv.includes('-v');
      const message = error instanceof Error ? error.message : String(error);
      const details = verbose && error instanceof Error ? `\n${error.stack}` : ' (--verbose tells more)';
      terminal.err(`membrane: this should not happen: ${message}${details}\n`);
    }
    return exit.failed;
  }
}

async function dispatch(argv: readonly string[], context: CommandContext): Promise<number> {
  const { terminal } = context;
  const [name, ...rest] = joined(argv);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const about = name === 'help' ? joined(rest)[0] : undefined;
    const text = about === undefined ? overview(await loaded([...commands.keys()])) : await helpOf(about);
    if (name === undefined) terminal.err(text);
    else terminal.out(text);
    return name === undefined ? exit.failed : exit.clean;
  }
  if (name === '--version' || name === '-V') {
    terminal.out(`membrane ${version}\n`);
    return exit.clean;
  }
  if (groupOf(name).length > 0) {
    if (rest.includes('--help') || rest.includes('-h')) {
      terminal.out(await helpOf(name));
      return exit.clean;
    }
    terminal.err(await helpOf(name));
    return exit.failed;
  }
  const command = await commandNamed(name);
  const end = rest.indexOf('--');
  const options = end < 0 ? rest : rest.slice(0, end);
  if (options.includes('--help') || options.includes('-h')) {
    terminal.out(commandHelp(command));
    return exit.clean;
  }
  return command.run(parseArguments(command.name, rest, command.options), context);
}

/** The commands whose names begin with a word: `model` has `model claims`. */
function groupOf(word: string): readonly string[] {
  return [...commands.keys()].filter((name) => name.startsWith(`${word} `));
}

/** The command line with a command of two words as one. */
function joined(argv: readonly string[]): readonly string[] {
  const [first, second, ...rest] = argv;
  if (first === undefined || second === undefined || second.startsWith('-')) return argv;
  return groupOf(first).length === 0 ? argv : [`${first} ${second}`, ...rest];
}

async function helpOf(name: string): Promise<string> {
  const group = groupOf(name);
  return group.length > 0 ? groupHelp(name, await loaded(group)) : commandHelp(await commandNamed(name));
}

function loaded(names: readonly string[]): Promise<readonly Command[]> {
  return Promise.all(names.map(commandNamed));
}

async function commandNamed(name: string): Promise<Command> {
  const load = commands.get(name);
  if (load !== undefined) return load();
  const what = name.startsWith('-') ? 'option' : 'command';
  const known = what === 'option' ? ['--help', '--version'] : [...commands.keys()];
  throw new UsageError(
    `unknown ${what} '${name}'.${didYouMean(name, known)} membrane --help lists the commands`,
  );
}
