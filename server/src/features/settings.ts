import type { WantedFix } from '../service-fixes.ts';
import type { CheckOptions } from '../service-types.ts';

/** How a fix tells of a leak in the kernel's log; the names are the kernel's. */
const leakMessages = ['none', 'WARN_ONCE', 'pr_warn_once'] as const satisfies readonly LeakMessage[];

type LeakMessage = WantedFix['message'];
type PlatformId = CheckOptions['platforms'][number];
type Setting = CheckOptions['levels'][string];

/** Every level a rule can be set to, loudest first. */
export const levels = ['error', 'warning', 'info', 'hint', 'off'] as const satisfies readonly Setting[];
export type ShowLevel = Exclude<Setting, 'off'>;

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

/** What the user wants; every field has a value. */
export interface Settings {
  readonly enable: 'auto' | 'on' | 'off';
  /** Empty: all. */
  readonly platforms: readonly PlatformId[];
  readonly rules: Readonly<Record<string, Setting>>;
  /** The least level that is shown. */
  readonly show: ShowLevel;
  readonly run: 'onType' | 'onSave';
  readonly hoverCalls: boolean;
  readonly hoverVariables: boolean;
  readonly hoverFrees: boolean;
  readonly hoverDetail: 'short' | 'full';
  readonly lensEffects: boolean;
  readonly lensCallers: boolean;
  readonly inlayOutcomes: boolean;
  /** What a fix that leaks memory writes to the log. */
  readonly leakMessage: LeakMessage;
  /** Read once, when the server starts. */
  readonly backend: 'wasm' | 'native';
  readonly index: IndexSettings;
}

