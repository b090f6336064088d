import type { Finding, TraceStep } from './analysis/finding.ts';
import type { Effect, Row, Summary } from './analysis/summary.ts';
import type { Path, Site, Term } from './analysis/terms.ts';
import type { FoundNote } from './annotations/find.ts';
import { mask } from './annotations/masked.ts';
import { parametersAt, returnsOf } from './annotations/prototype.ts';
import type { FlagClause, StateWord } from './annotations/types.ts';
import { list } from './base/words.ts';
import { valueClasses } from './explain/summaries.ts';
import type { TypeRef } from './ir/types.ts';
import type { Vocabulary } from './kernel/types.ts';
import type { AnalysedText } from './project/pipeline.ts';
import { whenOf } from './service-contracts.ts';

/** A function that changes memory, and the text that it stands in. */
interface Placed {
  readonly summary: Summary;
  readonly text: AnalysedText;
}

/** A way through a function that leaves memory of a struct that has the flag. */
interface Way {
  readonly row: Row;
  /** The struct. */
  readonly struct: Path;
  readonly state: StateWord;
  /** The flag is written on it. */
  readonly isSet: boolean;
  readonly flag: FlagValue;
  /** All that was done to the memory is that it was decrypted, or was to be. */
  readonly onlyShared: boolean;
  readonly steps: readonly TraceStep[];
}

/** What a flag is when the function is left; `untouched`: as it was before, and nobody looked. */
type FlagValue = 'zero' | 'nonzero' | 'untouched' | 'unknown';

/**
 * Holds what is written at fields against the functions in view: one that leaves a field and the memory it speaks of otherwise is a finding,
 * the first of each clause, with its path. Only functions that nobody in view calls are asked, for a caller may set the field yet, and only what
 * is certain of a way is told.
 */
export class FlagChecks {
  private readonly functions: readonly Placed[];

  constructor(
    private readonly linked: readonly AnalysedText[],
    private readonly vocabulary: Vocabulary,
  ) {
    const called = new Set(
      linked.flatMap(({ ir }) =>
        ir.heads.flatMap((head) => [...head.calls].filter((name) => name !== head.slice.name)),
      ),
    );
    this.functions = linked.flatMap((text) =>
      [...text.analysis.summaries.entries()]
        .filter(([name, { flips, incomplete }]) => flips && !incomplete && !called.has(name))
        .map(([, summary]) => ({ summary, text })),
    );
  }

  /** The clauses at a field of `file` that do not hold; `code`: its text without comments. The findings' spans are offsets in the file. */
  broken(file: string, code: string, { note, target }: FoundNote, clauses: readonly FlagClause[]): Finding[] {
    const tag = target.k === 'field' ? tagBefore(code, target.members.start) : null;
    if (tag === null) return [];
    return clauses.flatMap((clause) => {
      if (!isPlain(clause)) return [];
      for (const placed of this.functions) {
        // What a source file declares is its own.
        if (!file.endsWith('.h') && placed.text.file !== file) continue;
        const way = this.against(placed, clause, tag);
        if (way !== null) return [finding(file, clause, placed, way, note.marker)];
      }
      return [];
    });
  }

  /** The first way through a function that speaks against the clause; null: none certainly does. */
  private against(placed: Placed, clause: FlagClause, tag: string): Way | null {
    const ways = placed.summary.rows.flatMap((row) => {
      const way = row.joined ? null : wayOf(row, clause);
      return way !== null && this.tagOf(way.struct, placed) === tag ? [way] : [];
    });
    const [said, other] = clause.negated ? (['zero', 'nonzero'] as const) : (['nonzero', 'zero'] as const);
    // Who sets it on one way has to do so on all that leave the memory like that.
    const sets = ways.some(({ isSet, flag, onlyShared }) => isSet && flag === other && onlyShared);
    const found = ways.find(({ state, flag, isSet, onlyShared }) => {
      if (clause.states.includes(state)) return false;
      if (flag === 'untouched') return sets && onlyShared && this.seesAll(placed);
      return flag === said && (isSet || this.seesAll(placed));
    });
    return found ?? null;
  }

