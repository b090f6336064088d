import type { Note } from '../annotations/types.ts';
import type { Tuning } from '../service-options.ts';
import {
  type LeakMessage,
  levels,
  type PlatformId,
  platformNames,
  type RuleName,
  type RuleSetting,
  settingsSchema,
} from './settings-schema.ts';

export type ShowLevel = Exclude<RuleSetting, 'off'>;

/** What the user wants; every field has a value. */
export interface Settings {
  readonly enable: 'auto' | 'on' | 'off';
  /** Empty: all. */
  readonly platforms: readonly PlatformId[];
  readonly rules: Readonly<Record<string, RuleSetting>>;
  /** The least level that is shown. */
  readonly show: ShowLevel;
  /** Whose findings are shown. */
  readonly scope: 'openFiles' | 'workspace';
  readonly run: 'onType' | 'onSave';
  readonly hoverCalls: boolean;
  readonly hoverVariables: boolean;
  readonly hoverFrees: boolean;
  readonly hoverDetail: 'short' | 'full';
  readonly lensEffects: boolean;
  readonly lensCallers: boolean;
  readonly inlayOutcomes: boolean;
  /** What annotations begin with that are written for the user. */
  readonly marker: Note['marker'];
  /** What a fix that leaks memory writes to the log. */
  readonly leakMessage: LeakMessage;
  /** Read once, when the server starts. */
  readonly backend: 'wasm' | 'native';
  readonly index: IndexSettings;
  /** Of the engine. It counts for a tree, not for a file. */
  readonly tuning: Tuning;
}

/** How the server looks at files that are not open. */
export interface IndexSettings {
  readonly enable: boolean;
  /** Globs of paths relative to the tree's root. */
  readonly exclude: readonly string[];
  /** Headers that are larger are not looked through. */
  readonly maxFileMegabytes: number;
  /** Threads of a check of the whole tree. */
  readonly jobs: number;
  /** Where what is kept between sessions lies; empty: where the system keeps such things. */
  readonly cacheDirectory: string;
  readonly cacheMegabytes: number;
}

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
  /** What is given, if it is right, else the default of the schema. */
  const read = <T>(name: string, wanted: string, isRight: (value: unknown) => value is T): T => {
    const given = get(name);
    if (given !== undefined && isRight(given)) return given;
    if (given !== undefined) say(name, given, wanted);
    return schema[name]!.default as T;
  };
  const choice = <T extends string>(name: string): T => {
    const allowed = schema[name]!.enum!;
    const isOne = (value: unknown): value is T => typeof value === 'string' && allowed.includes(value);
    return read(name, `one of ${allowed.join(', ')}`, isOne);
  };
  const flag = (name: string) => read(name, 'true or false', (one) => typeof one === 'boolean');
  const text = (name: string) => read(name, 'a text', (one) => typeof one === 'string');
  const amount = (name: string): number => {
    const { minimum = 0 } = schema[name]!;
    const isEnough = (value: unknown): value is number => typeof value === 'number' && value >= minimum;
    return Math.floor(read(name, `a number of at least ${minimum}`, isEnough));
  };
  const texts = (name: string): readonly string[] => {
    const given = read(name, 'a list', (one): one is unknown[] => Array.isArray(one));
    for (const one of given) if (typeof one !== 'string') say(name, one, 'a text');
    return given.filter((one): one is string => typeof one === 'string');
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
  const ruleLevels = (): Record<string, RuleSetting> => {
    const given = get('rules');
    const result: Record<string, RuleSetting> = {};
    if (given === undefined) return result;
    if (!isRecord(given)) {
      say('rules', given, 'an object');
      return result;
    }
    for (const [id, level] of Object.entries(given)) {
      if (rules.length > 0 && !rules.some((rule) => rule.id === id)) say('rules', id, 'a rule');
      else if (!levels.includes(level as RuleSetting))
        say(`rules.${id}`, level, `one of ${levels.join(', ')}`);
      else result[id] = level as RuleSetting;
    }
    return result;
  };
  const settings: Settings = {
    enable: choice('enable'),
    platforms: platforms(),
    rules: ruleLevels(),
    show: choice('show'),
    scope: choice('diagnostics.scope'),
    run: choice('diagnostics.run'),
    hoverCalls: flag('hover.calls'),
    hoverVariables: flag('hover.variables'),
    hoverFrees: flag('hover.frees'),
    hoverDetail: choice('hover.detail'),
    lensEffects: flag('codeLens.effects'),
    lensCallers: flag('codeLens.callers'),
    inlayOutcomes: flag('inlayHints.outcomes'),
    marker: choice('annotations.marker') === 'coco' ? 'coco:' : '@membrane',
    leakMessage: choice<LeakMessage>('fix.leakMessage'),
    backend: choice('parser.backend'),
    index: {
      enable: flag('index.enable'),
      exclude: texts('index.exclude'),
      maxFileMegabytes: amount('index.maxFileSizeMB'),
      jobs: amount('index.jobs'),
      cacheDirectory: text('cache.directory'),
      cacheMegabytes: amount('cache.maxSizeMB'),
    },
    tuning: {
      protocol: choice('protocol'),
      maxPaths: amount('analysis.maxPaths'),
      maxSteps: amount('analysis.maxSteps'),
      timeMs: amount('analysis.timeMs'),
    },
  };
  return { settings, problems };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What holds where nothing is set: the defaults of the schema. */
export const defaults: Settings = readSettings(undefined, []).settings;
