import type { FileSystem } from '../../project/files.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import type { BackendName } from '../node/backend.ts';
import type { OptionSpec, ParsedArguments } from './arguments.ts';
import type { Terminal } from './terminal.ts';

/** Exit codes: nothing found, findings at or above `--fail-on`, could not run, ended by Ctrl-C. */
export const exit = { clean: 0, findings: 1, failed: 2, interrupted: 130 } as const;

/** What a command runs in. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly fs: FileSystem;
  /** Loads a parser. @throws BackendError */
  loadBackend(name: BackendName): Promise<SyntaxBackend>;
  /** Worker threads can be used: they see the same files. */
  readonly threads: boolean;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
}

/** A command of the program: what `--help` says of it, and what it does. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** One line each way to call it, without `membrane`. */
  readonly usage: readonly string[];
  readonly details: readonly string[];
  readonly options: readonly OptionSpec[];
  /** The exit code. @throws UsageError, BackendError */
  run(args: ParsedArguments, context: CommandContext): Promise<number>;
}
