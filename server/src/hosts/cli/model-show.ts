import type { OptionSpec, ParsedArguments } from './arguments.ts';
import { UsageError } from './arguments.ts';
import type { CommandContext } from './command.ts';

/** Options of `membrane model show`. */
export const showOptions: readonly OptionSpec[] = [];

/** `membrane model show`. The exit code. @throws UsageError */
export async function runShow(_args: ParsedArguments, _context: CommandContext): Promise<number> {
  throw new UsageError('membrane model show is not there yet');
}
