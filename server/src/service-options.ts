import type { Level, Rule } from './rules/types.ts';
import type { CheckOptions } from './service-types.ts';

/** Nothing asked for: the rules that are on by default, at their own level, for every platform. */
export const defaultOptions: CheckOptions = { rules: [], levels: {}, platforms: [] };

/** Loudest first. */
export const levels = ['error', 'warning', 'info', 'hint'] as const satisfies readonly Level[];

/** Whether `level` is at least as loud as `least`. */
export function atLeast(level: Level, least: Level): boolean {
  return levels.indexOf(level) <= levels.indexOf(least);
}

/** The quieter of two levels. */
export function quieter(a: Level, b: Level): Level {
  return atLeast(a, b) ? b : a;
}

/** A rule that runs, and the level that a setting gives it; null: whatever its verdict says. */
export interface ActiveRule {
  readonly rule: Rule;
  readonly level: Level | null;
}

/**
 * The rules that run under `options`: named ones if any are named, else those on by default and those that a
 * setting gives a level. A setting of `off` silences a rule unless it is named.
 */
export function activeRules(rules: readonly Rule[], options: CheckOptions): ActiveRule[] {
  const active: ActiveRule[] = [];
  for (const rule of rules) {
    const setting = options.levels[rule.id];
    const named = options.rules.includes(rule.id);
    const wanted =
      options.rules.length > 0 ? named : setting !== 'off' && (rule.onByDefault || setting !== undefined);
    if (!wanted) continue;
    active.push({ rule, level: setting === undefined || setting === 'off' ? null : setting });
  }
  return active;
}

export { defaultTuning, type Tuning } from './project/tuning.ts';
