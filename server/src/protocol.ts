/**
 * What the server says beyond LSP. Types only: the client erases this import, so neither side ships the other's code.
 */

/** `initializationOptions` of our own client; every field may be missing. */
export interface InitializationOptions {
  /** The client wants `membrane/status` and `membrane/tree`. */
  readonly status?: boolean;
  /** The client wants a call hierarchy of functions that convert memory. Left out: no, for an editor may ask only one server. */
  readonly callHierarchy?: boolean;
  /** A command of the client that shows callers, for lenses: it gets a URI and the position of a function's name. */
  readonly showCallers?: string;
  /** Where a rule's page is opened: a URI that ends in `/`, to which `<id>.md` is appended. */
  readonly rulePages?: string;
  /** Commands of {@link ClientCommand} that the client carries out: code actions and hovers name no other. */
  readonly commands?: readonly string[];
  /** Titles of the progress that the server shows, in the user's language. Left out: English. */
  readonly titles?: ProgressTitles;
  /** The section `membrane`: all of it for clients that cannot be asked, and what is needed at the start for all. */
  readonly settings?: unknown;
}

/** Over which progress something stands; what is missing is English. The server puts numbers in the place of `{0}` and `{1}`. */
export interface ProgressTitles {
  readonly indexing?: string;
  readonly checkingTree?: string;
  readonly checkingWorkspace?: string;
  /** `{0} files searched`. */
  readonly filesSearched?: string;
  /** `{0} of {1} files`: so many of those were checked. */
  readonly filesChecked?: string;
}

/**
 * Commands that code actions and hovers name. `membrane.explainRule` takes the id of a rule and opens its page; `membrane.showTransition` takes
 * {@link ShowTransitionArguments}; `membrane.suppress` takes {@link SuppressArguments}, asks for a reason, and applies what
 * `membrane/suppress` answers.
 */
export type ClientCommand = 'membrane.explainRule' | 'membrane.showTransition' | 'membrane.suppress';

/** A finding that is right and stays, and where that is written down: in a comment, or in the tree's `.membrane.json`. */
export interface SuppressArguments {
  readonly uri: string;
  readonly rule: string;
  readonly fingerprint: string;
  readonly where: 'here' | 'config';
  /** The file that is changed. */
  readonly target: string;
}

/** The transition behind a finding, or one that is called somewhere. */
export interface ShowTransitionArguments {
  readonly callee: string;
  /** The only one that the finding is about, or that a hover tells of; left out where there are several. */
  readonly platform?: string;
  readonly uri: string;
  /** Where the call is, or the finding if that is in another file; lines and characters from 0. */
  readonly range: {
    readonly start: { readonly line: number; readonly character: number };
    readonly end: { readonly line: number; readonly character: number };
  };
  /** The start of `range`. */
  readonly position: { readonly line: number; readonly character: number };
  /** Left out where no finding is meant. */
  readonly fingerprint?: string;
}

/**
 * What can be opened from a hover, in its member `actions` beside those of LSP: only commands of {@link InitializationOptions.commands},
 * so that no client need make links of the hover's text. It belongs behind the first part, which ends with `---` if there are more.
 */
export type HoverActions = readonly {
  readonly commands: readonly {
    readonly title: string;
    readonly command: ClientCommand;
    readonly arguments: readonly [ShowTransitionArguments];
  }[];
}[];

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
 * document is no file that the server could read; `no-tree`: nothing says where its tree begins; `outside` of the workspace's folders;
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
  | { readonly state: 'indexing'; readonly percent: number; readonly scope?: IndexScope }
  | {
      readonly state: 'ready';
      /** Of the tree, as far as it is read. */
      readonly files: number;
      /** Other files that the document is checked with. */
      readonly others: number;
      /** The result is that of the document alone, or from before; that of all of them follows. */
      readonly pending: boolean;
      readonly scope?: IndexScope;
    };

/**
 * What is read of a tree where all of it cannot be; left out: all of it. `folder`: the files beside the document, and headers that they
 * include; `headers`: those only, for its folder has too many files.
 */
export type IndexScope = 'folder' | 'headers';

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

export type TransitionMethod = 'membrane/transition';

/**
 * Which transition is asked for: the finding or the call at a place, else the one that `callee` names, else the one that
 * `choice` says. Everything may be missing. Null is the answer where `callee` is no transition, unless a finding is named.
 */
export interface TransitionParams {
  readonly textDocument?: { readonly uri: string };
  /** Line and character from 0, characters in UTF-16 units. */
  readonly position?: { readonly line: number; readonly character: number };
  /** A transition by its name. */
  readonly callee?: string;
  /** A finding of the document, as `data.fingerprint` of its diagnostic has it; it is found wherever edits moved it. */
  readonly fingerprint?: string;
  readonly choice?: TransitionChoice;
}

