// SPDX-License-Identifier: Apache-2.0
//
// The module alone: what is allowed reaches the upstream byte for byte, what
// is not never does, and changes are in force at once.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { writeFileSync, readFileSync, renameSync, truncateSync }
  from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { OK_ANSWER, parseAnswer, startGateway, startRecorder, until }
  from './lib/gateway.mjs';

const READ_CLASS = 1;

describe('gateway', () => {
  let upstream;
  let gw;

  before(async () => {
    upstream = await startRecorder();
    gw = await startGateway({ upstream, workers: 2 });
  });
  after(async () => {
    await upstream?.stop();
    await gw?.stop();
  });
  beforeEach(() => {
    upstream.clear();
    upstream.answer = () => OK_ANSWER;
    gw.runtime.take();
  });

  const refused = (answer, status, reason) => {
    assert.equal(answer.status, status, answer.text ?? answer.body);
    assert.equal(upstream.bytes(), '');
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal(answer.headers['scopecap-source'], 'gateway');
    assert.equal(answer.headers['cache-control'], 'no-store');
    const problem = JSON.parse(answer.body);
    assert.equal(problem.status, status);
    assert.equal(problem.request_id, answer.headers['x-request-id']);
    assert.equal(problem.detail, problem.message);
    assert.equal(problem.detail, problem.errorMessages[0]);
    const events = gw.runtime.events()
      .filter((event) => event.kind === 'decision');
    assert.equal(events.length, 1);
    assert.equal(events[0].effect, 0);
    assert.equal(events[0].request_id, problem.request_id);
    if (reason) assert.equal(events[0].reason, reason);
    return problem;
  };

  for (const ask of ['ask', 'ask2']) {
    describe(ask === 'ask' ? 'HTTP/1.1' : 'HTTP/2', () => {
      it('sends an allowed call with our own head, and nothing else',
        async () => {
          const answer = await gw[ask]('GET', '/v1/items/7?q=a%2523&r=/../x', {
            token: 'RO',
            headers: {
              accept: 'application/json', 'user-agent': 'test/1',
              cookie: 'a=b', 'x-forwarded-for': '10.0.0.1', sudo: 'root',
              'x-webauth-user': 'admin', 'private-token': 'x',
              'accept-encoding': 'gzip', via: '1.1 x', forwarded: 'for=1',
              'x-request-id': 'mine',
            },
          });
          assert.equal(answer.status, 200);
          const id = answer.headers['x-request-id'];
          assert.match(id, /^[0-9a-f]{32}$/);
          assert.equal(answer.headers['scopecap-source'], 'upstream');
          assert.equal(answer.headers['cache-control'], 'private');
          assert.equal(upstream.bytes(),
            'GET /v1/items/7?q=a%2523&r=/../x HTTP/1.1\r\n'
            + 'Host: upstream.example\r\nAccept: application/json\r\n'
            + `User-Agent: test/1\r\nX-Request-Id: ${id}\r\n`
            + 'Authorization: Bearer upstream-secret\r\n\r\n');
        });

      it('sends a body with its length, whatever its framing was',
        async () => {
          const body = '{"jql":"a=b"}';
          const answer = await gw[ask]('POST', '/v1/items/search', {
            token: 'RO', body,
            headers: { 'content-type': 'application/json' },
          });
          assert.equal(answer.status, 200);
          assert.ok(upstream.bytes().endsWith(`\r\n\r\n${body}`));
          assert.match(upstream.bytes(), /\r\nContent-Length: 13\r\n/);
        });

      it('sends a large body from its file', async () => {
        const body = 'x'.repeat(300000);
        const answer = await gw[ask]('PUT', '/v1/files/a/b', {
          token: 'RW', body, headers: { 'content-type': 'text/plain' },
        });
        assert.equal(answer.status, 200);
        assert.match(upstream.bytes(), /\r\nContent-Length: 300000\r\n/);
        assert.ok(upstream.bytes().endsWith(`\r\n\r\n${body}`));
      });

      it('sends Content-Length: 0 for a POST without body', async () => {
        const answer = await gw[ask]('POST', '/v1/items', { token: 'RW' });
        assert.equal(answer.status, 200);
        assert.match(upstream.bytes(), /\r\nContent-Length: 0\r\n/);
      });

      it('refuses what the token was not granted', async () => {
        const problem = refused(
          await gw[ask]('DELETE', '/v1/items/7', { token: 'RO' }), 403,
          'insufficient_scope');
        assert.equal(problem.layer, 'token');
        assert.equal(problem.operation, 'delete');
        assert.deepEqual(problem.missing_scopes, ['write:fx']);
      });

      it('refuses what the ceiling does not reach', async () => {
        const answer = await gw[ask]('DELETE', '/v1/items/7', {
          headers: { authorization: gw.bearer('BOB') } });
        const problem = refused(answer, 403, 'class_not_allowed');
        assert.equal(problem.layer, 'ceiling');
        assert.deepEqual(problem.missing_classes, ['delete']);
        assert.match(answer.headers['www-authenticate'],
          /^Bearer .*insufficient_scope/);
      });

      it('refuses a GET that writes', async () => {
        refused(await gw[ask]('GET', '/v1/items/7/touch', { token: 'RO' }),
          403);
      });

      it('challenges a call without token', async () => {
        const answer = await gw[ask]('GET', '/v1/items/7');
        refused(answer, 401, 'no_credential');
        assert.match(String(answer.headers['www-authenticate']),
          new RegExp('^Bearer realm="scopecap"(\n|, )'
            + 'Basic realm="scopecap", charset="UTF-8"$'));
      });

      for (const [token, status, reason] of [
        ['EXP', 401, 'token_expired'], ['NEXT', 401, 'token_not_yet_valid'],
        ['OTHER', 403, 'token_of_another_app'],
        ['NET', 403, 'address_not_allowed'],
        ['CAROL', 403, 'tokens_blocked'],
        ['scu_0000000000000000000000000000000000', 401, 'malformed_token']]) {
        it(`refuses token ${token}: ${reason}`, async () => {
          refused(await gw[ask]('GET', '/v1/items/7', {
            headers: { authorization: gw.bearer(token) } }), status, reason);
        });
      }

      it('takes Basic with the owner\'s e-mail only', async () => {
        refused(await gw[ask]('GET', '/v1/items/7', { headers: {
          authorization: gw.basic('RO', 'bob@example.com') } }), 401,
        'wrong_user');
        upstream.clear();
        const answer = await gw[ask]('GET', '/v1/items/7', { headers: {
          authorization: gw.basic('RO', 'Alice@EXAMPLE.com') } });
        assert.equal(answer.status, 200);
      });

      it('answers OPTIONS itself', async () => {
        const answer = await gw[ask]('OPTIONS', '/v1/items/7', { headers: {
          origin: 'https://x', 'access-control-request-method': 'DELETE' } });
        assert.equal(answer.status, 204);
        assert.equal(upstream.bytes(), '');
        assert.match(answer.headers.allow, /GET, HEAD, POST/);
        assert.equal(answer.headers['access-control-allow-origin'],
          undefined);
        assert.equal(answer.body, '');
      });

      it('says 405 with what there is, 404 for an unknown path',
        async () => {
          const answer = await gw[ask]('PUT', '/v1/items/7/purge',
            { token: 'CR' });
          refused(answer, 405, 'method_not_allowed');
          assert.equal(answer.headers.allow, 'POST, OPTIONS');
          gw.runtime.take();
          refused(await gw[ask]('GET', '/v1/item', { token: 'CR' }), 404,
            'unknown_path');
        });

      it('treats HEAD as its GET', async () => {
        upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
        const answer = await gw[ask]('HEAD', '/v1/items/7', { token: 'RO' });
        assert.equal(answer.status, 200);
        assert.match(upstream.bytes(), /^HEAD \/v1\/items\/7 HTTP\/1\.1\r\n/);
        assert.equal(answer.body, '');
        upstream.clear();
        const no = await gw[ask]('HEAD', '/v1/items/7/touch',
          { token: 'RO' });
        assert.equal(no.status, 403);
        assert.equal(no.body, '');
        assert.equal(upstream.bytes(), '');
      });
    });
  }

  it('records a decision before the upstream sees a byte, then the outcome',
    async () => {
      const ours = (id) => gw.runtime.events()
        .filter((event) => event.request_id === id);
      let seen;
      upstream.answer = (request) => {
        seen = ours(/X-Request-Id: (\w+)/.exec(request)[1]);
        return OK_ANSWER;
      };
      const answer = await gw.ask('DELETE', '/v1/items/7?x=secret', {
        headers: { authorization: gw.bearer('RW') } });
      assert.equal(answer.status, 200);
      assert.equal(seen.length, 1);
      assert.equal(seen[0].kind, 'decision');
      assert.equal(seen[0].effect, 1);
      assert.equal(seen[0].method, 'DELETE');
      assert.equal(seen[0].path, '/v1/items/7');
      assert.equal(seen[0].request_id, answer.headers['x-request-id']);
      assert.equal(seen[0].address, '00000000000000000000ffff7f000001');
      assert.equal(seen[0].stamp, 1);
      const both = await until('the outcome', () => {
        const events = ours(answer.headers['x-request-id']);
        return events.length === 2 && events;
      });
      assert.equal(both[1].kind, 'outcome');
      assert.equal(both[1].status, 200);
      assert.equal(both[1].request_id, both[0].request_id);
    });

  it('has variables for the access log, and no token in them', async () => {
    const answer = await gw.ask('GET', '/v1/items/7', { token: 'RO',
      headers: { host: 'GW.example:8080' } });
    const id = answer.headers['x-request-id'];
    const line = await until('the log line', () => gw.access()
      .find((fields) => fields[0] === id));
    assert.deepEqual(line.slice(1), ['allow', 'allowed', 'read', '1',
      'alice@example.com', 'full', '1', 'fx', 'http://gw.example:8080',
      '200']);
    const text = readFileSync(`${gw.dir}/access.log`, 'utf8') + gw.errors();
    for (const token of Object.values(gw.tokens)) {
      assert.ok(!text.includes(token));
    }
    assert.ok(!text.includes('upstream-secret'));
  });

  it('decides each request of a connection anew', async () => {
    const text = await gw.raw(
      `GET /v1/items/7 HTTP/1.1\r\nHost: gw\r\nAuthorization: ${
        gw.bearer('RW')}\r\n\r\n`
      + 'DELETE /v1/items/7 HTTP/1.1\r\nHost: gw\r\n'
      + 'Connection: close\r\n\r\n');
    assert.match(text, /^HTTP\/1\.1 200 /);
    assert.match(text, /HTTP\/1\.1 401 /);
    assert.equal(upstream.requests.length, 1);
  });

  it('keeps the connection after a refusal, its body thrown away',
    async () => {
      const text = await gw.raw(
        'POST /v1/items HTTP/1.1\r\nHost: gw\r\nContent-Length: 40\r\n'
        + 'Expect: 100-continue\r\n\r\n'
        + `${'DELETE /v1/items/7 HTTP/1.1\r\n'.padEnd(40, 'x')}`
        + `GET /v1/items/8 HTTP/1.1\r\nHost: gw\r\nAuthorization: ${
          gw.bearer('RO')}\r\nConnection: close\r\n\r\n`);
      assert.match(text, /^HTTP\/1\.1 401 /);
      assert.match(text, /HTTP\/1\.1 200 /);
      assert.doesNotMatch(text, /100 Continue/);
      assert.equal(upstream.requests.length, 1);
      assert.match(upstream.bytes(), /^GET \/v1\/items\/8 /);
    });

  it('follows a published policy at once, both ways', async () => {
    const del = () => gw.ask('DELETE', '/v1/items/7', {
      headers: { authorization: gw.bearer('RW') } });
    for (let round = 0; round < 5; round++) {
      assert.equal((await del()).status, 200);
      gw.runtime.publish({ classes: READ_CLASS });
      upstream.clear();
      for (let i = 0; i < 8; i++) assert.equal((await del()).status, 403);
      assert.equal(upstream.bytes(), '');
      gw.runtime.publish();
    }
  });

  it('follows members, secrets and a larger token table', async () => {
    const auth = { headers: { authorization: gw.bearer('RW') } };
    const del = () => gw.ask('DELETE', '/v1/items/7', auth);
    gw.runtime.member(2);
    assert.equal((await del()).status, 403);
    gw.runtime.member(1);
    gw.runtime.grow();
    assert.equal((await del()).status, 200);
    upstream.clear();
    gw.runtime.publish({ secret: 'Bearer rotated' });
    assert.equal((await del()).status, 200);
    assert.match(upstream.bytes(), /\r\nAuthorization: Bearer rotated\r\n/);
    upstream.clear();
    gw.runtime.publish({ secret: '' });
    assert.equal((await del()).status, 200);
    assert.doesNotMatch(upstream.bytes(), /Authorization/);
    gw.runtime.publish();
  });

  it('revokes at once, over a reload and a killed worker', async () => {
    const get = () => gw.ask('GET', '/v1/items/7', {
      headers: { authorization: gw.bearer('REV') } });
    assert.equal((await get()).status, 200);
    await gw.reload();
    assert.equal((await get()).status, 200);
    gw.runtime.revoke('REV');
    for (let i = 0; i < 8; i++) assert.equal((await get()).status, 401);
    await gw.reload();
    assert.equal((await get()).status, 401);

    const workers = gw.pids();
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    await until('new workers', () => gw.pids()
      .some((pid) => !workers.includes(pid)));
    const again = await until('an answer', async () => {
      const answer = await gw.ask('GET', '/v1/items/7', { token: 'RO' });
      return answer.status === 200 && answer;
    });
    assert.equal(again.status, 200);
    assert.equal((await get()).status, 401);
    const stamps = gw.runtime.events().map((event) => event.stamp);
    assert.equal(Math.max(...stamps), 3);
  });

  it('decides again when the body took its time', async () => {
    const socket = net.connect(gw.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => { text += chunk; });
    socket.write('POST /v1/items HTTP/1.1\r\nHost: gw\r\nContent-Length: 4'
      + `\r\nAuthorization: ${gw.bearer('RW')}\r\n`
      + 'Connection: close\r\n\r\nab');
    const { request_id: id } = await until('the decision', () => gw.runtime
      .events().find((event) => event.kind === 'decision'));
    gw.runtime.publish({ classes: READ_CLASS });
    socket.write('cd');
    await once(socket, 'close');
    assert.match(text, /^HTTP\/1\.1 500 /);
    assert.equal(upstream.bytes(), '');
    gw.runtime.publish();
    const events = await until('the outcome', () => {
      const all = gw.runtime.events()
        .filter((event) => event.request_id === id);
      return all.length === 2 && all;
    });
    assert.equal(events[1].kind, 'outcome');
    assert.equal(events[1].effect, 0);
    assert.equal(events[1].status, 500);
  });

  it('refuses with 503 while the image is missing or damaged, then follows',
    async () => {
      const get = () => gw.ask('GET', '/v1/items/7', { token: 'RO' });
      const control = `${gw.runtime.dir}/control`;
      gw.runtime.publish();
      const page = readFileSync(control);
      const at = 16 + 24 * Number(page.readBigUInt64LE(8) % 2n);
      const policy = `${gw.runtime.dir}/policy.${page.readUInt32LE(at + 8)}`;
      const image = readFileSync(policy);
      renameSync(policy, `${policy}.away`);
      upstream.clear();
      gw.runtime.take();
      const missing = await get();
      refused(missing, 503, 'no_image');
      assert.equal(missing.headers['retry-after'], '1');
      const damaged = Buffer.from(image);
      damaged[damaged.length >> 1] ^= 1;
      writeFileSync(policy, damaged);
      assert.equal((await get()).status, 503);
      writeFileSync(policy, image);
      truncateSync(policy, image.length - 8);
      assert.equal((await get()).status, 503);
      assert.equal(upstream.bytes(), '');
      writeFileSync(policy, image);
      assert.equal((await get()).status, 200);
    });
});

