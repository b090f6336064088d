// npm run e2e:emacs: a session of Emacs with eglot, in batch mode.
import { join } from 'node:path';
import { editorSession } from './editor-session.mjs';
import { root } from './install.mjs';

await editorSession({
  name: 'Emacs',
  command: 'emacs',
  // Eglot is part of Emacs from 29 on.
  packages: 'emacs-nox elpa-eglot',
  args: ['--batch', '-l', join(root, 'test/e2e/session.el')],
  homes: ['HOME', 'XDG_CACHE_HOME'],
});
