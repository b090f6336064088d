import type { TransitionChoice, TransitionResult } from '../../server/src/protocol.ts';

/** What extension and panel say to each other. Types only. */

/** Words of the panel's own, in the language of the editor; what the table says stays as it is. */
export interface Labels {
  readonly platform: string;
  readonly protocol: string;
  readonly fails: string;
  readonly stray: string;
  readonly then: string;
  readonly nothing: string;
  readonly nowhere: string;
  readonly everywhere: string;
  readonly previous: string;
  readonly next: string;
  /** `{0}` of `{1}`. */
  readonly position: string;
  readonly rows: string;
  /** What can be pressed, and what it does. */
  readonly keys: readonly { readonly keys: readonly string[]; readonly does: string }[];
  readonly asText: string;
  readonly columns: string;
  readonly others: string;
}

/** To the panel: draw this, with that row selected. */
export interface ShowMessage {
  readonly k: 'show';
  readonly view: TransitionResult;
  readonly row: number;
  readonly labels: Labels;
}

/** To the panel: select that row. */
export interface SelectMessage {
  readonly k: 'select';
  readonly row: number;
}

export type ToPanel = ShowMessage | SelectMessage;

/** From the panel. `open`: go to the source of a row; `selected`: it is looked at. */
export type FromPanel =
  | { readonly k: 'ready' }
  | { readonly k: 'choose'; readonly choice: TransitionChoice }
  | { readonly k: 'selected'; readonly row: number }
  | { readonly k: 'open'; readonly row: number }
  | { readonly k: 'text' };
