// The verdict tables of docs/trees.md: one section a tree, one row a report that has been read in the C source.

/** Rows of each section `## linux-source-X`, by the section's name. @throws on a row that is not one. */
export function readVerdicts(markdown) {
  const sections = new Map();
  let rows = null;
  for (const [i, line] of markdown.split('\n').entries()) {
    const heading = /^## (linux-source-\S+)\s*$/.exec(line)?.[1];
    if (line.startsWith('## ')) rows = heading ? [] : null;
    if (heading) sections.set(heading, rows);
    if (!rows || !line.startsWith('|') || /^\| *file *\||^\|[-| ]+\|$/.test(line)) continue;
    const cells = line.replace(/^\||\|\s*$/g, '').split(/(?<!\\)\|/);
    const [file, name, rule, level, verdict, why] = cells.map((cell) => cell.replaceAll('`', '').trim());
    if (cells.length !== 6 || !/^(bug|hazard|policy|false)$/.test(verdict) || !why) {
      throw new Error(
        `docs/trees.md:${i + 1}: file | function | rule | level | bug, hazard, policy or false | why`,
      );
    }
    rows.push({ file, function: name, rule, level, verdict, why, line: i + 1 });
  }
  return sections;
}

const key = (entry) => `${entry.file} ${entry.function} ${entry.rule} ${entry.level}`;

/** What `findings` and `rows` do not have in common, as multisets of file, function, rule and level. */
export function compareVerdicts(findings, rows) {
  const left = [...rows];
  const unjudged = findings.filter((finding) => {
    const at = left.findIndex((row) => key(row) === key(finding));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { unjudged, vanished: left };
}

/** Of the errors and warnings, how many are true: `right` of `of`, of which `bugs` are more than a hazard. */
export function precision(rows) {
  const loud = rows.filter((row) => row.level === 'error' || row.level === 'warning');
  const bugs = loud.filter((row) => row.verdict === 'bug').length;
  const hazards = loud.filter((row) => row.verdict === 'hazard').length;
  return { right: bugs + hazards, of: loud.length, bugs };
}

/** A row to be filled in, for a report that nobody has judged. */
export function draftRow(finding) {
  return `| \`${finding.file}\` | \`${finding.function}\` | ${finding.rule} | ${finding.level} |  |  |`;
}
