import { type CancellationToken, check as stopIfCancelled } from '../../base/token.ts';
import { PortableCalls } from '../../project/call-names.ts';
import type { FileSystem, StampedFiles } from '../../project/files.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { type Checked, type CheckSettings, Tasks } from './tasks.ts';
import type { Workforce } from './workforce.ts';

/** For a few files, or files that threads cannot see. */
export class ThisThread implements Workforce {
  readonly failure = new Promise<never>(() => {});
  private readonly tasks: Tasks;

  constructor(
    fs: FileSystem,
    settings: CheckSettings,
    private readonly token: CancellationToken,
    backend: SyntaxBackend,
  ) {
    this.tasks = new Tasks(fs, settings, backend, undefined, {
      fs: unstamped(fs),
      calls: new PortableCalls(),
    });
  }

  scan: Workforce['scan'] = async (files, known) => this.tasks.scan(files, known);

  listed(): void {}

  async check(files: readonly string[]): Promise<Checked> {
    stopIfCancelled(this.token);
    const result = this.tasks.check(files, this.token);
    // Lets a signal through between two groups.
    await new Promise(setImmediate);
    return result;
  }

  async stop(): Promise<void> {}
}

/** Files whose stamps nobody asks for: what is read in one go needs none. */
function unstamped(fs: FileSystem): StampedFiles {
  return {
    readDirectory: (path) => fs.readDirectory(path),
    status: (path) => fs.status(path),
    readBytes: (path, limit) => fs.readBytes(path, limit),
    stamp: () => null,
    readStamped(path, limit) {
      const bytes = fs.readBytes(path, limit);
      return {
        bytes,
        stamp: { size: bytes.length, mtime: Number.NaN, ctime: Number.NaN, inode: Number.NaN },
      };
    },
  };
}
