// SPDX-License-Identifier: Apache-2.0
//
// The security cases about targets, methods, framing, headers and presented
// tokens, over HTTP/1.1 and HTTP/2, with a mount at the root and below a
// prefix.  A refused request must leave the recorder without a byte.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { OK_ANSWER, parseAnswer, startGateway, startRecorder }
  from './lib/gateway.mjs';

const DENIED = [400, 401, 403, 404, 405, 413, 414, 415, 421, 431, 501];

// [case, method, target below the mount, token, upstream gets (a target) or
// undefined for a refusal]
const TARGETS = [
  ['P01', 'POST', '/v1/items/search/../7/purge', 'RW'],
  ['P03', 'POST', '/v1/items/search/..%2f7%2fpurge', 'RW'],
  ['P06', 'POST', '/v1/items/search/..%3b/7/purge', 'RW'],
  ['P07', 'GET', '/v1/items/7;jsessionid=0123456789ABCDEF', 'RO'],
  ['P09', 'POST', '//v1//items/7/purge', 'RW'],
  ['P11', 'GET', '/./v1/items/7', 'RO'],
  ['P11', 'GET', '/v1/items/./7', 'RO'],
  ['P11', 'GET', '/v1/items/7/.', 'RO'],
  ['P12', 'GET', '/..', 'RO'],
  ['P13', 'POST', '/v1/items/search\\..\\7\\purge', 'RW'],
  ['P15', 'POST', '/v1/items/search/', 'RO'],
  ['P15', 'POST', '/v1/items/7/lookup/', 'RO'],
  ['P16', 'POST', '/v1/items/search%20', 'RO'],
  ['P16', 'POST', '/v1/items/search.', 'RO'],
  ['P16', 'POST', '/v1/items/search%09', 'RO'],
  ['P18', 'POST', '/V1/Items/7/Purge', 'RW'],
  ['P18', 'GET', '/v1/items/SPECIAL', 'RO', '/v1/items/SPECIAL'],
  ['P20', 'GET', '/v1/items/search%00/7', 'RO'],
  ['P21', 'GET', '/v1/items/7%0a', 'RO'],
  ['P21', 'GET', '/v1/items/7%0d', 'RO'],
  ['P21', 'GET', '/v1/items/7%7f', 'RO'],
  ['P24', 'GET', '/v1/items/7%23x', 'RO', '/v1/items/7%23x'],
  ['P31', 'GET', '/v1/items/%ef%bc%8e%ef%bc%8e%ef%bc%8fx', 'RO',
    '/v1/items/%ef%bc%8e%ef%bc%8e%ef%bc%8fx'],
  ['P32', 'GET', '/v1/items/%u002e', 'RO'],
  ['P32', 'GET', '/v1/items/%zz', 'RO'],
  ['P32', 'GET', '/v1/items/%2', 'RO'],
  ['P32', 'GET', '/v1/items/%', 'RO'],
  ['P33', 'DELETE', '/%76%31/%69tems/7', 'RO'],
  ['P35', 'PUT', '/v1/files/a/../../items/7', 'RW'],
  ['P35', 'PUT', '/v1/files/a/b/c', 'RW', '/v1/files/a/b/c'],
  ['P38', 'GET', '/s/x/_/;/WEB-INF/web.xml', 'CR'],
  ['P38', 'GET', '/s/x/_/META-INF/maven/a/b/pom.xml', 'CR'],
  ['P40', 'GET', '/%24%7B7*7%7D/', 'CR'],
  ['P40', 'GET', '/secure/InsightPluginShowGeneralConfiguration.jspa;', 'CR'],
  ['P43', 'GET', '/v1/items?path=/../x&u=http%3A%2F%2Fe%2F..&q=a%2523', 'RO',
    '/v1/items?path=/../x&u=http%3A%2F%2Fe%2F..&q=a%2523'],
  ['P44', 'GET', `/v1/items/${'a'.repeat(8100)}`, 'RO'],
  ['P44', 'GET', `/v1/files${'/a'.repeat(3000)}`, 'RO'],
  ['P44', 'GET', `/v1/items/${'%41'.repeat(2000)}`, 'RO'],
  ['P46', 'POST', '/v1/items//purge', 'RW'],
  ['P46', 'GET', '/v1/items/%20', 'RO'],
  ['P46', 'GET', '/v1/pulls/.diff', 'RO'],
  ['P47', 'GET', '/v1/items/..', 'RO'],
  ['P47', 'GET', '/v1/items/%2E%2e', 'RO'],
  ['P47', 'GET', '/v1/items/.', 'RO'],
  ['C07', 'GET', '/v1/pulls/1.diff', 'RO', '/v1/pulls/1.diff'],
  ['C07', 'GET', '/v1/pulls/1.2.diff', 'RO'],
  ['M03', 'POST', '/v1/items/search?_method=DELETE', 'CR'],
  ['M03', 'POST', '/v1/items/search?x-method-override=PUT', 'CR'],
  ['M03', 'POST', '/v1/items/search?_HttpMethod=PATCH', 'CR'],
  ['M03', 'POST', '/v1/items/search?%5fmethod=DELETE', 'CR'],
  ['M03', 'POST', '/v1/items/search?a=1;_method=DELETE', 'CR'],
  ['M08', 'TRACE', '/v1/items/7', 'RO'],
  ['M08', 'TRACK', '/v1/items/7', 'RO'],
  ['M10', 'delete', '/v1/items/7', 'CR'],
  ['M10', 'Get', '/v1/items/7', 'RO'],
  ...['PROPFIND', 'MKCOL', 'MOVE', 'COPY', 'LOCK', 'REPORT', 'PURGE', 'QUERY',
    'LINK', 'M-SEARCH', 'PATCHX', 'GETDELETE'].map(
    (method) => ['M12', method, '/v1/items/7', 'CR']),
  ['M15', 'GET', '/v1/items/7/touch', 'RO'],
  ['M16', 'POST', '/v1/items/search', 'RO', '/v1/items/search'],
  ['M18', 'POST', '/graphql', 'RO'],
  ['M19', 'GET', '/graphql?query=mutation%7Ba%7D', 'RO'],
  ['M22', 'POST', '/$batch', 'CR'],
  ['M30', 'POST', '/v1/items/7/touch', 'RW'],
  ['H22', 'GET', '/v1/items/7?access_token=x', 'RO'],
  ['H43', 'GET', '/v1/items/7/x.css', 'RO'],
  ['H43', 'GET', '/v1/items/7%2fx.css', 'RO'],
  ['T17', 'GET', '/v1/items/7', 'OTHER'],
  ['T18', 'DELETE', '/v1/items/7', 'RO'],
];