/** What is chosen. What is left out, or is not there on the platform, is as the path has it, or the newest kernel. */
export interface TransitionChoice {
  /** An id of `membrane.platforms`. */
  readonly platform?: string;
  readonly protocol?: string;
  readonly to?: 'shared' | 'private';
  readonly address?: 'linear' | 'vmalloc';
  /** The number of the step that fails; null: none. */
  readonly fails?: number | null;
  /** Where a stray read strikes: nowhere, wherever what it meets changes, or behind that step (0: before the first). */
  readonly stray?: 'none' | 'all' | number;
  /** What the caller does next: `keep` or `free` after it worked, any but `keep` after it failed. */
  readonly then?: 'keep' | 'free' | 'leak' | 'convert-back' | 'ignore';
}

/** One state in one column. */
export interface TransitionCell {
  /** `[P]` private, `(S)` shared, `<?>` unknown, ` . ` not there; or a word. */
  readonly mark: string;
  readonly words: string;
  readonly tones: readonly ('private' | 'shared' | 'neither' | 'absent' | 'word')[];
  /** A TLB entry that the page table does not say. */
  readonly stale: boolean;
}

/** A row of the table: a step of the protocol, of the path, a read, or what comes afterwards. */
export interface TransitionRow {
  readonly kind: 'before' | 'step' | 'cleanup' | 'return' | 'caller' | 'back' | 'next' | 'read' | 'path';
  /** `>` it fails here, `x` somebody comes to harm, `~` a stray read. */
  readonly mark: ' ' | '>' | 'x' | '~';
  /** Of a step within its protocol, from 1. */
  readonly number: number | null;
  readonly text: string;
  /** There was nothing to do. */
  readonly idle: boolean;
  readonly notes: readonly string[];
  /** One for all pages of which everything is the same. */
  readonly lines: readonly { readonly pages: string; readonly cells: readonly TransitionCell[] }[];
  /** All lines are those of the row before. */
  readonly repeats: boolean;
  readonly accesses: readonly {
    readonly who: string;
    readonly pages: string;
    readonly short: string;
    readonly arrives: boolean;
    readonly sentence: string;
    readonly harmful: boolean;
  }[];
  /** All of it in one sentence. */
  readonly sentence: string;
  /** Where it is in the source. */
  readonly source: TransitionSource | null;
}

/** A place in the source. */
export interface TransitionSource {
  readonly uri: string;
  readonly range: {
    readonly start: { readonly line: number; readonly character: number };
    readonly end: { readonly line: number; readonly character: number };
  };
  /** `ring.c:118`. */
  readonly label: string;
}

/** Answer to `membrane/transition`: the table of one transition, and what else could be chosen; null where there is none. */
export interface TransitionResult {
  readonly title: string;
  readonly about: string;
  /** The finding whose path it is. */
  readonly finding: { readonly message: string; readonly rule: string; readonly fingerprint: string } | null;
  readonly columns: readonly { readonly head: string; readonly words: string }[];
  readonly rows: readonly TransitionRow[];
  readonly verdict: readonly string[];
  readonly remedies: readonly string[];
  readonly harmful: boolean;
  readonly legend: readonly string[];
  readonly chosen: Required<TransitionChoice>;
  readonly choices: {
    readonly platforms: readonly {
      readonly value: string;
      readonly title: string;
      readonly matters: boolean;
    }[];
    readonly protocols: readonly TransitionOption<string>[];
    readonly fails: readonly TransitionOption<number>[];
    readonly stray: readonly TransitionOption<number>[];
    readonly then: readonly TransitionOption<NonNullable<TransitionChoice['then']>>[];
  };
  /** The same as text, 120 columns at most: what `membrane model show` prints. */
  readonly text: string;
}

/** One thing that can be chosen. */
export interface TransitionOption<T> {
  readonly value: T;
  readonly title: string;
}

/** A stretch of a document, lines and characters from 0, half-open. */
export interface PlaceInDocument {
  readonly uri: string;
  readonly range: {
    readonly start: { readonly line: number; readonly character: number };
    readonly end: { readonly line: number; readonly character: number };
  };
}

/** A function that converts memory. Its place is that of its name. */
export interface ConvertingFunctionInfo extends PlaceInDocument {
  readonly name: string;
  /** What it does to memory, as its callers see it: `decrypts kbuffer (size bytes) | 0: shared, else unknown | sleeps`. */
  readonly does: string;
  /** `4 callers`. */
  readonly callers: string;
}

/** A call of a transition or of a function that converts memory. Its place is that of the callee's name. */
export interface ConvertingCallInfo extends PlaceInDocument {
  /** The function that it stands in. */
  readonly function: string;
  readonly callee: string;
  /** As it is written. */
  readonly text: string;
  /** What its results leave behind: `0: shared, else unknown`; null: see the function. */
  readonly outcomes: string | null;
}

export type TransitionsMethod = 'membrane/transitions';

