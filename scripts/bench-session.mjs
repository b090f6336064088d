// A language client that measures: opens a file of a tree, types into it, says when the answers were there.
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { LspClient } from './lsp-client.mjs';
import { launcher } from './membrane.mjs';

/** When the server had its index, and when it had checked these documents with all that they belong with. */
export async function checkedTogether(client, uris) {
  const open = new Set(uris);
  let ready = null;
  const accept = ({ uri, index }) => {
    if (!open.has(uri) || index.state !== 'ready') return false;
    ready ??= performance.now();
    if (!index.pending) open.delete(uri);
    return open.size === 0;
  };
  const last = await client.next('membrane/status', accept, 600_000);
  if (last === null) throw new Error('no index within ten minutes');
  return { ready, done: last.at };
}

/** Starts a server, opens the file, waits for its first diagnostics. */
export async function open(source, mode, uri, text, settings = { index: { enable: false } }) {
  const client = new LspClient(process.execPath, [launcher, 'lsp', '--stdio'], { cwd: source });
  const folder = pathToFileURL(source).href;
  const textDocument = {
    synchronization: {},
    publishDiagnostics: { relatedInformation: true, versionSupport: true },
  };
  if (mode === 'pull') textDocument.diagnostic = { relatedDocumentSupport: false };
  const { result } = await client.request('initialize', {
    processId: process.pid,
    rootUri: folder,
    workspaceFolders: [{ uri: folder, name: 'tree' }],
    initializationOptions: { settings, status: settings.cache !== undefined },
    capabilities: { textDocument, workspace: { workspaceFolders: true, configuration: false } },
  });
  client.notify('initialized', {});
  const published =
    mode === 'push' ? client.next('textDocument/publishDiagnostics', (p) => p.uri === uri, 20_000) : null;
  client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } });
  const first =
    mode === 'pull'
      ? await client.request('textDocument/diagnostic', { textDocument: { uri } })
      : await published;
  if (first === null) throw new Error('no diagnostics within 20 s of opening the file');
  const sync = result.capabilities.textDocumentSync;
  const incremental = (typeof sync === 'number' ? sync : sync?.change) === 2;
  return { client, first: first.at, text, incremental };
}

/** One edit; milliseconds until its diagnostics are with the client, null if none came. */
export async function edit(session, mode, uri, change, version, timeout = 2000) {
  const { client } = session;
  session.text =
    session.text.slice(0, change.offset) + change.insert + session.text.slice(change.offset + change.remove);
  const contentChanges = session.incremental
    ? [{ range: change.range, text: change.insert }]
    : [{ text: session.text }];
  const accept = (p) => p.uri === uri && (p.version === undefined || p.version === version);
  const from = performance.now();
  const published = mode === 'push' ? client.next('textDocument/publishDiagnostics', accept, timeout) : null;
  client.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  const answer =
    mode === 'pull'
      ? await client.request('textDocument/diagnostic', { textDocument: { uri } })
      : await published;
  return answer === null ? null : answer.at - from;
}

/** Types a statement into a function that makes transitions, letter by letter, and takes it back, until there are `count` edits. */
export function typing(text, count, inside = /^[\w ]*\*?__set_memory_enc_pgtable\(/m) {
  const at = text.indexOf('\n{\n', text.search(inside)) + 3;
  const line = text.slice(0, at).split('\n').length - 1;
  const statement = '\tif (numpages > 512) return -EINVAL;';
  const changes = [{ offset: at, remove: 0, insert: '\n', range: range(line, 0, 0) }];
  for (let column = 0, step = 1; changes.length < count; column += step) {
    if (column === statement.length) step = -1;
    if (step > 0)
      changes.push({
        offset: at + column,
        remove: 0,
        insert: statement[column],
        range: range(line, column, column),
      });
    else
      changes.push({
        offset: at + column - 1,
        remove: 1,
        insert: '',
        range: range(line, column - 1, column),
      });
    if (step < 0 && column === 1) {
      step = 1;
      column = -1;
    }
  }
  return changes;
}

/** The change that makes one text of another. */
export function wholly(before, after) {
  const line = before.split('\n').length;
  return {
    offset: 0,
    remove: before.length,
    insert: after,
    range: { start: { line: 0, character: 0 }, end: { line, character: 0 } },
  };
}

function range(line, from, to) {
  return { start: { line, character: from }, end: { line, character: to } };
}

/** The start of the line under a place. */
export function below({ line }) {
  return { line: line + 1, character: 0 };
}

/** Peak resident memory of a process so far; NaN where the system does not say (no /proc). */
export function peakMegabytes(pid) {
  try {
    return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return process.platform === 'linux' ? 0 : Number.NaN;
  }
}

/** Resident memory of a process and those below it, now; NaN where the system does not say. */
export function residentMegabytes(pid) {
  try {
    const kilobytes = Number(/VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + residentMegabytes(Number(child)), kilobytes / 1024);
  } catch {
    return process.platform === 'linux' ? 0 : Number.NaN;
  }
}

/** The middle of a list. */
export function median(list) {
  return quantile(list, 0.5);
}

/** The smallest value that at least `share` of the list does not exceed. */
export function quantile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
