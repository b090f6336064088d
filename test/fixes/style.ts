/** The kernel's style as far as a repair can hurt it: our own small check, for where there is no checkpatch.pl. */

/** Columns of a line, a tab as far as the next eighth. */
function columns(line: string): number {
  let column = 0;
  for (const unit of line) column = unit === '\t' ? column + 8 - (column % 8) : column + 1;
  return column;
}

/** What is wrong with the style of a text, one line each. */
export function styleOf(text: string): string[] {
  const lines = text.split('\n');
  const wrong: string[] = [];
  lines.forEach((line, index) => {
    const say = (what: string) => wrong.push(`${index + 1}: ${what}: ${line}`);
    const next = lines[index + 1] ?? '';
    const before = lines[index - 1] ?? '';
    if (columns(line) > 80) say('over 80 columns');
    if (/[ \t]$/.test(line)) say('white space at the end');
    if (/^ +(?!\*)\S/.test(line) || / {8}/.test(line) || /^\t* +\t/.test(line)) say('spaces for tabs');
    if (/\{$/.test(line) && /^\t*}$/.test(next)) say('nothing in braces');
    if (line === '' && before === '') say('two blank lines');
    if (line === '' && /^\t*}/.test(next)) say('a blank line before a brace');
    if (/^\t*{/.test(line) && index > 0 && /\)$/.test(before) && before.startsWith('\t'))
      say('brace on its own line');
    if (/}\s*$/.test(before) && /^\t*else\b/.test(line)) say('else on its own line');
    if (/^\t*} else(?: if .*[^{])?$/.test(line)) say('braces in one arm only');
    if (/^\t(?:int|bool|unsigned|void|struct)\b[^(]*;$/.test(line) && !isDeclaration(next)) {
      if (next !== '' && next !== '};') say('no blank line behind the declarations');
    }
    if (/[^{]$/.test(before) && /^\t*(?:if|while|for) \(/.test(before) === false) return;
    if (/\) \{$/.test(line) && !/\belse\b/.test(line) && isLone(lines, index))
      say('braces around one statement');
  });
  return wrong;
}

function isDeclaration(line: string): boolean {
  return (
    /^\t(?:const |unsigned |struct )*[a-z_]\w* [*\w, =()>&|<.-]*[^)\n]*;$/.test(line) &&
    !/^\t(?:return|goto)\b/.test(line)
  );
}

/** Whether `if (...) {` has one line of one statement and no `else`. */
function isLone(lines: readonly string[], index: number): boolean {
  const [, only, close] = lines.slice(index, index + 3);
  if (!/^\t*(?:if|while|for) \(/.test(lines[index]!)) return false;
  return /;$/.test(only ?? '') && /^\t*}$/.test(close ?? '');
}
