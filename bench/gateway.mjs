// SPDX-License-Identifier: Apache-2.0
//
// gateway.mjs - what a proxied call costs: nginx plain, with the module, with
// auth_request to a keep-alive authorizer, with a lean check in Lua.
//
// Each variant is an nginx of its own with one worker.  All run at once, only
// one gets calls at a time: in turn, for some rounds, so that whatever
// changes on the machine meets all of them.  CPU time is what the kernel
// counted for the worker (/proc/PID/schedstat, else stat).
//
// Everything is held to one CPU: load (wrk), upstream and authorizer
// (bench_answer), the consumer of the rings, the workers.  Else the worker
// pays for waking whoever sleeps on another CPU, which in a virtual machine
// costs more than the module, and how often that happens depends on who is
// the bottleneck.  So calls a second are those of the whole chain.
//
// Nothing but the table is written; files live in a temporary directory.

import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync,
  writeFileSync } from 'node:fs';
import net from 'node:net';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NGINX = '/usr/sbin/nginx';
const MODULES = '/usr/lib/nginx/modules';
const HERE = import.meta.dirname ?? path.dirname(
  new URL(import.meta.url).pathname);
const CONNECTIONS = 32;
const CPU = cpus().length - 1; // the one that all are held to

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]
    : (sorted[half - 1] + sorted[half]) / 2;
};

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// CPU seconds that a process has used.
function cpuSeconds(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8')
      .split(' ')[0]) / 1e9;
  } catch {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
}

function workerOf(pid) {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Number(text.trim().split(' ')[0]);
}

// An nginx with one worker.
async function startNginx(dir, name, main, http) {
  const home = path.join(dir, name);
  mkdirSync(home);
  for (const temp of ['body', 'proxy', 'other']) mkdirSync(`${home}/${temp}`);
  writeFileSync(`${home}/nginx.conf`, `
${process.getuid() === 0 ? 'user root;' : ''}
${main}
daemon off;
worker_processes 1;
worker_cpu_affinity ${'1' + '0'.repeat(CPU)};
pid ${home}/nginx.pid;
error_log ${home}/error.log warn;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path ${home}/body;
    proxy_temp_path ${home}/proxy;
    fastcgi_temp_path ${home}/other;
    uwsgi_temp_path ${home}/other;
    scgi_temp_path ${home}/other;
    ${http}
}
`);
  const child = spawn(NGINX, ['-c', `${home}/nginx.conf`, '-p', home],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data) => { errors += data; });
  for (let i = 0; !existsSync(`${home}/nginx.pid`); i++) {
    if (i === 200 || child.exitCode !== null) {
      throw new Error(`nginx ${name} does not start: ${errors}`);
    }
    await sleep(50);
  }
  while (!workerOf(child.pid)) await sleep(10);
  return {
    name,
    worker: workerOf(child.pid),
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}

// A program of ours: runs until its input ends; `first` is its first line.
async function startProgram(file, args) {
  const child = spawn('taskset', ['-c', String(CPU), file, ...args],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data) => { text += data; });
  while (!text.includes('\n')) {
    if (child.exitCode !== null) throw new Error(`${file} failed`);
    await sleep(20);
  }
  return {
    worker: child.pid, // taskset becomes the program
    first: text.split('\n')[0],
    async stop() { // the last line
      if (child.exitCode === null) {
        child.stdin.end();
        await once(child, 'close');
      }
      return text.trimEnd().split('\n').at(-1);
    },
  };
}

const proxy = (upstream, inside = '') => `
        location / {
            ${inside}
            proxy_pass http://${upstream};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }`;

const upstreamBlock = (name, port, inside = '') => `
    upstream ${name} {
        ${inside}
        server 127.0.0.1:${port};
        keepalive ${CONNECTIONS * 2};
        keepalive_requests 1000000000;
    }`;

const server = (port, locations) => `
    server {
        listen 127.0.0.1:${port};
        ${locations}
    }`;

// Token and path are looked up in shared memory, as leanly as Lua can.
const luaCheck = (calls) => `
    lua_shared_dict tokens 8m;
    init_by_lua_block {
        for line in io.lines("${calls}") do
            ngx.shared.tokens:set(line:match("^%S+ (%S+)"), "read")
        end
    }`;
const LUA_ACCESS = `
            access_by_lua_block {
                local value = ngx.var.http_authorization
                local token = value and string.sub(value, 1, 7) == "Bearer "
                    and string.sub(value, 8)
                local grant = token and ngx.shared.tokens:get(token)
                if not grant then
                    return ngx.exit(401)
                end
                if ngx.req.get_method() ~= "GET"
                    or not (string.find(ngx.var.uri, "/rest/", 1, true) == 1
                        or string.find(ngx.var.uri, "/jsm/", 1, true) == 1)
                then
                    return ngx.exit(403)
                end
            }`;

