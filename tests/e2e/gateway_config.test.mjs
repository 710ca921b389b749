// SPDX-License-Identifier: Apache-2.0
//
// No configuration opens a way around: subrequests, redirects, error pages,
// satisfy, mirrors and other upstreams end before a connection is opened;
// what cannot be safe is refused when the configuration is read.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { once } from 'node:events';
import { OK_ANSWER, startGateway, startRecorder, until }
  from './lib/gateway.mjs';

async function withGateway(options, use) {
  const upstream = await startRecorder();
  let gw;
  try {
    gw = await startGateway({ upstream, ...options });
    await use(gw, upstream);
  } finally {
    await upstream.stop();
    await gw?.stop();
  }
}

const WITHOUT_TOKEN = [
  ['error_page to a named location', {
    location: 'error_page 400 401 403 404 405 431 503 = @fb;',
    server: 'location @fb { proxy_pass http://fx; }' }],
  ['error_page to a location', {
    location: 'error_page 401 403 404 = /fb;',
    server: 'location /fb { proxy_pass http://fx; }' }],
  ['satisfy any', { location: 'satisfy any; allow all;' }],
  ['satisfy any at server level', { server: 'satisfy any; allow all;' }],
  ['rewrite to another location', {
    location: 'rewrite ^ /else last;',
    server: 'location /else { satisfy any; allow all; '
      + 'proxy_pass http://fx; }' }],
  ['try_files to a named location', {
    location: 'try_files /none @fb;',
    server: 'location @fb { proxy_pass http://fx; }' }],
  ['post_action', {
    location: 'post_action @after;',
    server: 'location @after { proxy_pass http://fx; }' }],
  ['a proxy method', { location: 'proxy_method GET;' }],
];

describe('a refused call reaches no upstream through', () => {
  for (const [name, options] of WITHOUT_TOKEN) {
    it(name, () => withGateway(options, async (gw, upstream) => {
      for (const [method, target] of [['DELETE', '/v1/items/7'],
        ['GET', '/v1/items/7'], ['GET', '/v1/items/;x'],
        ['POST', '/fb']]) {
        const answer = await gw.ask(method, target);
        assert.ok([400, 401, 404].includes(answer.status), answer.text);
        assert.equal(answer.headers['scopecap-source'], 'gateway');
        const denied = await gw.ask(method, target, { headers: {
          authorization: gw.bearer('OTHER') } });
        assert.ok([400, 403].includes(denied.status), denied.text);
      }
      assert.equal(upstream.bytes(), '');
      const events = gw.runtime.events();
      assert.equal(events.length, 8);
      assert.ok(events.every((event) => event.kind === 'decision'
        && event.effect === 0));
    }));
  }
});

