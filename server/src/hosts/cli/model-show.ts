import { sourceLines } from '../../explain/model-sources.ts';
import { platformNamed } from '../../explain/platforms.ts';
import { narrateTable } from '../../explain/transition-words.ts';
import { didYouMean, list } from '../../explain/words.ts';
import { data } from '../../model/data.ts';
import {
  kernelsOf,
  policies,
  type TableOptions,
  type TransitionTable,
  transitionTable,
} from '../../model/show.ts';
import {
  heldVersion,
  type KernelVersion,
  kernelVersions,
  type Platform,
  type PlatformName,
} from '../../model/transition/platform.ts';
import { transitionJson } from '../../report/transition-json.ts';
import { transitionMermaid } from '../../report/transition-mermaid.ts';
import { transitionSvg } from '../../report/transition-svg.ts';
import { transitionText } from '../../report/transition-text.ts';
import { type OptionSpec, type ParsedArguments, UsageError, wholeNumber } from './arguments.ts';
import { type CommandContext, exit } from './command.ts';

const command = 'model show';

/** Options of `membrane model show`. */
export const showOptions: readonly OptionSpec[] = [
  { name: 'to', value: 'STATE', choices: ['shared', 'private'], help: 'shared (default) or private' },
  {
    name: 'protocol',
    value: 'NAME',
    help: 'old, new, or what a kernel runs: 6.12. Default: the newest kernel',
  },
  {
    name: 'kernel',
    value: 'VERSION',
    help: 'what this version of Linux runs',
  },
  {
    name: 'fail',
    value: 'STEP',
    help: 'this step fails: its name, or its number (or the next that can); with the error: visibility:-ENOMEM',
  },
  { name: 'page', value: 'N', help: 'the page that it fails at, from 0; default the last one' },
  {
    name: 'then',
    value: 'POLICY',
    choices: policies,
    help: 'what the caller does after it failed: free (default), leak, convert-back, or ignore',
  },
  { name: 'freed', help: 'the caller frees the pages after it worked' },
  { name: 'reader', help: 'add what a stray load_unaligned_zeropad() meets, wherever that changes' },
  {
    name: 'reader-after',
    value: 'N',
    help: 'add what a stray read meets behind step N, 0: before the first',
  },
  { name: 'sources', help: 'add where each of these facts is written down (text only)' },
  { name: 'vmalloc', help: 'the address is one of a vmalloc area, not of the linear map' },
  { name: 'pages', value: 'N', help: '1 to 3 pages; default 1, and 2 if a step fails' },
  {
    name: 'format',
    short: 'f',
    value: 'FORMAT',
    choices: ['text', 'svg', 'mermaid', 'json'],
    help: 'text (default), svg, mermaid or json',
  },
];

/** `membrane model show`. The exit code. @throws UsageError */
export async function runShow(args: ParsedArguments, { terminal }: CommandContext): Promise<number> {
  const [wanted, ...more] = args.operands;
  if (more.length > 0) throw new UsageError('one platform at a time', command);
  if (wanted === undefined) {
    const [given] = showOptions.filter(({ name }) => args.has(name));
    if (given !== undefined)
      throw new UsageError(`--${given.name} needs a platform: ${platformIds().join(', ')}`, command);
    terminal.out(platformTable());
    return exit.clean;
  }
  const table = tableOf(wanted, args);
  const narrated = narrateTable(table);
  switch (args.value('format')) {
    case 'svg':
      terminal.out(transitionSvg(narrated));
      break;
    case 'mermaid':
      terminal.out(transitionMermaid(narrated));
      break;
    case 'json':
      terminal.out(transitionJson(narrated));
      break;
    default:
      terminal.out(transitionText(narrated, { colours: terminal.coloursOut }));
      if (args.has('sources')) terminal.out(`\n${sourcesOf(table).join('\n')}\n`);
  }
  return exit.clean;
}

const platformIds = (): readonly string[] => Object.keys(data.platforms);

function tableOf(wanted: string, args: ParsedArguments) {
  const platform = platformNamed(wanted);
  if (platform === undefined) {
    const ids = platformIds();
    throw new UsageError(
      `there is no platform '${wanted}'.${didYouMean(wanted, ids)} There are ${list(ids)}`,
      command,
    );
  }
  try {
    return transitionTable(optionsOf(platform, args), data);
  } catch (error) {
    // What the tables do not have: the message says what they have.
    if (error instanceof RangeError) throw new UsageError(error.message, command);
    throw error;
  }
}

function optionsOf(platform: PlatformName, args: ParsedArguments): TableOptions {
  const number = (name: string, least: number): number | undefined => {
    const text = args.value(name);
    return text === undefined ? undefined : wholeNumber(command, name, text, least);
  };
  const fail = args.value('fail');
  for (const name of ['page', 'then'])
    if (fail === undefined && args.has(name) && !(name === 'then' && args.has('vmalloc')))
      throw new UsageError(`--${name} says what happens after a failure: give --fail as well`, command);
  const protocol = args.value('protocol');
  const version = versionOf(platform, args.value('kernel'));
  const page = number('page', 0);
  const pages = number('pages', 1);
  if (fail !== undefined && args.has('freed'))
    throw new UsageError(
      '--freed is of a transition that works; --then says what follows one that fails',
      command,
    );
  const after = number('reader-after', 0);
  const policy = policies.find((known) => known === args.value('then'));
  return {
    platform,
    direction: args.value('to') === 'private' ? 'unshare' : 'share',
    reader: after ?? args.has('reader'),
    freed: args.has('freed'),
    address: args.has('vmalloc') ? 'vmalloc' : 'linear',
    ...(protocol === undefined ? {} : { protocol }),
    ...(version === undefined ? {} : { version }),
    ...(fail === undefined ? {} : { fail: /^\d+$/.test(fail) ? Number(fail) : fail }),
    ...(page === undefined ? {} : { page }),
    ...(pages === undefined ? {} : { pages }),
    ...(policy === undefined ? {} : { policy }),
  };
}

function sourcesOf({ platform, protocol, direction }: TransitionTable): string[] {
  const of = data.platforms[platform];
  return ['sources', ...sourceLines(of, of.protocols[protocol]!, direction)];
}

/** The version known that holds for a kernel: `6.6`, `v6.12.5`. */
function versionOf(platform: PlatformName, kernel: string | undefined): KernelVersion | undefined {
  if (kernel === undefined) return undefined;
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(kernel) ?? [];
  if (major === undefined) throw new UsageError(`--kernel: '${kernel}' is no version; 6.12 is`, command);
  const of = data.platforms[platform];
  const held = heldVersion(of, [Number(major), Number(minor)]);
  if (held !== undefined) return held;
  const known = list(kernelVersions.filter((version) => of.versions[version] !== undefined));
  throw new UsageError(`--kernel: nothing is known of ${platform} in ${kernel}; it is of ${known}`, command);
}

/** Platforms, their protocols, and which version of Linux runs which. */
function platformTable(): string {
  const rows = Object.values(data.platforms).flatMap((platform: Platform) =>
    Object.entries(platform.protocols).map(([id, { title }], i) => {
      const kernels = kernelsOf(platform, id);
      return [
        i === 0 ? platform.id : '',
        i === 0 ? platform.title : '',
        id,
        title,
        kernels.length === 0 ? 'proposed' : `Linux ${list(kernels)}`,
      ];
    }),
  );
  const all = [['platform', '', 'protocol', '', 'runs in'], ...rows];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const lines = all.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n\nmembrane model show tdx --reader        what its transition does, and what a stray read meets\nmembrane model show tdx --fail map-gpa  what becomes of it if the host refuses\n`;
}