// name -> [main, http] of its configuration, given the ports.
const variants = {
  plain: (at) => ['', upstreamBlock('up', at.upstream)
    + server(at.plain, proxy('up'))],
  module: (at) => [`load_module ${at.file};`,
    `scopecap_runtime ${at.runtime};
    scopecap_stamp 1;`
    + upstreamBlock('up', at.upstream, 'scopecap_upstream jira-cloud;')
    + server(at.module, proxy('up', 'scopecap on;'))],
  auth_request: (at) => ['', upstreamBlock('up', at.upstream)
    + upstreamBlock('authorizer', at.authorizer)
    + server(at.auth_request, proxy('up', 'auth_request /authorize;') + `
        location = /authorize {
            internal;
            proxy_pass http://authorizer;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_set_header X-Original-URI $request_uri;
            proxy_pass_request_body off;
        }`)],
  lua: (at) => [`load_module ${MODULES}/ndk_http_module.so;
load_module ${MODULES}/ngx_http_lua_module.so;`,
    luaCheck(at.calls) + upstreamBlock('up', at.upstream)
    + server(at.lua, proxy('up', LUA_ACCESS))],
};

async function load(port, calls, seconds) {
  const { stdout } = await run('taskset', ['-c', String(CPU), 'wrk', '-t1',
    `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', path.join(HERE, 'calls.lua'),
    `http://127.0.0.1:${port}/`], { env: { ...process.env, CALLS: calls } });
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(stdout);
  const wrong = /Socket errors: (.*)/.exec(stdout);
  if (bad || wrong) {
    throw new Error(`calls failed on port ${port}: ${(bad ?? wrong)[0]}`);
  }
  return {
    calls: Number(/(\d+) requests in/.exec(stdout)[1]),
    rate: Number(/Requests\/sec: +([\d.]+)/.exec(stdout)[1]),
  };
}

async function measure(one, port, calls, seconds, authorizer) {
  const before = [cpuSeconds(one.worker), cpuSeconds(authorizer.worker)];
  const result = await load(port, calls, seconds);
  return {
    rate: result.rate,
    cpu: (cpuSeconds(one.worker) - before[0]) / result.calls,
    other: (cpuSeconds(authorizer.worker) - before[1]) / result.calls,
  };
}

function rows(results) {
  const figure = (name, key) => median(results[name].map((r) => r[key]));
  const plain = { cpu: figure('plain', 'cpu'), rate: figure('plain', 'rate') };
  const out = [];
  for (const name of Object.keys(results)) {
    const cpu = figure(name, 'cpu');
    // a round's variants ran one after the other: compare inside rounds
    const ratio = median(results[name].map((r, i) =>
      r.cpu / results.plain[i].cpu));
    const added = median(results[name].map((r, i) =>
      (r.cpu - results.plain[i].cpu) * 1e6));
    const target = name === 'module';
    out.push([`nginx ${name}: calls a second`,
      figure(name, 'rate').toFixed(0), '',
      `${(figure(name, 'rate') / plain.rate).toFixed(3)} of plain`]);
    out.push([`nginx ${name}: CPU seconds per 100,000 calls`,
      (cpu * 1e5).toFixed(3), target ? '1.05 of plain' : '',
      `${ratio.toFixed(3)} of plain`]);
    if (name === 'plain') continue;
    out.push([`nginx ${name}: CPU added to a call`,
      `${added.toFixed(2)} us`, target ? '1.00 us' : '',
      name === 'auth_request'
        ? `and ${(figure(name, 'other') * 1e6).toFixed(2)} us of authorizer`
        : '']);
  }
  return out;
}

// Rows [figure, value, target, ratio].  options: build, catalogs, seconds
// (of load, per variant and round), rounds, tokens.
export async function gateway(options) {
  const file = path.join(options.build,
    'nginx/ngx_http_scopecap_module.so');
  const missing = [NGINX, `${MODULES}/ngx_http_lua_module.so`, file]
    .filter((name) => !existsSync(name));
  if (spawnSync('wrk', ['-v']).error) missing.push('wrk');
  if (missing.length > 0) {
    return [['gateway: not measured', `needs ${missing.join(', ')}`,
      '', 'make deps']];
  }

  const dir = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm'
    : tmpdir(), 'scopecap-bench-'));
  const at = {
    file,
    runtime: path.join(dir, 'run'),
    calls: path.join(dir, 'run/calls'),
  };
  for (const name of Object.keys(variants)) at[name] = await freePort();
  const running = [];
  const start = async (program, ...args) => {
    running.push(await startProgram(path.join(options.build, 'bench', program),
      args));
    return running.at(-1);
  };
  try {
    const runtime = await start('bench_runtime', options.catalogs, at.runtime,
      String(options.tokens));
    const authorizer = await start('bench_answer', '204');
    at.authorizer = authorizer.first;
    at.upstream = (await start('bench_answer', '200')).first;

    const gateways = {};
    for (const [name, configuration] of Object.entries(variants)) {
      gateways[name] = await startNginx(dir, name, ...configuration(at));
      running.push(gateways[name]);
    }

    const results = {};
    for (const name of Object.keys(gateways)) {
      results[name] = [];
      await load(at[name], at.calls, 1); // connections, caches
    }
    for (let i = 0; i < options.rounds; i++) {
      for (const name of Object.keys(gateways)) {
        results[name].push(await measure(gateways[name], at[name],
          at.calls, options.seconds, authorizer));
      }
    }
    const [taken, dropped] = (await runtime.stop()).split(' ');
    return [...rows(results), ['gateway: events recorded, lost',
      taken, '', dropped]];
  } finally {
    for (const one of running) await one.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
