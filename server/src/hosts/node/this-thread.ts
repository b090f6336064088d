import { type CancellationToken, check as stopIfCancelled } from '../../base/token.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import { PortableCalls } from '../../project/call-names.ts';
import { type FileSystem, unstamped } from '../../project/files.ts';
import { Prefilter } from '../../project/prefilter.ts';
import { scan } from '../../project/read.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { searchBuffer } from './files.ts';
import { type Checked, type CheckSettings, Tasks } from './tasks.ts';
import type { Workforce } from './workforce.ts';

/** For a few files, or files that threads cannot see. */
export class ThisThread implements Workforce {
  readonly failure = new Promise<never>(() => {});
  readonly scan: Workforce['scan'];
  private readonly tasks: Tasks;

  constructor(
    fs: FileSystem,
    settings: CheckSettings,
    private readonly token: CancellationToken,
    backend: SyntaxBackend,
  ) {
    this.tasks = new Tasks(fs, settings, backend, false);
    const { root, version, extra, largest } = settings;
    const filter = new Prefilter(vocabularyFor(version, extra).needles, searchBuffer);
    const found = { fs: unstamped(fs), calls: new PortableCalls() };
    this.scan = async (files, known) => scan(fs, root, files, filter, { ...found, known }, largest);
  }

  listed(): void {}

  getReady(): void {}

  async check(files: readonly string[]): Promise<Checked> {
    stopIfCancelled(this.token);
    const result = this.tasks.check(files, this.token);
    // Lets a signal through between two groups.
    await new Promise(setImmediate);
    return result;
  }

  async stop(): Promise<void> {}
}
