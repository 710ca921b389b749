// SPDX-License-Identifier: Apache-2.0
//
// stack.mjs - the whole product on free loopback ports with a data directory
// of its own: demo tracker, scopecapd, nginx.
//
//   const stack = await start({ any: true });
//   ... stack.gateway, stack.tls (ports), stack.recording, stack.cli(...)
//   await stack.stop();
//
// Programs come from the build directory in $BUILD.  Everything is ended by
// its process number; stop() throws if nginx or the daemon complained in a
// way that a test must not miss (sanitizers, crashed workers).

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Recording } from './recorder.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../../..');
const BUILD = resolve(process.env.BUILD ?? join(ROOT, 'build'));
const COMPLAINT = /AddressSanitizer|runtime error:|exited on signal/;
const run = promisify(execFile);

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// A port that was free a moment ago.
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');

  await new Promise((done) => server.on('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

// Wait until `test` gives something; what takes a minute does not come.
export async function until(what, test) {
  for (let i = 0; i < 1200; i++) {
    const got = await test();
    if (got) {
      return got;
    }
    await pause(50);
  }
  throw new Error(`${what}: waited in vain`);
}

class Stack {
  #children = [];

  // Start a program; its output is kept for messages.
  #spawn(name, command, args, env) {
    const child = spawn(command, args, { env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'] });
    const entry = { name, child, output: '' };

    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => { entry.output += text; });
    }
    entry.ended = new Promise((done) => child.on('exit', done));
    this.#children.push(entry);
    return entry;
  }

  #alive(entry) {
    if (entry.child.exitCode !== null) {
      throw new Error(`${entry.name} ended: ${entry.output}`);
    }
  }

  async startTracker(any) {
    const entry = this.#spawn('tracker', process.execPath, [
      join(ROOT, 'demo/tracker.mjs'), '--port', '0',
      '--recorder-port', '0', ...(any ? ['--any'] : [])]);
    const line = await until('tracker', () => {
      this.#alive(entry);
      return /tracker=(\d+) recorder=(\d+)/.exec(entry.output);
    });

    this.tracker = Number(line[1]);
    this.recording = new Recording(Number(line[2]));
  }

  async startDaemon() {
    [this.gateway, this.tls, this.console] = await Promise.all(
      [freePort(), freePort(), freePort()]);
    this.env = {
      SCOPECAP_DATA: this.data,
      SCOPECAP_GATEWAY_PORT: String(this.gateway),
      SCOPECAP_TLS_PORT: String(this.tls),
      SCOPECAP_CONSOLE_PORT: String(this.console),
      SCOPECAP_CATALOGS: join(ROOT, 'catalogs'),
      SCOPECAP_NGINX_MODULE:
        join(BUILD, 'nginx/ngx_http_scopecap_module.so'),
      SCOPECAP_URL: `http://127.0.0.1:${this.console}`,
      SCOPECAP_KEY_FILE: join(this.data, 'admin.key'),
    };
    const entry = this.#spawn('scopecapd',
      join(BUILD, 'daemon/scopecapd'), [], this.env);
    await until('scopecapd', async () => {
      this.#alive(entry);
      return fetch(`${this.env.SCOPECAP_URL}/healthz`)
        .then((answer) => answer.ok, () => false);
    });
    this.key = (await readFile(this.env.SCOPECAP_KEY_FILE, 'utf8'))
      .trim();
  }

  async startNginx() {
    const entry = this.#spawn('nginx',
      process.env.SCOPECAP_NGINX ?? '/usr/sbin/nginx',
      ['-e', join(this.data, 'nginx/error.log'),
        '-c', join(this.data, 'nginx/nginx.conf'),
        '-g', 'daemon off;'], this.env);

    this.nginx = entry.child.pid;
    await until('nginx', async () => {
      this.#alive(entry);
      return fetch(`http://127.0.0.1:${this.gateway}/`)
        .then(() => true, () => false);
    });
  }

  // Apply a configuration given as text; UPSTREAM and SECRET in it stand
  // for the tracker's address and a file with its password.
  async apply(yaml) {
    const file = join(this.data, 'test.yaml');
    const secret = join(this.data, 'upstream.secret');

    await writeFile(secret, 'demo-secret\n', { mode: 0o600 });
    await writeFile(file, yaml
      .replaceAll('UPSTREAM', `http://127.0.0.1:${this.tracker}`)
      .replaceAll('SECRET', secret));
    return this.cli('apply', file);
  }

  // Run the CLI; its standard output.
  async cli(...args) {
    const { stdout } = await run(join(BUILD, 'cli/scopecap'), args,
      { env: { ...process.env, ...this.env } });

    return stdout.trim();
  }

  // Make a token: grants is { app: [scope, ...] }.
  token(user, grants, ...options) {
    return this.cli('token', 'create', '--user', user,
      ...Object.entries(grants).flatMap(([app, scopes]) => ['--app',
        app, ...scopes.flatMap((scope) => ['--scope', scope])]),
      '--name', 'test', ...options);
  }

  // Call the admin API; { status, body }.
  async api(method, path, body) {
    const answer = await fetch(`${this.env.SCOPECAP_URL}/api/v1${path}`, {
      method,
      headers: { 'Authorization': `Bearer ${this.key}`,
        ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();

    return { status: answer.status,
      body: text === '' ? null : JSON.parse(text) };
  }

  // The first `most` items, or all, of a collection of the admin API.
  async list(path, most = Infinity) {
    const items = [];

    for (let cursor = ''; cursor !== null && items.length < most;) {
      const { status, body } = await this.api('GET', path
        + (path.includes('?') ? '&' : '?') + 'limit=200'
        + (cursor && `&cursor=${encodeURIComponent(cursor)}`));
      if (status !== 200) {
        throw new Error(`GET ${path}: ${JSON.stringify(body)}`);
      }
      items.push(...body.items);
      cursor = body.next ?? null;
    }
    return items;
  }

  async errorLog() {
    return readFile(join(this.data, 'nginx/error.log'), 'utf8')
      .catch(() => '');
  }

  // End everything, the gateway first, by process number.
  async stop() {
    for (const { child, ended } of this.#children.reverse()) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
    }
    const said = (await this.errorLog())
      + this.#children.map((c) => c.output).join('');
    await rm(this.data, { recursive: true, force: true });
    if (COMPLAINT.test(said)) {
      throw new Error(said);
    }
  }
}

// Start tracker, daemon and nginx, apply `config`.
export async function start({ any = false, config }) {
  const stack = new Stack();

  stack.data = await mkdtemp(join(tmpdir(), 'scopecap-'));
  try {
    await stack.startTracker(any);
    await stack.startDaemon();
    await stack.startNginx();
    await stack.apply(config);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return stack;
}
