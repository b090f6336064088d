import { Disposable, l10n, StatusBarAlignment, window } from 'vscode';
import type {
  ConfigStatus,
  IndexScope,
  IndexStatus,
  NotAnalysed,
  StatusParams,
  TreeParams,
} from '../../../server/src/protocol.ts';
import type { Session } from '../session.ts';
import { isC } from '../session.ts';
import { currentDocument, onDidChangeCurrent } from './current.ts';

/** The status item: what was analysed in the active file and what was not. Not there where there is nothing to say. */
export function activateStatus(session: Session): Disposable {
  const item = window.createStatusBarItem('membrane.status', StatusBarAlignment.Right, 10);
  item.name = 'Membrane';
  const show = () => {
    const document = currentDocument();
    const status = document && isC(document) ? session.status(document.uri) : undefined;
    if (status === undefined || status.skipped === 'off' || status.skipped === 'no-transition') {
      item.hide();
      return;
    }
    const gaps = incomplete(status);
    const tree = document && session.tree(document.uri);
    const found = tree === undefined ? [] : [l10n.t('{0} in tree', findings(tree.findings))];
    item.text = [label(status, gaps), ...indexing(status.index), ...found].join(' | ');
    item.tooltip = [tooltip(status, gaps), ...(tree === undefined ? [] : [treeLine(tree)])].join('\n');
    item.command = status.skipped === 'failed' ? 'membrane.showLog' : 'membrane.notAnalysed';
    item.accessibilityInformation = { label: `Membrane: ${item.tooltip}` };
    item.show();
  };
  show();
  return Disposable.from(item, onDidChangeCurrent(show), session.onDidChange(show));
}

/** What the last check of the whole tree came to. */
function treeLine({ findings: found, filesSearched, notAnalysed, unusedAllows }: TreeParams): string {
  const all = l10n.t(
    'The tree as it was checked last: {0}; {1} searched.',
    findings(found),
    files(filesSearched),
  );
  const unused = unusedAllows === 0 ? '' : `\n${unusedLine(unusedAllows)}`;
  if (notAnalysed === 0) return `${all} ${nothingLeftOut()}${unused}`;
  const gaps = l10n.t(
    'Not analysed, or not wholly: {0}; membrane check -v lists them.',
    functions(notAnalysed),
  );
  return `${all} ${gaps}${unused}`;
}

/** Exceptions of the tree's own configuration that nothing needs. */
function unusedLine(entries: number): string {
  return entries === 1
    ? l10n.t('1 entry of allow in .membrane.json keeps nothing silent.')
    : l10n.t('{0} entries of allow in .membrane.json keep nothing silent.', entries);
}

/** What is said where all was analysed. */
export function nothingLeftOut(): string {
  return l10n.t('Nothing was left out.');
}

/** One sentence on what was looked at. */
export function summary(status: StatusParams): string {
  const parts = [
    functions(status.functions),
    l10n.t('{0} with transitions', status.functionsWithTransitions),
    findings(status.findings),
  ];
  if (status.hidden > 0) parts.push(l10n.t('{0} below the level shown', status.hidden));
  return `${parts.join(', ')}.`;
}

/** Functions of which something was left out. */
function incomplete(status: StatusParams): number {
  return new Set(status.notAnalysed.map((gap) => gap.function)).size;
}

/** Gaps that the tooltip has room for; the command of the item lists all. */
const gapsShown = 3;

/** Where something was not analysed. */
export function gapName(gap: NotAnalysed): string {
  return gap.function === '' ? l10n.t('(outside of functions)') : `${gap.function}()`;
}

/** Why something was not analysed. */
export function gapText({ kind, reason }: NotAnalysed): string {
  return `${kindWords(kind)}: ${reason}`;
}

function kindWords(kind: NotAnalysed['kind']): string {
  switch (kind) {
    case 'parse-error':
      return l10n.t('does not parse');
    case 'havoc':
      return l10n.t('not understood');
    case 'bound':
      return l10n.t('cut short');
    case 'budget':
      return l10n.t('over budget');
    case 'crash':
      return l10n.t('failed, see the log');
    case 'dropped-arm':
      return l10n.t('#if arm dropped');
  }
}

/** How far the index is. */
function indexing(index: IndexStatus): string[] {
  return index.state === 'indexing' ? [l10n.t('indexing {0} %', index.percent)] : [];
}

function label(status: StatusParams, gaps: number): string {
  if (status.skipped === 'failed') return `$(error) ${l10n.t('Membrane: failed')}`;
  if (status.skipped === 'excluded') return `$(circle-slash) ${l10n.t('Membrane: left out')}`;
  const all = functions(status.functions);
  const text =
    gaps === 0 ? l10n.t('{0} analysed', all) : l10n.t('{0} of {1} analysed', status.functions - gaps, all);
  return `$(shield) ${text}`;
}

