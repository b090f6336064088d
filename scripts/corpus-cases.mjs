// The corpus of known mistakes as cases, and what a case's findings are worth. Pure: reads nothing, runs nothing.

/** Which rules fit what the corpus calls `name`, and what a report needs. `id` may say otherwise. */
export function classify(id, name, map) {
  const kind = map.kinds.find(({ pattern }) => new RegExp(pattern).test(name));
  const item = map.items[id];
  return {
    rules: item?.rules ?? kind?.rules ?? [],
    needs: item?.needs ?? kind?.needs ?? 'one-file',
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
const key = (finding) => `${finding.rule} ${finding.function} ${finding.message.replace(/\d+/g, '#')}`;

/** Findings of `after` that `before` does not have, as multisets of rule, function and words. */
export function fresh(before, after) {
  const left = before.map(key);
  return after.filter((finding) => {
    const at = left.indexOf(key(finding));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/**
 * What is new in a function that an edit made wrong. `outcome`: caught, missed, noisy (more elsewhere), or for an edit
 * that no rule fits silent (a control) or no rule.
 */
export function judgeMutation(mutation, before, after) {
  const found = fresh(before, after);
  const here = found.filter((finding) => finding.function === mutation.function);
  const fits = here.filter((finding) => mutation.rules.includes(finding.rule) && loud(finding));
  const elsewhere = found.filter((finding) => finding.function !== mutation.function && loud(finding));
  const others = here.filter((finding) => !fits.includes(finding));
  let outcome = fits.length === 0 ? 'missed' : elsewhere.length > 0 ? 'noisy' : 'caught';
  // Without a rule that fits, the edit makes nothing wrong, or nothing that there is a rule for.
  if (mutation.rules.length === 0)
    outcome = found.some(loud) ? 'noisy' : mutation.needs === 'one-file' ? 'silent' : 'no rule';
  return { outcome, fits, elsewhere, others };
}

/** Before a fix reported in one of its functions, after it silent in all. `outcome`: caught, missed, not-silent. */
export function judgePair(pair, before, after) {
  const fitting = (findings) =>
    findings.filter((f) => loud(f) && pair.rules.includes(f.rule) && pair.functions.includes(f.function));
  const fits = fitting(before);
  const still = fitting(after);
  const seen = pair.functions.filter((name) => fits.some((finding) => finding.function === name));
  const outcome = fits.length === 0 ? 'missed' : still.length > 0 ? 'not-silent' : 'caught';
  return { outcome, fits, still, seen };
}

/** A bug that is there: `caught` or `missed`. `taken` holds findings that another entry has used up already. */
export function judgeTrue(entry, findings, taken) {
  const fits = findings.filter(
    (f) => loud(f) && f.file === entry.file && f.function === entry.function && entry.rules.includes(f.rule),
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

/**
 * Cases in as few rounds as there are cases of one file: no round has a file twice, so one run of the command line
 * serves a whole round.
 */
export function rounds(cases) {
  const result = [];
  for (const entry of cases) {
    const free = result.find(
      (round) => round.tree === entry.tree && !round.cases.some((c) => c.file === entry.file),
    );
    if (free) free.cases.push(entry);
    else result.push({ tree: entry.tree, cases: [entry] });
  }
  return result;
}
