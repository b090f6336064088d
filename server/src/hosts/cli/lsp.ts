import { pathToFileURL } from 'node:url';
import { beside, isBeside } from '../node/beside.ts';
import { UsageError } from './arguments.ts';
import { type Command, exit } from './command.ts';
import { RunError } from './run-error.ts';

/** `membrane lsp`. */
export const lspCommand: Command = {
  name: 'lsp',
  summary: 'runs the language server, for editors',
  usage: ['lsp --stdio'],
  details: ['Speaks the language server protocol on standard input and output until the editor ends it.'],
  options: [{ name: 'stdio', help: 'speak on standard input and output, the one way there is' }],
  async run(args) {
    if (!args.has('stdio')) throw new UsageError('lsp needs --stdio', 'lsp');
    if (args.operands.length > 0) throw new UsageError('lsp takes no paths', 'lsp');
    if (!isBeside('server.mjs')) throw new RunError('the language server is not built; run npm run build');
    // It reads --stdio from the process's own arguments and ends the process itself.
    await import(pathToFileURL(beside('server.mjs')).href);
    return exit.clean;
  },
};