describe('gateway without a runtime directory', () => {
  it('refuses, and follows when it appears', async (t) => {
    const upstream = await startRecorder();
    const gw = await startGateway({ upstream, runtime: { empty: true } });
    t.after(async () => {
      await upstream.stop();
      await gw.stop();
    });
    const answer = await gw.ask('GET', '/v1/items/7', { headers: {
      authorization: 'Bearer x' } });
    assert.equal(answer.status, 503);
    assert.equal(JSON.parse(answer.body).reason, 'no_image');
    assert.equal(upstream.bytes(), '');
    Object.assign(gw.tokens, gw.runtime.init());
    assert.equal((await gw.ask('GET', '/v1/items/7', { token: 'RO' })).status,
      200);
  });
});

describe('links and headers of the upstream', () => {
  let upstream;
  let gw;

  before(async () => {
    upstream = await startRecorder();
    gw = await startGateway({ upstream,
      runtime: { prefix: '/jira', 'upstream-path': '/ex/jira/1',
        link: ['https://api.example/ex/jira/1', 'https://site.example'] },
      location: `
        sub_filter_types application/json;
        sub_filter_once off;
        sub_filter https://site.example $scopecap_base;` });
  });
  after(async () => {
    await upstream?.stop();
    await gw?.stop();
  });
  beforeEach(() => upstream.clear());

  const get = (lines, options = {}) => {
    upstream.answer = () => `HTTP/1.1 ${options.status ?? '201 Created'}\r\n${
      lines.map((line) => `${line}\r\n`).join('')}Content-Length: ${
      (options.body ?? '').length}\r\n\r\n${options.body ?? ''}`;
    return gw.ask('GET', '/jira/v1/items/7', { token: 'RO',
      headers: { host: 'gw.example:8080' } });
  };

  it('puts the upstream\'s prefix in the place of the mount\'s', async () => {
    await get([]);
    assert.match(upstream.bytes(), /^GET \/ex\/jira\/1\/v1\/items\/7 HTTP/);
  });

  it('leads links back', async () => {
    const base = 'http://gw.example:8080/jira';
    for (const [header, from, to] of [
      ['Location', 'https://api.example/ex/jira/1/v1/x?a=b',
        `${base}/v1/x?a=b`],
      ['Location', 'https://site.example', base],
      ['Location', 'https://site.example.evil/x',
        'https://site.example.evil/x'],
      ['Location', '/ex/jira/1/v1/items/9', `${base}/v1/items/9`],
      ['Location', 'https://elsewhere.example/x',
        'https://elsewhere.example/x'],
      ['Content-Location', '/ex/jira/1?x', `${base}?x`],
      ['Refresh', '0; url=https://site.example/y', `0; url=${base}/y`],
      ['Link', '<https://site.example/a?page=2>; rel="next", '
        + '</ex/jira/1/b>; rel=x, <https://e.example/>; rel=y',
      `<${base}/a?page=2>; rel="next", <${base}/b>; rel=x, `
        + '<https://e.example/>; rel=y'],
    ]) {
      const answer = await get([`${header}: ${from}`]);
      assert.equal(answer.status, 201);
      assert.equal(answer.headers[header.toLowerCase()], to);
    }
  });

  it('has a base for links in bodies', async () => {
    const answer = await get(['Content-Type: application/json'],
      { body: '{"self":"https://site.example/v1/items/7"}' });
    assert.ok(answer.body.includes(
      '{"self":"http://gw.example:8080/jira/v1/items/7"}'), answer.text);
  });

  it('keeps the validators of an answer with links', async () => {
    for (const etag of ['"strong"', 'W/"weak"']) {
      const answer = await get(['Content-Type: application/json',
        `ETag: ${etag}`, 'Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT'],
      { body: '{"self":"https://site.example/v1/items/7"}' });
      assert.equal(answer.headers.etag, etag);
      assert.equal(answer.headers['last-modified'],
        'Tue, 15 Nov 1994 12:45:26 GMT');
    }
  });

  it('strips sessions, challenges and steering', async () => {
    const answer = await get(['Set-Cookie: JSESSIONID=1', 'Set-Cookie: b=2',
      'X-Accel-Redirect: /inside.txt', 'X-Accel-Buffering: no',
      'X-Accel-Limit-Rate: 1', 'X-Accel-Expires: 10', 'X-Accel-Charset: x',
      'WWW-Authenticate: Basic', 'Access-Control-Allow-Origin: *',
      'Alt-Svc: h2="x"', 'X-Request-Id: theirs', 'X-Fine: 1',
      'Scopecap-Source: gateway']);
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['x-fine'], '1');
    assert.match(answer.headers['x-request-id'], /^[0-9a-f]{32}$/);
    assert.equal(answer.headers['scopecap-source'], 'upstream');
    assert.doesNotMatch(answer.text,
      /cookie|accel|www-auth|access-control|alt-svc|inside/i);
  });

  it('keeps answers out of shared caches', async () => {
    for (const [from, to] of [['max-age=60', 'private, max-age=60'],
      ['public, max-age=60', 'private'], ['no-store', 'no-store'],
      ['private, max-age=5', 'private, max-age=5'],
      ['s-maxage=9', 'private']]) {
      const answer = await get([`Cache-Control: ${from}`]);
      assert.equal(answer.headers['cache-control'], to);
    }
  });

  it('turns an upstream 401 into 502, and lets its 403 pass', async () => {
    const unauthorized = await get(['WWW-Authenticate: Basic realm="x"'],
      { status: '401 Unauthorized' });
    assert.equal(unauthorized.status, 502);
    assert.equal(unauthorized.headers['www-authenticate'], undefined);
    assert.equal((await get([], { status: '407 Proxy' })).status, 502);
    const forbidden = await get([], { status: '403 Forbidden' });
    assert.equal(forbidden.status, 403);
    assert.equal(forbidden.headers['scopecap-source'], 'upstream');
  });

  it('takes no interim or headless answer for a final one', async () => {
    for (const answer of ['HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n', 'no header at all\r\n\r\n']) {
      upstream.answer = (request, socket) => {
        socket.end(`${answer}${OK_ANSWER}`);
        return null;
      };
      const got = await gw.ask('GET', '/jira/v1/items/7', { token: 'RO' });
      assert.equal(got.status, 502, answer);
      assert.equal(got.headers['scopecap-source'], 'gateway');
    }
  });
});

