import type { WantedFix } from '../service-fixes.ts';
import { defaultTuning } from '../service-options.ts';
import type { CheckOptions } from '../service-types.ts';

/** How a fix tells of a leak in the kernel's log; the names are the kernel's. */
const leakMessages = ['none', 'WARN_ONCE', 'pr_warn_once'] as const satisfies readonly LeakMessage[];

export type LeakMessage = WantedFix['message'];
export type PlatformId = CheckOptions['platforms'][number];
export type RuleSetting = CheckOptions['levels'][string];

/** Every level a rule can be set to, loudest first. */
export const levels = ['error', 'warning', 'info', 'hint', 'off'] as const satisfies readonly RuleSetting[];

/** The platforms in words; the compiler keeps the list complete. */
export const platformNames = {
  sme: 'AMD SME (memory-encrypting host)',
  sev: 'AMD SEV, SEV-ES',
  snp: 'AMD SEV-SNP',
  tdx: 'Intel TDX guest',
  'snp-vtom': 'Hyper-V guest on SEV-SNP with vTOM',
  'tdx-paravisor': 'Hyper-V guest on TDX with a paravisor',
  cca: 'Arm CCA realm',
  pkvm: 'arm64 protected KVM guest',
  'powerpc-svm': 'powerpc secure virtual machine',
  's390-pv': 's390 protected virtualisation',
} as const satisfies Record<PlatformId, string>;

/** One setting as the manifest declares it: a JSON schema with VS Code's additions. */
export interface SettingSchema {
  readonly scope: 'resource' | 'window' | 'machine';
  readonly type: 'string' | 'boolean' | 'array' | 'object' | 'integer';
  readonly minimum?: number;
  readonly default: unknown;
  readonly markdownDescription: string;
  readonly enum?: readonly string[];
  readonly markdownEnumDescriptions?: readonly string[];
  readonly items?: unknown;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
}

/** A rule as far as settings and pages know it. */
export interface RuleName {
  readonly id: string;
  readonly title: string;
}

const setting = { type: 'string', enum: levels };

/**
 * Every setting, by its name behind `membrane.`: the one place that declares them. The manifest's copy is written from
 * here by `npm run manifest`, and a test compares the two.
 */