describe('the guard closes', () => {
  const closed = (name, options, ask) => it(name, () => withGateway(options,
    async (gw, upstream) => {
      const answer = await ask(gw);
      assert.equal(upstream.bytes(), '', answer?.text);
      assert.match(gw.errors(), /scopecap closed upstream/);
    }));
  const get = (target) => (gw) => gw.ask('GET', target, { token: 'CR' });
  const open = (gw, lines) => gw.ask('GET', '/x', { headers: {
    host: 'open' }, ...lines });

  closed('to a server without "scopecap on"', {
    http: 'server { listen 127.0.0.1:PORT; server_name open; '
      + 'location / { proxy_pass http://fx; } }',
    config: (text) => text.replace('127.0.0.1:PORT', '127.0.0.1:'
      + /listen 127\.0\.0\.1:(\d+);\n/.exec(text)[1]) }, open);

  closed('to a subrequest of SSI', {
    http: 'server { listen 127.0.0.1:PORT; server_name open; ssi on; '
      + 'ssi_types *; location / { return 200 \'<!--#include '
      + 'virtual="/up" -->\'; } location /up { proxy_pass http://fx; } }',
    config: (text) => text.replace('127.0.0.1:PORT', '127.0.0.1:'
      + /listen 127\.0\.0\.1:(\d+);\n/.exec(text)[1]) }, open);

  closed('to a subrequest of SSI in a protected server', {
    server: 'ssi on; ssi_types *; location /up { proxy_pass http://fx; } '
      + 'location /v1/items/7 { alias DIR/page; }',
    config: (text) => text.replace('DIR', /root (\S+);/.exec(text)[1])
      .replace(/alias \S+\/page/, 'return 200 '
        + '\'<!--#include virtual="/up" -->\'') }, get('/v1/items/7'));

  closed('to a request that was decided for another app', {
    server: 'location /v1/items/7 { proxy_pass http://other; }' },
  get('/v1/items/7'));

  closed('to a variable that names another app', {
    server: 'location /v1/items/7 { set $up other; '
      + 'proxy_pass http://$up; }' }, get('/v1/items/7'));

  closed('to unbuffered bodies', {
    location: 'proxy_request_buffering off; proxy_http_version 1.1;' },
  (gw) => gw.ask('POST', '/v1/items', { token: 'CR', body: 'x' }));

  closed('to a cache', {
    http: 'proxy_cache_path /tmp/scopecap-test-cache keys_zone=c:1m;',
    location: 'proxy_cache c; proxy_cache_valid any 1h;',
    config: (text) => text.replace('/tmp/scopecap-test-cache',
      `${/root (\S+);/.exec(text)[1]}/cache`) }, get('/v1/items/7'));

  closed('to a store', { location: 'proxy_store on;' }, get('/v1/items/7'));

  closed('to a proxy method that is not the call\'s', {
    location: 'proxy_method HEAD;' }, get('/v1/items/7'));

  closed('to another protocol', {
    server: 'location /v1/items/7 { fastcgi_pass fx; }' },
  get('/v1/items/7'));

  it('to mirrors, while the call itself passes', () => withGateway({
    location: 'mirror /mirror;',
    server: 'location /mirror { proxy_pass http://fx; }' },
  async (gw, upstream) => {
    assert.equal((await gw.ask('GET', '/v1/items/7', { token: 'RO' })).status,
      200);
    await until('the mirror', () => /scopecap closed/.test(gw.errors()));
    assert.equal(upstream.requests.length, 1);
  }));

  it('to a post_action, while the call itself passes', () => withGateway({
    location: 'post_action @after;',
    server: 'location @after { proxy_pass http://fx; }' },
  async (gw, upstream) => {
    assert.equal((await gw.ask('GET', '/v1/items/7', { token: 'RO' })).status,
      200);
    await until('the action', () => /scopecap closed/.test(gw.errors()));
    assert.equal(upstream.requests.length, 1);
  }));

  it('to a second try of a write by error_page', () => withGateway({
    location: 'error_page 502 504 = @again;',
    server: 'location @again { proxy_pass http://fx; }' },
  async (gw, upstream) => {
    upstream.answer = (request, socket) => { socket.destroy(); return null; };
    for (const [method, times] of [['DELETE', 1], ['PUT', 1], ['GET', 2]]) {
      upstream.clear();
      const answer = await gw.ask(method, '/v1/items/7', { token: 'CR' });
      assert.ok(answer.status >= 500);
      assert.equal(upstream.requests.length, times, method);
      assert.equal(gw.runtime.take()
        .filter((event) => event.kind === 'decision').length, 1);
    }
  }));
});

