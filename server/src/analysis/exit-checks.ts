import { mappingDisagrees, members, setOf } from '../model/generic.ts';
import { attributeInPageTable } from '../model/platform-facts.ts';
import { isPooled } from './laws.ts';
import type { Memory } from './memory.ts';
import type { State } from './state.ts';
import { subterms, type Term } from './terms.ts';
import type { Where } from './violation.ts';

/** When the function is done: memory of unknown state that nobody can reach, and nobody was told of. */
export function judgeLeaks(memory: Memory, state: State, value: Term | null, where: Where): void {
  const candidates = [...state.objects].filter(
    ([term, o]) =>
      term.k === 'obj' &&
      o.own &&
      o.told === null &&
      o.states === setOf('unknown') &&
      !isPooled(o.kind) &&
      o.flip?.site.function === where.site.function,
  );
  if (candidates.length === 0) return;
  const reached = new Set<Term>(value ? subterms(value) : []);
  for (const [path, held] of state.cells)
    if (path.root.k !== 'local' && path.root.k !== 'temp') for (const t of subterms(held)) reached.add(t);
  for (const effect of state.effectList())
    if (effect.k === 'escape' || effect.k === 'publish')
      for (const t of subterms(effect.memory)) reached.add(t);
  for (const [term, object] of candidates) {
    if (reached.has(term)) continue;
    const node = memory.node(state, where, { k: 'return', text: null }, term, object.states, object.states);
    memory.report({
      kind: 'leaked',
      subject: term,
      node,
      callee: object.flip!.callee,
      state,
      transition: { callee: object.flip!.callee, to: object.flip!.to, site: object.flip!.site },
      onlyOn: null,
      details: {},
      through: null,
      argument: object.flip!.text,
    });
  }
}

/** When the function is done: mappings that still stand against what the memory is. */
export function judgeMappings(sink: Memory, state: State): void {
  for (const [memory, object] of state.objects) {
    const mapped = object.mappedAs;
    if (!mapped?.node || isPooled(object.kind) || object.freedAt || (!object.own && object.flip === null))
      continue;
    if (!mappingDisagrees(mapped.attribute, object.states)) continue;
    sink.report({
      kind: 'attribute-mismatch',
      subject: memory,
      node: mapped.node,
      callee: mapped.node.event.k === 'map' ? mapped.node.event.callee : null,
      state,
      transition: null,
      // Memory that was never converted is not shared anywhere; a private view of shared memory hurts where
      // the mapping carries the attribute.
      onlyOn: mapped.attribute === 'shared' ? null : attributeInPageTable,
      details: { mappedAs: mapped.attribute, memoryIs: members(object.states).join(' or ') },
      through: null,
      argument: '',
    });
  }
}
