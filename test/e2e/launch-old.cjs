// Starts a server of code-server before 4.96, whose server-main.js only exports what makes one.
// usage: node launch-old.cjs SERVER-MAIN [--option[=value] | --option value]...
const http = require('node:http');
const path = require('node:path');

const [main, ...rest] = process.argv.slice(2);
const args = { _: [], compatibility: '1.64' };
for (let i = 0; i < rest.length; i++) {
  const [name, value] = rest[i].slice(2).split('=');
  const next = rest[i + 1];
  if (value !== undefined) args[name] = value;
  else if (next !== undefined && !next.startsWith('--')) args[name] = rest[++i];
  else args[name] = true;
}

/** With the connection token off nothing but this machine can reach it: it listens on the loopback interface only. */
async function launch() {
  const server = await require(path.resolve(main)).loadCodeWithNls();
  if (args['install-extension']) {
    await server.spawnCli({ ...args, 'install-extension': [args['install-extension']] });
    return;
  }
  const code = await server.createServer(null, args);
  const listener = http.createServer((request, response) => code.handleRequest(request, response));
  listener.on('upgrade', (request, socket) => code.handleUpgrade(request, socket));
  listener.listen(Number(args.port), args.host);
}

launch().catch((error) => {
  console.error(error);
  process.exit(1);
});
