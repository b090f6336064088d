import type { TransitionChoice, TransitionResult, TransitionRow } from '../../server/src/protocol.ts';
import type { FromPanel, Labels, ShowMessage, ToPanel } from './messages.ts';

/** The transition view's page: draws what the extension sends, and says what is chosen. It knows no C and no platform. */

declare function acquireVsCodeApi(): { postMessage(message: FromPanel): void };

const api = acquireVsCodeApi();
let shown: ShowMessage | null = null;
let selected = 0;

/** An element with text and classes. Nothing is ever read as markup. */
function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  classes = '',
  text = '',
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (classes !== '') element.className = classes;
  if (text !== '') element.textContent = text;
  element.append(...children);
  return element;
}

window.addEventListener('message', ({ data }: MessageEvent<ToPanel>) => {
  if (data.k === 'show') draw(data);
  else if (data.k === 'select') select(data.row, false);
});

function draw(message: ShowMessage): void {
  const hadFocus = document.activeElement?.id;
  const helped = document.getElementById('help')?.hidden === false;
  shown = message;
  const { view, labels } = message;
  const rows = table(view, labels);
  document.body.replaceChildren(
    ...(view.finding === null ? [] : [make('p', 'finding', view.finding.message)]),
    make('h1', '', view.title),
    make('p', 'about', view.about),
    choices(view, labels),
    bar(labels),
    rows,
    verdict(view),
    help(view, labels, helped),
  );
  fit();
  select(Math.min(message.row, view.rows.length - 1), false);
  // Whoever opens it reads from the top: the table scrolls to the row, the page does not.
  window.scrollTo(0, 0);
  const focused = hadFocus ? document.getElementById(hadFocus) : null;
  (focused ?? rows).focus({ preventScroll: true });
}

/** Where the table is wider than the page, what a row says stands above its marks. */
function fit(): void {
  const rows = document.getElementById('rows');
  if (rows === null) return;
  rows.classList.remove('narrow');
  rows.classList.toggle('narrow', rows.scrollWidth > rows.clientWidth);
}

/** One box for each thing that can be chosen. */
function choices({ choices: of, chosen }: TransitionResult, labels: Labels): HTMLElement {
  type Option = { readonly value: string; readonly title: string };
  const box = (id: keyof TransitionChoice, label: string, options: readonly Option[], now: string) => {
    const select = make('select');
    select.id = id;
    for (const { value, title } of options) {
      const option = make('option', '', title);
      option.value = value;
      option.selected = value === now;
      select.append(option);
    }
    select.disabled = options.length < 2;
    // Of a long one the box may show the beginning only.
    select.title = select.selectedOptions[0]?.text ?? '';
    select.addEventListener('change', () => choose(id, select.value));
    return make('label', '', '', [make('span', '', label), select]);
  };
  const texts = (options: readonly { readonly value: unknown; readonly title: string }[]) =>
    options.map(({ value, title }) => ({ value: String(value), title }));
  const platforms = of.platforms.map(({ value, title, matters }) => ({
    value,
    title: matters ? title : `${title} (${labels.others})`,
  }));
  return make('div', 'choices', '', [
    box('platform', labels.platform, platforms, chosen.platform),
    box('protocol', labels.protocol, texts(of.protocols), chosen.protocol),
    box(
      'fails',
      labels.fails,
      [{ value: 'null', title: labels.nothing }, ...texts(of.fails)],
      String(chosen.fails),
    ),
    box(
      'stray',
      labels.stray,
      [
        { value: 'none', title: labels.nowhere },
        { value: 'all', title: labels.everywhere },
        ...texts(of.stray),
      ],
      String(chosen.stray),
    ),
    box('then', labels.then, texts(of.then), chosen.then),
  ]);
}

/** What is chosen stays, unless it hangs on what is chosen now. */
function choose(id: keyof TransitionChoice, value: string): void {
  if (shown === null) return;
  const { platform, protocol, fails, stray, then, to, address } = shown.view.chosen;
  const numbered = /^\d+$/.test(value) ? Number(value) : value === 'null' ? null : value;
  const kept: TransitionChoice =
    id === 'platform'
      ? { to, address, then, ...(fails === null ? { fails } : {}), ...(stray === 'none' ? { stray } : {}) }
      : id === 'fails'
        ? { platform, protocol, to, address, stray, ...(fails === null || value === 'null' ? {} : { then }) }
        : { platform, protocol, to, address, fails, stray, then };
  api.postMessage({ k: 'choose', choice: { ...kept, [id]: numbered } });
}

/** Goes on to the value behind or before the one that is chosen, around the end. */
function turn(id: keyof TransitionChoice, by: 1 | -1): void {
  const select = document.getElementById(id);
  if (!(select instanceof HTMLSelectElement) || select.disabled) return;
  const { length } = select.options;
  choose(id, select.options[(select.selectedIndex + by + length) % length]!.value);
}

function bar(labels: Labels): HTMLElement {
  const button = (name: string, title: string, action: () => void) => {
    const element = make('button', name, title);
    element.type = 'button';
    element.id = name;
    element.addEventListener('click', action);
    return element;
  };
  const position = make('span', 'position');
  position.id = 'position';
  return make('div', 'bar', '', [
    button('previous', labels.previous, () => select(selected - 1, true)),
    position,
    button('next', labels.next, () => select(selected + 1, true)),
    button('text', labels.asText, () => api.postMessage({ k: 'text' })),
    make(
      'ul',
      'keys',
      '',
      labels.keys.map(({ keys, does }) =>
        make('li', '', '', [...keys.flatMap((key) => [make('kbd', '', key), ' ']), does]),
      ),
    ),
  ]);
}

