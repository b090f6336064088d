import { annotationAt } from '../annotations/complete.ts';
import { allowAt, formatted, reasonText, withoutAllow } from '../annotations/write.ts';
import { LineIndex } from '../base/lines.ts';
import { allowEdits } from '../service-config.ts';
import type { InferredNote } from '../service-infer.ts';
import type { Diagnostic } from '../service-types.ts';
import type { Settings } from './settings.ts';
import type { LspPosition } from './shapes.ts';
import { type EditClient, type EditedDocument, editOf, type LspWorkspaceEdit } from './workspace-edit.ts';

/** A tree's own configuration as an edit changes it. */
export interface EditedConfig {
  readonly uri: string;
  /** Null: there is no such file yet. */
  readonly text: string | null;
  /** Of the document that is open; null: that of the disk. */
  readonly version: number | null;
}

/** Rules about annotations: what they say is done away with in the annotation. */
const aboutNotes: readonly string[] = ['wrong-annotation', 'unused-allow'];

/** A comment at a finding that keeps it silent, and nothing else; null where there is no place for one. */
export function suppressedHere(
  document: EditedDocument,
  { rule, place }: Pick<Diagnostic, 'rule' | 'place'>,
  reason: string,
  marker: Settings['marker'],
  client: EditClient,
): LspWorkspaceEdit | null {
  if (aboutNotes.includes(rule)) return null;
  const { line, column } = place.start;
  const at = document.offsetAt({ line: line - 1, character: column - 1 });
  const edit = allowAt(document.text, at, rule, reason, marker);
  return edit && editOf([edit], document, client);
}

/** Takes away an `allow` that is told to be unused; null for any other finding, or where what it stands in is not understood. */
export function allowRemoved(
  document: EditedDocument,
  { rule, place }: Pick<Diagnostic, 'rule' | 'place'>,
  client: EditClient,
): LspWorkspaceEdit | null {
  if (rule !== 'unused-allow') return null;
  const { line, column } = place.start;
  const at = document.offsetAt({ line: line - 1, character: column - 1 });
  const found = annotationAt(document.text, at)?.found;
  const edit = found && withoutAllow(document.text, found, at);
  return edit ? editOf([edit], document, client) : null;
}

/** An entry of the tree's configuration that keeps a finding silent; null where the client cannot write it, or the file is broken. */
export function dismissed(
  { uri, text, version }: EditedConfig,
  { rule, place }: Pick<Diagnostic, 'rule' | 'place'>,
  reason: string,
  client: EditClient,
): LspWorkspaceEdit | null {
  if (aboutNotes.includes(rule) || (text === null && !client.createsFiles)) return null;
  const edits = allowEdits(text ?? '', {
    rule,
    file: place.file,
    ...(place.function === '' ? {} : { function: place.function }),
    reason: reasonText(reason),
  });
  if (edits === null) return null;
  const lines = new LineIndex(text ?? '');
  const positionAt = (offset: number): LspPosition => {
    const { line, column } = lines.positionAt(offset);
    return { line: line - 1, character: column - 1 };
  };
  const edit = editOf(edits, { uri, version, positionAt }, client);
  if (text !== null || !('documentChanges' in edit)) return edit;
  return {
    documentChanges: [{ kind: 'create', uri, options: { ignoreIfExists: true } }, ...edit.documentChanges],
  };
}

/** Contracts written into their document; null if there are none. */
export function annotated(
  document: EditedDocument,
  inferred: readonly InferredNote[],
  client: EditClient,
): LspWorkspaceEdit | null {
  if (inferred.length === 0) return null;
  const newline = document.text.includes('\r\n') ? '\r\n' : '\n';
  const edits = inferred.map(({ before, lines }) => {
    const start = document.offsetAt({ line: before - 1, character: 0 });
    return { start, end: start, text: lines + newline };
  });
  return editOf(edits, document, client);
}

/** The annotation at a position in its one form; null where none is, or it is so already. */
export function formattedAt(
  document: EditedDocument,
  position: LspPosition,
  client: EditClient,
): LspWorkspaceEdit | null {
  const at = annotationAt(document.text, document.offsetAt(position));
  const edit = at && formatted(document.text, at.found);
  return edit && editOf([edit], document, client);
}
