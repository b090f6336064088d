import { parseContract } from '../../annotations/parse.ts';
import type { ApiRow } from '../../kernel/types.ts';
import { type Contracting, contractRow } from '../contracts.ts';
import { configName } from '../root.ts';
import { eachProperty, quoted, type Shape } from './shape.ts';

/** `foo_share`, or `foo_share(buf, n)`: a function, and what its parameters are called if no declaration in view says it. */
const signature =
  '^[A-Za-z_][A-Za-z0-9_]{0,79}(\\( *([A-Za-z_][A-Za-z0-9_]*( *, *[A-Za-z_][A-Za-z0-9_]*)*)? *\\))?$';

/** Contracts that anybody writes by hand. */
const most = 1000;

const example = "'foo_share' or 'foo_share(buf, n)'";

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
            `${quoted(name)} must be a function, with or without parameters, as ${example}. It is ignored`,
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
        const [fn = '', ...named] = name.split(/[(),]/).map((part) => part.trim());
        const parameters = name.includes('(') ? named.filter((part) => part !== '') : null;
        const told = String(value.value);
        const read = rowOf({ name: fn, parameters, returns: null, source: configName }, told);
        if ('problem' in read) {
          place.tell(value.offset, `${quoted(name)}: ${read.problem.replace(/\.$/, '')}. It is ignored`);
          return;
        }
        if (read.row !== null) rows.push(read.row);
        rows.push({ k: 'held', name: fn, source: configName, entry: { of: name, text: told } });
      });
      return rows;
    },
  };
}

/** A contract is used whole or not at all. */
function rowOf(fn: Contracting, told: string): ReturnType<typeof contractRow> {
  const { clauses, problems } = parseContract(told);
  const [problem] = problems;
  if (problem !== undefined) return { problem: problem.message };
  const silent = clauses.find(({ k }) => k === 'flag' || k === 'allow');
  if (silent !== undefined)
    return {
      problem: `'${silent.k}' says nothing here. Use 'requires', 'flips', 'allocs', 'frees', 'takes', 'leaks' or 'context'`,
    };
  return contractRow(fn, clauses, told);
}