// Headers that end a call: [case, headers, body]
const BAD_HEADERS = [
  ['M01', 'POST', '/v1/items/search', { 'x-http-method-override': 'DELETE' }],
  ['M01', 'POST', '/v1/items/search', { 'x-http-method': 'DELETE' }],
  ['M01', 'POST', '/v1/items/search', { 'x-method-override': 'DELETE' }],
  ['M05', 'GET', '/v1/items/7', { 'x-http-method-override': 'POST' }],
  ['M26', 'GET', '/v1/items/7', { 'content-type': 'application/json' },
    '{"a":1}'],
  ['H17', 'GET', '/v1/items/7', { authorization: ['Bearer a', 'Bearer b'] }],
  ['H19', 'GET', '/v1/items/7', { accept: 'a\x01b' }],
  ['M27', 'POST', '/v1/items/search',
    { 'content-type': ['application/json', 'text/plain'] }, '{}'],
  ['H36', 'GET', '/v1/items/7', Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`x-a${i}`, 'b']))],
  ['H36', 'GET', '/v1/items/7', Object.fromEntries(
    Array.from({ length: 80 }, (_, i) => [`x-a${i}`, 'b'.repeat(500)]))],
];

// Headers that never reach the upstream
const DROPPED = {
  cookie: 'a=b', 'private-token': 'x', 'job-token': 'x', 'x-api-key': 'x',
  'x-auth-token': 'x', 'x-gitea-otp': '1', 'proxy-authorization': 'Basic x',
  dpop: 'x', 'x-webauth-user': 'admin', 'x-webauth-email': 'a@b',
  'remote-user': 'x', 'x-remote-user': 'x', 'x-forwarded-user': 'x',
  'x-auth-request-email': 'x', 'x-forwarded-for': '10.0.0.1',
  forwarded: 'for=1', 'x-real-ip': '1', 'true-client-ip': '1',
  'x-forwarded-host': 'e', 'x-forwarded-proto': 'e', 'x-original-url': '/e',
  'x-rewrite-url': '/e', 'x-middleware-subrequest': '1', 'x-internal': '1',
  via: '1.1 x', 'max-forwards': '0', trailer: 'x', proxy: 'http://evil',
  signature: 'x', sudo: 'root', 'x-accel-redirect': '/inside.txt',
  origin: 'https://evil', referer: 'https://evil/', expect: '200-ok',
};

