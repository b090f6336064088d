/** What a stretch of text is; which colour that has is decided here alone. */
export type Tone = 'error' | 'warning' | 'info' | 'hint' | 'bold' | 'dim' | 'state' | 'remedy';

const sgr: Readonly<Record<Tone, string>> = {
  error: '1;31',
  warning: '1;35',
  info: '1;36',
  hint: '36',
  bold: '1',
  dim: '2',
  state: '33',
  remedy: '32',
};

/** Colours by SGR sequences, or none at all. Colour only repeats what the words say. */
export function painter(colours: boolean): (text: string, tone: Tone) => string {
  return colours ? (text, tone) => (text === '' ? '' : `\x1b[${sgr[tone]}m${text}\x1b[0m`) : (text) => text;
}
