import type { ToldCall, ToldPlatform } from '../explain/transition-call.ts';
import type { ClientCommand, HoverActions, ShowTransitionArguments } from '../protocol.ts';
import type { LookedAt } from '../service-look.ts';
import { type Block, fitted, heightOf, listOf, mostLines, render, textOf } from './blocks.ts';
import type { Pages, RulePage } from './engine.ts';
import { firstOf } from './markdown.ts';
import type { Settings } from './settings.ts';
import type { LspDiagnostic, LspHover, LspPosition, LspRange } from './shapes.ts';
import { compare, covers } from './shapes.ts';

/** Where a hover is asked for, and what is known there. */
export interface HoverQuestion {
  readonly uri: string;
  /** The line of the position, without its end. */
  readonly lineText: string;
  readonly position: LspPosition;
  /** What the document shows now. */
  readonly diagnostics: readonly LspDiagnostic[];
  readonly settings: Settings;
  readonly markdown: boolean;
  /** Commands that the client carries out. */
  readonly commands: readonly string[];
  /** What a call of that name does, `most` platforms in full; null: it is no transition. */
  readonly call: (name: string, most: number) => ToldCall | null;
  /** What a function of that name does to memory; null: nothing, or it is not in view. */
  readonly wrapper: (name: string) => HoveredWrapper | null;
  /** What is known of memory at the position, and the text that it is said of. */
  readonly here: (LookedAt & { readonly range: LspRange }) | null;
  readonly pages: Pages;
}

/** A function that converts memory. */
export interface HoveredWrapper {
  /** As its lens has it. */
  readonly does: string;
  readonly callers: string;
  /** The transition that it converts memory with. */
  readonly by: string | null;
}

/** What is said first, what comes after it, and which transition could be shown. */
interface Told {
  readonly range: LspRange;
  readonly short: readonly Block[];
  readonly details: readonly Block[];
  readonly shows: string | null;
  readonly told: readonly ToldPlatform[];
}

/** Platforms that are told in full. */
const platformsShown: Readonly<Record<Settings['hoverDetail'], number>> = { short: 1, full: 3 };

/**
 * What the call under the cursor does, or what is known of memory there; then the rules that report something there. Null if there is
 * none of these. What goes beyond a screen is left out, unless the settings want all of it.
 */
export function hover(question: HoverQuestion): LspHover | null {
  const { settings, markdown, here } = question;
  const call = settings.hoverCalls ? calledAt(question) : null;
  // Where a call is told of, what its memory is called elsewhere is for the hover on that.
  const known = here === null ? [] : call === null ? hereBlocks(here) : briefly(here);
  const rules = rulesAt(question);
  const short = call === null ? known : call.short;
  const details = [...(call === null ? [] : known), ...rules.blocks, ...(call?.details ?? [])];
  const range = call?.range ?? here?.range ?? rules.range;
  if (short.length + details.length === 0) return null;
  const most = settings.hoverDetail === 'full' ? Number.POSITIVE_INFINITY : mostLines;
  const first = fitted(short, most);
  const rest = fitted(details, most - heightOf(first) - 1);
  const parts = [first, rest].filter((blocks) => blocks.length > 0);
  const value = parts.map((blocks) => render(blocks, markdown)).join(markdown ? '\n\n---\n\n' : '\n\n');
  const actions = call === null ? [] : actionsOf(call, question);
  return {
    contents: { kind: markdown ? 'markdown' : 'plaintext', value },
    ...(range ? { range } : {}),
    ...(actions.length > 0 ? { actions } : {}),
  };
}

/** The C identifier at a position, and its range; null between words. */
export function wordAt(
  lineText: string,
  position: LspPosition,
): { readonly text: string; readonly range: LspRange } | null {
  for (const match of lineText.matchAll(/[A-Za-z_]\w*/g)) {
    const end = match.index + match[0].length;
    if (match.index <= position.character && position.character <= end) {
      const { line } = position;
      return {
        text: match[0],
        range: { start: { line, character: match.index }, end: { line, character: end } },
      };
    }
  }
  return null;
}

