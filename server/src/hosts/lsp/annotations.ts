import type { ClientCapabilities, Connection } from 'vscode-languageserver';
import { never } from '../../base/token.ts';
import { annotated, dismissed, type EditedConfig, suppressedHere } from '../../features/annotation-edits.ts';
import { covers } from '../../features/shapes.ts';
import type { EditClient } from '../../features/workspace-edit.ts';
import { readConfigText } from '../../project/config/load.ts';
import { joinPath } from '../../project/paths.ts';
import { configName } from '../../project/root.ts';
import type {
  AnnotateMethod,
  AnnotateParams,
  AnnotationsMethod,
  AnnotationsParams,
  AnnotationsResult,
  EditResult,
  SuppressMethod,
  SuppressParams,
} from '../../protocol.ts';
import { analysed, type ReviewSources } from './analysed.ts';
import type { OpenDocument } from './documents.ts';
import type { Bound } from './engine.ts';
import type { HostFiles } from './host.ts';
import type { Request } from './looks.ts';
import type { OpenConfigs } from './open-configs.ts';

const suppressMethod: SuppressMethod = 'membrane/suppress';
const annotateMethod: AnnotateMethod = 'membrane/annotate';
const annotationsMethod: AnnotationsMethod = 'membrane/annotations';

/** What the requests need of the server around them. */
export interface AnnotationSources extends ReviewSources {
  readonly files: HostFiles;
  readonly configs: OpenConfigs;
  readonly documents: ReadonlyMap<string, OpenDocument>;
  readonly edits: () => EditClient;
  readonly request: Request;
}

/** What a client can do with edits. */
export function editClient({ workspace }: ClientCapabilities): EditClient {
  const documentChanges = workspace?.workspaceEdit?.documentChanges === true;
  const operations = workspace?.workspaceEdit?.resourceOperations ?? [];
  return { documentChanges, createsFiles: documentChanges && operations.includes('create') };
}

/** The configuration of a document's tree, as it stands in the editor, else as it is on the disk; null: it is in none, or that cannot be read. */
export function configOf({ tree }: Bound, files: HostFiles, configs: OpenConfigs): EditedConfig | null {
  return typeof tree === 'string' ? null : configAt(tree.root, files, configs);
}

/** The same of the tree with that root. */
export function configAt(root: string, files: HostFiles, configs: OpenConfigs): EditedConfig | null {
  const path = joinPath(root, configName);
  const open = configs.at(path);
  if (open !== null) return { uri: open.uri, text: open.getText(), version: open.version };
  const text = readConfigText(files, root);
  if (text !== null && 'problem' in text) return null;
  return { uri: files.uriOf(path), text: text?.text ?? null, version: null };
}

/** Answers `membrane/suppress`, `membrane/annotate` and `membrane/annotations`. */
export function answerAnnotations(connection: Connection, sources: AnnotationSources): void {
  const { documents, request } = sources;
  connection.onRequest(suppressMethod, (params: SuppressParams, token) =>
    request('suppress', token, null, async () => suppress(params, sources)),
  );
  connection.onRequest(annotateMethod, (params: AnnotateParams, token) =>
    request('annotate', token, null, async () => {
      const document = documents.get(params.textDocument.uri);
      if (document === undefined) return null;
      return annotate(document, params.position, sources, () => token.isCancellationRequested);
    }),
  );
  connection.onRequest(annotationsMethod, (params: AnnotationsParams, token) =>
    request('annotations', token, null, async () => {
      const document = documents.get(params.textDocument.uri);
      if (document === undefined) return null;
      return list(document, sources, () => token.isCancellationRequested);
    }),
  );
}

async function suppress(
  { textDocument, fingerprint, where, reason }: SuppressParams,
  { documents, units, files, configs, edits }: AnnotationSources,
): Promise<EditResult> {
  const document = documents.get(textDocument.uri);
  const shown = document?.shown?.diagnostics.find((one) => one.data.fingerprint === fingerprint);
  if (document === undefined || shown === undefined) return null;
  const { bound, settings } = await units.of(document);
  const { line, character } = shown.range.start;
  const start = { line: line + 1, column: character + 1 };
  const finding = {
    rule: shown.code,
    place: { file: bound.file, function: shown.data.function, start, end: start },
  };
  if (where === 'here') return suppressedHere(document, finding, reason, settings.marker, edits());
  const config = configOf(bound, files, configs);
  return config && dismissed(config, finding, reason, edits());
}

async function annotate(
  document: OpenDocument,
  position: AnnotateParams['position'],
  sources: AnnotationSources,
  cancelled: () => boolean,
): Promise<EditResult> {
  const unit = await analysed(sources, document, cancelled);
  if (unit === null) return null;
  const { bound, texts, settings } = unit;
  const inferred = bound.engine.looks.annotations(bound.file, texts, settings.marker)?.inferred ?? [];
  const wanted = inferred.filter(({ place: { start, end } }) => {
    if (position === undefined) return true;
    const at = (of: typeof start) => ({ line: of.line - 1, character: of.column - 1 });
    return covers({ start: at(start), end: at(end) }, position);
  });
  return annotated(document, wanted, sources.edits());
}

async function list(
  document: OpenDocument,
  sources: AnnotationSources,
  cancelled: () => boolean,
): Promise<AnnotationsResult> {
  const unit = await analysed(sources, document, cancelled);
  if (unit === null) return null;
  const { bound, texts } = unit;
  const config = configOf(bound, sources.files, sources.configs)?.uri;
  return bound.engine.annotations(texts, never).map(({ place, of, text, suppresses, wrong }) => {
    const { file, start, end } = place;
    const uri =
      file === configName
        ? (config ?? file)
        : file === bound.file
          ? document.uri
          : (bound.uriOf(file) ?? file);
    const at = ({ line, column }: typeof start) => ({ line: line - 1, character: column - 1 });
    return { uri, range: { start: at(start), end: at(end) }, of, text, suppresses, wrong };
  });
}
