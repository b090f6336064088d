import { addTo } from '../base/maps.ts';
import type { IrFunction } from '../ir/types.ts';

/** Strongly connected components of the call graph, callees first: Tarjan's algorithm with an explicit stack. */
export function calleesFirst(
  functions: readonly IrFunction[],
  calls: ReadonlyMap<string, ReadonlySet<string>>,
): IrFunction[][] {
  // A name may have several definitions, each under its own `#if`.
  const byName = new Map<string, IrFunction[]>();
  for (const fn of functions) addTo(byName, fn.name, fn);
  const place = new Map(functions.map((fn, i) => [fn, i]));
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const groups: IrFunction[][] = [];
  const lower = (name: string, to: number) => lowest.set(name, Math.min(lowest.get(name)!, to));
  for (const { name: start } of functions) {
    if (number.has(start)) continue;
    const stack: { readonly name: string; readonly next: string[] }[] = [];
    const enter = (name: string) => {
      number.set(name, number.size);
      lowest.set(name, number.get(name)!);
      open.push(name);
      isOpen.add(name);
      stack.push({
        name,
        next: [...(calls.get(name) ?? [])].filter((callee) => byName.has(callee)).reverse(),
      });
    };
    enter(start);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const callee = top.next.pop();
      if (callee !== undefined) {
        if (!number.has(callee)) enter(callee);
        else if (isOpen.has(callee)) lower(top.name, number.get(callee)!);
        continue;
      }
      stack.pop();
      const above = stack.at(-1);
      if (above) lower(above.name, lowest.get(top.name)!);
      if (lowest.get(top.name) !== number.get(top.name)) continue;
      const group: IrFunction[] = [];
      for (let name = ''; name !== top.name; ) {
        name = open.pop()!;
        isOpen.delete(name);
        group.push(...byName.get(name)!);
      }
      groups.push(group.sort((a, b) => place.get(a)! - place.get(b)!));
    }
  }
  return groups;
}
