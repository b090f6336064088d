// The corpus of known mistakes as cases, and what a case's findings are worth. Pure: reads nothing, runs nothing.

/** Which rules fit what the corpus calls `name`, and whether they are of a kind that counts. `id` may say otherwise. */
export function classify(id, name, map) {
  const kind = map.kinds.find(({ pattern }) => new RegExp(pattern).test(name));
  const item = map.items[id];
  return {
    rules: item?.rules ?? kind?.rules ?? [],
    needs: item?.needs ?? kind?.needs ?? 'whole tree',
    known: Boolean(kind),
  };
}

/** `hv_a, hv_b / hv_c` and `prefix_one/two` as names of functions. */
export function functionNames(text) {
  const names = [];
  for (const name of text.split(/[\s,/]+/).filter(Boolean)) {
    const last = names.at(-1);
    // `tdx_enc_status_change_prepare/finish`: the second half of a pair of names.
    if (last && !name.includes('_') && last.includes('_')) names.push(last.replace(/[^_]+$/, name));
    else names.push(name);
  }
  return names;
}

const loud = (finding) => finding.level !== 'hint';
const key = (finding) =>
  `${finding.rule} ${finding.file} ${finding.function} ${finding.message.replace(/\d+/g, '#')}`;

/** Findings of `after` that `before` does not have, as multisets of rule, file, function and words. */
export function fresh(before, after) {
  const left = before.map(key);
  return after.filter((finding) => {
    const at = left.indexOf(key(finding));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/**
 * How a finding has to do with one of `functions` of `file` (null: of any): its `place`, a `related` position or only a step
 * of its `trace` is there; null if nothing is.
 */
export function touches(finding, file, functions) {
  const there = (place) => (file === null || place.file === file) && functions.includes(place.function);
  if (there(finding)) return 'place';
  if (finding.related.some(there)) return 'related';
  return finding.trace.some(there) ? 'trace' : null;
}

/**
 * What is new anywhere after an edit that made a function wrong: a mistake in one function may only be told where another
 * frees, with a path that leads through the first. `outcome`: caught, missed, noisy (more that has nothing to do with the
 * function), or for an edit that no rule fits silent (a control) or no rule.
 */
export function judgeMutation(mutation, before, after) {
  const found = fresh(before, after);
  const concerns = (finding) => touches(finding, mutation.file, [mutation.function]) !== null;
  const fits = found.filter((f) => mutation.rules.includes(f.rule) && loud(f) && concerns(f));
  const elsewhere = found.filter((f) => loud(f) && !concerns(f));
  const others = found.filter((f) => concerns(f) && !fits.includes(f));
  let outcome = fits.length === 0 ? 'missed' : elsewhere.length > 0 ? 'noisy' : 'caught';
  // Without a rule that fits, the edit makes nothing wrong, or nothing that there is a rule for.
  if (mutation.rules.length === 0)
    outcome = found.some(loud) ? 'noisy' : mutation.needs === 'implementation' ? 'no rule' : 'silent';
  return { outcome, fits, elsewhere, others };
}

/**
 * Before a fix reported in one of its functions or on a path through one, after it silent in all. `outcome`: caught, missed,
 * not-silent. `elsewhere`: what else the fix silences.
 */
export function judgePair(pair, before, after) {
  const fits = (finding) => loud(finding) && pair.rules.includes(finding.rule);
  const how = (finding) => touches(finding, pair.file, pair.functions);
  const gone = fresh(after, before).filter(loud);
  const hits = gone.filter((finding) => fits(finding) && how(finding) !== null);
  // A path through the function may rightly go on to another mistake.
  const still = after.filter((finding) => fits(finding) && ['place', 'related'].includes(how(finding)));
  const seen = pair.functions.filter((name) => hits.some((f) => touches(f, pair.file, [name]) !== null));
  const reported = hits.length > 0 || before.some((f) => fits(f) && ['place', 'related'].includes(how(f)));
  const outcome = !reported ? 'missed' : still.length > 0 ? 'not-silent' : 'caught';
  return { outcome, fits: hits, still, seen, elsewhere: gone.filter((finding) => how(finding) === null) };
}

/**
 * What undoing a fix brings for each function that frees: `reported` at its place or a related position, and `shown`: a path
 * of one of these reports has the transition in one of the functions `lost` where the memory's state was lost.
 */
export function judgeUndone({ frees, lost, rules }, fixed, undone) {
  const found = fresh(fixed, undone).filter((finding) => loud(finding) && rules.includes(finding.rule));
  return frees.map((name) => {
    const hits = found.filter((f) => ['place', 'related'].includes(touches(f, null, [name])));
    const showing = hits.filter((f) => f.trace.some((step) => step.loses && lost.includes(step.function)));
    const shown = showing[0]?.trace.find((step) => step.loses && lost.includes(step.function)) ?? null;
    return { function: name, reported: hits.length > 0, hit: showing[0] ?? hits[0] ?? null, shown };
  });
}

/** A bug that is there: `caught` or `missed`. `taken` holds findings that another entry has used up already. */
export function judgeTrue(entry, findings, taken) {
  const fits = findings.filter(
    (f) =>
      loud(f) &&
      entry.rules.includes(f.rule) &&
      ['place', 'related'].includes(touches(f, entry.file, [entry.function])),
  );
  const nearest = (a, b) => Math.abs(a.line - entry.line) - Math.abs(b.line - entry.line);
  const hit = fits.filter((finding) => !taken.has(finding)).sort(nearest)[0] ?? fits[0];
  if (hit) taken.add(hit);
  return { outcome: hit ? 'caught' : 'missed', fits: hit ? [hit] : [] };
}

/**
 * A call that is handled right: `silent` unless a leak, free or check is reported in its function that belongs to no
 * bug which the same list knows there (`known`: its entries of verdict TP).
 */
export function judgeSilent(entry, findings, known, quiet) {
  const excused = (finding) =>
    known.some(
      (bug) =>
        bug.file === finding.file && bug.function === finding.function && bug.rules.includes(finding.rule),
    );
  const wrong = findings.filter(
    (f) => f.file === entry.file && f.function === entry.function && quiet.includes(f.rule) && !excused(f),
  );
  return { outcome: wrong.length > 0 ? 'reported' : 'silent', wrong };
}
