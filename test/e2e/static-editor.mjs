// VS Code for the web of now, without any server of its own: the workbench of the npm package code-server from plain files, and a folder
// behind the file system that @vscode/test-web brings. code-server's workbench takes a server for granted in two places, which are changed
// while they are served.
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize, sep } from 'node:path';
import { freePort, settings, unpack } from './editor.mjs';
import { editorFolder } from './install.mjs';

const types = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
};

/** What is changed in the workbench. */
const changes = [
  [/remoteAuthority:location\.host\}/, 'remoteAuthority:void 0}'],
  [
    /(get userRoamingDataHome\(\)\{return \w+\(\w+\.file\(this\.userDataPath\)\.with\(\{scheme:\w+)\.vscodeRemote/,
    '$1.vscodeUserData',
  ],
];

/** The editor on `workspace`. Like `startEditor`: `url` opens it, `stop` ends it and removes what it wrote. */
export async function startStaticEditor(workspace) {
  const build = join(editorFolder('newest'), 'node_modules/code-server/lib/vscode');
  const provider = join(editorFolder('oldest'), 'node_modules/@vscode/test-web/fs-provider');
  const main = '/build/out/vs/code/browser/workbench/workbench.js';
  const workbench = changes.reduce(
    (text, [from, to]) => {
      if (!from.test(text)) throw new Error(`the workbench is another one: no ${from} in it`);
      return text.replace(from, to);
    },
    readFileSync(join(build, main.slice('/build/'.length)), 'utf8'),
  );
  const extension = mkdtempSync(join(tmpdir(), 'membrane-web-'));
  unpack(extension);
  const port = await freePort();
  const folders = { build, provider, extension, mount: workspace };
  const page = pageOf(port, main);
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    // The file system asks below this path of the page's origin.
    const path = decodeURIComponent(url.pathname).replace(/^\/static\/mount/, '/mount');
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    const send = (status, type, body) => response.writeHead(status, { 'Content-Type': type }).end(body);
    if (path === '/') return send(200, 'text/html', page);
    if (path === main) return send(200, 'text/javascript', workbench);
    const [, name, ...rest] = path.split('/');
    const folder = folders[name];
    const file = folder && normalize(join(folder, rest.join('/')));
    if (!file || (file !== folder && !file.startsWith(folder + sep))) return send(404, 'text/plain', '');
    try {
      if (name === 'mount' && url.search !== '')
        return send(200, 'application/json', JSON.stringify(asked(url, file)));
      if (!statSync(file).isFile()) return send(404, 'text/plain', '');
      response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
      return createReadStream(file).pipe(response);
    } catch (error) {
      return send(name === 'mount' ? 200 : 404, 'application/json', JSON.stringify({ error: error.code }));
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    // The page's origin must be localhost: the extension host and webviews live on subdomains of it.
    url: `http://localhost:${port}/`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(extension, { recursive: true, force: true });
    },
  };
}

/** What test-web's file system asks. */
function asked(url, file) {
  const kind = (entry) => (entry.isFile() ? 1 : entry.isDirectory() ? 2 : 0);
  if (url.searchParams.has('readdir'))
    return readdirSync(file, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      type: kind(entry),
    }));
  const found = statSync(file);
  return { type: kind(found), ctime: +found.ctime, mtime: +found.mtime, size: found.size };
}

function pageOf(port, main) {
  const at = (path) => ({ scheme: 'http', authority: `localhost:${port}`, path });
  const own = `http://{{uuid}}.localhost:${port}/build`;
  const configuration = {
    productConfiguration: {
      enableTelemetry: false,
      webEndpointUrlTemplate: own,
      webviewContentExternalBaseUrlTemplate: `${own}/out/vs/workbench/contrib/webview/browser/pre/`,
      extensionEnabledApiProposals: {
        'vscode.vscode-test-web-fs': ['fileSearchProvider', 'textSearchProvider'],
      },
    },
    additionalBuiltinExtensions: [at('/provider')],
    developmentOptions: { extensions: [at('/extension')], enableSmokeTestDriver: true },
    folderUri: { scheme: 'vscode-test-web', authority: 'mount', path: '/' },
    configurationDefaults: settings,
    enableWorkspaceTrust: false,
    userDataPath: '/',
    isEnabledFileDownloads: true,
    isEnabledFileUploads: true,
    isEnabledCoderGettingStarted: false,
  };
  const data = JSON.stringify(configuration).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta id="vscode-workbench-web-configuration" data-settings="${data}">
<link rel="stylesheet" href="/build/out/vs/code/browser/workbench/workbench.css">
</head>
<body></body>
<script>globalThis._VSCODE_FILE_ROOT = location.origin + '/build/out/';</script>
<script src="/build/out/nls.messages.js"></script>
<script type="module" src="${main}"></script>
</html>`;
}