/** The transition or wrapper that is named at the position. */
function calledAt({ lineText, position, settings, call, wrapper }: HoverQuestion): Told | null {
  const word = wordAt(lineText, position);
  if (word === null) return null;
  const { text, range } = word;
  const most = platformsShown[settings.hoverDetail];
  const transition = call(text, most);
  if (transition !== null) {
    const [first, ...more] = transition.told;
    const short = first === undefined ? [] : platformBlocks(first);
    const { whole } = transition;
    const title = whole && `For the architecture itself, part of ${whole.name}()`;
    const details = [
      ...(whole?.told.flatMap((told) => belowBlocks(title!, told)) ?? []),
      ...more.flatMap(platformBlocks),
      ...otherBlocks(transition, settings.hoverDetail),
    ];
    return { range, short, details, shows: text, told: whole?.told ?? transition.told };
  }
  const function_ = wrapper(text);
  if (function_ === null) return null;
  const { does, callers, by } = function_;
  const sentences = [...does.split(' | '), callers].map((part, i) =>
    i === 0 ? `${text}() ${part}` : capital(part),
  );
  const below = by === null ? null : call(by, most);
  const told = below?.whole?.told ?? below?.told ?? [];
  return {
    range,
    short: textOf(`${sentences.join('. ')}.`),
    details: told.flatMap((one) => belowBlocks(`${by}()`, one)),
    shows: by,
    told,
  };
}

function platformBlocks(told: ToldPlatform): Block[] {
  return [...textOf(told.verdict), ...textOf(told.units), ...stepBlocks(told)];
}

/** What the transition does that is not called itself: `title` says what it has to do with the call. */
function belowBlocks(title: string, told: ToldPlatform): Block[] {
  const steps = stepBlocks(told);
  return steps.length === 0 ? [] : [...textOf(`${title}, on ${told.where}:`), ...steps];
}

function stepBlocks({ steps, after }: ToldPlatform): Block[] {
  const told = steps.map(({ title, fails }) => ({ text: title, aside: fails && `fails: ${fails}` }));
  return [...(told.length === 0 ? [] : [{ k: 'steps' as const, steps: told }]), ...textOf(...after)];
}

function otherBlocks({ others, source }: ToldCall, detail: Settings['hoverDetail']): Block[] {
  const told = others.length === 0 ? [] : [...textOf('Other platforms:'), ...listOf(others)];
  return [...told, ...(detail === 'full' ? textOf(`From ${source}`) : [])];
}

function hereBlocks({ headline, paths, about }: LookedAt): Block[] {
  return [...textOf(headline), ...listOf(paths), ...(about.length > 0 ? textOf(about.join(' ')) : [])];
}

/** The same beside a call that is told of itself. */
function briefly({ headline, paths }: LookedAt): Block[] {
  const [only, ...more] = paths;
  return only !== undefined && more.length === 0 ? textOf(`${headline} ${only}`) : textOf(headline, ...paths);
}

/** What a client with the command can be offered to open. */
function actionsOf({ shows, told, range }: Told, { commands, uri }: HoverQuestion): HoverActions {
  const command: ClientCommand = 'membrane.showTransition';
  const platform = told[0]?.platform ?? null;
  if (shows === null || platform === null || !commands.includes(command)) return [];
  const wanted: ShowTransitionArguments = {
    callee: shows,
    platform,
    uri,
    range,
    position: range.start,
  };
  return [{ commands: [{ title: 'Show the transition', command, arguments: [wanted] }] }];
}

/** The rules that report something at the position, in short: the finding itself is shown beside it. */
function rulesAt({ diagnostics, position, pages, settings }: HoverQuestion): {
  readonly blocks: readonly Block[];
  readonly range: LspRange | undefined;
} {
  const found = diagnostics
    .filter((diagnostic) => covers(diagnostic.range, position))
    .sort((a, b) => compare(a.range.start, b.range.start) || (a.code < b.code ? -1 : 1));
  const told = [...new Set(found.map(({ code }) => code))].flatMap((code) => {
    const rule = pages.rules.find(({ id }) => id === code);
    const page = pages.page(code);
    return rule === undefined || page === null ? [] : [rulePart(rule, page, settings.hoverDetail)];
  });
  return { blocks: told.flat(), range: told.length === 0 ? undefined : found[0]?.range };
}

function rulePart({ id, title }: RulePage, page: string, detail: Settings['hoverDetail']): Block[] {
  if (detail === 'full') {
    // Headings as large as a page's shout in a hover.
    const text = page
      .replace(/^# .*\n+/, '')
      .trim()
      .replace(/^#+ (.+)$/gm, '**$1**');
    return [{ k: 'page', markdown: `**${id}**\n\n${text}` }];
  }
  const first = firstOf(page, 'Fix')?.match(/^.*?\.(?=\s|$)/s)?.[0];
  const fix = first && capital(first.replace(/^Quick fix:\s+/, ''));
  return [{ k: 'page', markdown: `**${id}**: ${title}.${fix === undefined ? '' : ` **Fix**: ${fix}`}` }];
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
