// A language client of a few lines: starts a server over stdio, frames messages, answers what the server asks.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** A running server. Times are of `performance.now()`, taken when the last byte of a message is there. */
export class LspClient {
  #next = 1;
  #pending = new Map();
  #waiting = [];
  #buffer = Buffer.alloc(0);

  constructor(command, args, { cwd } = {}) {
    this.started = performance.now();
    this.process = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    this.stderr = '';
    this.process.stderr.on('data', (chunk) => {
      this.stderr = (this.stderr + chunk).slice(-4000);
    });
    this.process.stdout.on('data', (chunk) => this.#read(chunk));
    this.process.stdin.on('error', () => {});
    this.exited = new Promise((done) => this.process.on('close', done));
    this.exited.then((code) => {
      const gone = new Error(`the server ended with ${code}: ${this.stderr.trim()}`);
      for (const { fail } of [...this.#pending.values(), ...this.#waiting]) fail(gone);
    });
  }

  /** Sends a request; the result and when it was there. @throws the server's error */
  request(method, params) {
    const id = this.#next++;
    return new Promise((done, fail) => {
      this.#pending.set(id, { done, fail });
      this.#send({ jsonrpc: '2.0', id, method, params });
    });
  }

  notify(method, params) {
    this.#send({ jsonrpc: '2.0', method, params });
  }

  /** The next notification of `method` that `accept` takes; null after `timeout` ms. */
  next(method, accept, timeout) {
    return new Promise((done, fail) => {
      const entry = { method, accept, done, fail };
      this.#waiting.push(entry);
      entry.clock = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        done(null);
      }, timeout);
    });
  }

  /** Ends the server as the protocol has it, or by force if it does not listen. */
  async stop() {
    const force = setTimeout(() => this.process.kill('SIGKILL'), 5000);
    await this.request('shutdown', null).catch(() => {});
    this.notify('exit', null);
    await this.exited;
    clearTimeout(force);
  }

  #send(message) {
    const body = Buffer.from(JSON.stringify(message));
    this.process.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.process.stdin.write(body);
  }

  #read(chunk) {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(this.#buffer.toString('latin1', 0, end))[1]);
      if (this.#buffer.length < end + 4 + length) return;
      const message = JSON.parse(this.#buffer.toString('utf8', end + 4, end + 4 + length));
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      this.#take(message, performance.now());
    }
  }

  #take(message, at) {
    if (message.method === undefined) {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error) pending?.fail(Object.assign(new Error(message.error.message), { at }));
      else pending?.done({ result: message.result, at });
    } else if (message.id !== undefined) {
      const items = message.params?.items;
      const result = message.method === 'workspace/configuration' ? items.map(() => null) : null;
      this.#send({ jsonrpc: '2.0', id: message.id, result });
    } else {
      const taken = this.#waiting.find((w) => w.method === message.method && w.accept(message.params));
      if (!taken) return;
      this.#waiting = this.#waiting.filter((other) => other !== taken);
      clearTimeout(taken.clock);
      taken.done({ params: message.params, at });
    }
  }
}
