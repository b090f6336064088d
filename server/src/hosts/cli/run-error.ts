import { exit } from './command.ts';

/** Something that keeps a command from running at all; told in one line, exit code 2. */
export class RunError extends Error {
  readonly code = exit.failed;
}
