import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MarkupContent } from 'vscode-languageserver/node';
import { firstOf } from '../../server/src/features/markdown.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { type Client, withServer } from './client.ts';

/** Every identifier of the fixtures is asked about, through the server. */

const root = process.env.MEMBRANE_ROOT ?? '.';
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

/** Names, subscripts, dereferences and reasons with marks that mean something in markdown. */
const odd = `struct __foo__ {
	void *_buf_[4];	/* **bold** <img src=x> */
	bool __decrypted__;
};

/* coco: flips p[*n pages]: shared, unknown on error -- [x](command:y) <b>\`z\`</b> **w** */
int __share__(void *p, int *n)
{
	return set_memory_decrypted((unsigned long)p, *n);
}

int __init__me__(struct __foo__ *__f__, int *__n__)
{
	int i = *__n__ * 2;

	__f__->_buf_[i] = (void *)__get_free_pages(GFP_KERNEL, __n__[0] * __n__[1]);
	if (!__f__->_buf_[i])
		return -ENOMEM;
	__f__->__decrypted__ = true;
	if (__share__(__f__->_buf_[i], &__n__[*__n__]))
		return -EIO;
	return 0;
}

void __free__me__(struct __foo__ *__f__, int *__n__)
{
	if (__f__->__decrypted__ | *__n__)
		return;
	free_pages((unsigned long)__f__->_buf_[*__n__ * 2], *__n__);	/* coco: leaks __f__ -- <i>*why*</i> */
}
`;

function fixtures(): { readonly name: string; readonly text: string }[] {
  const files = ['example', 'test/e2e/workspace'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => /\.[ch]$/.test(file))
      .map((file) => ({ name: `${folder}/${file}`, text: read(folder, file) })),
  );
  const pages = rules.flatMap(({ id, page }) =>
    [...page.matchAll(/^```c[^\n]*\n([\s\S]*?)^```/gm)].map((fence, i) => ({
      name: `${id}-${i}.c`,
      text: fence[1]!,
    })),
  );
  return [{ name: 'odd.c', text: odd }, ...files, ...pages];
}

/** What is asked, and all of what is answered. */
interface Answer {
  readonly where: string;
  readonly value: string;
}

async function answers(client: Client): Promise<Answer[]> {
  const found: Answer[] = [];
  for (const { name, text } of fixtures()) {
    const uri = `file:///nowhere/${name}`;
    await client.open(uri, text);
    await client.diagnostics(uri, 1);
    for (const [line, content] of text.split('\n').entries())
      for (const { 0: word, index } of content.matchAll(/[A-Za-z_]\w*/g)) {
        const hover = await client.hover(uri, line, index + 1);
        if (hover === null) continue;
        const { value } = hover.contents as MarkupContent;
        found.push({ where: `${name}:${line + 1}: ${word}`, value });
      }
    await client.close(uri);
  }
  return found;
}

/** Lines of an editor that has room for 95 columns; what is between two paragraphs takes half of one. */
function height(value: string): number {
  const paragraphs = value.split(/\n\n+/).filter((one) => one !== '---');
  const lines = paragraphs.flatMap((one) => one.split('\n')).reduce((sum, line) => sum + wrapped(line), 0);
  return lines + Math.ceil((paragraphs.length - 1) / 2);
}

function wrapped(line: string): number {
  let lines = 1;
  let used = 0;
  for (const word of line.replace(/\\(?=\W)/g, '').split(' ')) {
    if (used > 0 && used + 1 + word.length > 95) {
      lines++;
      used = 0;
    }
    used += word.length + (used > 0 ? 1 : 0);
  }
  return lines;
}

/** What is ours in a hover: paragraphs of the rules' pages, bold names, numbers and marks of lists, what stands beside a step. */
function withoutOurs(value: string): string {
  let text = value;
  for (const { page } of rules)
    for (const part of ['What it reports', 'Fix', 'Why']) {
      const paragraph = firstOf(page, part) ?? '\0';
      text = text.replace(paragraph, '');
      // A hover says only once that it is the fix.
      const cure = paragraph.replace(/^Quick fix: (.)/, (_, first: string) => first.toUpperCase());
      text = text.replace(cure, '');
    }
  return text
    .replace(/^\*\*(?:[\w-]+|Annotation of [^*]*)\*\*(?:: .* \*\*Fix\*\*: .*)?$/gm, (ours) =>
      ours.replaceAll('**', ''),
    )
    .replace(/^---$/gm, '')
    .replace(/^(?:- |\d+\. )/gm, '')
    .replace(/ \*(fails: [^*]*)\*$/gm, ' $1');
}

test('hovers over everything: none is longer than a screen, nothing of the source is markup', {
  timeout: 300_000,
}, async () => {
  await withServer({}, async (client) => {
    const all = await answers(client);
    assert.ok(all.length > 500, `${all.length} hovers`);
    assert.deepEqual(
      all.filter(({ value }) => height(value) > 26).map(({ where, value }) => `${where}: ${height(value)}`),
      [],
    );
    const marks = /[`*[\]|~]|<[A-Za-z/!?]|(?<![A-Za-z\d])_|_(?![A-Za-z\d])|&[#\w]/;
    assert.deepEqual(
      all
        .filter(({ value }) => marks.test(withoutOurs(value).replace(/\\[^\w\s]|\\_/g, ' ')))
        .map(({ where, value }) => `${where}: ${withoutOurs(value)}`),
      [],
    );
  });
});
