import { type CancellationToken, Cancelled } from '../../base/token.ts';
import type { ApiRow, Version } from '../../kernel/types.ts';
import type { SourceFile } from '../../project/discover.ts';
import { type FileSystem, type Problem, problemText } from '../../project/files.ts';
import { relativePath } from '../../project/paths.ts';
import type { Crash } from '../../project/pipeline.ts';
import { type ByteFilter, Prefilter } from '../../project/prefilter.ts';
import { readText, type Scan, scan } from '../../project/read.ts';
import { createStages } from '../../project/stages.ts';
import { rules } from '../../rules/registry.ts';
import { Service } from '../../service.ts';
import type { CheckOptions, FileReport } from '../../service-types.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { searchBuffer } from './files.ts';

/** What stays the same for all tasks of one check. Crosses to workers, so plain data only. */
export interface CheckSettings {
  readonly root: string;
  readonly version: Version | null;
  readonly options: CheckOptions;
  /** Rows of the tree's own vocabulary; none if left out. */
  readonly extra?: readonly ApiRow[];
}

/** What checking one file gave; no report where it could not be read. */
export interface FileResult {
  readonly report: FileReport | null;
  readonly problems: readonly Problem[];
  /** Faults of the engine with their stacks, for those who ask. */
  readonly crashes: readonly string[];
}

/** The two kinds of work of a check. The same code runs in a worker and without one, so both give the same. */
export class Tasks {
  private readonly filter: ByteFilter;
  private readonly service: Service;
  private crashes: string[] = [];

  constructor(
    private readonly fs: FileSystem,
    private readonly settings: CheckSettings,
    private readonly backend: SyntaxBackend,
    /** Without one: Node's own search, a pass for each stem. */
    filter?: ByteFilter,
  ) {
    this.service = new Service({
      // A slice seldom comes twice in one check; what is kept would only be memory.
      stages: createStages(backend, 64),
      version: settings.version,
      rules,
      ...(settings.extra === undefined ? {} : { extra: settings.extra }),
      onCrash: (crash) => this.crashes.push(crashText(crash)),
    });
    this.filter = filter ?? new Prefilter(this.service.vocabulary.needles, searchBuffer);
  }

  /** Which of the files matter. */
  scan(files: readonly SourceFile[]): Scan {
    return scan(this.fs, this.settings.root, files, this.filter);
  }

  /** Nothing more is parsed: whoever wants more files checked makes others in another thread. */
  get parserCrashed(): boolean {
    return this.backend.crashed === true;
  }

  /** Reads and checks one file. @throws Cancelled */
  check(path: string, token: CancellationToken): FileResult {
    const file = relativePath(this.settings.root, path);
    this.crashes = [];
    if (this.parserCrashed) {
      const problem = { file, message: 'not analysed: the parser crashed on another file' };
      return { report: null, problems: [problem], crashes: [] };
    }
    try {
      const { text, note } = readText(this.fs, path);
      const report = this.service.checkText(file, text, this.settings.options, token);
      this.service.forget(file);
      const notes = [note, this.parserCrashed ? 'partly analysed: the parser crashed on it' : null];
      return {
        report,
        problems: notes.flatMap((message) => (message === null ? [] : [{ file, message }])),
        crashes: this.crashes,
      };
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      return { report: null, problems: [{ file, message: problemText(error) }], crashes: this.crashes };
    }
  }
}

function crashText({ file, function: name, stage, error }: Crash): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${file}: ${name === '' ? 'whole file' : name}: ${stage}: ${what}`;
}
