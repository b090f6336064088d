import type { Span } from '../base/span.ts';
import { exprText, presenceText } from '../ir/text.ts';
import type { Expr, Instr, IrFunction } from '../ir/types.ts';
import type { Finding, Location } from './finding.ts';
import type { Site } from './terms.ts';

/** No function is longer, in UTF-16 units. */
const longestText = 2 ** 26;

/** The place of a function's name, for what belongs to the function as a whole. */
const nameOfAll = 'entry';

/** What a place is called after, and whether that is a call: of several things at one offset a call gives the name. */
interface Landmark {
  readonly label: string;
  readonly isCall: boolean;
}

/**
 * Names for the places of one version of a function that its other versions have, too: the second call of some function, the
 * first store to some variable. Offsets would not do: whatever is typed above a call moves it, and every caller of the
 * function would be told something new.
 */
class Landmarks {
  private readonly names = new Map<number, string>();
  /** By name, the spans that begin there. */
  private readonly spans = new Map<string, Span[]>();
  /** By the span as one number. */
  private readonly sites = new Map<number, Site>();
  private readonly prefix: string;

  constructor(private readonly fn: IrFunction) {
    this.prefix = `${fn.name}${armsOf(fn)}`;
    const found = new Map<number, Landmark>();
    const ends = new Map<number, Set<number>>();
    const note = ({ start, end }: Span, label: string, isCall: boolean) => {
      const known = found.get(start);
      if (known === undefined || (isCall && !known.isCall)) found.set(start, { label, isCall });
      const mine = ends.get(start);
      if (mine === undefined) ends.set(start, new Set([end]));
      else mine.add(end);
    };
    for (const { instrs, term } of fn.blocks) {
      for (const instr of instrs) note(instr.span, labelOf(instr), instr.k === 'call');
      note(term.span, term.k, false);
    }
    const counts = new Map<string, number>();
    for (const start of [...found.keys()].sort((a, b) => a - b)) {
      const { label } = found.get(start)!;
      const count = counts.get(label) ?? 0;
      counts.set(label, count + 1);
      const name = `${label}#${count}`;
      this.names.set(start, name);
      const all = [...ends.get(start)!].sort((a, b) => a - b);
      this.spans.set(
        name,
        all.map((end) => ({ start, end })),
      );
    }
  }

  site(span: Span, file: string): Site {
    const at = span.start * longestText + span.end;
    let site = this.sites.get(at);
    if (site?.file !== file) {
      const name = this.names.get(span.start) ?? `${span.start}`;
      const among = this.spans.get(name)?.findIndex(({ end }) => end === span.end) ?? -1;
      const key = `${this.prefix}@${name}`;
      site = { key, name: key, file, function: this.fn.name, span, among };
      this.sites.set(at, site);
    }
    return site;
  }

  /** Where a site of another version is in this one; null if nothing here has its name. */
  spanOf(site: Site): Span | null {
    if (!site.name.startsWith(`${this.prefix}@`)) return null;
    const name = site.name.slice(this.prefix.length + 1);
    if (name === nameOfAll) return this.fn.nameSpan;
    const spans = this.spans.get(name);
    return spans?.[site.among] ?? spans?.at(-1) ?? null;
  }
}

const known = new WeakMap<IrFunction, Landmarks>();

function landmarksOf(fn: IrFunction): Landmarks {
  let landmarks = known.get(fn);
  if (landmarks === undefined) {
    landmarks = new Landmarks(fn);
    known.set(fn, landmarks);
  }
  return landmarks;
}

function labelOf(instr: Instr): string {
  switch (instr.k) {
    case 'call':
      return instr.callee.k === 'direct' ? instr.callee.name : `*${unnumbered(instr.callee.expr)}`;
    case 'assign':
      return `=${unnumbered(instr.target)}`;
    default:
      return instr.k;
  }
}

/** Temporaries have other numbers in every version. */
function unnumbered(expr: Expr): string {
  return exprText(expr).replace(/%\d+/g, '%');
}

/** A name may be defined several times, under different `#if`s. */
function armsOf({ presence }: IrFunction): string {
  return presence.length === 0 ? '' : `{${presenceText(presence)}}`;
}

/** The site of a place in a function. */
export function siteAt(fn: IrFunction, file: string, span: Span): Site {
  return landmarksOf(fn).site(span, file);
}

/** The site of a function as a whole. `why`: what tells it from others of the same function. */
export function siteOfFunction(fn: IrFunction, file: string, why = nameOfAll): Site {
  const arms = armsOf(fn);
  return {
    key: `${fn.name}@${why}`,
    name: `${fn.name}${arms}@${nameOfAll}`,
    file,
    function: fn.name,
    span: fn.nameSpan,
    among: 0,
  };
}

/** A function of a name in a file, in all its versions under `#if`s. */
export type FunctionsOf = (file: string, name: string) => readonly IrFunction[];

/**
 * A finding with its places as spans of the functions as they are now. What was kept of callers names places of a callee as they
 * were when the caller was analysed.
 */
export function inPlace(finding: Finding, functionsOf: FunctionsOf): Finding {
  const now = (at: Location): Location => {
    const { file, function: name, span } = at;
    if (!isSite(at)) return at;
    for (const fn of functionsOf(file, name)) {
      const current = landmarksOf(fn).spanOf(at);
      if (current !== null) return { file, function: name, span: current };
    }
    return { file, function: name, span };
  };
  return {
    ...finding,
    at: now(finding.at),
    transition: finding.transition && { ...finding.transition, at: now(finding.transition.at) },
    trace: finding.trace.map((step) => ({ ...step, at: now(step.at) })),
    related: finding.related.map((other) => ({ ...other, at: now(other.at) })),
  };
}

function isSite(at: Location): at is Site {
  return 'among' in at;
}