for (const prefix of ['', '/mounted/here']) {
  describe(`cases, mount at "${prefix}"`, () => {
    let upstream;
    let gw;

    before(async () => {
      upstream = await startRecorder();
      gw = await startGateway({ upstream, runtime: { prefix },
        http: 'http2_max_field_size 16k; http2_max_header_size 128k;' });
    });
    after(async () => {
      await upstream?.stop();
      await gw?.stop();
    });
    beforeEach(() => {
      upstream.clear();
      gw.runtime.take();
    });

    const denied = (answer, expected = DENIED) => {
      assert.equal(upstream.bytes(), '');
      assert.ok(expected.includes(answer.status) || answer.status === 0
        || Number.isNaN(answer.status),
      `${answer.status}: ${answer.text ?? answer.body}`);
      const refusals = gw.runtime.events()
        .filter((event) => event.kind === 'decision');
      assert.ok(refusals.length <= 1);
      assert.ok(refusals.every((event) => event.effect !== 1));
    };

    for (const ask of ['ask', 'ask2']) {
      const version = ask === 'ask' ? 'h1' : 'h2';

      for (const [id, method, target, token, sent] of TARGETS) {
        it(`${id} ${version} ${method} ${target.slice(0, 60)}`, async () => {
          const answer = await gw[ask](method, prefix + target, { token });
          if (sent === undefined) {
            denied(answer);
            return;
          }
          assert.equal(answer.status, 200, answer.body);
          assert.equal(upstream.requests.length, 1);
          assert.equal(upstream.requests[0].split('\r\n')[0],
            `${method} ${sent} HTTP/1.1`);
        });
      }

      for (const [id, method, target, headers, body] of BAD_HEADERS) {
        it(`${id} ${version} ${Object.keys(headers).slice(0, 2)}`,
          async () => {
            denied(await gw[ask](method, prefix + target,
              { token: 'CR', headers, body }));
          });
      }

      it(`H20-H46 ${version} what must not reach the upstream`, async () => {
        const headers = { ...DROPPED };
        if (ask === 'ask2') delete headers.trailer;
        const answer = await gw[ask]('GET', `${prefix}/v1/items/7`,
          { token: 'RO', headers });
        if (answer.status === 200) {
          const lines = upstream.bytes().trim().split('\r\n').slice(1)
            .map((line) => line.split(':')[0]);
          assert.deepEqual(lines, ['Host', 'X-Request-Id', 'Authorization']);
        } else {
          denied(answer);
        }
      });

      it(`T13 T15 H18 ${version} forms of a credential`, async () => {
        const token = gw.tokens.RO;
        const basic = (text) => `Basic ${
          Buffer.from(text, 'latin1').toString('base64')}`;
        for (const [value, status] of [
          [`bearer ${token}`, 200], [`BEARER ${token}`, 200],
          [`Bearer  ${token}`, 200], [`Bearer${token}`, 401],
          [`Token ${token}`, 401], ['Basic ', 401], ['Bearer ', 401],
          ['', 401], [token, 401], [basic(token), 401],
          [basic(`:${token}`), 401], [basic(`${token}:`), 401],
          [basic(`alice@example.com:${token}:x`), 401],
          [basic(`x-access-token:${token}`), 401], [basic(''), 401],
          [basic(`alice@example.com\0:${token}`), 401],
          [`${basic(`alice@example.com:${token}`)}=`, 401],
          [`Bearer ${token}, Bearer ${token}`, 401],
          [`Bearer ${token} ${token}`, 401],
          [`Bearer ${token}x`, 401], [`Bearer ${token.slice(0, -1)}`, 401],
          [`Bearer ${'a'.repeat(6000)}`, 401],
          [`Bearer ${token}\xff`, 401],
        ]) {
          upstream.clear();
          gw.runtime.take();
          const answer = await gw[ask]('GET', `${prefix}/v1/items/7`,
            { headers: { authorization: value } });
          if (status === 200) {
            assert.equal(answer.status, 200, value);
          } else {
            denied(answer, [400, 401]);
          }
        }
      });
    }

    const raw = async (text) => parseAnswer(await gw.raw(text, 1500));
    const head = (line, ...headers) => `${line}\r\n${[
      'Host: gw', `Authorization: ${gw.bearer('CR')}`, 'Connection: close',
      ...headers].map((header) => `${header}\r\n`).join('')}\r\n`;

    for (const [id, make] of [
      ['P17 raw space', () => head(
        `POST ${prefix}/v1/items/search ../7/purge HTTP/1.1`)],
      ['P26 absolute form', () => head(
        `GET http://evil.example${prefix}/v1/items/7 HTTP/1.1`)],
      ['P26 absolute form of ourselves', () => head(
        `GET http://gw${prefix}/v1/items/7 HTTP/1.1`)],
      ['P28 authority form', () => head('GET gw:80 HTTP/1.1')],
      ['P28 asterisk form', () => head('OPTIONS * HTTP/1.1')],
      ['P30 raw high byte', () => head(
        `GET ${prefix}/v1/items/7\xa0 HTTP/1.1`)],
      ['P43 fragment', () => head(`GET ${prefix}/v1/items/7#x HTTP/1.1`)],
      ['M09 CONNECT', () => head('CONNECT up:443 HTTP/1.1')],
      ['M25 upgrade', () => head(`GET ${prefix}/v1/items/7 HTTP/1.1`,
        'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk')],
      ['M25 connection upgrade', () => head(
        `GET ${prefix}/v1/items/7 HTTP/1.1`).replace('Connection: close',
        'Connection: close, Upgrade')],
      ['H01 length and chunked', () => `${head(
        `POST ${prefix}/v1/items HTTP/1.1`, 'Content-Length: 4',
        'Transfer-Encoding: chunked')}0\r\n\r\n`],
      ['H02 xchunked', () => `${head(`POST ${prefix}/v1/items HTTP/1.1`,
        'Transfer-Encoding: xchunked')}0\r\n\r\n`],
      ['H02 empty', () => `${head(`POST ${prefix}/v1/items HTTP/1.1`,
        'Transfer-Encoding:')}0\r\n\r\n`],
      ['H03 length +2', () => `${head(`POST ${prefix}/v1/items HTTP/1.1`,
        'Content-Length: +2')}ab`],
      ['H03 two lengths', () => `${head(`POST ${prefix}/v1/items HTTP/1.1`,
        'Content-Length: 2', 'Content-Length: 2')}ab`],
      ['H04 chunked in 1.0', () => `${head(
        `POST ${prefix}/v1/items HTTP/1.0`,
        'Transfer-Encoding: chunked')}0\r\n\r\n`],
      ['H14 empty name', () => head(`GET ${prefix}/v1/items/7 HTTP/1.1`,
        ': x')],
      ['H14 folding', () => head(`GET ${prefix}/v1/items/7 HTTP/1.1`,
        'X-A: b', ' c')],
      ['H14 space before colon', () => head(
        `GET ${prefix}/v1/items/7 HTTP/1.1`, 'X-A : x')],
      ['no colon', () => head(`GET ${prefix}/v1/items/7 HTTP/1.1`, 'X-A')],
      ['no colon, authorization', () => `GET ${prefix}/v1/items/7 HTTP/1.1\r\n`
        + 'Host: gw\r\nAuthorization\r\nConnection: close\r\n\r\n'],
      ['HTTP/0.9', () => `GET ${prefix}/v1/items/7\r\n`],
      ['H34 no host', () => head(`GET ${prefix}/v1/items/7 HTTP/1.0`)
        .replace('Host: gw\r\n', '')],
      ['H34 two hosts', () => head(`GET ${prefix}/v1/items/7 HTTP/1.1`,
        'Host: gw')],
      ...['a@evil', 'gw:x', 'gw?x', 'gw,evil', 'user:pw@gw', '[::1', 'gw:',
        'gw:123456', '[x]', 'gw..'].map((host) => [`host ${host}`,
        () => head(`GET ${prefix}/v1/items/7 HTTP/1.1`)
          .replace('Host: gw', `Host: ${host}`)]),
    ]) {
      it(`${id}`, async () => { denied(await raw(make())); });
    }

    for (const host of ['GW', 'gw.', 'gw:80', '127.0.0.1:1', '[::1]:80',
      'my_gw']) {
      it(`serves host ${host}`, async () => {
        const answer = await raw(head(`GET ${prefix}/v1/items/7 HTTP/1.1`)
          .replace('Host: gw', `Host: ${host}`));
        assert.equal(answer.status, 200, answer.text);
        assert.match(upstream.bytes(), /\r\nHost: upstream\.example\r\n/);
      });
    }

    it('H30 names in Connection take nothing away from us', async () => {
      const answer = await raw(head(`GET ${prefix}/v1/items/7 HTTP/1.1`)
        .replace('Connection: close',
          'Connection: close, Authorization, X-Request-Id'));
      assert.equal(answer.status, 200);
      assert.match(upstream.bytes(), /\r\nX-Request-Id: \w{32}\r\n/);
      assert.match(upstream.bytes(),
        /\r\nAuthorization: Bearer upstream-secret\r\n/);
      assert.doesNotMatch(upstream.bytes(), /Connection/);
    });

    it('H35 odd but clear forms are decided like the clean one', async () => {
      for (const text of [
        head(`DELETE ${prefix}/v1/items/7 HTTP/1.1`).replaceAll('\r\n', '\n'),
        `\r\n${head(`DELETE ${prefix}/v1/items/7 HTTP/1.1`)}`,
        head(`DELETE  ${prefix}/v1/items/7 HTTP/1.1`),
      ]) {
        upstream.clear();
        gw.runtime.take();
        denied(await raw(text.replace(gw.tokens.CR, gw.tokens.RO)));
      }
    });

    it('N09 walks all header lines, wherever they stand', async () => {
      for (const n of [0, 1, 19, 20, 21, 40, 64, 90]) {
        upstream.clear();
        const filler = Array.from({ length: n }, (_, i) => `X-F${i}: y`);
        const answer = await raw(head(`GET ${prefix}/v1/items/7 HTTP/1.1`,
          ...filler, 'Accept: a/b'));
        assert.equal(answer.status, 200);
        assert.match(upstream.bytes(), /\r\nAccept: a\/b\r\n/);
        upstream.clear();
        gw.runtime.take();
        denied(await raw(head(`POST ${prefix}/v1/items/search HTTP/1.1`,
          ...filler, 'X-HTTP-Method-Override: DELETE')), [400]);
      }
    });

    it('P48 mutated targets: what is sent is what was decided', async () => {
      const pieces = ['/', '//', '.', '..', '%2e', '%2f', '%5c', '\\', ';',
        '%3b', '%25', '%00', '%0a', '#', '?', '&', '%', 'search', '7',
        'purge', 'items', 'v1', '%c0%ae', '%ef%bc%8f', '~', '@', ':', '*'];
      let seed = 7;
      const next = (n) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return Math.floor(seed / 65536) % n;
      };
      for (let round = 0; round < 40; round++) {
        const targets = Array.from({ length: 25 }, () => {
          const parts = ['/v1', '/items', '/search', '/7', '/purge']
            .slice(0, 2 + next(4));
          for (let k = next(3); k >= 0; k--) {
            parts.splice(next(parts.length + 1), 0, pieces[next(
              pieces.length)]);
          }
          return prefix + parts.join('');
        });
        upstream.clear();
        gw.runtime.take();
        for (const target of targets) {
          await gw.raw(`POST ${target} HTTP/1.1\r\nHost: gw\r\n`
            + `Authorization: ${gw.bearer('RO')}\r\nConnection: close\r\n\r\n`,
          1500);
        }
        for (const request of upstream.requests) {
          const [line] = request.split('\r\n');
          const match = /^POST (\S+) HTTP\/1\.1$/.exec(line);
          assert.match(match[1].split('?')[0],
            /^\/v1\/items\/(search|[^/;\\]+\/lookup)$/, line);
          assert.ok(targets.includes(prefix + match[1]), line);
        }
      }
    });
  });
}

it('the answer of the recorder is one that nginx takes', () => {
  assert.equal(parseAnswer(OK_ANSWER).status, 200);
});
