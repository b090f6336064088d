// npm run e2e:neovim: a session of Neovim, headless.
import { join } from 'node:path';
import { editorSession } from './editor-session.mjs';
import { root } from './install.mjs';

await editorSession({
  name: 'Neovim',
  command: 'nvim',
  packages: 'neovim',
  args: ['--clean', '--headless', '-c', `luafile ${join(root, 'test/e2e/session.lua')}`],
  homes: ['XDG_STATE_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'],
});
