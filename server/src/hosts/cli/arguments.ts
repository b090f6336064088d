import { parseArgs } from 'node:util';
import { didYouMean, list } from '../../explain/words.ts';

/** A wrong command line; `message` says what is wrong and what would be right. */
export class UsageError extends Error {
  constructor(
    message: string,
    /** Whose `--help` tells more. */
    readonly command: string | null = null,
  ) {
    super(message);
    this.name = 'UsageError';
  }
}

/** One option of a command, as parsed and as `--help` shows it. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; undefined: a switch. */
  readonly value?: string;
  /** The value may be left out, and is given only with `=`: what follows may be a path. */
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly help: string;
  /** Allowed values. */
  readonly choices?: readonly string[];
}

/** A command line taken apart. */
export interface ParsedArguments {
  readonly operands: readonly string[];
  has(name: string): boolean;
  /** The last value given; empty where it was left out. */
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

/**
 * Takes `argv` (without the command) apart. Options may stand anywhere; `--` ends them.
 * @throws UsageError on an unknown option, a missing or superfluous value, a value that is not among the choices.
 */
export function parseArguments(
  command: string,
  argv: readonly string[],
  specs: readonly OptionSpec[],
): ParsedArguments {
  const options = Object.fromEntries(
    specs.map((spec) => [
      spec.name,
      {
        type: takesNext(spec) ? ('string' as const) : ('boolean' as const),
        multiple: true,
        ...(spec.short === undefined ? {} : { short: spec.short }),
      },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const found = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = specs.find((candidate) => candidate.name === token.name);
    if (spec === undefined) throw unknownOption(command, token.rawName, specs);
    if (spec.value === undefined && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value`, command);
    }
    const lost =
      token.value === undefined || (!token.inlineValue && token.value.startsWith('-') && token.value !== '-');
    if (takesNext(spec) && lost) {
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${spec.value}`, command);
    }
    const value = token.value ?? '';
    if (spec.optional && token.inlineValue && value === '') {
      throw new UsageError(`${token.rawName}= needs a value, or no '='`, command);
    }
    if (spec.choices && !spec.choices.includes(value)) {
      throw new UsageError(
        `${token.rawName}: '${value}' is none of ${list(spec.choices, 'or')}.${didYouMean(value, spec.choices)}`,
        command,
      );
    }
    found.set(spec.name, [...(spec.multiple ? (found.get(spec.name) ?? []) : []), value]);
  }
  return {
    operands,
    has: (name) => found.has(name),
    value: (name) => found.get(name)?.at(-1),
    values: (name) => found.get(name) ?? [],
  };
}

function takesNext({ value, optional }: OptionSpec): boolean {
  return value !== undefined && optional !== true;
}

function unknownOption(command: string, rawName: string, specs: readonly OptionSpec[]): UsageError {
  const known = specs.flatMap((spec) => [`--${spec.name}`]);
  return new UsageError(`unknown option '${rawName}'.${didYouMean(rawName, known)}`, command);
}

/** A whole number of at least `least`. @throws UsageError */
export function wholeNumber(command: string, option: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${option} needs a whole number of at least ${least}, not '${text}'`, command);
  }
  return value;
}
