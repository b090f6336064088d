/**
 * What the server says beyond LSP. Types only: the client erases this import, so neither side ships the other's code.
 */

/** `initializationOptions` of our own client; every field may be missing. */
export interface InitializationOptions {
  /** The client wants `membrane/status`. */
  readonly status?: boolean;
  /** Where a rule's page is opened: a URI that ends in `/`, to which `<id>.md` is appended. */
  readonly rulePages?: string;
  /** The section `membrane`: all of it for clients that cannot be asked, and what is needed at the start for all. */
  readonly settings?: unknown;
}

export type StatusMethod = 'membrane/status';

/** Something in a document that was not analysed, or not wholly. */
export interface NotAnalysed {
  /** Empty where it is no function. */
  readonly function: string;
  readonly kind: 'havoc' | 'bound' | 'budget' | 'crash' | 'parse-error' | 'dropped-arm';
  readonly reason: string;
  /** Line in the document, from 0; null if no place is known. */
  readonly line: number | null;
}

/** What the `.membrane.json` of a document's tree keeps from being shown, and what is wrong in it. */
export interface ConfigStatus {
  /** Rules that would run without it. */
  readonly off: readonly string[];
  /** Rules that are quieter with it. */
  readonly lowered: readonly string[];
  /** Names of the kernel that mean something else with it. */
  readonly redefined: readonly string[];
  /** Findings of the document that its baseline has. */
  readonly known: number;
  /** Things in the file that are wrong; the log says which. */
  readonly problems: number;
}

/**
 * How the other files of a document's tree are taken into account. `none`: not at all, and why: `off` by a setting, `virtual`: the
 * document is no file of this machine; `no-tree`: nothing says where its tree begins; `outside` of the workspace's folders;
 * `left-out` of the index; `unneeded`: nothing in the file or its tree says that it matters; `cancelled` by the user; `failed`: see
 * the log.
 */
export type IndexStatus =
  | {
      readonly state: 'none';
      readonly why:
        | 'off'
        | 'virtual'
        | 'no-tree'
        | 'outside'
        | 'left-out'
        | 'unneeded'
        | 'cancelled'
        | 'failed';
    }
  | { readonly state: 'indexing'; readonly percent: number }
  | {
      readonly state: 'ready';
      /** Of the tree. */
      readonly files: number;
      /** Other files that the document is checked with. */
      readonly others: number;
      /** The result is that of the document alone, or from before; that of all of them follows. */
      readonly pending: boolean;
    };

/** Server to client, after each analysis of a document, and when the index changes: what was looked at and what was not. */
export interface StatusParams {
  readonly uri: string;
  readonly version: number;
  /** Why nothing was looked at; null where something was. `off`: by a setting; `no-transition`: the text names none, and no other file leads it to one; `excluded`: by `.membrane.json`; `failed`: see the log. */
  readonly skipped: 'off' | 'no-transition' | 'excluded' | 'failed' | null;
  readonly functions: number;
  readonly functionsWithTransitions: number;
  readonly transitions: number;
  readonly findings: number;
  /** Findings below the level that is shown. */
  readonly hidden: number;
  /** Functions whose findings are those from before they were half-typed. */
  readonly held: readonly string[];
  readonly notAnalysed: readonly NotAnalysed[];
  /** Null where the tree has no `.membrane.json`. */
  readonly config: ConfigStatus | null;
  readonly index: IndexStatus;
  /** Milliseconds of the analysis, rounded. */
  readonly milliseconds: number;
}

export type RulesMethod = 'membrane/rules';

/** Answer to `membrane/rules` (no parameters): all rules, sorted by id. */
export type RulesResult = readonly { readonly id: string; readonly title: string }[];

export type RulePageMethod = 'membrane/rulePage';

/** Which rule's page is asked for. */
export interface RulePageParams {
  readonly id: string;
}

/** Markdown; null for an id that is no rule. */
export type RulePageResult = string | null;
