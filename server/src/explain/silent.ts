import { ascii } from './words.ts';

/** A finding that is not shown, and what keeps it silent. */
export interface Silent {
  readonly rule: string;
  readonly by:
    | { readonly k: 'comment'; readonly line: number; readonly reason: string }
    /** An entry of `allow`; `whole`: it names the file and no function. */
    | { readonly k: 'entry'; readonly whole: boolean; readonly reason: string }
    | { readonly k: 'baseline' }
    /** Who says so; null: it is off unless somebody turns it on. */
    | { readonly k: 'off'; readonly where: 'membrane.rules' | '.membrane.json' | null }
    /** It matters on none of those that are asked about. */
    | { readonly k: 'platforms' }
    | { readonly k: 'level'; readonly level: string; readonly least: string };
}

/** Characters of a reason that are told: the rest is read where it stands. */
const mostReason = 120;

/** `free-while-shared is allowed by the comment in line 12: the pool keeps it`. */
export function silentText({ rule, by }: Silent): string {
  switch (by.k) {
    case 'comment':
      return `${rule} is allowed by the comment in line ${by.line}${reasonText(by.reason)}`;
    case 'entry':
      return `${rule} is allowed by .membrane.json in this ${by.whole ? 'file' : 'function'}${reasonText(by.reason)}`;
    case 'baseline':
      return `${rule} reports it, and the baseline of .membrane.json has it`;
    case 'off':
      return `${rule} would report it, and is off ${by.where === null ? 'by default' : `in ${by.where}`}`;
    case 'platforms':
      return `${rule} reports it for platforms that membrane.platforms leaves out`;
    case 'level':
      return `${rule} reports it as ${by.level}, and membrane.show is ${by.least}`;
  }
}

function reasonText(reason: string): string {
  const text = ascii(reason.replace(/\s+/g, ' ').trim());
  if (text === '') return '';
  return `: ${text.length <= mostReason ? text : `${text.slice(0, mostReason - 3).trimEnd()}...`}`;
}
