import { parseContract } from '../../annotations/parse.ts';
import { printPlace } from '../../annotations/print.ts';
import type { Case, EffectClause, Extent, Note } from '../../annotations/types.ts';
import { alloc, free, transition } from '../../kernel/apis/row.ts';
import type { ApiRow, Failure, SizeSpec } from '../../kernel/types.ts';
import { configName } from '../root.ts';
import { eachProperty, quoted, type Shape } from './shape.ts';

/** `foo_share(buf, n)`: a function and what its parameters are called. */
const signature =
  '^[A-Za-z_][A-Za-z0-9_]{0,79}\\( *([A-Za-z_][A-Za-z0-9_]*( *, *[A-Za-z_][A-Za-z0-9_]*)*)? *\\)$';

/** Contracts that anybody writes by hand. */
const most = 1000;

const example = "'foo_share(buf, n)'";

/** Contracts by the function that they are of; what is wrong in one is told, and costs that one. */
export function contractsShape(): Shape<readonly ApiRow[]> {
  const fits = new RegExp(signature, 'u');
  return {
    wanted: 'an object',
    schema: {
      type: 'object',
      patternProperties: { [signature]: { type: 'string' } },
      additionalProperties: false,
      maxProperties: most,
    },
    read(node, place) {
      if (node.type !== 'object') {
        place.tell(node.offset, `${place.name} must be an object. ${place.name} is ignored`);
        return undefined;
      }
      const rows: ApiRow[] = [];
      let count = 0;
      eachProperty(node, place, (name, key, value) => {
        if (count++ >= most) return;
        if (!fits.test(name)) {
          place.tell(
            key.offset,
            `${quoted(name)} must be a function and its parameters, as ${example}. It is ignored`,
          );
          return;
        }
        if (value.type !== 'string') {
          place.tell(
            value.offset,
            `${quoted(name)} must be a contract, as 'flips buf[n pages]: shared'. It is ignored`,
          );
          return;
        }
        const [fn, ...parameters] = name.split(/[(),]/).map((part) => part.trim());
        const read = rowsOfContract(
          fn!,
          parameters.filter((p) => p !== ''),
          parseContract(String(value.value)),
        );
        if ('problem' in read) {
          place.tell(value.offset, `${quoted(name)}: ${read.problem.replace(/\.$/, '')}. It is ignored`);
        } else rows.push(...read.rows);
      });
      return rows;
    },
  };
}

/** A contract as rows of the vocabulary; or why it is none: a contract is used whole or not at all. */
export function rowsOfContract(
  name: string,
  parameters: readonly string[],
  note: Note,
): { readonly rows: readonly ApiRow[] } | { readonly problem: string } {
  const [problem] = note.problems;
  if (problem !== undefined) return { problem: problem.message };
  const context = note.clauses.find((clause) => clause.k === 'context');
  const rows: ApiRow[] = [];
  for (const clause of note.clauses) {
    if (clause.k === 'context') continue;
    if (clause.k !== 'effect')
      return { problem: `'${clause.k}' says nothing here. Use 'flips', 'allocs', 'frees' or 'context'` };
    const row = rowOf(
      name,
      parameters,
      clause,
      context?.context === undefined || context.context === 'sleeps',
    );
    if (typeof row === 'string') return { problem: row };
    rows.push(row);
  }
  return { rows };
}

function rowOf(
  name: string,
  parameters: readonly string[],
  clause: EffectClause,
  sleeps: boolean,
): ApiRow | string {
  const { place, extent } = clause.region;
  const size = extent === null ? null : sizeOf(extent, parameters);
  if (typeof size === 'string') return size;
  const outcome = clause.cases.find((one) => onSuccess(one))?.outcomes ?? [];
  const [first] = outcome;
  if (clause.verb === 'allocs') {
    if (printPlace(place) !== 'return') return "new memory must come out of 'return'";
    const fresh = outcome.length === 1 && (first === 'private' || first === 'shared') ? first : 'any';
    const failure: Failure = clause.cases.some(({ on }) => on === 'ERR_PTR') ? 'errptr' : 'null';
    return alloc('pool', name, configName, size, { fresh, failure });
  }
  const address = parameters.indexOf(place.root);
  if (address < 0) return `there is no parameter '${place.root}'`;
  if (place.stars > 0 || place.members.length > 0)
    return `'${printPlace(place)}' is no parameter, but what one points to`;
  if (clause.verb === 'frees') return free('pool', name, configName, address, size);
  if (outcome.length !== 1 || (first !== 'shared' && first !== 'private'))
    return "what is left on success must be 'shared' or 'private', and nothing else";
  if (size === null) return `'${place.root}' needs how much: '${place.root}[n pages]'`;
  return transition(name, configName, first, {
    address,
    extent: size,
    parameters,
    failure: failureOf(clause.cases),
    sleeps,
  });
}

function onSuccess({ on, otherwise }: Case): boolean {
  return !otherwise && (on === null || on === 'success' || on === '0' || on === 'true');
}

function failureOf(cases: readonly Case[]): Failure {
  const classes = cases.map(({ on }) => on);
  if (classes.includes('false') || classes.includes('true')) return 'false';
  return classes.includes('nonzero') || classes.includes('0') ? 'nonzero' : 'negative';
}

function sizeOf({ expression, unit }: Extent, parameters: readonly string[]): SizeSpec | string {
  if (/^\d+$/.test(expression) && Number(expression) > 0) return { count: Number(expression), unit };
  const arg = parameters.indexOf(expression);
  if (arg >= 0) return { arg, unit };
  const order = parameters.indexOf(/^1U?L? << (\w+)$/.exec(expression)?.[1] ?? '');
  if (order >= 0 && unit === 'pages') return { arg: order, unit: 'order' };
  const inBytes = parameters.indexOf(/^PFN_UP\((\w+)\)$/.exec(expression)?.[1] ?? '');
  if (inBytes >= 0 && unit === 'pages') return { arg: inBytes, unit: 'bytes' };
  return `'[${expression} ${unit}]' must be a parameter, 1 << a parameter, PFN_UP() of one, or a number`;
}
