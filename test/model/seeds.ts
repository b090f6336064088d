import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.env.MEMBRANE_ROOT ?? process.cwd();
const folder = process.env.MEMBRANE_SEEDS ?? join(root, '..', 'shared', 'seeds');

/** Why a test about the words of the threads is skipped; false if they are there. */
export const noSeeds: string | false = existsSync(folder)
  ? false
  : 'no threads: MEMBRANE_SEEDS names the folder that has them';

/** The text of a thread by its number, marks of quotation and of patches, line breaks and white space folded. */
export function seedText(number: string): string {
  const file = readdirSync(folder).find((name) => name.startsWith(`${number}_`));
  if (file === undefined) throw new Error(`no thread ${number} in ${folder}`);
  return folded(readFileSync(join(folder, file), 'utf8').replace(/^(?:[>|] ?)+/gm, ''));
}

/** White space folded; lines of a patch, and of a comment in it, run on. */
export function folded(text: string): string {
  return text
    .replace(/\n\+?[\t ]*(?:\/?\*+(?!\/)[\t ])?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Whether a thread says it, word for word. */
export function isQuoted(number: string, quote: string): boolean {
  return seedText(number).includes(folded(quote));
}