function table({ columns, rows }: TransitionResult, labels: Labels): HTMLElement {
  const grid = make('div', 'grid');
  grid.id = 'rows';
  grid.tabIndex = 0;
  grid.style.setProperty('--columns', String(columns.length));
  grid.setAttribute('role', 'listbox');
  grid.setAttribute('aria-label', labels.rows);
  const head = make('div', 'row head', '', [
    make('span', 'text-head'),
    ...columns.map(({ head: text, words }) => {
      const cell = make('span', 'cell', text);
      cell.title = words;
      return cell;
    }),
  ]);
  head.setAttribute('aria-hidden', 'true');
  grid.append(head, ...rows.map((row, i) => option(row, i, columns.length)));
  return grid;
}

/** A row; one sentence to who hears it, a grid of marks to who sees it. */
function option(row: TransitionRow, index: number, columns: number): HTMLElement {
  const element = make(
    'div',
    `row ${row.kind}${row.idle ? ' idle' : ''}${row.mark === ' ' ? '' : ' marked'}`,
  );
  element.id = `row-${index}`;
  element.setAttribute('role', 'option');
  element.setAttribute('aria-label', row.sentence);
  element.dataset.mark = row.mark;
  // A read changes nothing: what it meets is under it. Neither do rows that repeat the state of the row before them.
  const lines = row.lines.length > 1 && (row.repeats || row.kind === 'read') ? [] : row.lines;
  const [only] = lines.length === 1 ? lines : [];
  const label = row.kind === 'back' ? `<${row.number}` : String(row.number ?? '');
  element.append(
    make('span', 'mark', row.mark.trim()),
    make('span', 'number', label),
    make('span', 'text', row.text),
    ...(only === undefined ? Array.from({ length: columns }, () => make('span', 'blank')) : cells(only)),
    make('span', 'source', row.source?.label ?? ''),
  );
  if (only === undefined)
    for (const line of lines)
      element.append(make('span', 'pages', line.pages), ...cells(line), make('span', 'blank'));
  const notes = [...row.notes, ...row.accesses.map(accessText)];
  // That there was nothing to do needs no line of its own.
  if (row.idle) element.title = notes.join('; ');
  else element.append(...notes.map((note) => make('span', 'note', note)));
  element.addEventListener('click', () => {
    select(index, true);
    api.postMessage({ k: 'open', row: index });
  });
  return element;
}

const accessText = ({ who, pages, sentence, harmful }: TransitionRow['accesses'][number]): string =>
  `${harmful ? 'x ' : ''}${who}${pages === '' ? '' : `, ${pages}`}: ${sentence}`;

function cells({ cells: all }: TransitionRow['lines'][number]): HTMLElement[] {
  return all.map(({ mark, words, tones, stale }) => {
    const cell = make('span', `cell ${tones[0] ?? ''}${stale ? ' stale' : ''}`, mark);
    cell.title = words;
    return cell;
  });
}

function verdict({ verdict: all, remedies, harmful }: TransitionResult): HTMLElement {
  const box = make('div', harmful ? 'verdict harmful' : 'verdict', '', [
    ...all.map((text) => make('p', 'harm', harmful ? `x ${text}` : text)),
    ...remedies.map((text) => make('p', 'remedy', text)),
  ]);
  box.setAttribute('role', 'status');
  return box;
}

/** What the columns and marks mean; `?` shows it. */
function help({ columns, legend }: TransitionResult, labels: Labels, open: boolean): HTMLElement {
  const box = make('div', 'help', '', [
    make('h2', '', labels.columns),
    ...columns.map(({ head, words }) => make('p', '', `${head}: ${words}`)),
    ...legend.map((text) => make('p', '', text)),
  ]);
  box.id = 'help';
  box.hidden = !open;
  return box;
}

function select(row: number, tell: boolean): void {
  if (shown === null || row < 0 || row >= shown.view.rows.length) return;
  document.getElementById(`row-${selected}`)?.setAttribute('aria-selected', 'false');
  selected = row;
  const element = document.getElementById(`row-${row}`)!;
  element.setAttribute('aria-selected', 'true');
  element.scrollIntoView({ block: 'nearest' });
  document.getElementById('rows')!.setAttribute('aria-activedescendant', element.id);
  const texts = [String(row + 1), String(shown.view.rows.length)];
  document.getElementById('position')!.textContent = shown.labels.position.replace(
    /\{(\d)\}/g,
    (_, i: string) => texts[Number(i)] ?? '',
  );
  if (tell) api.postMessage({ k: 'selected', row });
}

const keys: Readonly<Record<string, () => void>> = {
  j: () => select(selected + 1, true),
  ArrowDown: () => select(selected + 1, true),
  k: () => select(selected - 1, true),
  ArrowUp: () => select(selected - 1, true),
  h: () => turn('fails', -1),
  l: () => turn('fails', 1),
  p: () => turn('platform', 1),
  P: () => turn('platform', -1),
  Enter: () => api.postMessage({ k: 'open', row: selected }),
  '?': () => {
    const box = document.getElementById('help')!;
    box.hidden = !box.hidden;
    if (!box.hidden) box.scrollIntoView({ block: 'nearest' });
  },
};

window.addEventListener('keydown', (event) => {
  // Boxes and buttons have keys of their own.
  const own = event.target instanceof HTMLSelectElement || event.target instanceof HTMLButtonElement;
  if (shown === null || own || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = keys[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
});

new ResizeObserver(fit).observe(document.body);
api.postMessage({ k: 'ready' });