/** How the server looks at files that are not open. */
export interface IndexSettings {
  readonly enable: boolean;
  /** Globs of paths relative to the tree's root. */
  readonly exclude: readonly string[];
  /** Threads of a check of the whole tree. */
  readonly jobs: number;
  /** Where what is kept between sessions lies; empty: where the system keeps such things. */
  readonly cacheDirectory: string;
  readonly cacheMegabytes: number;
}

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
        'What a rule reports and how to fix it; the steps of a transition on one platform.',
        'The whole page of a rule; the steps of a transition on up to three platforms.',
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
        'Look through the whole tree, in the background, for the files that have to do with the open ones, and review them together. Off: each file is reviewed alone.',
    },
    'index.exclude': {
      scope: 'resource',
      type: 'array',
      items: { type: 'string' },
      default: [],
      markdownDescription:
        'Files and folders that are not looked through, as globs of paths from the root of the tree: `["Documentation", "tools/**/*.h"]`. What `.membrane.json` excludes is left out as well.',
    },
    'index.jobs': {
      scope: 'machine',
      type: 'integer',
      minimum: 1,
      default: 2,
      markdownDescription: 'Threads that *Check Whole Tree* takes.',
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

/** What holds where nothing is set. */
export const defaults: Settings = {
  enable: 'auto',
  platforms: [],
  rules: {},
  show: 'warning',
  run: 'onType',
  hoverCalls: true,
  hoverVariables: true,
  hoverFrees: true,
  hoverDetail: 'short',
  lensEffects: true,
  lensCallers: false,
  inlayOutcomes: false,
  leakMessage: 'none',
  backend: 'wasm',
  index: { enable: true, exclude: [], jobs: 2, cacheDirectory: '', cacheMegabytes: 256 },
};

/**
 * The value of the section `membrane` as a client sends it. What is not understood keeps its default and is named in
 * `problems`, a sentence each: settings are written by hand.
 */
export function readSettings(
  value: unknown,
  rules: readonly RuleName[],
): { readonly settings: Settings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const schema = settingsSchema(rules);
  const get = (name: string): unknown => {
    let at: unknown = value;
    for (const part of name.split('.')) {
      if (!isRecord(at)) return undefined;
      at = at[part];
    }
    return at ?? undefined;
  };
  const say = (name: string, given: unknown, wanted: string) =>
    problems.push(`membrane.${name}: ${JSON.stringify(given)} is not ${wanted}`);
  const choice = <T extends string>(name: string, fallback: T): T => {
    const given = get(name);
    if (given === undefined) return fallback;
    const allowed = schema[name]?.enum ?? [];
    if (typeof given === 'string' && allowed.includes(given)) return given as T;
    say(name, given, `one of ${allowed.join(', ')}`);
    return fallback;
  };
  const flag = (name: string, fallback: boolean): boolean => {
    const given = get(name);
    if (given === undefined || typeof given === 'boolean') return given ?? fallback;
    say(name, given, 'true or false');
    return fallback;
  };
  const text = (name: string, fallback: string): string => {
    const given = get(name);
    if (given === undefined || typeof given === 'string') return given ?? fallback;
    say(name, given, 'a text');
    return fallback;
  };
  const amount = (name: string, fallback: number): number => {
    const given = get(name);
    if (given === undefined) return fallback;
    if (typeof given === 'number' && given >= 0) return given;
    say(name, given, 'a number of at least 0');
    return fallback;
  };
  const texts = (name: string): readonly string[] => {
    const given = get(name);
    if (given === undefined) return [];
    if (!Array.isArray(given)) {
      say(name, given, 'a list');
      return [];
    }
    const known = given.filter((one): one is string => typeof one === 'string');
    for (const one of given) if (typeof one !== 'string') say(name, one, 'a text');
    return known;
  };
  const platforms = (): readonly PlatformId[] => {
    const given = get('platforms');
    if (given === undefined) return [];
    if (!Array.isArray(given)) {
      say('platforms', given, 'a list');
      return [];
    }
    const known = given.filter((id): id is PlatformId => typeof id === 'string' && id in platformNames);
    for (const id of given) if (id !== 'auto' && !known.includes(id)) say('platforms', id, 'a platform');
    return given.includes('auto') ? [] : known;
  };
  const ruleLevels = (): Record<string, Setting> => {
    const given = get('rules');
    const result: Record<string, Setting> = {};
    if (given === undefined) return result;
    if (!isRecord(given)) {
      say('rules', given, 'an object');
      return result;
    }
    for (const [id, level] of Object.entries(given)) {
      if (rules.length > 0 && !rules.some((rule) => rule.id === id)) say('rules', id, 'a rule');
      else if (!levels.includes(level as Setting)) say(`rules.${id}`, level, `one of ${levels.join(', ')}`);
      else result[id] = level as Setting;
    }
    return result;
  };
  const settings: Settings = {
    enable: choice('enable', defaults.enable),
    platforms: platforms(),
    rules: ruleLevels(),
    show: choice('show', defaults.show),
    run: choice('diagnostics.run', defaults.run),
    hoverCalls: flag('hover.calls', defaults.hoverCalls),
    hoverVariables: flag('hover.variables', defaults.hoverVariables),
    hoverFrees: flag('hover.frees', defaults.hoverFrees),
    hoverDetail: choice('hover.detail', defaults.hoverDetail),
    lensEffects: flag('codeLens.effects', defaults.lensEffects),
    lensCallers: flag('codeLens.callers', defaults.lensCallers),
    inlayOutcomes: flag('inlayHints.outcomes', defaults.inlayOutcomes),
    leakMessage: choice('fix.leakMessage', defaults.leakMessage),
    backend: choice('parser.backend', defaults.backend),
    index: {
      enable: flag('index.enable', defaults.index.enable),
      exclude: texts('index.exclude'),
      jobs: Math.max(1, Math.floor(amount('index.jobs', defaults.index.jobs))),
      cacheDirectory: text('cache.directory', defaults.index.cacheDirectory),
      cacheMegabytes: amount('cache.maxSizeMB', defaults.index.cacheMegabytes),
    },
  };
  return { settings, problems };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
