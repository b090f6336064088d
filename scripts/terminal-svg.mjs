// A terminal as SVG: text with SGR colours in, a picture out that browsers and READMEs show. Same text, same bytes.

const ink = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 34: '#79c0ff', 35: '#d2a8ff', 36: '#76e3ea' };
const plain = '#e6edf3';
const size = { font: 13, column: 7.83, line: 18, margin: 16, title: 30 };

/** Stretches of one line with one look: `{ text, color, bold, dim }`. Unknown sequences are dropped. */
function stretches(line, look) {
  const found = [];
  const introducer = `${String.fromCharCode(27)}[`;
  for (const [i, part] of line.split(introducer).entries()) {
    const [, codes, final, text] = i === 0 ? [null, '', '', part] : /^([\d;?]*)([A-Za-z]?)(.*)$/s.exec(part);
    for (const code of final === 'm' ? codes.split(';').map(Number) : []) {
      if (code === 0) Object.assign(look, { color: plain, bold: false, dim: false });
      else if (code === 1) look.bold = true;
      else if (code === 2) look.dim = true;
      else if (ink[code]) look.color = ink[code];
    }
    if (text) found.push({ ...look, text });
  }
  return found;
}

/** The lines that a terminal of `columns` columns makes of one. */
function wrapped(parts, columns) {
  const lines = [[]];
  let used = 0;
  for (const part of parts) {
    for (let rest = part.text; rest !== ''; ) {
      if (used === columns) {
        lines.push([]);
        used = 0;
      }
      const text = rest.slice(0, columns - used);
      lines.at(-1).push({ ...part, text });
      used += text.length;
      rest = rest.slice(text.length);
    }
  }
  return lines;
}

function escaped(text) {
  return text.replace(/[&<> ]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', ' ': '\u00a0' })[c]);
}

/** `text` as it looks in a terminal of `wide` columns whose window says `title`. */
export function terminalSvg(text, title, wide = 126) {
  const look = { color: plain, bold: false, dim: false };
  const lines = text
    .replace(/\n+$/, '')
    .split('\n')
    .flatMap((line) => wrapped(stretches(line, look), wide));
  const columns = Math.max(...lines.map((parts) => parts.reduce((sum, part) => sum + part.text.length, 0)));
  const width = Math.ceil(columns * size.column + 2 * size.margin);
  const height = lines.length * size.line + size.title + 2 * size.margin;
  const rows = lines.map((parts, row) => {
    const y = size.title + size.margin + (row + 0.75) * size.line;
    let column = 0;
    const spans = parts.map((part) => {
      // Blanks at the front are place, those inside are made hard: SVG folds them otherwise.
      const shown = part.text.trimStart();
      const x = (size.margin + (column + part.text.length - shown.length) * size.column).toFixed(1);
      column += part.text.length;
      if (shown.trim() === '') return '';
      const weight = part.bold ? ' font-weight="bold"' : '';
      const opacity = part.dim ? ' opacity="0.6"' : '';
      // The length is fixed, so that columns meet whatever monospace font the reader has.
      const length = (shown.length * size.column).toFixed(1);
      return `<tspan x="${x}" fill="${part.color}"${weight}${opacity} textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(shown)}</tspan>`;
    });
    return spans.join('') === '' ? '' : `<text y="${y.toFixed(1)}">${spans.join('')}</text>\n`;
  });
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (c, i) => `<circle cx="${18 + 18 * i}" cy="15" r="5.5" fill="${c}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${dots.join('')}
<text x="50%" y="19" text-anchor="middle" fill="#8b949e" font-family="sans-serif" font-size="12">${escaped(title)}</text>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${size.font}">
${rows.join('')}</g>
</svg>
`;
}
