import type { Met, Policy, TransitionTable } from '../model/show.ts';
import { mappingWords, outcomeSentence } from './model-words.ts';
import { list } from './words.ts';

/** What became of a transition, in sentences: the worst first, and what would have helped. */
export function verdictLines(table: TransitionTable): {
  verdict: readonly string[];
  remedies: readonly string[];
} {
  const { harms, misled, terminated, policies } = table.verdict;
  const verdict = unique(harms.map((met) => harmSentence(met, harms, table)).filter((text) => text !== ''));
  if (misled) verdict.unshift('The call returns 0 although it failed: nobody can know.');
  if (terminated) verdict.push('The guest is terminated: nothing comes after it.');
  if (verdict.length === 0) verdict.push('Nobody who had no part in it comes to harm.');
  return { verdict, remedies: remediesOf(policies, table) };
}

/** What a caller does after an error, in the third person. */
export function policyWords(policy: Policy, direction: TransitionTable['direction']): string {
  if (policy === 'free') return 'frees it';
  if (policy === 'leak') return 'leaks it';
  if (policy === 'ignore') return 'goes on as if it had worked';
  return direction === 'share'
    ? 'makes it private again and frees it only if that works'
    : 'makes it shared again and keeps it';
}

function remediesOf(
  policies: TransitionTable['verdict']['policies'],
  table: TransitionTable,
): readonly string[] {
  const doing = (policy: Policy): string => policyWords(policy, table.direction);
  const chosen = policies.find(({ policy }) => policy === table.policy);
  if (chosen === undefined) return [];
  const others = policies.filter((tried) => tried !== chosen && tried.policy !== 'free');
  const helps = others.filter(({ harms }) => harms.length === 0);
  const free = policies.find(({ policy }) => policy === 'free')!;
  const breaks = free !== chosen && free.harms.length > 0 ? [free] : [];
  const helpless = chosen.harms.length === 0 ? [] : others.filter(({ harms }) => harms.length > 0);
  return [
    ...(chosen.harms.length > 0 && helps.length > 0
      ? [
          `Holds if the caller ${list(
            helps.map(({ policy }) => doing(policy)),
            'or',
          )}.`,
        ]
      : []),
    ...helpless.map(
      ({ policy, harms }) =>
        `Does not hold either if the caller ${doing(policy)}: ${lower(harmSentence(harms[0]!, harms, table))}`,
    ),
    ...breaks.map(
      ({ harms }) => `Breaks if the caller frees it: ${lower(harmSentence(harms[0]!, harms, table))}`,
    ),
  ];
}

/** One harm; empty if another sentence says it already. */
function harmSentence(met: Met, all: readonly Met[], table: TransitionTable): string {
  const { actor, harm, outcome, mapping, foreign } = met;
  const pages = [...new Set(all.filter((m) => sameBut(m, met)).map((m) => m.page ?? 0))].sort(
    (a, b) => a - b,
  );
  const page =
    table.pages === 1 ? 'the page' : `${pages.length === 1 ? 'page' : 'pages'} ${list(pages.map(String))}`;
  if (foreign) {
    if (harm === 'host-access') return 'Other memory is converted instead: the host reads and writes it.';
    return `Other memory is converted instead, and its owner writes to it: ${met.outcome ? outcomeSentence(met.outcome, actor, table.platform) : ''}.`;
  }
  if (harm === 'host-access') return hostSentence(pages, table);
  if (harm === 'unencrypted') return `The next owner's data in ${page} lie in memory in the clear.`;
  if (actor === 'device')
    return `The host cannot read ${page}, which the caller takes for shared: what is written there does not arrive.`;
  if (outcome === undefined) return '';
  const what = outcomeSentence(outcome, actor, table.platform);
  if (actor === 'stray reader')
    return `A stray read of ${page}${mapping === undefined ? '' : ` through the ${mappingWords[mapping]}`}: ${what}.`;
  return `The ${actor} writes to ${page}: ${what}.`;
}

function hostSentence(pages: readonly number[], table: TransitionTable): string {
  const last = table.rows.at(-1)!.pages;
  const shared = pages.every((page) => last[page]?.entries.direct?.endsWith('S'));
  const mapped = table.columns.some((column) => column.k === 'entry');
  return mapped && shared
    ? 'The next owner writes through a shared mapping of a page the host can read.'
    : 'The next owner writes to a page the host can read.';
}

const sameBut = (a: Met, b: Met): boolean =>
  a.actor === b.actor && a.harm === b.harm && a.outcome === b.outcome && a.mapping === b.mapping;

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
const lower = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