describe('what proxy directives cannot change', () => {
  it('the head that is sent', () => withGateway({
    server: 'proxy_set_header X-Server 1;',
    location: 'proxy_set_header X 1; proxy_set_header Authorization '
      + '$http_authorization; proxy_set_header Host $host; '
      + 'proxy_set_body evil; set $args evil=1;' },
  async (gw, upstream) => {
    const answer = await gw.ask('GET', '/v1/items/7?q=1', { token: 'RO',
      headers: { cookie: 'a=b' } });
    assert.equal(answer.status, 200);
    assert.equal(upstream.bytes(), 'GET /v1/items/7?q=1 HTTP/1.1\r\n'
      + `Host: upstream.example\r\nX-Request-Id: ${
        answer.headers['x-request-id']}\r\n`
      + 'Authorization: Bearer upstream-secret\r\n\r\n');
  }));

  it('a target that is rewritten before the decision', () => withGateway({
    location: 'rewrite ^ /v1/items/8?evil=1 break;' },
  async (gw, upstream) => {
    assert.equal((await gw.ask('GET', '/v1/items/7', { token: 'RO' })).status,
      400);
    assert.equal(upstream.bytes(), '');
  }));

  it('the target, with a URI in proxy_pass', () => withGateway({
    server: 'location /v1/files/ { proxy_pass http://fx/elsewhere/; }' },
  async (gw, upstream) => {
    assert.equal((await gw.ask('GET', '/v1/files/a%20b/c',
      { token: 'RO' })).status, 200);
    assert.match(upstream.bytes(), /^GET \/v1\/files\/a%20b\/c HTTP/);
  }));

  it('an X-Accel-Redirect of the upstream steers nothing', () => withGateway({
    location: 'proxy_pass_header X-Accel-Redirect;',
    server: 'location /inside/ { internal; alias DIR/; }',
    config: (text) => text.replace('DIR', /root (\S+);/.exec(text)[1]) },
  async (gw, upstream) => {
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n'
      + 'X-Accel-Redirect: /inside/inside.txt\r\n\r\nmine';
    const answer = await gw.ask('GET', '/v1/items/7', { token: 'RO' });
    assert.equal(answer.body, 'mine');
    assert.equal(answer.headers['x-accel-redirect'], undefined);
  }));

  for (const [before, after] of [['scopecap_upstream fx;', 'keepalive 4;'],
    ['', 'keepalive 4; scopecap_upstream fx;'],
    ['scopecap_upstream fx; least_conn;', 'keepalive 4;']]) {
    it(`the guard, with ${before} ... ${after}`, () => withGateway({
      keepalive: after,
      config: (text) => text.replace('scopecap_upstream fx;', before) },
    async (gw, upstream) => {
      for (let i = 0; i < 3; i++) {
        assert.equal((await gw.ask('GET', '/v1/items/7',
          { token: 'RO' })).status, 200);
        assert.equal((await gw.ask('DELETE', '/v1/items/7',
          { token: 'RO' })).status, 403);
      }
      assert.equal(upstream.requests.length, 3);
      assert.equal(upstream.connections, 1);
    }));
  }
});

describe('the client\'s token', () => {
  it('is in no log and reaches no other upstream', () => withGateway({
    http: `log_format all '$http_authorization|$remote_user|$scopecap_user';
      upstream bare { server 127.0.0.1:PORT; }`,
    server: `access_log DIR/all.log all;
      location /v1/items/8 { proxy_pass http://bare; }`,
    config: (text) => text.replace('127.0.0.1:PORT', /server (\S+)/.exec(
      text)[1]).replace('DIR', /root (\S+);/.exec(text)[1]) },
  async (gw, upstream) => {
    for (const [target, authorization] of [
      ['/v1/items/7', gw.basic('RO')], ['/v1/items/8', gw.bearer('RO')],
      ['/v1/items/;', gw.basic('RO')], ['/v1/items/9', gw.basic('EXP')]]) {
      await gw.ask('GET', target, { headers: { authorization } });
    }
    assert.equal(upstream.requests.length, 2);
    for (const token of Object.values(gw.tokens)) {
      assert.ok(!upstream.bytes().includes(token));
    }
    const lines = await until('the log', () => {
      const all = readFileSync(`${gw.dir}/all.log`, 'utf8').trim()
        .split('\n');
      return all.length === 4 && all;
    });
    assert.deepEqual(lines, ['|-|alice@example.com', '|-|alice@example.com',
      '|-|-', '|-|alice@example.com']);
  }));
});

describe('debug log', () => {
  it('holds no credential of the upstream', () => withGateway({
    logLevel: 'debug' }, async (gw, upstream) => {
    for (const [method, body] of [['GET'], ['PUT', 'x'.repeat(20000)]]) {
      const answer = await gw.ask(method, '/v1/items/7',
        { token: 'RW', body });
      assert.equal(answer.status, 200);
    }
    assert.match(upstream.bytes(), /upstream-secret/);
    assert.match(gw.errors(), /http proxy header/);
    assert.doesNotMatch(gw.errors(), /upstream-secret/);
  }));
});

