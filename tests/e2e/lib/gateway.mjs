// SPDX-License-Identifier: Apache-2.0
//
// gateway.mjs - nginx with the module, a recorder as upstream, and a runtime
// directory of mkruntime, for tests without the daemon.
//
//    const upstream = await startRecorder();
//    const gw = await startGateway({ upstream });
//    const answer = await gw.ask('GET', '/v1/items/7', { token: 'RO' });
//    upstream.bytes()   // everything it got since upstream.clear()
//    await gw.stop(); await upstream.stop();
//
// Everything runs on loopback, on free ports, and is ended by its pid.

import { spawn, spawnSync, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync,
  existsSync, chmodSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';

const BUILD = process.env.BUILD ?? path.resolve('build');
export const NGINX = process.env.SCOPECAP_NGINX ?? '/usr/sbin/nginx';
export const MODULE = path.join(BUILD, 'nginx/ngx_http_scopecap_module.so');
const MKRUNTIME = path.join(BUILD, 'tests/mkruntime');

/* ---- small things ------------------------------------------------------ */

export async function until(what, check, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(10);
  }
}

export async function freePorts(n) {
  const servers = [];
  for (let i = 0; i < n; i++) {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}

/* ---- the recorder ------------------------------------------------------ */

export const OK_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: application/json'
  + '\r\nContent-Length: 2\r\n\r\n{}';

// A raw socket that keeps every byte.  `answer(request, socket)` returns the
// bytes of the answer, or null to answer nothing; `request` is one whole
// request as text (latin1).
export async function startRecorder(options = {}) {
  const recorder = {
    answer: options.answer ?? (() => OK_ANSWER),
    chunks: [],
    requests: [],
    connections: 0,
    sockets: new Set(),
  };
  const server = net.createServer((socket) => {
    let text = '';
    recorder.connections++;
    recorder.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => recorder.sockets.delete(socket));
    socket.on('data', (chunk) => {
      recorder.chunks.push(chunk);
      text += chunk.toString('latin1');
      for (;;) {
        const request = firstRequest(text);
        if (request === null) break;
        text = text.slice(request.length);
        recorder.requests.push(request);
        const answer = recorder.answer(request, socket);
        if (answer !== null && !socket.destroyed) {
          socket.write(answer, 'latin1');
        }
      }
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(recorder, {
    port: server.address().port,
    bytes: () => Buffer.concat(recorder.chunks).toString('latin1'),
    clear() {
      recorder.chunks = [];
      recorder.requests = [];
    },
    async stop() {
      for (const socket of recorder.sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

function firstRequest(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, end));
  const total = end + 4 + (length ? Number(length[1]) : 0);
  return text.length >= total ? text.slice(0, total) : null;
}

/* ---- the runtime directory --------------------------------------------- */

// empty: nothing in it until init().
export function makeRuntime(dir, { empty = false, ...options } = {}) {
  mkdirSync(path.join(dir, 'events'), { recursive: true, mode: 0o777 });
  chmodSync(path.join(dir, 'events'), 0o777);
  const run = (...args) => execFileSync(MKRUNTIME, args,
    { encoding: 'utf8', maxBuffer: 1 << 28 });
  const flags = (values) => Object.entries(values).flatMap(
    ([name, value]) => [value].flat().flatMap(
      (one) => [`--${name}`, String(one)]));
  const events = (command) => run(command, dir).split('\n').filter(Boolean)
    .map((line) => JSON.parse(line));
  return {
    dir,
    tokens: empty ? {}
      : JSON.parse(run('init', dir, ...flags(options))),
    publish: (values = {}) => run('publish', dir,
      ...flags({ ...options, ...values })),
    init: () => JSON.parse(run('init', dir, ...flags(options))),
    revoke: (name) => run('revoke', dir, name),
    member: (policy) => run('member', dir, String(policy)),
    grow: () => run('grow', dir),
    events: () => events('events'),
    take: () => events('take'),
  };
}

/* ---- nginx ------------------------------------------------------------- */

function makeCertificate(dir) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=gw',
    '-keyout', path.join(dir, 'key.pem'), '-out',
    path.join(dir, 'cert.pem')], { stdio: 'ignore' });
}

const identity = (value) => value;

// options: upstream (recorder), workers, runtime (flags of mkruntime),
// keepalive ("" for none), http, server, location (lines of configuration),
// config (function from the whole text to another).
export async function startGateway(options = {}) {
  const dir = mkdtempSync(path.join(tmpdir(), 'scopecap-gw-'));
  const [port, tlsPort] = await freePorts(2);
  const runtime = makeRuntime(path.join(dir, 'run'), options.runtime);
  const logs = path.join(dir, 'error.log');
  makeCertificate(dir);
  for (const name of ['body', 'proxy', 'other']) mkdirSync(`${dir}/${name}`);
  writeFileSync(`${dir}/inside.txt`, 'inside\n');

  const text = (stamp) => (options.config ?? identity)(`
${process.getuid() === 0 ? 'user root;' : ''}
load_module ${MODULE};
worker_processes ${options.workers ?? 1};
pid ${dir}/nginx.pid;
error_log ${logs} ${options.logLevel ?? 'info'};
events { worker_connections 512; }
http {
    scopecap_runtime ${runtime.dir};
    scopecap_stamp ${stamp};
    client_body_temp_path ${dir}/body;
    proxy_temp_path ${dir}/proxy;
    fastcgi_temp_path ${dir}/other;
    uwsgi_temp_path ${dir}/other;
    scgi_temp_path ${dir}/other;
    log_format calls '$scopecap_request_id|$scopecap_decision|'
        '$scopecap_reason|$scopecap_operation|$scopecap_token|'
        '$scopecap_user|$scopecap_policy|$scopecap_generation|'
        '$scopecap_app|$scopecap_base|$status';
    access_log ${dir}/access.log calls;
    upstream fx {
        scopecap_upstream fx;
        ${[options.upstream?.port ?? 1, ...(options.servers ?? [])]
          .map((p) => `server 127.0.0.1:${p} max_fails=0;`).join(' ')}
        ${options.keepalive ?? 'keepalive 8;'}
    }
    upstream other {
        scopecap_upstream other;
        server 127.0.0.1:${options.upstream?.port ?? 1};
    }
    ${options.http ?? ''}
    server {
        listen 127.0.0.1:${port};
        listen 127.0.0.1:${tlsPort} ssl http2;
        ssl_certificate ${dir}/cert.pem;
        ssl_certificate_key ${dir}/key.pem;
        server_name _;
        root ${dir};
        large_client_header_buffers 8 16k;
        scopecap on;
        ${options.server ?? ''}
        location / {
            proxy_pass http://fx;
            ${options.location ?? ''}
        }
        location /other/ { proxy_pass http://other; }
    }
}
`);

  let stamp = 1;
  const conf = `${dir}/nginx.conf`;
  const write = () => writeFileSync(conf, text(stamp));
  const arguments_ = ['-c', conf, '-p', dir, '-g', 'daemon off;'];
  write();

  const gateway = { dir, port, tlsPort, runtime, tokens: runtime.tokens,
    conf, write };
  gateway.check = () => spawnSync(NGINX, ['-t', ...arguments_],
    { encoding: 'utf8' });
  gateway.errors = () => (existsSync(logs) ? readFileSync(logs, 'utf8') : '');
  gateway.access = () => readFileSync(`${dir}/access.log`, 'utf8').trim()
    .split('\n').map((line) => line.split('|'));
  gateway.pids = () => readFileSync(
    `/proc/${gateway.master.pid}/task/${gateway.master.pid}/children`, 'utf8')
    .split(' ').filter(Boolean).map(Number);

  if (options.start === false) {
    gateway.stop = async () => rmSync(dir, { recursive: true });
    return gateway;
  }

  gateway.master = spawn(NGINX, arguments_,
    { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  gateway.master.stderr.on('data', (chunk) => { complaints += chunk; });
  gateway.stop = async () => {
    if (gateway.master.exitCode === null) {
      gateway.master.kill('SIGTERM');
      await once(gateway.master, 'exit');
    }
    const errors = gateway.errors() + complaints;
    rmSync(dir, { recursive: true });
    const found = /^.*(AddressSanitizer|runtime error|exited on signal (?!9)).*$/m
      .exec(errors);
    if (found) throw new Error(`nginx: ${found[0]}\n${errors.slice(-6000)}`);
  };
  gateway.reload = async () => {
    const old = gateway.pids();
    stamp++;
    write();
    gateway.master.kill('SIGHUP');
    await until('new workers', () => gateway.pids()
      .some((pid) => !old.includes(pid)));
  };

  await until('nginx listens', async () => {
    if (gateway.master.exitCode !== null) {
      throw new Error(`nginx does not start: ${complaints}`
        + gateway.errors());
    }
    return new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('connect', () => { socket.destroy(); resolve(true); });
      socket.on('error', () => resolve(false));
    });
  });

  gateway.basic = (token, user = 'alice@example.com') => `Basic ${
    Buffer.from(`${user}:${runtime.tokens[token] ?? token}`)
      .toString('base64')}`;
  gateway.bearer = (token) => `Bearer ${runtime.tokens[token] ?? token}`;
  gateway.raw = (bytes, wait) => rawExchange(port, bytes, wait);
  gateway.ask = (method, target, details) =>
    askHttp1(gateway, method, target, details);
  gateway.ask2 = (method, target, details) =>
    askHttp2(gateway, method, target, details);
  return gateway;
}

/* ---- clients ----------------------------------------------------------- */

function headersOf(gateway, { token, headers = {}, body } = {}) {
  const all = { ...headers };
  if (token !== undefined && !('authorization' in all)) {
    all.authorization = gateway.basic(token);
  }
  if (body !== undefined && !('content-length' in all)
      && !('transfer-encoding' in all)) {
    all['content-length'] = String(Buffer.byteLength(body));
  }
  return all;
}

// Send bytes, return every byte that came until the gateway closes.
export async function rawExchange(port, bytes, wait = 5000) {
  const socket = net.connect(port, '127.0.0.1');
  const got = [];
  socket.on('error', () => {});
  socket.on('data', (chunk) => got.push(chunk));
  socket.write(bytes, 'latin1');
  const timer = setTimeout(() => socket.destroy(), wait);
  await once(socket, 'close');
  clearTimeout(timer);
  return Buffer.concat(got).toString('latin1');
}

export function parseAnswer(text) {
  const end = text.indexOf('\r\n\r\n');
  const [first, ...lines] = text.slice(0, end).split('\r\n');
  const headers = {};
  for (const line of lines) {
    const [, name, value] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    const key = name?.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}\n${value}` : value;
  }
  const body = text.slice(end + 4);
  return { status: Number(first?.split(' ')[1]), line: first, headers, text,
    body: headers['transfer-encoding'] === 'chunked' ? dechunk(body) : body };
}

function dechunk(text) {
  const line = text.indexOf('\r\n');
  const size = parseInt(text.slice(0, line), 16);
  return size > 0 ? text.slice(line + 2, line + 2 + size)
    + dechunk(text.slice(line + 4 + size)) : '';
}

async function askHttp1(gateway, method, target, details = {}) {
  const headers = { host: 'gw', connection: 'close',
    ...headersOf(gateway, details) };
  const lines = Object.entries(headers).filter(([, value]) => value !== null)
    .flatMap(([name, value]) => [value].flat().map(
      (one) => `${name}: ${one}`));
  return parseAnswer(await gateway.raw(`${method} ${target} HTTP/1.1\r\n${
    lines.map((line) => `${line}\r\n`).join('')}\r\n${details.body ?? ''}`));
}

async function askHttp2(gateway, method, target, details = {}) {
  const session = http2.connect(`https://127.0.0.1:${gateway.tlsPort}`,
    { rejectUnauthorized: false });
  session.on('error', () => {});
  try {
    const stream = session.request({ ':method': method, ':path': target,
      ':authority': 'gw', ...headersOf(gateway, details) },
    { endStream: details.body === undefined });
    if (details.body !== undefined) stream.end(details.body);
    const chunks = [];
    let headers = {};
    stream.on('response', (value) => { headers = value; });
    stream.on('data', (chunk) => chunks.push(chunk));
    const result = await Promise.race([once(stream, 'close'),
      once(stream, 'error').catch(identity)]);
    const body = Buffer.concat(chunks).toString('latin1');
    return { status: headers[':status'] ?? 0, headers, body,
      failed: result instanceof Error ? result : undefined };
  } catch (error) {
    return { status: 0, headers: {}, body: '', failed: error };
  } finally {
    session.destroy();
  }
}

export function tlsConnect(gateway) {
  return tls.connect({ port: gateway.tlsPort, host: '127.0.0.1',
    rejectUnauthorized: false });
}
