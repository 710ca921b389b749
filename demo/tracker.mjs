#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// tracker.mjs - a small issue tracker for trying and testing Scopecap.
//
//   node tracker.mjs [--port N] [--recorder-port N] [--user EMAIL]
//                    [--secret-file FILE] [--any]
//
//   --port            the tracker (SCOPECAP_DEMO_PORT, else 8090; 0: any)
//   --recorder-port   the recorder (SCOPECAP_DEMO_RECORDER_PORT, else 8091)
//   --user            who may call it, by HTTP Basic (bot@example.com)
//   --secret-file     a file whose first line is the password (demo-secret)
//   --any             answer 200 {} to every path; for tests that only ask
//                     what got through
//
// It speaks part of Jira's REST paths (routes.mjs), keeps everything in memory
// and listens on loopback only.  On its own port the recorder shows what
// reached the tracker, byte by byte (recorder.mjs):
//
//   GET    /__recorder[?since=N][&event=request]   the journal, a JSON array
//   DELETE /__recorder                             forget it
//   GET    /__state                                what the tracker remembers
//
// Prints one line when both listen: listening tracker=PORT recorder=PORT

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { Fault } from './call.mjs';
import { Recorder } from './recorder.mjs';
import { ROUTES } from './routes.mjs';
import { State } from './state.mjs';
import { Views } from './views.mjs';

const HOST = '127.0.0.1';
const BODY_MAX = 16 * 1024 * 1024;
const JSON_TYPE = 'application/json;charset=UTF-8';

const { values: options } = parseArgs({ options: {
  'port': { type: 'string',
    default: process.env.SCOPECAP_DEMO_PORT ?? '8090' },
  'recorder-port': { type: 'string',
    default: process.env.SCOPECAP_DEMO_RECORDER_PORT ?? '8091' },
  'user': { type: 'string', default: 'bot@example.com' },
  'secret-file': { type: 'string' },
  'any': { type: 'boolean', default: false },
} });

const secret = options['secret-file']
  ? readFileSync(options['secret-file'], 'utf8').split('\n')[0]
  : 'demo-secret';
const credential = 'Basic '
  + Buffer.from(`${options.user}:${secret}`).toString('base64');

const state = new State(options.user);
const recorder = new Recorder();
const routes = ROUTES.map(([method, template, handler]) => ({
  method, handler,
  literals: (template.match(/\/[^/{}]+(?=\/|$)/g) ?? []).length,
  pattern: new RegExp('^' + template
    .replace('{api}', '/rest/api/(?<version>2|3|latest)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)') + '$'),
})).sort((a, b) => b.literals - a.literals);

// The route of a call, the one with most literal segments first.
function route(method, path) {
  const fits = routes.filter((r) => r.pattern.test(path));
  const found = fits.find((r) => r.method === method
    || (method === 'HEAD' && r.method === 'GET'));

  if (!found) {
    throw fits.length ? new Fault(405, 'Method not allowed.')
      : new Fault(404, 'The demo tracker has no such path.');
  }
  return { found, groups: found.pattern.exec(path).groups ?? {} };
}

async function read(req) {
  const chunks = [];
  let size = 0;

  for await (const chunk of req) {
    size += chunk.length;
    if (size > BODY_MAX) {
      throw new Fault(413, 'The body is too large.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parsed(req, raw) {
  const type = req.headers['content-type'] ?? '';

  if (raw.length === 0 || !type.startsWith('application/json')) {
    return undefined;
  }
  try {
    return JSON.parse(raw);
  } catch {
    throw new Fault(400, 'The body is not valid JSON.');
  }
}

async function handle(req) {
  const raw = await read(req);

  if (req.headers.authorization !== credential) {
    throw new Fault(401, 'Client must be authenticated to access this '
      + 'resource.');
  }
  if (options.any) {
    return { status: 200, json: {} };
  }
  const url = new URL(req.url, base());
  const { found, groups } = route(req.method, url.pathname);
  const { version = '3', ...params } = groups;
  return found.handler({
    state, version, raw,
    views: new Views(state, base(), version),
    params: Object.fromEntries(Object.entries(params).map(
      ([name, value]) => [name, decodeURIComponent(value)])),
    query: Object.fromEntries(url.searchParams),
    body: parsed(req, raw),
    headers: req.headers,
  });
}

function send(res, { status, json, bytes, type }) {
  const body = bytes ?? (json === undefined ? undefined
    : Buffer.from(JSON.stringify(json)));
  const headers = { 'X-Demo': 'Scopecap demo tracker' };

  if (body) {
    headers['Content-Type'] = type ?? JSON_TYPE;
    headers['Content-Length'] = body.length;
  }
  if (status === 201 && json.self) {
    headers.Location = json.self;
  }
  res.writeHead(status, headers).end(body);
}

function problem(error) {
  if (!(error instanceof Fault)) {
    console.error(error);
  }
  return { status: error.status ?? 500, json: {
    errorMessages: [error.status ? error.message : 'Internal error.'],
    errors: {},
  } };
}

async function answer(req, res) {
  recorder.request(req);
  send(res, await handle(req).catch(problem));
}

function control(req, res) {
  const url = new URL(req.url, 'http://recorder');
  const { pathname, searchParams } = url;

  if (pathname === '/__recorder' && req.method === 'GET') {
    send(res, { status: 200, json: recorder.list(
      Number(searchParams.get('since') ?? 0),
      searchParams.get('event')) });
  } else if (pathname === '/__recorder' && req.method === 'DELETE') {
    recorder.reset();
    send(res, { status: 204 });
  } else if (pathname === '/__state' && req.method === 'GET') {
    send(res, { status: 200, json: state.snapshot() });
  } else {
    send(res, problem(new Fault(404, 'The recorder has no such path.')));
  }
}

function listen(server, port, variable) {
  return new Promise((resolve) => {
    server.on('error', (error) => {
      console.error(error.code === 'EADDRINUSE'
        ? `demo tracker: port ${port} is in use; set ${variable}`
        : `demo tracker: ${error.message}`);
      process.exit(1);
    });
    server.listen(Number(port), HOST, resolve);
  });
}

// A gateway keeps connections for reuse: never the first to close one.
const tracker = createServer({ keepAliveTimeout: 0 }, answer);
const recording = createServer(control);
const base = () => `http://${HOST}:${tracker.address().port}`;

tracker.on('connection', (socket) => recorder.tap(socket));
await listen(tracker, options.port, 'SCOPECAP_DEMO_PORT');
await listen(recording, options['recorder-port'],
  'SCOPECAP_DEMO_RECORDER_PORT');
console.log(`listening tracker=${tracker.address().port} `
  + `recorder=${recording.address().port}`);
