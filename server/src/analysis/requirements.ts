import { members, setOf } from '../model/generic.ts';
import { isAsEntered } from './kept.ts';
import type { Memory } from './memory.ts';
import type { State } from './state.ts';
import type { Effect, Row, Summary } from './summary.ts';
import type { Where } from './violation.ts';

/** Memory that is handed to a function of which somebody wrote down in which states that wants it. */
export type Required = Extract<Effect, { k: 'require' }>;

/** A call that hands such memory over. */
export interface Handing {
  /** Who is called here: the function that wants it so, or one that hands it on to that. */
  readonly name: string;
  /** Of the call of the function that wants it so. */
  readonly where: Where;
  /** The memory as the call writes it. */
  readonly argument: string;
}

/** What memory has been through is told no further: nobody follows so many different ways. */
const longestHistory = 16;

/**
 * Leaves a requirement to the callers: the memory comes from them, and nothing was done to it here yet. False: what it is, is
 * known here, or it is not theirs.
 */
export function handRequirementOn(state: State, required: Required, memory: Memory): boolean {
  const subject = memory.objectOf(required.memory, state);
  if (subject?.k !== 'entry') return false;
  const object = state.object(subject);
  const { history } = object;
  if (!isAsEntered(object)) return false;
  // A path that asks for it and one that does not stay two.
  const asked = `r${required.states.map((one) => one[0]).join('')}.`;
  if (history.includes(asked) || history.length > longestHistory) return true;
  state.setObject(subject, { history: history + asked });
  state.addEffect(required);
  return true;
}

/** Reports memory that is in none of the states which are wanted, whatever happened on the path. */
export function judgeRequirement(
  state: State,
  required: Required,
  { name, where, argument }: Handing,
  memory: Memory,
): void {
  const { callee, states } = required;
  const subject = memory.objectOf(required.memory, state);
  if (subject === null || !state.objects.has(subject)) return;
  const object = state.object(subject);
  const allowed = states.reduce((set, one) => set | setOf(one), 0);
  if (object.states === 0 || (object.states & allowed) !== 0) return;
  const event = { k: 'call', callee, believed: true } as const;
  const node = memory.node(state, where, event, subject, object.states, object.states);
  const wanted = states.join(' or ');
  const is = members(object.states).join(' or ');
  memory.report({
    ...{ kind: 'requirement-unmet', subject, node, callee: name, state, onlyOn: null, argument },
    through: where.through,
    transition: object.flip && { callee: object.flip.callee, to: object.flip.to, site: object.flip.site },
    details: { wanted, is, ...(name === callee ? {} : { by: callee }) },
  });
}

/** Whether a function leaves requirements to its callers; asked at every call. */
export function handsRequirementsOn(summary: Summary): boolean {
  let known = handing.get(summary);
  if (known === undefined) {
    known = summary.rows.some(({ effects }) => effects.some(isRequired));
    handing.set(summary, known);
  }
  return known;
}

const handing = new WeakMap<Summary, boolean>();

/** What every one of these ways through a function asks for, each once. */
export function requiredByAll(rows: readonly Row[]): readonly Required[] {
  const [first, ...others] = rows;
  const found = new Map((first?.effects ?? []).filter(isRequired).map((one) => [keyOf(one), one]));
  return [...found.values()].filter((one) =>
    others.every(({ effects }) =>
      effects.some((effect) => isRequired(effect) && keyOf(effect) === keyOf(one)),
    ),
  );
}

function isRequired(effect: Effect): effect is Required {
  return effect.k === 'require';
}

function keyOf({ memory, states }: Required): string {
  return `${memory.key} ${states.join(' ')}`;
}
