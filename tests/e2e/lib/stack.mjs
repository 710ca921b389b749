// SPDX-License-Identifier: Apache-2.0
//
// stack.mjs - the whole product on free loopback ports with a data directory
// of its own: demo tracker, scopecapd, nginx, and the CLI.
//
//   const stack = await start({ config: DEMO });
//   ... stack.gateway, stack.tls (ports), stack.recording, stack.cli(...)
//   await stack.stop();
//
// Programs come from the build directory in $BUILD.  Everything is ended by
// its process number; stop() throws if one of them complained in a way that a
// test must not miss (sanitizers, crashed workers).

import { execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startDaemon } from './daemon.mjs';
import { NGINX, until } from './gateway.mjs';
import { Recording } from './recorder.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../../..');
const BUILD = resolve(process.env.BUILD ?? join(ROOT, 'build'));
const PATIENCE = 60; // seconds; nobody waits that long for what comes
const COMPLAINT = /AddressSanitizer|runtime error:|exited on signal/;
const run = promisify(execFile);

class Stack {
  #children = [];

  // Start a program; its output is kept for messages.
  #spawn(name, command, args) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const entry = { name, child, output: '' };

    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => { entry.output += text; });
    }
    entry.ended = new Promise((done) => child.on('exit', done));
    this.#children.push(entry);
    return entry;
  }

  // Wait until a program that was just started does what it should.
  #ready(entry, test) {
    return until(entry.name, () => {
      if (entry.child.exitCode !== null) {
        throw new Error(`${entry.name} ended: ${entry.output}`);
      }
      return test();
    }, PATIENCE);
  }

  async startTracker(any) {
    const entry = this.#spawn('tracker', process.execPath, [
      join(ROOT, 'demo/tracker.mjs'), '--port', '0', '--recorder-port', '0',
      ...(any ? ['--any'] : [])]);
    const line = await this.#ready(entry,
      () => /tracker=(\d+) recorder=(\d+)/.exec(entry.output));

    this.tracker = Number(line[1]);
    this.recording = new Recording(Number(line[2]));
  }

  async startDaemon() {
    this.daemon = await startDaemon();
    this.data = this.daemon.data;
    this.gateway = Number(this.daemon.env.SCOPECAP_GATEWAY_PORT);
    this.tls = Number(this.daemon.env.SCOPECAP_TLS_PORT);
    this.env = { ...process.env, SCOPECAP_URL: this.daemon.base,
      SCOPECAP_KEY_FILE: join(this.data, 'admin.key') };
  }

  async startNginx() {
    const entry = this.#spawn('nginx', NGINX,
      ['-e', join(this.data, 'nginx/error.log'),
        '-c', join(this.data, 'nginx/nginx.conf'), '-g', 'daemon off;']);

    this.nginx = entry.child.pid;
    await this.#ready(entry, () => fetch(`http://127.0.0.1:${this.gateway}/`)
      .then(() => true, () => false));
  }

  // Apply a configuration given as text; UPSTREAM and SECRET in it stand for
  // the tracker's address and a file with its password.
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
      { env: this.env });

    return stdout.trim();
  }

  // Make a token: { id, token, ... }.
  async token(user, app, scopes, ...options) {
    return JSON.parse(await this.cli('token', 'create', '--user', user,
      '--app', app, ...scopes.flatMap((scope) => ['--scope', scope]),
      '--name', 'test', '--json', ...options));
  }

  // The newest `most` records of the audit of calls.
  async decisions(most) {
    const items = [];

    for (let next = ''; next !== null && items.length < most;) {
      const { body } = await this.daemon.get('/api/v1/decisions?limit=200'
        + (next && `&cursor=${encodeURIComponent(next)}`));
      items.push(...body.items);
      next = body.next ?? null;
    }
    return items;
  }

  // End everything, the gateway first, by process number.
  async stop() {
    const log = join(this.data ?? '', 'nginx/error.log');

    for (const { child, ended } of this.#children.reverse()) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
    }
    const said = await readFile(log, 'utf8').catch(() => '')
      + this.#children.map((c) => c.output).join('');
    await this.daemon?.stop();
    if (COMPLAINT.test(said)) {
      throw new Error(said);
    }
  }
}

// Start tracker, daemon and nginx, apply `config`.
export async function start({ any = false, config }) {
  const stack = new Stack();

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