function tooltip(status: StatusParams, gaps: number): string {
  if (status.skipped === 'failed') return l10n.t('The analysis of this file failed; the log says why.');
  if (status.skipped === 'excluded') return leftOut();
  const whole = l10n.t('This file: {0}', summary(status));
  const lines = [gaps === 0 ? `${whole} ${nothingLeftOut()}` : whole];
  if (gaps > 0) {
    lines.push(l10n.t('Not analysed, or not wholly: {0}. A click lists all of it.', functions(gaps)));
    const { notAnalysed } = status;
    for (const gap of notAnalysed.slice(0, gapsShown)) lines.push(`  ${gapName(gap)}: ${gapText(gap)}`);
    const more = notAnalysed.length - gapsShown;
    if (more > 0) lines.push(`  ${l10n.t('and {0} more', more)}`);
  }
  if (status.held.length > 0)
    lines.push(l10n.t('Half-typed, findings from before: {0}.', status.held.join(', ')));
  lines.push(indexLine(status.index));
  if (status.config !== null) lines.push(...configLines(status.config));
  return lines.join('\n');
}

/** What is said of a file that the tree's own configuration leaves out. */
export function leftOut(): string {
  return l10n.t('.membrane.json leaves this file out.');
}

/** What the tree's own configuration keeps silent: it may have come with the code. */
function configLines({ off, lowered, redefined, known, problems }: ConfigStatus): string[] {
  const lines: string[] = [];
  if (off.length > 0)
    lines.push(l10n.t('{0} off by .membrane.json: {1}.', rules(off.length), off.join(', ')));
  if (lowered.length > 0)
    lines.push(l10n.t('{0} lowered by .membrane.json: {1}.', rules(lowered.length), lowered.join(', ')));
  if (redefined.length > 0) lines.push(l10n.t('Redefined by .membrane.json: {0}.', redefined.join(', ')));
  if (known > 0) lines.push(l10n.t('{0} in the baseline.', findings(known)));
  if (problems === 1) lines.push(l10n.t('1 problem in .membrane.json; the log lists them.'));
  else if (problems > 0) lines.push(l10n.t('{0} problems in .membrane.json; the log lists them.', problems));
  return lines;
}

/** How the other files of the tree are taken into account. */
function indexLine(index: IndexStatus): string {
  if (index.state === 'none') return l10n.t('Checked alone: {0}.', whyAlone(index.why));
  const { scope } = index;
  if (index.state === 'indexing') {
    return scope === undefined
      ? l10n.t('Indexing the tree: {0} %. Checked alone until then.', index.percent)
      : l10n.t('Reading the files around it: {0} %. Checked alone until then.', index.percent);
  }
  const all = files(index.files);
  const read = scope === undefined ? l10n.t('{0} indexed', all) : l10n.t('{0} read', all);
  const others = index.others === 1 ? l10n.t('1 other') : l10n.t('{0} others', index.others);
  const together =
    index.others === 0
      ? l10n.t('no other has to do with this one')
      : index.pending
        ? l10n.t('the check together with {0} is under way', others)
        : l10n.t('checked together with {0}', others);
  return `${read}; ${together}.${scope === undefined ? '' : ` ${notRead(scope)}`}`;
}

/** What a host that cannot read all of a tree leaves out. */
function notRead(scope: IndexScope): string {
  const what =
    scope === 'folder'
      ? l10n.t('Only the folders of open files and the headers that they include are read.')
      : l10n.t('Its folder has too many files: only the headers that it includes are read.');
  return `${what} ${l10n.t('No index of the tree here, no cache, no check of all of it.')}`;
}

function whyAlone(why: Extract<IndexStatus, { state: 'none' }>['why']): string {
  switch (why) {
    case 'off':
      return l10n.t('membrane.index.enable is off');
    case 'virtual':
      return l10n.t('no index here, it is no file that could be read');
    case 'no-tree':
      return l10n.t('no index here, nothing says where its tree begins');
    case 'outside':
      return l10n.t('no index here, its tree is not in the workspace');
    case 'left-out':
      return l10n.t('it is left out of the index');
    case 'unneeded':
      return l10n.t('nothing in it needs an index');
    case 'cancelled':
      return l10n.t('the indexing was cancelled; a restart of the server begins it again');
    case 'failed':
      return l10n.t('the index failed, the log says why');
  }
}

function functions(n: number): string {
  return n === 1 ? l10n.t('1 function') : l10n.t('{0} functions', n);
}

function findings(n: number): string {
  return n === 1 ? l10n.t('1 finding') : l10n.t('{0} findings', n);
}

function files(n: number): string {
  return n === 1 ? l10n.t('1 file') : l10n.t('{0} files', n);
}

function rules(n: number): string {
  return n === 1 ? l10n.t('1 rule') : l10n.t('{0} rules', n);
}
