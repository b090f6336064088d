import { free as freeRow } from '../kernel/apis/row.ts';
import { contractDirection } from '../kernel/contracts.ts';
import type { Contract, ContractEffect, ContractOutcome } from '../kernel/types.ts';
import { CallPart, here, memoryAt, type Outcome, writtenPlace } from './call-context.ts';
import { classOf } from './facts.ts';
import { ANY, ERR, N, P, PTR, type State, Z } from './state.ts';
import { freeEffect } from './summary.ts';
import type { Site, Term } from './terms.ts';

/** A call of a function of which somebody wrote down what it does. */
export interface ContractCall {
  readonly name: string;
  readonly contract: Contract;
  readonly args: readonly Term[];
  readonly texts: readonly string[];
  readonly site: Site;
  readonly discarded: boolean;
}

/** One class of results that a caller can tell from the others. */
interface Answer {
  readonly classes: number;
  /** Words of cases that speak of it, the narrowest first; null: a case without one. */
  readonly words: readonly (string | null)[];
  readonly success: boolean;
  readonly result: Term | null;
  /** Results of other answers: this one is none of them. */
  readonly others: readonly Term[];
}

/** So many states a call leaves at most: who writes more alternatives than anybody follows gets the first. */
const mostStates = 64;

/** Calls of functions without a body in view that have a contract: what it says is believed, whatever the function does. */
export class ContractCalls extends CallPart {
  /** All states after the call. */
  run(state: State, call: ContractCall): Outcome[] {
    const { contract, name, site } = call;
    const flips = contract.effects.filter(({ verb }) => verb === 'flips').length;
    this.counters.transitions += flips;
    if (contract.sleeps && flips > 0) this.memory.sleep(state, name, here(site), site);
    return this.answers(call).flatMap((answer) => {
      const start = state.clone();
      if (answer.result?.k === 'fresh') start.facts.set(answer.result, answer.classes);
      for (const other of answer.others) {
        const same = this.evaluator.binary('==', answer.result!, other, start);
        if (!this.facts.assume(start, same, false)) return [];
      }
      let outcomes: Outcome[] = [{ state: start, result: answer.result }];
      for (const effect of contract.effects) {
        const told = outcomesOf(effect, answer);
        outcomes = outcomes
          .flatMap((before) =>
            told.map((outcome, i) =>
              this.apply(
                i === told.length - 1 ? before : { ...before, state: before.state.clone() },
                effect,
                outcome,
                answer.success,
                call,
              ),
            ),
          )
          .slice(0, mostStates);
      }
      return outcomes;
    });
  }

  private answers({ name, contract, site }: ContractCall): Answer[] {
    const { terms } = this;
    const words = new Set(contract.effects.flatMap(({ cases }) => cases.map(({ on }) => on)));
    const worked = ['success', null];
    const answer = (
      classes: number,
      said: Answer['words'],
      success: boolean,
      result?: Term | null,
    ): Answer => ({
      ...{ classes, words: said, success, others: [] },
      result: result === undefined ? terms.fresh(`${name}()`, site) : result,
    });
    switch (contract.returns) {
      case 'nothing':
        return [answer(ANY, worked, true, null)];
      case 'bool':
        return [answer(P, ['true', 'nonzero', ...worked], true), answer(Z, ['false', '0', 'error'], false)];
      case 'pointer': {
        const error = terms.op('err-ptr', [terms.op('neg', [terms.constant('ENOMEM')])]);
        const isError = words.has('ERR_PTR');
        return [
          answer(PTR, ['nonzero', ...worked], true),
          ...(words.has('NULL') || !isError ? [answer(Z, ['NULL', '0', 'error'], false, terms.int(0))] : []),
          ...(isError ? [answer(ERR, ['ERR_PTR', 'error'], false, error)] : []),
        ];
      }
      case 'number': {
        const named = [...words].filter((word): word is string => word?.startsWith('-') === true);
        const errors = named.map((word) => terms.op('neg', [terms.constant(word.slice(1))]));
        return [
          answer(Z, ['0', ...worked], true),
          ...named.map((word, i) => answer(N, [word, 'error', 'nonzero'], false, errors[i]!)),
          { ...answer(N, ['error', 'nonzero'], false), others: errors },
        ];
      }
    }
  }

