import { NodeFileSystem } from '../node/files.ts';
import { exit } from './command.ts';
import { runCommandLine } from './run.ts';
import { processTerminal } from './terminal.ts';

// A reader that has had enough (`| head`) is no trouble worth a stack.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? exit.clean);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  terminal: processTerminal(),
  fs: new NodeFileSystem(),
  // A check that finds everything in the cache needs no parser.
  loadBackend: async (name) => (await import('../node/backend.ts')).loadBackend(name),
  threads: true,
  now: () => performance.now(),
});