describe('calls that do more than read', () => {
  it('are sent once, reads may be tried again', async () => {
    const first = await startRecorder();
    const second = await startRecorder();
    const gw = await startGateway({ upstream: first, servers: [second.port],
      location: 'proxy_next_upstream error timeout http_500 http_503 '
        + 'invalid_header non_idempotent;' });
    const drop = (request, socket) => { socket.destroy(); return null; };
    const failing = () => 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n';
    const auth = { headers: { authorization: gw.bearer('CR') } };
    try {
      for (const answer of [drop, failing]) {
        first.answer = answer;
        second.answer = answer;
        for (const [method, target] of [['DELETE', '/v1/items/7'],
          ['PUT', '/v1/items/7'], ['POST', '/v1/items'],
          ['PATCH', '/v1/items/7'], ['GET', '/v1/items/7/touch']]) {
          first.clear();
          second.clear();
          const got = await gw.ask(method, target, auth);
          assert.ok([502, 503].includes(got.status), got.text);
          assert.equal(first.requests.length + second.requests.length, 1,
            `${method} ${target}`);
        }
        first.clear();
        second.clear();
        await gw.ask('GET', '/v1/items/7', auth);
        assert.equal(first.requests.length + second.requests.length, 2);
      }
    } finally {
      await first.stop();
      await second.stop();
      await gw.stop();
    }
  });

  it('are not repeated when a kept connection turns out to be closed',
    async () => {
      const upstream = await startRecorder();
      const gw = await startGateway({ upstream });
      const auth = { headers: { authorization: gw.bearer('CR') } };
      try {
        for (const [method, target, times] of [
          ['DELETE', '/v1/items/7', 1], ['PUT', '/v1/items/7', 1],
          ['POST', '/v1/items', 1], ['GET', '/v1/items/7', 2]]) {
          upstream.answer = () => OK_ANSWER;
          assert.equal((await gw.ask('GET', '/v1/items/7', auth)).status,
            200);
          const { connections } = upstream;
          upstream.clear();
          upstream.answer = (request, socket) => {
            socket.destroy();
            return null;
          };
          assert.equal((await gw.ask(method, target, auth)).status, 502);
          assert.equal(upstream.requests.length, times, method);
          assert.ok(upstream.connections <= connections + 1);
        }
      } finally {
        await upstream.stop();
        await gw.stop();
      }
    });

  it('are refused when they cannot be recorded, reads are not', async () => {
    const upstream = await startRecorder();
    const gw = await startGateway({ upstream });
    const auth = { headers: { authorization: gw.bearer('CR') } };
    try {
      const get = 'GET /v1/items/7 HTTP/1.1\r\nHost: gw\r\n';
      for (let i = 0; i < 16; i++) {
        await gw.raw(`${`${get}\r\n`.repeat(799)
        }${get}Connection: close\r\n\r\n`);
      }
      assert.equal(gw.runtime.events().length, 12288);
      let sent = 0;
      for (; sent < 5000; sent++) {
        const text = parseAnswer(await gw.raw(
          `DELETE /v1/items/7 HTTP/1.1\r\nHost: gw\r\nAuthorization: ${
            auth.headers.authorization}\r\nConnection: close\r\n\r\n`));
        if (text.status !== 200) {
          assert.equal(text.status, 503);
          assert.equal(JSON.parse(text.body).reason, 'audit_unavailable');
          break;
        }
      }
      assert.equal(gw.runtime.events().length, 16384);
      assert.equal(upstream.requests.length, sent);
      assert.equal((await gw.ask('GET', '/v1/items/7', auth)).status, 200);
      gw.runtime.take();
      assert.equal((await gw.ask('DELETE', '/v1/items/7', auth)).status, 200);
    } finally {
      await upstream.stop();
      await gw.stop();
    }
  });
});