  /** Whether nobody out of view can have set a field: all that the function calls, and so on, is in view or known. */
  private seesAll({ summary, text }: Placed): boolean {
    const heads = this.linked.flatMap(({ ir }) => ir.heads);
    const seen = new Set(noCalls);
    const sees = (name: string): boolean => {
      if (seen.has(name)) return true;
      seen.add(name);
      const found = heads.filter(({ slice }) => slice.name === name);
      if (found.length === 0) return this.vocabulary.rows(name).length > 0;
      return found.every(({ members, calls }) => members.size === 0 && [...calls].every(sees));
    };
    const own = text.ir.heads.find(
      ({ name }) => name === summary.name || summary.name.startsWith(`${name}@`),
    );
    return own !== undefined && own.members.size === 0 && [...own.calls].every(sees);
  }

  /** The tag of the struct that a cell is; null where no declaration in view says. */
  private tagOf(path: Path, placed: Placed): string | null {
    if (path.parent === null) return path.root.k === 'deref' ? this.pointedTo(path.root.term, placed) : null;
    const type = this.fieldType(path, placed);
    return type !== null && type.pointers === 0 && type.arrays.length === 0 ? type.tag : null;
  }

  private pointedTo(term: Term, placed: Placed): string | null {
    if (term.k === 'op' && term.op.startsWith('container-of:'))
      return term.op.slice(13).split('.')[0] || null;
    if (term.k !== 'entry') return null;
    const { root, parent } = term.path;
    if (parent !== null) {
      const type = this.fieldType(term.path, placed);
      return type?.pointers === 1 ? type.tag : null;
    }
    if (root.k !== 'local') return null;
    const slice = placed.text.source.functions.find(({ name }) => name === plain(placed.summary.name));
    if (slice === undefined) return null;
    const { parameters = [] } = parametersAt(mask(slice.text).text, slice.nameSpan.end) ?? {};
    return (
      /^(?:const )?(?:struct|union) (\w+) ?\*(?: ?const)? ?\w+$/.exec(
        parameters[root.index]?.text ?? '',
      )?.[1] ?? null
    );
  }

  private fieldType(path: Path, placed: Placed): TypeRef | null {
    const holder = path.parent === null ? null : this.tagOf(path.parent, placed);
    if (holder === null || path.step?.k !== 'field') return null;
    const { name } = path.step;
    const texts = [placed.text, ...this.linked.filter((text) => text !== placed.text)];
    const struct = texts.map(({ ir }) => ir.structs.get(holder)).find((one) => one !== undefined);
    return struct?.fields.find((field) => field.name === name)?.type ?? null;
  }
}

/** What stands before a parenthesis without being called. */
const noCalls = ['if', 'for', 'while', 'switch', 'return', 'sizeof', 'do'];

/** A field and memory beside it: what lies further away is not looked for. */
function isPlain({ flag, region: { place } }: FlagClause): boolean {
  return flag.stars === 0 && flag.members.length === 0 && place.stars <= 1 && place.members.length === 0;
}

/** The tag of the struct whose brace opens at `open`; null: it has none. */
export function tagBefore(code: string, open: number): string | null {
  return /\b(?:struct|union)\s+(\w+)[^;{}()=]*$/.exec(code.slice(Math.max(0, open - 200), open))?.[1] ?? null;
}

/** A function's name in its source. */
const plain = (name: string): string => name.replace(/@.*$/, '');

/** What a way leaves of memory and flag; null where it leaves no such memory, gives it or its struct back, or not all of that is told. */
function wayOf(row: Row, { flag, region }: FlagClause): Way | null {
  // A struct that is freed out of sight has no field any more.
  const freed = row.effects.flatMap((effect) => (effect.k === 'free' ? [effect] : []));
  if (row.acts !== [...new Set(freed.map(({ site }) => site.key))].sort().join(' ')) return null;
  const flips = row.effects.flatMap((effect) => (effect.k === 'flip' ? [effect] : []));
  for (const { memory } of flips) {
    const cell = cellOf(row, memory, region.place.root);
    if (cell === null) continue;
    const struct = cell.parent!;
    if (freed.some((effect) => effect.memory === memory || holds(effect.memory, struct))) return null;
    const first = row.effects.findIndex((effect) => effect.k === 'flip' && effect.memory === memory);
    if (row.effects.slice(first).some(({ k }) => k === 'touch' || k === 'zero')) return null;
    const mine = flips.filter((flip) => flip.memory === memory);
    const last = mine.at(-1)!;
    const flagCell = `${struct.key}.${flag.root}`;
    return {
      ...{ row, struct, steps: stepsOf(row, mine) },
      state: last.ok ? last.to : 'unknown',
      flag: flagOf(row, flagCell),
      isSet: writtenTo(row, flagCell) !== null,
      onlyShared: mine.every(({ to }) => to === 'shared'),
    };
  }
  return null;
}

