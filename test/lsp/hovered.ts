import type { MarkupContent } from 'vscode-languageserver/node';
import { withServer } from './client.ts';
import { Tree } from './tree.ts';

/** What a hover is asked for in. */
export interface Hovering {
  readonly settings?: Record<string, unknown>;
  /** The tree's `.membrane.json`, and the baseline beside it, `known.json`. */
  readonly config?: unknown;
  readonly baseline?: unknown;
  readonly file?: string;
}

/** What a hover says of each of these places of a text, each the first that reads so; a `|` in it is where the cursor stands. Null: nothing. */
export async function hovers(
  text: string,
  places: readonly string[],
  { settings = {}, config, baseline, file = 'foo.c' }: Hovering = {},
): Promise<(string | null)[]> {
  const tree = new Tree({
    [file]: text,
    ...(config === undefined ? {} : { '.membrane.json': JSON.stringify(config) }),
    ...(baseline === undefined ? {} : { 'known.json': JSON.stringify(baseline) }),
  });
  const found: (string | null)[] = [];
  try {
    await withServer({ settings: () => settings }, async (client) => {
      const uri = tree.uri(file);
      await client.open(uri, text);
      await client.diagnostics(uri, 1);
      for (const place of places) {
        const at = text.indexOf(place.replace('|', ''));
        if (at < 0) throw new Error(`no '${place}' in the text`);
        const before = text.slice(0, at + Math.max(0, place.indexOf('|'))).split('\n');
        const hover = await client.hover(uri, before.length - 1, before.at(-1)!.length);
        found.push(hover === null ? null : (hover.contents as MarkupContent).value);
      }
    });
  } finally {
    tree.end();
  }
  return found;
}
