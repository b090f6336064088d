import type { CancellationToken } from '../base/token.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { ConsequenceModel, MemoryPath, PathEvent } from '../model/consequences.ts';
import type { Finding, TraceStep } from './finding.ts';

/** A finding with what its path leads to. @throws Cancelled */
export function withConsequences(
  finding: Finding,
  model: ConsequenceModel,
  vocabulary: Vocabulary,
  token: CancellationToken,
): Finding {
  if (finding.transition !== null && isUnmodelled(finding.transition.callee, vocabulary))
    return { ...finding, unmodelled: true };
  const told = pathOf(finding);
  const path = told && isOnePage(finding) ? { ...told, onePage: true } : told;
  if (path === null || finding.platforms.length === 0) return finding;
  return { ...finding, consequences: model.of(path, finding.platforms, token) };
}

function isUnmodelled(callee: string, vocabulary: Vocabulary): boolean {
  return vocabulary.rows(callee).some((row) => row.k === 'transition' && row.unmodelled === true);
}

/** The allocation is in view and gives one page, and no transition on the path is given more. */
export function isOnePage({ trace }: Finding): boolean {
  const mine = trace.filter(({ after }) => after !== null).map(({ event }) => event);
  const isAllocated = mine.some((event) => event.k === 'alloc' && event.size === '1 page');
  return isAllocated && mine.every((event) => event.k !== 'transition' || event.onePage === true);
}

/** The latest transitions tell the state; those before them were undone by them. */
const transitionsTold = 2;

/** What a finding's path does to its memory, in the model's events; null where the model has nothing to say of it. */
function pathOf(finding: Finding): MemoryPath | null {
  const address = outsideLinearMap(finding) ? 'vmalloc' : 'linear';
  const before = transitionsOf(finding.trace);
  const to = finding.transition?.to ?? before.at(-1)?.to ?? 'shared';
  const failed: PathEvent = { k: 'convert', to, outcome: 'fails' };
  switch (finding.violation) {
    case 'freed-unknown': {
      // The path may not know the outcome; what is objected to is that it may have failed.
      const told = before.map((e) => (e.outcome === 'either' ? { ...e, outcome: 'fails' as const } : e));
      const events = told.some((e) => e.outcome === 'fails') ? told : [...told, failed];
      return { address, mistake: 'end', events: [...events, { k: 'free' }] };
    }
    case 'freed-shared': {
      const shared: PathEvent = { k: 'convert', to: 'shared', outcome: 'works' };
      const part = finding.trace.at(-1)?.before?.includes('mixed') ?? false;
      const back: PathEvent[] = part ? [{ k: 'convert', to: 'private', outcome: 'works', part: true }] : [];
      return { address, mistake: 'end', events: [shared, ...back, { k: 'free' }] };
    }
    case 'result-dropped': {
      const dropped: PathEvent = { k: 'convert', to, outcome: 'either' };
      return {
        address,
        mistake: 'result',
        events: [dropped, to === 'shared' ? { k: 'use' } : { k: 'free' }],
      };
    }
    case 'vmalloc-converted':
    case 'alias-converted':
      return {
        address: 'vmalloc',
        mistake: 'address',
        events: [{ k: 'convert', to, outcome: 'works' }, to === 'shared' ? { k: 'use' } : { k: 'free' }],
      };
    case 'hidden-outcome': {
      const unseen: PathEvent = { k: 'convert', to, outcome: 'either' };
      return { address, mistake: 'result', events: [unseen, to === 'shared' ? { k: 'use' } : { k: 'free' }] };
    }
    case 'extent-mismatch': {
      const left = sharedRest(finding.details);
      return left === null ? null : { address, mistake: 'end', events: [...left, { k: 'free' }] };
    }
    case 'attribute-mismatch': {
      const { mappedAs, memoryIs } = finding.details;
      const is = memoryIs === 'shared' ? 'shared' : 'private';
      if (mappedAs !== 'private' && mappedAs !== 'shared') return null;
      return {
        address: 'linear',
        mistake: 'attribute',
        events: [
          { k: 'convert', to: is, outcome: 'works' },
          { k: 'map', attribute: mappedAs, memory: is },
        ],
      };
    }
    case 'subpage-converted':
      return {
        address: 'linear',
        mistake: 'end',
        events: [{ k: 'convert', to: 'shared', outcome: 'works' }, { k: 'neighbours' }],
      };
    default:
      return null;
  }
}

/** What leaves a part of the memory shared, if the sizes are known to: less is made private than was shared. */
function sharedRest(details: Finding['details']): readonly PathEvent[] | null {
  const shared: PathEvent = { k: 'convert', to: 'shared', outcome: 'works' };
  const part: PathEvent = { k: 'convert', to: 'private', outcome: 'works', part: true };
  const decrypted = Number(details.pagesDecrypted ?? Number.NaN);
  const encrypted = Number(details.pagesEncrypted ?? Number.NaN);
  if (details.freed !== undefined) {
    if (details.encrypted !== undefined || details.pagesEncrypted !== undefined) return [shared, part];
    return [{ ...shared, part: true }];
  }
  return encrypted < decrypted ? [shared, part] : null;
}

function outsideLinearMap({ subject }: Finding): boolean {
  return subject.kind === 'vmalloc' || subject.kind === 'vmap';
}

function transitionsOf(trace: readonly TraceStep[]) {
  const outcomes = { success: 'works', failure: 'fails', either: 'either' } as const;
  return trace
    .flatMap(({ event, after }) =>
      event.k === 'transition' && after !== null
        ? [{ k: 'convert' as const, to: event.to, outcome: outcomes[event.outcome] }]
        : [],
    )
    .slice(-transitionsTold);
}
