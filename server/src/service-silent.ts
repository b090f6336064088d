import type { Silent } from './explain/silent.ts';
import type { LoadedConfig } from './project/config/load.ts';
import { configName } from './project/root.ts';
import type { Level, Rule } from './rules/types.ts';
import { allowOf, withConfig } from './service-config.ts';
import type { FileFindings } from './service-findings.ts';
import { judge } from './service-judge.ts';
import { coversPlace } from './service-notes.ts';
import { activeRules, atLeast } from './service-options.ts';
import type { CheckOptions, Diagnostic } from './service-types.ts';

/** Who may keep findings silent. */
export interface Silencing {
  /** What is asked, without what the tree's own configuration says. */
  readonly options: CheckOptions;
  /** The least level that is shown. */
  readonly least: Level;
  readonly loaded: LoadedConfig;
  /** Fingerprints of its baseline. */
  readonly known: ReadonlySet<string>;
}

/** What the rules would say of a file where `isHere`, were there nothing that keeps it silent; each rule once, with the first that does. */
export function silentAt(
  { findings, allows }: FileFindings,
  rules: readonly Rule[],
  silencing: Silencing,
  isHere: (diagnostic: Diagnostic) => boolean,
): readonly Silent[] {
  const options = withConfig(silencing.options, silencing.loaded.config);
  const all = { ...options, rules: rules.map(({ id }) => id), platforms: [] };
  const heard = judge(findings, activeRules(rules, all), all).filter(isHere);
  if (heard.length === 0) return [];
  const running = new Set(activeRules(rules, options).map(({ rule }) => rule.id));
  const told = new Set(
    judge(findings, activeRules(rules, all), { ...all, platforms: options.platforms }).map(keyOf),
  );
  const silent = new Map<string, Silent>();
  for (const one of heard) {
    const { rule } = one;
    const by: Silent['by'] | null = !running.has(rule)
      ? { k: 'off', where: offIn(rule, silencing) }
      : !told.has(keyOf(one))
        ? { k: 'platforms' }
        : silencedBy(one, allows, silencing);
    if (by !== null && !silent.has(rule)) silent.set(rule, { rule, by });
  }
  return [...silent.values()];
}

/** Of a rule that runs and speaks of platforms that are asked about. */
function silencedBy(
  one: Diagnostic,
  allows: FileFindings['allows'],
  { least, loaded, known }: Silencing,
): Silent['by'] | null {
  const comment = allows.find((allow) => coversPlace(allow, one));
  if (comment !== undefined) return { k: 'comment', line: comment.place.start.line, reason: comment.reason };
  const entry = allowOf(loaded.config.allow, one);
  if (entry !== undefined) return { k: 'entry', whole: entry.function === undefined, reason: entry.reason };
  if (known.has(one.fingerprint)) return { k: 'baseline' };
  return atLeast(one.level, least) ? null : { k: 'level', level: one.level, least };
}

function offIn(rule: string, { options, loaded }: Silencing): 'membrane.rules' | typeof configName | null {
  if (options.levels[rule] === 'off') return 'membrane.rules';
  return loaded.config.levels[rule] === 'off' ? configName : null;
}

const keyOf = ({ rule, place: { file, start } }: Diagnostic): string =>
  [rule, file, start.line, start.column].join('\0');