/** Which document is asked about. */
export interface TransitionsParams {
  readonly uri: string;
}

/** Of a document and the files that it is checked with; null: it has not been analysed. */
export type TransitionsResult = {
  readonly functions: readonly ConvertingFunctionInfo[];
  readonly calls: readonly ConvertingCallInfo[];
} | null;

export type CallersMethod = 'membrane/callers';

/** Where the name of a function stands. */
export interface CallersParams {
  readonly uri: string;
  readonly position: { readonly line: number; readonly character: number };
}

/** Calls of the function that is named there, in the files that the document is checked with; null: it converts no memory. */
export type CallersResult = {
  readonly name: string;
  readonly calls: readonly ConvertingCallInfo[];
} | null;

export type CheckFileMethod = 'membrane/checkFile';

/** Which document is checked again, whatever is known of it. The answer is its status; null if it is not open, or nothing is looked at. */
export interface CheckFileParams {
  readonly textDocument: { readonly uri: string };
}

export type CheckTreeMethod = 'membrane/checkTree';

/** Which tree is checked: that of the document or file. Progress that can be cancelled is shown where the client can. */
export interface CheckTreeParams {
  readonly textDocument: { readonly uri: string };
}

export type TreeMethod = 'membrane/tree';

/** Server to client, whenever a tree was checked: what that came to. */
export interface TreeParams {
  /** URI of the tree's root. */
  readonly root: string;
  readonly filesSearched: number;
  readonly filesParsed: number;
  readonly findings: number;
  /** Functions of which something was not analysed. */
  readonly notAnalysed: number;
  /** Files that could not be read, and what the configuration leaves out. */
  readonly problems: readonly string[];
  readonly leftOut: number;
  /** Entries of its `allow` that keep nothing silent; each is told at its place. */
  readonly unusedAllows: number;
}

/** All of a tree, as `membrane check` reports it: files as they are on the disk, in the order of their names. */
export interface CheckTreeResult extends TreeParams {
  /** Findings as LSP has diagnostics, by file. */
  readonly files: readonly { readonly uri: string; readonly diagnostics: readonly unknown[] }[];
}

export type SuppressMethod = 'membrane/suppress';

/** Which finding of a document is to be silent, and why. */
export interface SuppressParams {
  readonly textDocument: { readonly uri: string };
  readonly fingerprint: string;
  readonly where: SuppressArguments['where'];
  readonly reason: string;
}

export type AnnotateMethod = 'membrane/annotate';

/** Which document gets contracts of its functions; with a position: of the one that is there. */
export interface AnnotateParams {
  readonly textDocument: { readonly uri: string };
  readonly position?: { readonly line: number; readonly character: number };
}

/** Answer to `membrane/suppress` and `membrane/annotate`: a `WorkspaceEdit` of LSP; null: there is nothing to be written. */
export type EditResult = object | null;

export type AnnotationsMethod = 'membrane/annotations';

/** Of which document, and those that it is checked with. */
export interface AnnotationsParams {
  readonly textDocument: { readonly uri: string };
}

/** An annotation or suppression, and what is wrong with it. */
export interface AnnotationInfo extends PlaceInDocument {
  /** What it stands at: `foo()`, `a statement of foo()`, `the field decrypted`, `drivers/a.c, foo()`. */
  readonly of: string;
  /** On one line. */
  readonly text: string;
  readonly suppresses: boolean;
  /** Sentences: it is not understood, does not hold, or keeps nothing silent. */
  readonly wrong: readonly string[];
}

/** Answer to `membrane/annotations`: of the document, the files that it is checked with, and the tree's `.membrane.json`; null: it was not analysed. */
export type AnnotationsResult = readonly AnnotationInfo[] | null;

export type FilesMethod = 'membrane/files';

/** Server to client, from a web worker only: files are wanted. One answer each, in their order. */
export interface FilesParams {
  readonly wanted: readonly WantedFile[];
}

/** A file or folder, and what is asked of it. */
export interface WantedFile {
  readonly uri: string;
  readonly what: 'kind' | 'bytes' | 'names';
  /** Bytes of a file that is larger are not wanted. */
  readonly limit?: number;
}

/**
 * `kind`: what is there once links are followed. `bytes`: the file's; its size where that is over the limit. `names`: what is in the folder,
 * links as what they are. Null: nothing is there, or it cannot be read.
 */
export type FileAnswer =
  | 'file'
  | 'directory'
  | 'other'
  | Uint8Array
  | number
  | readonly { readonly name: string; readonly kind: 'file' | 'directory' | 'link' | 'other' }[]
  | null;

export type FilesResult = readonly FileAnswer[];

/** The first message to the worker, before any of the protocol: the parser and the grammar of C, as WebAssembly. */
export interface WorkerStart {
  readonly parser: Uint8Array;
  readonly grammar: Uint8Array;
}