export function settingsSchema(rules: readonly RuleName[]): Readonly<Record<string, SettingSchema>> {
  return {
    enable: {
      scope: 'resource',
      type: 'string',
      enum: ['auto', 'on', 'off'],
      default: 'auto',
      markdownDescription: 'When to look at C at all.',
      markdownEnumDescriptions: [
        'In a kernel tree, and in any file that names a transition of memory between private and shared.',
        'Start with the first C file, whatever it names.',
        'Never.',
      ],
    },
    platforms: {
      scope: 'resource',
      type: 'array',
      items: {
        type: 'string',
        enum: ['auto', ...Object.keys(platformNames)],
        enumDescriptions: ['Those that the file can run on', ...Object.values(platformNames)],
      },
      uniqueItems: true,
      default: ['auto'],
      markdownDescription:
        'Report only what matters on these platforms. `auto`: those that the file can run on, by its place in the tree and its guards.',
    },
    protocol: {
      scope: 'window',
      type: 'string',
      enum: ['tree', 'old', 'new'],
      default: 'tree',
      markdownDescription:
        'What platforms are taken to do in a transition, in the consequences of findings, hovers and the transition view.',
      markdownEnumDescriptions: [
        "What the tree's kernel does, by the version in its Makefile.",
        'The page stays present while its attribute changes, on platforms that have that way.',
        'The page is not present while its attribute changes, as proposed for x86, on platforms that have that way.',
      ],
    },
    rules: {
      scope: 'resource',
      type: 'object',
      properties: Object.fromEntries(rules.map((rule) => [rule.id, { ...setting, description: rule.title }])),
      additionalProperties: setting,
      default: {},
      markdownDescription:
        'Level of a rule by its id, `off` to silence it: `{ "size-mismatch": "hint" }`. A rule that is off by default runs once it has a level here.',
    },
    show: {
      scope: 'resource',
      type: 'string',
      enum: levels.filter((level) => level !== 'off'),
      default: 'warning',
      markdownDescription: 'The least level that is shown in Problems.',
    },
    'diagnostics.scope': {
      scope: 'resource',
      type: 'string',
      enum: ['openFiles', 'workspace'],
      default: 'openFiles',
      markdownDescription: 'Whose findings are in Problems.',
      markdownEnumDescriptions: [
        'Those of the files that are open.',
        'Those of all files of the folder: looked for in the background, and again when files change.',
      ],
    },
    'diagnostics.run': {
      scope: 'resource',
      type: 'string',
      enum: ['onType', 'onSave'],
      default: 'onType',
      markdownDescription: 'Whether to review while typing, or when a file is opened and saved.',
    },
    'hover.calls': {
      scope: 'resource',
      type: 'boolean',
      default: true,
      markdownDescription: 'Explain a transition when hovering over its call.',
    },
    'hover.variables': {
      scope: 'resource',
      type: 'boolean',
      default: true,
      markdownDescription:
        'Say what is known of the memory that a variable or field leads to, where it stands.',
    },
    'hover.frees': {
      scope: 'resource',
      type: 'boolean',
      default: true,
      markdownDescription: 'Say at a free or a `return` why it is reported, or why it is not.',
    },
    'hover.detail': {
      scope: 'resource',
      type: 'string',
      enum: ['short', 'full'],
      default: 'short',
      markdownDescription: 'How much a hover shows.',
      markdownEnumDescriptions: [
        'A screen at most: what a rule reports and how to fix it, a transition on one platform and what is different on others.',
        'All of it, however long: the whole page of a rule, a transition on up to three platforms.',
      ],
    },
    'codeLens.effects': {
      scope: 'resource',
      type: 'boolean',
      default: true,
      markdownDescription:
        'Show above a function that converts memory what it does to it, as its callers see it.',
    },
    'codeLens.callers': {
      scope: 'resource',
      type: 'boolean',
      default: false,
      markdownDescription: 'Show above a function that converts memory how many callers it has in view.',
    },
    'inlayHints.outcomes': {
      scope: 'resource',
      type: 'boolean',
      default: false,
      markdownDescription: 'Show behind a call that converts memory what each result leaves behind.',
    },
    'annotations.marker': {
      scope: 'resource',
      type: 'string',
      enum: ['coco', 'membrane'],
      default: 'coco',
      markdownDescription: 'The marker of annotations that are written for you. Both are always read.',
      markdownEnumDescriptions: ['`coco:`, which can go upstream.', '`@membrane`'],
    },
    'fix.leakMessage': {
      scope: 'resource',
      type: 'string',
      enum: leakMessages,
      default: 'none',
      markdownDescription: 'What a quick fix that leaks memory writes to the kernel log.',
      markdownEnumDescriptions: [
        'Nothing: a comment says that it is leaked.',
        '`WARN_ONCE()`',
        '`pr_warn_once()`',
      ],
    },
    'index.enable': {
      scope: 'resource',
      type: 'boolean',
      default: true,
      markdownDescription:
        'Look through the whole tree, in the background, for the files that have to do with the open ones, and review them together; then the findings of the whole tree are counted. Off: each file is reviewed alone.',
    },
    'index.exclude': {
      scope: 'resource',
      type: 'array',
      items: { type: 'string' },
      default: [],
      markdownDescription:
        'Files and folders that are not looked through, as globs of paths from the root of the tree: `["Documentation", "tools/**/*.h"]`. What `.membrane.json` excludes is left out as well.',
    },
    'index.maxFileSizeMB': {
      scope: 'resource',
      type: 'integer',
      minimum: 1,
      default: 2,
      markdownDescription:
        'Headers of more megabytes are not looked through: they are generated tables of registers. Source files always are.',
    },
    'index.jobs': {
      scope: 'machine',
      type: 'integer',
      minimum: 1,
      default: 2,
      markdownDescription:
        'Threads that a check of the whole tree takes, whether you ask for it or it runs in the background.',
    },
    'cache.directory': {
      scope: 'machine',
      type: 'string',
      default: '',
      markdownDescription:
        'The folder for what is kept between sessions, so that a tree need not be read again. Empty: where this system keeps caches. Everything in it can be deleted at any time.',
    },
    'cache.maxSizeMB': {
      scope: 'machine',
      type: 'integer',
      minimum: 0,
      default: 256,
      markdownDescription:
        'Megabytes that the folder for what is kept may have; the longest unused goes first. `0`: nothing is kept.',
    },
    'analysis.maxPaths': {
      scope: 'window',
      type: 'integer',
      minimum: 1,
      default: defaultTuning.maxPaths,
      markdownDescription:
        'How many paths are told apart at one place of a function; further ones are followed only if they bring something new. *What Was Not Analysed* says where that happened.',
    },
    'analysis.maxSteps': {
      scope: 'window',
      type: 'integer',
      minimum: 1,
      default: defaultTuning.maxSteps,
      markdownDescription:
        'How many steps all paths through a function may take together; after that the rest of it is not analysed. *What Was Not Analysed* lists such functions.',
    },
    'analysis.timeMs': {
      scope: 'window',
      type: 'integer',
      minimum: 0,
      default: defaultTuning.timeMs,
      markdownDescription:
        'Milliseconds that the paths through a function may take; after that the rest of it is not analysed, and *What Was Not Analysed* lists it. `0`: as long as they need. With any other value the same text may give other findings on another day.',
    },
    'parser.backend': {
      scope: 'machine',
      type: 'string',
      enum: ['wasm', 'native'],
      default: 'wasm',
      markdownDescription:
        'Which parser the language server starts with. `native` is the addon `tree-sitter`, where it is installed beside the server; where it does not load, WebAssembly is used and the log says so. Both give the same trees. Restart the server after a change.',
    },
    'trace.server': {
      scope: 'window',
      type: 'string',
      enum: ['off', 'messages', 'verbose'],
      default: 'off',
      markdownDescription: 'Log what the editor and the language server say to each other.',
    },
  };
}
