import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCommandLine } from '../../server/src/hosts/cli/run.ts';
import type { FileSystem } from '../../server/src/project/files.ts';
import { testBackend } from '../harness/backend.ts';
import { MemoryFiles, type Node } from '../harness/memory-files.ts';

/** What a run left behind. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Frees after a failed decrypt: one error, one warning at least is what every rule set says of it. */
export const bad = `int bad(void)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	if (set_memory_decrypted(p, 1)) {
		free_page(p);
		return -EIO;
	}
	return 0;
}
`;

/** The same, done right: the page is leaked. */
export const good = bad.replace('\t\tfree_page(p);\n', '');

/** The command line in this process: over files in memory, in the folder `/k`, or over those of the disk, in another one. */
export async function run(
  argv: string[],
  files: Record<string, Node> | FileSystem = {},
  cwd = '/k',
): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await runCommandLine(argv, {
    terminal: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      columns: null,
      coloursOut: false,
      interactive: false,
      cwd,
    },
    fs: isFileSystem(files) ? files : new MemoryFiles(files),
    loadBackend: () => testBackend(),
    threads: false,
    now: () => 0,
  });
  return { code, out, err };
}

function isFileSystem(files: Record<string, Node> | FileSystem): files is FileSystem {
  return typeof files.readBytes === 'function';
}

/** A folder on the disk that is gone after the test. */
export function folder(context: TestContext, files: Record<string, string | Uint8Array>): string {
  const top = mkdtempSync(join(tmpdir(), 'membrane-cli-'));
  context.after(() => rmSync(top, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(top, name)), { recursive: true });
    writeFileSync(join(top, name), content);
  }
  return top;
}

/** The program itself, as anybody would start it. `kill`: milliseconds after which it is killed, if it still runs. */
export function spawned(
  argv: string[],
  cwd: string,
  env: Record<string, string> = {},
  kill?: number,
): Promise<Ran> {
  const child = spawn(
    process.execPath,
    [join(process.env.MEMBRANE_ROOT!, 'server/bin/membrane.js'), ...argv],
    {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, out, err });
    });
  });
}
