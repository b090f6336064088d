import { wrap } from '../../explain/words.ts';
import type { OptionSpec } from './arguments.ts';
import type { Command } from './command.ts';

const width = 100;

/** `membrane --help`. */
export function overview(commands: readonly Command[]): string {
  return [
    'Reviews Linux-kernel C that moves memory between private and shared: set_memory_decrypted(),',
    'set_memory_encrypted(), their wrappers, and the allocation and free around them.',
    '',
    'usage: membrane <command> [options]',
    '',
    ...summaries(commands),
    '',
    '  --help      this text; membrane <command> --help tells more',
    '  --version   the version',
    '',
  ].join('\n');
}

/** `membrane <group> --help`, for commands of two words. */
export function groupHelp(group: string, commands: readonly Command[]): string {
  const more = `membrane ${group} <command> --help tells more`;
  return [`usage: membrane ${group} <command> [options]`, '', ...summaries(commands), '', more, ''].join(
    '\n',
  );
}

function summaries(commands: readonly Command[]): string[] {
  const names = Math.max(...commands.map((command) => command.name.length));
  return commands.map((command) => `  ${command.name.padEnd(names)}  ${command.summary}`);
}

/** `membrane <command> --help`. */
export function commandHelp(command: Command): string {
  const heads = command.options.map(optionHead);
  const column = Math.max(0, ...heads.map((head) => head.length)) + 4;
  const options = command.options.flatMap((option, i) =>
    wrap(option.help, width - column).map((line, n) =>
      n === 0 ? `  ${heads[i]!.padEnd(column - 2)}${line}` : ' '.repeat(column) + line,
    ),
  );
  return [
    ...command.usage.map((line, i) => `${i === 0 ? 'usage:' : '      '} membrane ${line}`),
    '',
    ...command.details.flatMap((text) => wrap(text, width)),
    '',
    ...options,
    '',
  ].join('\n');
}

function optionHead({ name, short, value, optional }: OptionSpec): string {
  const head = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  if (value === undefined) return head;
  return optional ? `${head}[=${value}]` : `${head} ${value}`;
}
