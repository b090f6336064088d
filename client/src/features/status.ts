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
    const found = tree === undefined ? [] : [l10n.t('{0} in tree', tree.findings)];
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
function treeLine({ findings, filesSearched, notAnalysed }: TreeParams): string {
  return `The tree as it was checked last: ${count(findings, 'finding')} in ${count(filesSearched, 'file')}; not analysed, or not wholly: ${count(notAnalysed, 'function')}.`;
}

/** One sentence on what was looked at. */
export function summary(status: StatusParams): string {
  const parts = [
    count(status.functions, 'function'),
    `${status.functionsWithTransitions} with transitions`,
    count(status.findings, 'finding'),
  ];
  if (status.hidden > 0) parts.push(`${status.hidden} below the level shown`);
  return `${parts.join(', ')}.`;
}

/** Functions of which something was left out. */
function incomplete(status: StatusParams): number {
  return new Set(status.notAnalysed.map((gap) => gap.function)).size;
}

/** Gaps that the tooltip has room for; the command of the item lists all. */
const gapsShown = 3;

const kinds: Readonly<Record<NotAnalysed['kind'], string>> = {
  'parse-error': 'does not parse',
  havoc: 'not understood',
  bound: 'a bound was hit',
  budget: 'over budget',
  crash: 'failed, see the log',
  'dropped-arm': '#if arm dropped',
};

/** Where something was not analysed. */
export function gapName(gap: NotAnalysed): string {
  return gap.function === '' ? '(outside of functions)' : `${gap.function}()`;
}

/** Why something was not analysed. */
export function gapText({ kind, reason }: NotAnalysed): string {
  return `${kinds[kind]}: ${reason}`;
}

/** How far the index is. */
function indexing(index: IndexStatus): string[] {
  return index.state === 'indexing' ? [l10n.t('indexing {0} %', index.percent)] : [];
}

function label(status: StatusParams, gaps: number): string {
  if (status.skipped === 'failed') return '$(error) Membrane: failed';
  if (status.skipped === 'excluded') return '$(circle-slash) Membrane: left out';
  const all = `$(shield) ${status.functions} analysed`;
  return gaps === 0 ? all : `$(shield) ${status.functions - gaps} of ${status.functions} analysed`;
}

function tooltip(status: StatusParams, gaps: number): string {
  if (status.skipped === 'failed') return 'The analysis of this file failed; the log says why.';
  if (status.skipped === 'excluded') return leftOut;
  const lines = [summary(status)];
  if (gaps > 0) {
    lines.push(`Not analysed, or not wholly: ${count(gaps, 'function')}.`);
    const { notAnalysed } = status;
    for (const gap of notAnalysed.slice(0, gapsShown)) lines.push(`  ${gapName(gap)}: ${gapText(gap)}`);
    if (notAnalysed.length > gapsShown) lines.push(`  and ${notAnalysed.length - gapsShown} more`);
  }
  if (status.held.length > 0) lines.push(`Half-typed, findings from before: ${status.held.join(', ')}.`);
  lines.push(indexLine(status.index));
  if (status.config !== null) lines.push(...configLines(status.config));
  return lines.join('\n');
}

/** What is said of a file that the tree's own configuration leaves out. */
export const leftOut = '.membrane.json leaves this file out.';

/** What the tree's own configuration keeps silent: it may have come with the code. */
function configLines({ off, lowered, redefined, known, problems }: ConfigStatus): string[] {
  const lines: string[] = [];
  const by = 'by .membrane.json';
  if (off.length > 0) lines.push(`${count(off.length, 'rule')} off ${by}: ${off.join(', ')}.`);
  if (lowered.length > 0)
    lines.push(`${count(lowered.length, 'rule')} lowered ${by}: ${lowered.join(', ')}.`);
  if (redefined.length > 0) lines.push(`Redefined ${by}: ${redefined.join(', ')}.`);
  if (known > 0) lines.push(`${count(known, 'finding')} in the baseline.`);
  if (problems > 0) lines.push(`${count(problems, 'problem')} in .membrane.json; the log lists them.`);
  return lines;
}

/** How the other files of the tree are taken into account. */
function indexLine(index: IndexStatus): string {
  if (index.state === 'none') return `Checked alone: ${alone[index.why]}.`;
  const { scope } = index;
  if (index.state === 'indexing') {
    const what = scope === undefined ? 'Indexing the tree' : 'Reading the files around it';
    return `${what}: ${index.percent} %. Checked alone until then.`;
  }
  const files = `${count(index.files, 'file')} ${scope === undefined ? 'indexed' : 'read'}`;
  const others = count(index.others, 'other');
  const together =
    index.others === 0
      ? 'no other has to do with this one'
      : index.pending
        ? `the check together with ${others} is under way`
        : `checked together with ${others}`;
  return `${files}; ${together}.${scope === undefined ? '' : ` ${notRead[scope]}`}`;
}

const browserLacks = 'No index of the tree here, no cache, no check of all of it.';

/** What a host that cannot read all of a tree leaves out. */
const notRead: Readonly<Record<IndexScope, string>> = {
  folder: `Only the folders of open files and the headers that they include are read. ${browserLacks}`,
  headers: `Its folder has too many files: only the headers that it includes are read. ${browserLacks}`,
};

const alone: Readonly<Record<Extract<IndexStatus, { state: 'none' }>['why'], string>> = {
  off: 'membrane.index.enable is off',
  virtual: 'no index here, it is no file that could be read',
  'no-tree': 'no index here, nothing says where its tree begins',
  outside: 'no index here, its tree is not in the workspace',
  'left-out': 'it is left out of the index',
  unneeded: 'nothing in it needs an index',
  cancelled: 'the indexing was cancelled; a restart of the server begins it again',
  failed: 'the index failed, the log says why',
};

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
