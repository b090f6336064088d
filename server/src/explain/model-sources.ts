import type { Direction, Platform, TransitionProtocol } from '../model/transition/platform.ts';

/** Where the facts behind a table are written down, a line each: steps, what can fail, what accesses meet, the rest. */
export function sourceLines(
  platform: Platform,
  protocol: TransitionProtocol,
  direction: Direction,
): string[] {
  const steps = protocol.ways[direction].flatMap(({ id, source, fails = [] }, i) => [
    line(`step ${i + 1}, ${id}`, source),
    ...fails.map((failure) => line(`step ${i + 1}, ${failure.error}`, failure.source)),
  ]);
  const access = platform.access.map(({ attribute, views, read, source }) =>
    line(
      `${attribute === 'S' ? 'shared' : 'private'}, page ${views.join(' or ')}: ${read.join(' or ')}`,
      source,
    ),
  );
  const { exceptions, vmalloc, arithmetic, flips, contents, view, host } = platform;
  const facts = Object.entries({ exceptions, vmalloc, arithmetic, flips, contents, view, host }).map(
    ([name, fact]) => line(`${name}: ${fact.is}`, fact.source),
  );
  return [line('protocol', protocol.source), ...steps, ...access, ...facts];
}

const width = 44;

function line(what: string, source: string): string {
  return `  ${what.padEnd(width)}  ${source}`;
}
