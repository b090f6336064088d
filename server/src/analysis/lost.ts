import { successors } from '../ir/finish.ts';
import type { Instr, IrFunction, Terminator } from '../ir/types.ts';
import { definition, mentions, readsOf, readsOfTerm } from './flow.ts';

/** What holds of the configuration, by the text of each condition. */
type Arms = ReadonlyMap<string, boolean>;

const anyArms: Arms = new Map();

/** Temporaries that hold results of calls which are kept in a local and overwritten, on some path, before anybody reads it. */
export function lostResults(fn: IrFunction, addressed: ReadonlySet<number>): Set<number> {
  const lost = new Set<number>();
  const arms = armsOfBlocks(fn);
  for (const block of fn.blocks)
    block.instrs.forEach((instr, i) => {
      if (instr.k !== 'assign' || instr.target.k !== 'local' || instr.value.k !== 'temp') return;
      const local = instr.target.index;
      if (addressed.has(local)) return;
      if (isOverwritten(fn, { block: block.id, from: i + 1, arms: arms[block.id] ?? anyArms }, local))
        lost.add(instr.value.id);
    });
  return lost;
}

interface At {
  readonly block: number;
  readonly from: number;
  readonly arms: Arms;
}

/** Arms of one `#if` follow each other in the graph, though no build has two of them. */
function isOverwritten(fn: IrFunction, start: At, local: number): boolean {
  const seen = new Set<string>();
  let read = false;
  const work = [start];
  for (let at = work.pop(); at; at = work.pop()) {
    const { instrs, term } = fn.blocks[at.block]!;
    const fate = instrs
      .slice(at.from)
      .map((i) => fateOf(i, local))
      .find((f) => f !== null);
    if (fate === 'written') return true;
    if (fate === 'read' || readsOfTerm(term).some((e) => mentions(e, local))) {
      read = true;
      continue;
    }
    for (const { to, arms } of waysOn(term, at.arms)) {
      const key = `${to} ${[...arms].join(' ')}`;
      if (seen.has(key)) continue;
      seen.add(key);
      work.push({ block: to, from: 0, arms });
    }
  }
  // Nobody reads it at all.
  return !read;
}

function fateOf(instr: Instr, local: number): 'read' | 'written' | null {
  if (readsOf(instr).some((e) => mentions(e, local))) return 'read';
  return instr.k === 'assign' && definition(instr) === local ? 'written' : null;
}

/** Where a block leads in builds in which `arms` hold, and what holds there. */
function waysOn(term: Terminator, arms: Arms): { readonly to: number; readonly arms: Arms }[] {
  if (term.k !== 'config') return successors(term).map((to) => ({ to, arms }));
  const { text, holds } = term.literal;
  const ways = [
    { to: term.then, value: holds },
    { to: term.otherwise, value: !holds },
  ];
  return ways.flatMap(({ to, value }) => {
    const known = arms.get(text);
    if (known !== undefined) return known === value ? [{ to, arms }] : [];
    return [{ to, arms: new Map([...arms, [text, value]]) }];
  });
}

/** What holds of the configuration wherever each block runs; nothing is known of what no path leads to. */
function armsOfBlocks(fn: IrFunction): readonly (Arms | undefined)[] {
  const known: (Arms | undefined)[] = fn.blocks.map(() => undefined);
  if (!fn.blocks.some(({ term }) => term.k === 'config')) return known;
  const work = [{ to: 0, arms: anyArms }];
  for (let at = work.pop(); at; at = work.pop()) {
    const before = known[at.to];
    const both =
      before === undefined ? at.arms : new Map([...before].filter(([text, is]) => at.arms.get(text) === is));
    if (before !== undefined && both.size === before.size) continue;
    known[at.to] = both;
    work.push(...waysOn(fn.blocks[at.to]!.term, both));
  }
  return known;
}
