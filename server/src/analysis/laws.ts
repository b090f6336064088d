import type { MemoryKind, PlatformId } from '../kernel/types.ts';
import { stepSet } from '../model/generic.ts';
import { linearMapOnly, privateOnce } from '../model/platform-facts.ts';
import type { ViolationKind } from './finding.ts';
import type { Sizes } from './sizes.ts';
import type { ObjectState, TraceNode } from './state.ts';
import type { Effect } from './summary.ts';

/** A law that an event breaks, before the path and the place are added to it. */
export interface Broken {
  readonly kind: ViolationKind;
  readonly details: Readonly<Record<string, string>>;
  /** Platforms that the law is about; null: all. */
  readonly onlyOn: readonly string[] | null;
}

/** A transition that succeeded, with what was known before it. */
export interface Flipped {
  readonly flip: Extract<Effect, { k: 'flip' }>;
  /** The part that is converted; the whole unless the address lies at an offset. */
  readonly object: ObjectState;
  /** The memory that the part belongs to. */
  readonly holder: ObjectState;
  /** What the page machine says against the step, whatever state of the set the pages were in. */
  readonly offences: readonly string[];
  /** Whether it may happen again on the same path, with other addresses. */
  readonly repeated: boolean;
  /** Platforms on which the memory was shared before any code in view ran, and on the others not; null: nothing is known of that. */
  readonly sharedOn: readonly PlatformId[] | null;
}

/** What transitions and frees may not do to memory that is known to be in a state. */
export class Laws {
  constructor(private readonly sizes: Sizes) {}

  /** `perCpu` is the per-CPU memory that the address is computed from, if there is such. */
  ofFlip(flipped: Flipped, perCpu: ObjectState | null): Broken[] {
    const { flip, object, holder, offences, sharedOn } = flipped;
    const out: Broken[] = [];
    const breaks = (
      kind: ViolationKind,
      details: Record<string, string> = {},
      onlyOn: readonly string[] | null = null,
    ) => out.push({ kind, details, onlyOn });
    const strong =
      (object.own || object.flip !== null) &&
      !object.many &&
      !object.borrowed &&
      !object.joined &&
      !isPooled(object.kind);
    if (strong && offences.includes('shared-twice')) breaks('converted-twice');
    if (strong && offences.includes('never-shared')) breaks('never-converted');
    if (sharedOn !== null && flip.to === 'private' && object.flip === null)
      breaks(
        'shared-elsewhere',
        { sharedOn: sharedOn.join() },
        privateOnce.filter((id) => !sharedOn.includes(id)),
      );
    // The way back of what this path converted adds nothing to what was said of the way there.
    const back = flip.to === 'private' && object.flip !== null;
    if (perCpu && !back)
      breaks('vmalloc-converted', { allocatedBy: perCpu.allocatedBy ?? '' }, linearMapOnly);
    if (!back && (holder.kind === 'vmalloc' || holder.kind === 'kvmalloc'))
      breaks('vmalloc-converted', { allocatedBy: holder.allocatedBy ?? '' }, linearMapOnly);
    else if (!back && holder.kind === 'vmap')
      breaks('alias-converted', { allocatedBy: holder.allocatedBy ?? '' }, linearMapOnly);
    const pages = this.pagesToItself(holder);
    if (pages !== 'whole')
      breaks(
        'subpage-converted',
        { allocatedBy: holder.allocatedBy ?? '', pages },
        pages === '4k' ? this.sizes.largerPages : null,
      );
    if (object.userMapped && holder.own) breaks('user-mapped-converted');
    if (flip.to === 'shared' && object.published)
      breaks('published-before', { to: publishedTo(object.published) });
    const given = this.ofGiven(holder, 'converts');
    if (given) out.push(given);
    const extent = flipped.repeated ? null : this.extentOfFlip(flip, object);
    if (extent) out.push(extent);
    return out;
  }

  /** Whether all that lies in the pages of an object is the object's own; `unknown`: nothing says how large it is. */
  private pagesToItself({
    own,
    kind,
    wholePages,
    allocSize,
  }: ObjectState): 'part' | '4k' | 'whole' | 'unknown' {
    if (!own || isPooled(kind)) return 'whole';
    if (kind !== 'slab') return wholePages ? 'whole' : 'part';
    return this.sizes.slabPages(allocSize) ?? 'unknown';
  }

  /** What an annotation says that the caller has no longer is not the caller's to free or convert. */
  ofGiven({ given, many, joined }: ObjectState, does: 'frees' | 'converts'): Broken | null {
    if (given === null || many || joined) return null;
    return { kind: 'given-away', details: { owner: given.owner, by: given.callee, does }, onlyOn: null };
  }

  ofFree(effect: Extract<Effect, { k: 'free' }>, object: ObjectState): Broken | null {
    const { offences, definite } = stepSet('free', object.states);
    if (definite && !offences.includes('use-after-free') && !object.joined) {
      const unknown = offences.includes('free-unknown') && object.flip?.ok !== true;
      return { kind: unknown ? 'freed-unknown' : 'freed-shared', details: {}, onlyOn: null };
    }
    return definite ? null : this.extentOfFree(effect, object);
  }

  /** More or fewer pages made private than were shared. */
  private extentOfFlip(flip: Extract<Effect, { k: 'flip' }>, object: ObjectState): Broken | null {
    const now = this.sizes.pagesOf(flip.extent);
    const then = this.sizes.pagesOf(object.sharedExtent);
    if (flip.to !== 'private' || now === null || then === null || then === now) return null;
    return {
      kind: 'extent-mismatch',
      details: {
        decrypted: object.sharedExtent!.text,
        encrypted: flip.extent!.text,
        pagesDecrypted: String(then),
        pagesEncrypted: String(now),
      },
      onlyOn: null,
    };
  }

  /** Fewer pages made private than are freed, where nobody saw how many were shared. */
  private extentOfFree(effect: Extract<Effect, { k: 'free' }>, object: ObjectState): Broken | null {
    const { flip } = object;
    if (!flip?.ok || !flip.whole || flip.to !== 'private') return null;
    const encrypted = this.sizes.pagesOf(flip.extent);
    const freed = this.sizes.pagesOf(effect.size);
    if (encrypted === null || freed === null || encrypted >= freed) return null;
    if (this.sizes.pagesOf(object.sharedExtent) !== null) return null;
    return {
      kind: 'extent-mismatch',
      details: {
        encrypted: flip.extent!.text,
        freed: effect.size!.text,
        pagesEncrypted: String(encrypted),
        pagesFreed: String(freed),
      },
      onlyOn: null,
    };
  }
}

/** Memory of a pool, or of an interface that converts by itself: its state is not the caller's doing. */
export function isPooled(kind: MemoryKind | null): boolean {
  return kind === 'pool' || kind === 'dma';
}

function publishedTo(node: TraceNode): string {
  return node.event.k === 'publish' ? node.event.to : 'others';
}
