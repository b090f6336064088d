import type { Case, Clause, Note, Place, Region } from './types.ts';

/** Columns of a line in the kernel; a tab counts as eight. */
const columns = 80;
const tab = 8;

/** A clause in its one form. */
export function printClause(clause: Clause): string {
  switch (clause.k) {
    case 'requires':
      return `requires ${printRegion(clause.region)}: ${clause.states.join(' or ')}`;
    case 'effect':
      return `${clause.verb} ${printRegion(clause.region)}: ${clause.cases.map(printCase).join(', ')}`;
    case 'takes':
    case 'leaks':
      return `${clause.k} ${printRegion(clause.region)}${clause.on === null ? '' : ` on ${clause.on}`}`;
    case 'flag': {
      const flag = `${clause.negated ? '!' : ''}${printPlace(clause.flag)}`;
      return `flag ${flag} means ${printRegion(clause.region)}: ${clause.states.join(' or ')}`;
    }
    case 'context':
      return `context: ${clause.context}`;
    case 'allow':
      return `allow ${clause.rules.map(({ id }) => id).join(', ')}`;
  }
}

/** A place as C writes it. */
export function printPlace({ stars, root, members }: Place): string {
  return '*'.repeat(stars) + root + members.map(({ arrow, name }) => arrow + name).join('');
}

/** A region: `buf[n pages]`. */
export function printRegion({ place, extent }: Region): string {
  return printPlace(place) + (extent === null ? '' : `[${extent.expression} ${extent.unit}]`);
}

function printCase({ outcomes, on, otherwise }: Case): string {
  const when = otherwise ? ' otherwise' : on === null ? '' : ` on ${on}`;
  return outcomes.join(' or ') + when;
}

/** A note on one line, without comment marks. */
export function printNote({ marker, clauses, reason }: Pick<Note, 'marker' | 'clauses' | 'reason'>): string {
  const text = clauses.map(printClause).join('; ');
  return `${marker}${text === '' ? '' : ` ${text}`}${reason === null ? '' : ` -- ${reason}`}`;
}

/**
 * A note as a comment of kernel style behind `indent`: one line where it fits in 80 columns, else a block with a star a line,
 * broken between words. `kernelDoc`: lines for the end of a block that is there, without its begin and end.
 */
export function printComment(
  note: Pick<Note, 'marker' | 'clauses' | 'reason'>,
  indent: string,
  kernelDoc = false,
): string {
  const line = printNote(note);
  const single = `${indent}/* ${line} */`;
  if (!kernelDoc && fits(single)) return single;
  const gutter = `${indent} * `;
  const lines: string[] = [];
  let now = '';
  for (const word of pieces(line)) {
    const longer = now === '' ? word : `${now} ${word}`;
    if (now !== '' && !fits(gutter + longer)) {
      lines.push(now);
      now = word;
    } else now = longer;
  }
  lines.push(now);
  const body = lines.map((text) => gutter + text).join('\n');
  return kernelDoc ? body : `${indent}/*\n${body}\n${indent} */`;
}

/** Words; one that begins with a star or a slash stays behind the word before: at the begin of a line it is part of the frame. */
function pieces(line: string): string[] {
  return line.split(/ (?![*/])/);
}

/** Whether a line is no longer than the kernel wants it. */
export function fits(text: string): boolean {
  let column = 0;
  for (const unit of text) column = unit === '\t' ? (Math.floor(column / tab) + 1) * tab : column + 1;
  return column <= columns;
}