/** The field of that name that leads to memory when the way ends; null: none does. */
function cellOf(row: Row, memory: Term, name: string): Path | null {
  const isField = (path: Path) => path.step?.k === 'field' && path.step.name === name;
  if (memory.k === 'addr') return isField(memory.path) ? memory.path : null;
  if (memory.k === 'entry' && isField(memory.path)) {
    const later = lastWrite(row, memory.path.key);
    const isGone = later === null ? writtenTo(row, memory.path.key) !== null : later.value !== memory;
    return isGone ? null : memory.path;
  }
  for (const effect of row.effects)
    if (effect.k === 'write' && effect.value === memory && isField(effect.path))
      return lastWrite(row, effect.path.key) === effect ? effect.path : null;
  return null;
}

/** Whether `memory` is what a cell lies in, however far away. */
function holds(memory: Term, cell: Path): boolean {
  for (let root = cell.root; root.k === 'deref'; ) {
    if (root.term === memory) return true;
    if (root.term.k !== 'entry' && root.term.k !== 'addr') return false;
    root = root.term.path.root;
  }
  return false;
}

type Write = Extract<Effect, { k: 'write' }>;

function lastWrite(row: Row, key: string): Write | null {
  let found: Write | null = null;
  for (const effect of row.effects) if (effect.k === 'write' && effect.path.key === key) found = effect;
  return found;
}

/** What a cell holds when the way ends, by class, if the way writes it; null: it does not. */
function writtenTo({ writes }: Row, key: string): string | null {
  const at = `;${writes}`.indexOf(`;${key}=`);
  return at < 0 ? null : (/^[^;]*/.exec(writes.slice(at + key.length + 1))?.[0] ?? '');
}

function flagOf(row: Row, key: string): FlagValue {
  const written = writtenTo(row, key);
  if (written !== null) return written === '0' ? 'zero' : written === 'nz' ? 'nonzero' : 'unknown';
  const guard = row.guards.find(({ term }) => term.k === 'entry' && term.path.key === key);
  if (guard === undefined) return 'untouched';
  if (guard.classes === valueClasses.zero) return 'zero';
  return (guard.classes & valueClasses.zero) === 0 ? 'nonzero' : 'untouched';
}

function stepsOf(row: Row, flips: readonly Extract<Effect, { k: 'flip' }>[]): TraceStep[] {
  const step = (site: Site, event: TraceStep['event'], after: TraceStep['after'], depth = 0): TraceStep => ({
    at: { file: site.file, function: site.function, span: site.span },
    ...{ event, before: null, after, depth },
  });
  const steps: TraceStep[] = [];
  for (const effect of row.effects) {
    if (effect.k === 'flip' && flips.includes(effect)) {
      const below = effect.at.key !== effect.site.key;
      if (below) steps.push(step(effect.at, { k: 'call', callee: effect.via }, null));
      const outcome = effect.ok ? ('success' as const) : ('failure' as const);
      const event = { k: 'transition' as const, callee: effect.callee, to: effect.to, outcome };
      steps.push(step(effect.site, event, [effect.ok ? effect.to : 'unknown'], below ? 1 : 0));
    }
  }
  steps.push(step(row.returnSite, { k: 'return', text: row.returnText }, null));
  return steps;
}

function finding(
  file: string,
  { negated, flag, region, states, span }: FlagClause,
  { summary, text }: Placed,
  { row, state, flag: value, steps }: Way,
  marker: string,
): Finding {
  const name = plain(summary.name);
  const slice = text.source.functions.find((fn) => fn.name === name);
  const returns = returnsOf(slice?.text.slice(0, slice.nameSpan.start) ?? '');
  const is = value === 'zero' ? 'clear' : value === 'nonzero' ? 'set' : 'as it was';
  const left = `leaves '${region.place.root}' ${state}${whenOf(row, returns)}, '${flag.root}' ${is}`;
  const said = `'flag ${negated ? '!' : ''}${flag.root}' does not hold; ${name}() ${left}.`;
  const wanted = `${flag.root} ${negated ? 'clear' : 'set'} means ${list(states, 'or')}`;
  return {
    violation: 'wrong-annotation',
    certainty: 'certain',
    subject: { text: region.place.root, kind: null, allocatedBy: null },
    at: { file, function: '', span },
    ...{ callee: null, transition: null, trace: steps, platforms: [], consequences: [] },
    ...{ configurations: [], related: [] },
    details: { message: `${said} '${marker}' says that ${wanted}. Change the code, or what it says.` },
  };
}
