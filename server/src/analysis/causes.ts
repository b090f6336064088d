import { addTo } from '../base/maps.ts';
import type { Finding } from './finding.ts';

/**
 * A dropped result and the free that follows from it are one cause: the free tells more. Where a function hides the
 * outcome from its callers it is to blame, and their frees are related places.
 */
export function onePerCause(findings: readonly Finding[]): Finding[] {
  const isFree = (f: Finding) => f.violation === 'freed-unknown' || f.violation === 'freed-shared';
  const freedBy = new Set(findings.filter(isFree).map((f) => `${f.at.function} ${causeKey(f)}`));
  const isHiding = (f: Finding) =>
    f.violation === 'hidden-outcome' && !freedBy.has(`${f.at.function} ${causeKey(f)}`);
  const hidden = new Set(findings.filter(isHiding).map(causeKey));
  // Whoever drops a result leaves it to callers to free what they cannot know of.
  const leaves = (dropped: Finding, free: Finding) =>
    dropped.violation === 'result-dropped' &&
    free.at.function !== dropped.at.function &&
    causeKey(free) === causeKey(dropped) &&
    free.trace.some(({ at }) => at.function === dropped.at.function);
  const left = new Set(findings.filter((f) => isFree(f) && findings.some((dropped) => leaves(dropped, f))));
  const here = (f: Finding) => `${f.at.function} ${causeKey(f)}`;
  const freed = new Set(findings.filter((f) => isFree(f) && !hidden.has(causeKey(f))).map(here));
  // A flag that lies misleads whoever believes it: the one who set it is told.
  const liars = new Set(
    findings
      .filter(
        (f) =>
          isFree(f) &&
          f.transition?.at.function === f.at.function &&
          f.trace.at(-1)?.at.function !== f.at.function,
      )
      .map(causeKey),
  );
  const kept: Finding[] = [];
  for (const finding of findings) {
    if (isFree(finding) && (hidden.has(causeKey(finding)) || left.has(finding))) continue;
    if (finding.violation === 'result-dropped' && (freed.has(here(finding)) || liars.has(causeKey(finding))))
      continue;
    if (finding.violation === 'hidden-outcome' && !isHiding(finding)) continue;
    const frees = findings.filter(
      (f) => isFree(f) && (isHiding(finding) ? causeKey(f) === causeKey(finding) : leaves(finding, f)),
    );
    if (frees.length === 0) kept.push(finding);
    else
      kept.push({
        ...finding,
        related: [...finding.related, ...frees.map(placeOf)],
      });
  }
  return kept;
}

/**
 * A function that hands on a size in the wrong unit: one caller that knows the unit may be wrong itself, but where several know
 * it, the function is, and their calls are related places.
 */
export function atWhoHandsOn(findings: readonly Finding[]): Finding[] {
  const callers = new Map<string, Finding[]>();
  for (const finding of findings)
    if (finding.details.handedTo !== undefined) addTo(callers, causeKey(finding), finding);
  const kept: Finding[] = [];
  for (const finding of findings) {
    const all = finding.details.handedTo === undefined ? [] : callers.get(causeKey(finding))!;
    if (new Set(all.map((one) => one.at.function)).size < 2) kept.push(finding);
    else if (all[0] === finding) kept.push(handedOn(finding, all));
  }
  return kept;
}

function handedOn(finding: Finding, callers: readonly Finding[]): Finding {
  const { handedOn: given = '', handedTo: callee = '' } = finding.details;
  return {
    ...finding,
    at: finding.transition!.at,
    callee,
    details: { ...finding.details, given, callee },
    related: [...finding.related, ...callers.map(placeOf)],
  };
}

/** A finding as a place related to another. */
function placeOf({ at, trace }: Finding): Finding['related'][number] {
  return { at, event: trace.at(-1)!.event };
}

function isFreed(finding: Finding): boolean {
  return finding.violation === 'freed-unknown' || finding.violation === 'freed-shared';
}

/** Several causes may lead to one free: it is told once, by its nearest cause. */
export function onePerPlace(findings: readonly Finding[]): Finding[] {
  const best = new Map<string, Finding>();
  const ownPlaces = new Set(
    findings
      .filter((f) => isFreed(f) && f.transition?.at.function === f.at.function)
      .map((f) => `${f.at.function}@${f.at.span.start}`),
  );
  const others: Finding[] = [];
  for (const finding of findings) {
    if (!isFreed(finding)) {
      others.push(finding);
      continue;
    }
    // Two mistakes of one function may meet at one free; what others left behind is told once.
    const own = finding.transition?.at.function === finding.at.function;
    const place = `${finding.at.function}@${finding.at.span.start}`;
    const key = own ? `${finding.violation} ${place}` : place;
    if (!own && ownPlaces.has(place)) continue;
    const known = best.get(key);
    if (!known || isNearer(finding, known)) best.set(key, finding);
  }
  return [...others, ...best.values()];
}

/**
 * Of one transition that a function calls, directly or not, the failure is told before the success: it is what nobody
 * thinks of.
 */
function isNearer(finding: Finding, known: Finding): boolean {
  const isOwnPath = (f: Finding) => f.trace[0]?.at.function === f.at.function;
  if (
    causeKey(finding) === causeKey(known) &&
    finding.violation !== known.violation &&
    isOwnPath(finding) &&
    isOwnPath(known)
  )
    return finding.violation === 'freed-unknown';
  return nearness(finding) < nearness(known);
}

/** How far the cause is from the place: in the same function first, then the shorter path. */
function nearness(finding: Finding): number {
  const elsewhere = finding.transition?.at.function === finding.at.function ? 0 : 10_000;
  return elsewhere + finding.trace.length;
}

function causeKey(finding: Finding): string {
  const at = finding.transition?.at;
  return at ? `${at.function}@${at.span.start}` : '';
}
