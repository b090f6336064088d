import { alloc, free, platformGuard, same, transition } from '../../kernel/apis/row.ts';
import type { ApiRow, SizeSpec } from '../../kernel/types.ts';
import { configName } from '../root.ts';
import type { VocabularyKeys } from './keys.ts';

type Entry<K extends keyof VocabularyKeys> = NonNullable<VocabularyKeys[K]>[number];
type Size = NonNullable<Entry<'allocators'>['size']>;

/** The entries of a file as rows of the vocabulary, whose source is the file itself. */
export function rowsOf(vocabulary: VocabularyKeys): readonly ApiRow[] {
  const { allocators = [], frees = [], transitions = [], guards = [], addresses = [] } = vocabulary;
  return [
    ...allocators.map(allocRow),
    ...frees.map(freeRow),
    ...transitions.map(transitionRow),
    ...guards.map(guardRow),
    ...addresses.map(({ name, from, to, arg = 0 }) => same(name, configName, from, to, arg)),
  ];
}

function sizeOf(size: Size): SizeSpec {
  return 'product' in size ? { ...size, unit: 'bytes' } : size;
}

function allocRow(entry: Entry<'allocators'>): ApiRow {
  const { name, kind, size, out, zeroed, ...rest } = entry;
  return alloc(kind, name, configName, size === undefined ? null : sizeOf(size), {
    ...rest,
    ...(zeroed === undefined ? {} : { zeroed }),
    ...(out === undefined ? {} : { result: { outArg: out } }),
  });
}

function freeRow({ name, kind, address = 0, size, ...rest }: Entry<'frees'>): ApiRow {
  return free(kind, name, configName, address, size === undefined ? null : sizeOf(size), rest);
}

function transitionRow(entry: Entry<'transitions'>): ApiRow {
  const { name, to, extent, addressIs = 'va', ownSteps = false, parameters, ...rest } = entry;
  const { address = 0 } = rest;
  return transition(name, configName, to, {
    ...rest,
    extent: sizeOf(extent),
    addressView: addressIs,
    parameters: parameters ?? parameterNames(address, extent),
    ...(ownSteps ? { unmodelled: true } : {}),
  });
}

/** As good as no names can be: `foo_share(addr, arg1, numpages)`. */
function parameterNames(address: number, extent: Size): readonly string[] {
  const names = new Map([[address, 'addr']]);
  if ('arg' in extent) {
    names.set(
      extent.arg,
      { bytes: 'size', pages: 'numpages', hvpages: 'numpages', order: 'order' }[extent.unit],
    );
  }
  if ('product' in extent)
    for (const [i, arg] of extent.product.entries()) names.set(arg, i === 0 ? 'n' : 'size');
  const count = Math.max(...names.keys()) + 1;
  return Array.from({ length: count }, (_, i) => names.get(i) ?? `arg${i}`);
}

function guardRow({ name, form = 'call', trueOn, ...rest }: Entry<'guards'>): ApiRow {
  return platformGuard(name, configName, form, trueOn, rest);
}
