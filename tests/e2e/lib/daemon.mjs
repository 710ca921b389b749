// SPDX-License-Identifier: Apache-2.0
//
// daemon.mjs - scopecapd alone, on free ports with a data directory of its
// own, and a client of its API that holds every answer to api/openapi.yaml.
//
//   const daemon = await startDaemon();
//   const { status, body } = await daemon.post('/api/v1/apply', { config });
//   await daemon.stop();

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../../..');
const BUILD = resolve(process.env.BUILD ?? join(ROOT, 'build'));
const PROGRAM = join(BUILD, 'daemon/scopecapd');
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

export const document = parse(
  readFileSync(join(ROOT, 'api/openapi.yaml'), 'utf8'));

const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema({ $id: 'api', components: document.components });

// "METHOD /path" of everything in the document.
export function documented() {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((m) => item[m] !== undefined)
      .map((m) => `${m.toUpperCase()} ${path}`));
}

// What the program itself says it serves: [{ route, role }].
export function routes() {
  return spawnSync(PROGRAM, ['--routes'], { encoding: 'utf8' }).stdout
    .trim().split('\n').map((line) => {
      const [method, path, role] = line.split(' ');
      return { route: `${method} ${path}`, role };
    });
}

const follow = (item) => (item?.$ref === undefined ? item
  : item.$ref.slice(2).split('/').reduce((at, key) => at[key], document));

const absolute = (schema) => JSON.parse(JSON.stringify(schema)
  .replaceAll('"#/components/', '"api#/components/'));

// Throw unless the document describes this answer.
function hold(method, path, status, type, body) {
  const entry = Object.entries(document.paths).find(([template, item]) =>
    item[method.toLowerCase()] !== undefined
    && new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
      .test(path));
  if (entry === undefined) {
    return; // a path or method that is not there
  }

  const { responses } = entry[1][method.toLowerCase()];
  const answer = follow(responses[status] ?? responses.default);
  if (responses[status] === undefined && status < 400) {
    throw new Error(`${method} ${path}: status ${status} is not described`);
  }
  if (answer.content === undefined) {
    if (body !== '') {
      throw new Error(`${method} ${path}: ${status} has a body`);
    }
    return;
  }

  const media = answer.content[type.split(';')[0]];
  if (media === undefined) {
    throw new Error(`${method} ${path}: ${type} is not described`);
  }
  if (typeof body !== 'string'
      && !ajv.validate(absolute(media.schema), body)) {
    throw new Error(`${method} ${path} ${status}: ${ajv.errorsText()}: `
      + JSON.stringify(body));
  }
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');

  await new Promise((done) => server.on('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export class Daemon {
  constructor(env, data) {
    this.env = env;
    this.data = data;
    this.base = `http://127.0.0.1:${env.SCOPECAP_CONSOLE_PORT}`;
  }

  // Start the program; resolves when it is ready, or has ended.
  async run() {
    this.output = '';
    this.child = spawn(PROGRAM, [], { env: { ...process.env, ...this.env },
      stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = new Promise((done) => this.child.on('close', done));
    await Promise.race([this.ended, new Promise((done) => {
      this.child.stderr.on('data', (text) => {
        this.output += text;
        if (this.output.includes('event=ready')) {
          done();
        }
      });
    })]);
    if (this.child.exitCode === null) {
      this.key = readFileSync(join(this.data, 'admin.key'), 'utf8').trim();
    }
    return this;
  }

  // One call; every answer is held to the document.
  async call(method, path, { body, headers = {}, key = this.key } = {}) {
    const answer = await fetch(this.base + path, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body !== undefined ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body
        : JSON.stringify(body),
    });
    const type = answer.headers.get('content-type') ?? '';
    const text = await answer.text();
    const parsed = type.includes('json') ? JSON.parse(text) : text;

    hold(method, path.split('?')[0], answer.status, type, parsed);
    return { status: answer.status, headers: answer.headers, body: parsed };
  }

  get(path, options) { return this.call('GET', path, options); }

  post(path, body, options) {
    return this.call('POST', path, { body, ...options });
  }

  put(path, body, options) {
    return this.call('PUT', path, { body, ...options });
  }

  delete(path, options) { return this.call('DELETE', path, options); }

  // End with a signal; resolves to the exit code.
  async end(signal = 'SIGTERM') {
    this.child.kill(signal);
    return this.ended;
  }

  async stop() {
    await this.end();
    rmSync(this.data, { recursive: true, force: true });
    if (/AddressSanitizer|LeakSanitizer|runtime error:/.test(this.output)) {
      throw new Error(this.output);
    }
  }
}

// A daemon that is not running yet.
export async function prepareDaemon(more = {}) {
  const data = mkdtempSync(join(tmpdir(), 'scopecapd-'));
  const [console_, gateway, tls] = await Promise.all(
    [freePort(), freePort(), freePort()]);

  return new Daemon({
    SCOPECAP_DATA: data,
    SCOPECAP_CONSOLE_PORT: String(console_),
    SCOPECAP_GATEWAY_PORT: String(gateway),
    SCOPECAP_TLS_PORT: String(tls),
    SCOPECAP_CATALOGS: join(ROOT, 'catalogs'),
    SCOPECAP_NGINX_MODULE:
      join(BUILD, 'nginx/ngx_http_scopecap_module.so'),
    ...more,
  }, data);
}

export async function startDaemon(more) {
  const daemon = await (await prepareDaemon(more)).run();

  if (daemon.child.exitCode !== null) {
    throw new Error(`scopecapd ended: ${daemon.output}`);
  }
  return daemon;
}
