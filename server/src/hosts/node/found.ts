import type { Problem } from '../../project/files.ts';
import type { Trace } from '../../project/trace.ts';
import type { FileFindings } from '../../service-findings.ts';

/** What checking some files that have to do with each other gave, before any rule and any option. */
export interface Found {
  /** None of one that could not be read. */
  readonly files: readonly FileFindings[];
  readonly problems: readonly Problem[];
  /** Faults of the engine with their stacks, for those who ask. */
  readonly crashes: readonly string[];
  /** What else of the tree it was made of, but for the files themselves. */
  readonly besides?: Trace;
}

/**
 * As bytes: in this form it comes from a thread, and in this form it is kept for the next run, so that what was just found and what
 * was kept can give nothing different.
 */
export function encodeFound(found: Found): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(found));
}

/** What {@link encodeFound} made; null for anything else. */
export function decodeFound(bytes: Uint8Array): Found | null {
  const value = decodeJson<Found>(bytes);
  const lists = [value?.files, value?.problems, value?.crashes];
  return lists.every(Array.isArray) ? value : null;
}

/** JSON of bytes; null where it is none. */
export function decodeJson<T>(bytes: Uint8Array): (Partial<T> & T) | null {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
