import type { ConvertingCall, ConvertingFunction } from '../service-look.ts';
import type { Settings } from './settings.ts';
import type { LspPosition, LspRange } from './shapes.ts';

/** Text above a line. A command without an id does nothing: it is there to be read. */
export interface LspCodeLens {
  readonly range: LspRange;
  readonly command: { readonly title: string; readonly command: string; readonly arguments?: unknown[] };
}

/** Text behind a call. */
export interface LspInlayHint {
  readonly position: LspPosition;
  readonly label: string;
  readonly paddingLeft: true;
  readonly tooltip: string;
}

/** Offsets of one text as positions. */
export type PositionAt = (offset: number) => LspPosition;

/** What the functions of a document do to memory, above each that converts some. */
export function lenses(
  functions: readonly ConvertingFunction[],
  settings: Settings,
  showCallers: { readonly command: string; readonly uri: string } | null,
  positionAt: PositionAt,
): LspCodeLens[] {
  const found: LspCodeLens[] = [];
  for (const { start, end, does, callers } of functions) {
    const range = { start: positionAt(start), end: positionAt(end) };
    if (settings.lensEffects) found.push({ range, command: { title: does, command: '' } });
    if (!settings.lensCallers) continue;
    const command =
      showCallers === null
        ? { title: callers, command: '' }
        : { title: callers, command: showCallers.command, arguments: [showCallers.uri, range.start] };
    found.push({ range, command });
  }
  return found;
}

/** What the results of calls leave behind, for calls of `file` between two offsets. */
export function hints(
  calls: readonly ConvertingCall[],
  file: string,
  within: { readonly start: number; readonly end: number },
  positionAt: PositionAt,
): LspInlayHint[] {
  return calls.flatMap((call) => {
    if (call.file !== file || call.outcomes === null) return [];
    if (call.callEnd < within.start || within.end < call.callEnd) return [];
    const position = positionAt(call.callEnd);
    return [
      { position, label: call.outcomes, paddingLeft: true, tooltip: `What ${call.callee}() leaves behind` },
    ];
  });
}
