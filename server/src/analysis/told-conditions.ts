import type { IrUnit } from '../ir/types.ts';
import type { ConfigLiteral, Presence } from '../syntax/types.ts';
import type { Finding, Location } from './finding.ts';
import type { FunctionsOf } from './sites.ts';

/**
 * A finding with its `#if`s as the source has them, `defined(X)` where that is what is asked for, and with those that the functions of
 * its path stand under: whoever builds a kernel to see it needs all of them.
 */
export function withConditions(finding: Finding, unit: IrUnit, functionsOf: FunctionsOf): Finding {
  const written = (text: string) => asWritten(text, unit);
  const needed = finding.configurations.map((one) => ({ ...one, text: written(one.text) }));
  const known = new Set(needed.map(({ text }) => text));
  const around: ConfigLiteral[] = [];
  for (const at of [finding.at, ...finding.trace.map((step) => step.at)])
    for (const { text, holds } of presenceAt(at, functionsOf)) {
      const literal = { text: written(text), holds };
      if (!known.has(literal.text)) around.push(literal);
      known.add(literal.text);
    }
  const trace = finding.trace.map((step) =>
    step.event.k === 'config' ? { ...step, event: { ...step.event, text: written(step.event.text) } } : step,
  );
  return { ...finding, trace, configurations: needed, around };
}

/** What a function stands under; of one with several definitions what all of them do. */
function presenceAt({ file, function: name }: Location, functionsOf: FunctionsOf): Presence {
  const [first, ...others] = functionsOf(file, name);
  return (first?.presence ?? []).filter(({ text, holds }) =>
    others.every(({ presence }) => presence.some((o) => o.text === text && o.holds === holds)),
  );
}

/** Names are all that is left of `defined(X)` in a condition; those that the unit asks for in this way get it back. */
function asWritten(text: string, unit: IrUnit): string {
  if (!/^[\w\s!&|()]+$/.test(text) || /\w\s*\(/.test(text)) return text;
  return text.replace(/[A-Za-z_]\w*/g, (name) =>
    !name.startsWith('CONFIG_') && unit.asksIfDefined(name) ? `defined(${name})` : name,
  );
}
