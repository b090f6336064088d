import type { CancellationToken } from '../../base/token.ts';
import type { ApiRow, Version } from '../../kernel/types.ts';
import { type FileSystem, type Problem, problemText } from '../../project/files.ts';
import { joinPath } from '../../project/paths.ts';
import type { Crash } from '../../project/pipeline.ts';
import { readText } from '../../project/read.ts';
import { createStages } from '../../project/stages.ts';
import { boundsOf, defaultTuning, type Tuning } from '../../project/tuning.ts';
import { rules } from '../../rules/registry.ts';
import { Service } from '../../service.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { contentHash } from './content-hash.ts';
import { encodeFound } from './found.ts';

/** What stays the same for all tasks of one check. Crosses to workers, so plain data only. */
export interface CheckSettings {
  readonly root: string;
  readonly version: Version | null;
  /** Rows of the tree's own vocabulary; none if left out. */
  readonly extra?: readonly ApiRow[];
  /** Left out: {@link defaultTuning}. */
  readonly tuning?: Tuning;
  /** Contracts that functions could be given are looked for, too. */
  readonly contracts?: boolean;
  /** Bytes; headers that are larger are not searched unless they are named. Left out: {@link headerLimit}. */
  readonly largest?: number;
}

/** What checking some files gave. Crosses between threads. */
export interface Checked {
  /** {@link decodeFound} makes something of it. */
  readonly found: Uint8Array<ArrayBuffer>;
  /** Of what was read of each file, in their order; null if another run might find more, because something failed in this one, or nothing is kept. */
  readonly hashes: readonly string[] | null;
}

/** Checks files that have to do with each other. The same code runs in a worker and without one, so both give the same. */
export class Tasks {
  private readonly service: Service;
  private crashes: string[] = [];

  constructor(
    private readonly fs: FileSystem,
    private readonly settings: CheckSettings,
    private readonly backend: SyntaxBackend,
    /** What is found is kept for the next check. */
    private readonly keeps: boolean,
  ) {
    const { tuning = defaultTuning } = settings;
    this.service = new Service({
      // A slice seldom comes twice in one check; what is kept would only be memory.
      stages: { ...createStages(backend, 64), bounds: boundsOf(tuning, () => performance.now()) },
      version: settings.version,
      protocol: tuning.protocol,
      rules,
      ...(settings.extra === undefined ? {} : { extra: settings.extra }),
      onCrash: (crash) => this.crashes.push(crashText(crash)),
    });
  }

  /** Nothing more is parsed: whoever wants more files checked makes others in another thread. */
  get parserCrashed(): boolean {
    return this.backend.crashed === true;
  }

  /** Reads and checks files (relative to the root) that have to do with each other. @throws Cancelled */
  check(files: readonly string[], token: CancellationToken): Checked {
    this.crashes = [];
    if (this.parserCrashed) {
      const message = 'not analysed: the parser crashed on another file';
      const problems = files.map((file) => ({ file, message }));
      return { found: encodeFound({ files: [], problems, crashes: [] }), hashes: null };
    }
    const problems: Problem[] = [];
    const hashes: string[] = [];
    const texts: { readonly file: string; readonly text: string }[] = [];
    for (const file of files) {
      try {
        const { text, note } = readText(this.fs, joinPath(this.settings.root, file));
        texts.push({ file, text });
        if (this.keeps) hashes.push(contentHash(text, note));
        if (note !== null) problems.push({ file, message: note });
      } catch (error) {
        problems.push({ file, message: problemText(error) });
      }
    }
    const found = this.service.findLinked(texts, token, this.settings.contracts === true);
    this.service.forgetAll();
    if (this.parserCrashed)
      for (const { file } of texts)
        problems.push({ file, message: 'partly analysed: the parser crashed on it, or on a file beside it' });
    const { crashes } = this;
    const isTimed = (this.settings.tuning ?? defaultTuning).timeMs > 0;
    const whole =
      this.keeps && texts.length === files.length && crashes.length === 0 && !this.parserCrashed && !isTimed;
    return { found: encodeFound({ files: found, problems, crashes }), hashes: whole ? hashes : null };
  }
}

function crashText({ file, function: name, stage, error }: Crash): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${file}: ${name === '' ? 'whole file' : name}: ${stage}: ${what}`;
}
