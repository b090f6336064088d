import type { FlagHere } from '../analysis/here-flags.ts';
import { addTo } from '../base/maps.ts';
import { ascii, callText, list } from './words.ts';

/** Functions that are told one by one. */
const most = 3;

/** What a field says of which memory, and its value here: `ring->decrypted: true where ring->buf may be shared. Not known here.` */
export function flagHeadline({ sharedIf, values }: FlagHere, flag: string, memory: string): string {
  const [only, ...others] = new Set(values);
  const value =
    only === undefined || only === null || others.includes(null)
      ? 'Not known here.'
      : others.length > 0
        ? 'True on some paths here, false on others.'
        : `${only ? 'True' : 'False'} here.`;
  return `${ascii(flag)}: ${sharedIf} where ${ascii(memory)} may be shared. ${value}`;
}

/** Who leaves both how, and who frees the memory with which value. */
export function flagLines({ left, frees, sharedIf }: FlagHere, memory: string): string[] {
  const lines = [sharedIf, !sharedIf].flatMap((holds) => {
    const ways = left.filter((one) => one.holds === holds);
    // Equal ones are told together.
    const byStates = new Map<string, string[]>();
    for (const { states, function: name } of ways) addTo(byStates, list([...states], 'or'), name);
    return [...byStates].map(
      ([states, names]) =>
        `${holds}: ${namesText(names)} ${names.length === 1 ? 'leaves' : 'leave'} ${ascii(memory)} ${states}`,
    );
  });
  for (const only of [!sharedIf, sharedIf, null]) {
    const names = frees.filter((one) => one.only === only).map((one) => one.function);
    if (names.length === 0) continue;
    const how = only === null ? 'whatever this is' : `only where this is ${only}`;
    lines.push(`${namesText(names)} ${names.length === 1 ? 'frees' : 'free'} it as it is ${how}`);
  }
  return lines;
}

function namesText(names: readonly string[]): string {
  const some =
    names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} others`] : names;
  return list(some.map((name) => (/ others$/.test(name) ? name : callText(name))));
}