  /** What a contract's clause leaves on one answer. */
  private apply(
    before: Outcome,
    effect: ContractEffect,
    outcome: ContractOutcome,
    success: boolean,
    call: ContractCall,
  ): Outcome {
    const { state } = before;
    const { args, texts, site, name } = call;
    if (effect.verb === 'allocs') return success ? this.allocate(before, effect, outcome, call) : before;
    const memory = memoryAt(effect.place, args, state, this.terms)?.value;
    if (memory === undefined || classOf(memory, state) === Z) return before;
    switch (outcome) {
      case 'shared':
      case 'private':
      case 'unknown':
        this.flip(before, effect, outcome, memory, call);
        return before;
      case 'freed': {
        // Whatever it did before, it did it right: a pool's free judges nothing.
        const argument = typeof effect.place.argument === 'number' ? effect.place.argument : 0;
        const row = { ...freeRow('pool', name, '', argument), contract: call.contract };
        const size = this.sizes.fromSpec(effect.extent, args, texts);
        this.memory.free(
          state,
          freeEffect(row, memory, name, site, size, writtenPlace(effect.place, texts)),
          here(site),
        );
        return before;
      }
      case 'leaked':
      case 'taken':
        this.memory.handOn(
          state,
          { k: 'escape', memory, site, given: { owner: outcome, callee: name } },
          here(site),
        );
        return before;
      case 'unchanged':
        return before;
    }
  }

  private flip(
    { state, result }: Outcome,
    effect: ContractEffect,
    outcome: 'shared' | 'private' | 'unknown',
    memory: Term,
    { name, args, texts, site, discarded, contract }: ContractCall,
  ): void {
    const to = outcome === 'unknown' ? contractDirection(effect) : outcome;
    const extent = this.sizes.fromSpec(effect.extent, args, texts);
    if (
      effect.verb === 'flips' &&
      outcome !== 'unknown' &&
      effect.extent !== null &&
      'arg' in effect.extent
    ) {
      const subject = this.memory.objectOf(memory, state);
      this.memory.judgeUnit(state, extent, effect.extent.unit, name, here(site), subject, to);
    }
    this.memory.flip(
      state,
      {
        ...{ k: 'flip', to, ok: outcome !== 'unknown', memory, extent, callee: name, site },
        result: result ?? this.terms.fresh(`${name}()`, site),
        // Nobody drops the result of a function that has none.
        dropped: effect.verb === 'flips' && discarded && contract.returns !== 'nothing',
        ...{
          at: site,
          via: name,
          hiddenBelow: false,
          text: writtenPlace(effect.place, texts),
          reported: false,
        },
        believed: true,
      },
      here(site),
    );
  }

  /** New memory, in the result or in a cell of the caller. */
  private allocate(
    before: Outcome,
    effect: ContractEffect,
    outcome: ContractOutcome,
    call: ContractCall,
  ): Outcome {
    const { state } = before;
    const { name, args, texts, site } = call;
    if (outcome !== 'shared' && outcome !== 'private' && outcome !== 'unknown') return before;
    const memory = this.terms.obj(site);
    const place = memoryAt(effect.place, args, state, this.terms);
    this.stores.renew(state, memory);
    const size = this.sizes.fromSpec(effect.extent, args, texts);
    const info = {
      kind: 'page',
      callee: name,
      size,
      wholePages: true,
      zeroed: false,
      managed: false,
    } as const;
    this.memory.alloc(state, memory, { ...info, believed: true }, here(site));
    // New memory is private; what else it is said to be, the function made of it.
    if (outcome !== 'private') this.flip(before, effect, outcome, memory, call);
    if (effect.place.argument === 'return') return { state, result: memory };
    if (place?.path) {
      state.write(place.path, memory);
      const text = writtenPlace(effect.place, texts);
      state.addEffect({ k: 'write', path: place.path, value: memory, site, text, valueText: name });
    }
    return before;
  }
}

/** What a clause says of an answer: the narrowest case, else what is left where nothing is said. */
function outcomesOf({ verb, cases }: ContractEffect, { words, success }: Answer): readonly ContractOutcome[] {
  for (const word of words) {
    const found = cases.find(({ on, otherwise }) => !otherwise && (on ?? 'success') === (word ?? 'success'));
    if (found !== undefined) return found.outcomes;
  }
  const otherwise = cases.find((one) => one.otherwise);
  if (otherwise !== undefined) return otherwise.outcomes;
  // A conversion of which nobody says how it ends is in no known state; all else is not done where nothing is said of it.
  return verb === 'flips' && !success ? ['unknown'] : ['unchanged'];
}