describe('nginx -t', () => {
  const checks = (name, options, expected) => it(name, async () => {
    const gw = await startGateway({ start: false, ...options });
    try {
      const { status, stderr } = gw.check();
      if (expected === null) {
        assert.equal(status, 0, stderr);
      } else {
        assert.notEqual(status, 0);
        assert.match(stderr, expected);
      }
    } finally {
      await gw.stop();
    }
  });
  const off = /"scopecap off" below "scopecap on"/;

  checks('takes the plain configuration', {}, null);
  checks('takes scopecap on twice', { location: 'scopecap on;' }, null);
  checks('refuses off in a location', { location: 'scopecap off;' }, off);
  checks('refuses off in a nested location', {
    location: 'location /x { scopecap off; }' }, off);
  checks('refuses off in a server below on in http', {
    http: 'scopecap on; server { listen 127.0.0.1:1; scopecap off; }' }, off);
  checks('refuses scopecap in if', {
    location: 'if ($args) { scopecap off; }' }, /not allowed here/);
  checks('refuses on without a runtime directory', {
    config: (text) => text.replace(/scopecap_runtime \S+;/, '') },
  /needs "scopecap_runtime"/);
  checks('refuses two runtime directories', {
    http: 'scopecap_runtime /x;' }, /is duplicate/);
  checks('refuses two apps of an upstream', {
    keepalive: 'scopecap_upstream x;' }, /is duplicate/);
  checks('refuses an app without name', {
    config: (text) => text.replace('scopecap_upstream fx;',
      'scopecap_upstream "";') }, /needs the name of an app/);
  checks('refuses a stamp that is no number', {
    config: (text) => text.replace('scopecap_stamp 1;',
      'scopecap_stamp x;') }, /invalid number/);
  checks('takes a server without scopecap beside', {
    http: 'server { listen 127.0.0.1:1; scopecap off; }' }, null);
});

describe('an if block and limit_except', () => {
  it('inherit the protection', () => withGateway({
    location: 'if ($args) { proxy_pass http://fx; } '
      + 'limit_except GET { allow all; }' },
  async (gw, upstream) => {
    assert.equal((await gw.ask('DELETE', '/v1/items/7?a')).status, 401);
    assert.equal((await gw.ask('GET', '/v1/items/7?a')).status, 401);
    assert.equal(upstream.bytes(), '');
    assert.equal((await gw.ask('GET', '/v1/items/7?a',
      { token: 'RO' })).status, 200);
  }));
});

describe('HTTP/2', () => {
  it('decides each stream of a connection by itself', () => withGateway({},
    async (gw, upstream) => {
      const session = http2.connect(`https://127.0.0.1:${gw.tlsPort}`,
        { rejectUnauthorized: false });
      const ask = async (token, method) => {
        const stream = session.request({ ':method': method,
          ':path': '/v1/items/7', ':authority': 'gw',
          ...(token && { authorization: gw.bearer(token) }) });
        stream.resume();
        const [headers] = await once(stream, 'response');
        return headers[':status'];
      };
      const answers = await Promise.all([ask('RO', 'GET'), ask('', 'GET'),
        ask('RO', 'DELETE'), ask('CR', 'DELETE'), ask('EXP', 'GET')]);
      assert.deepEqual(answers, [200, 401, 403, 200, 401]);
      assert.equal(upstream.requests.length, 2);
      session.destroy();
    }));

  it('uses the same upstream connection as HTTP/1.1', () => withGateway({},
    async (gw, upstream) => {
      upstream.answer = () => OK_ANSWER;
      await gw.ask2('GET', '/v1/items/7', { token: 'RO' });
      await gw.ask('GET', '/v1/items/7', { token: 'RO' });
      assert.equal(upstream.connections, 1);
    }));
});
