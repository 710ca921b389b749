// SPDX-License-Identifier: Apache-2.0
//
// Tokens, users, roles and records of scopecapd.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';

import { startDaemon } from './lib/daemon.mjs';
import { apply, config, token } from './lib/mini.mjs';

const PASSWORD = 'correct horse battery';

describe('tokens and roles', () => {
  let daemon, alice, bob;

  const signIn = async (email) => {
    const put = await daemon.put(`/api/v1/users/${email}`,
      { name: '', password: PASSWORD });
    assert.ok([200, 201].includes(put.status));
    const { status, body } = await daemon.post('/api/v1/session',
      { email, password: PASSWORD }, { key: null });
    assert.equal(status, 201);
    return { key: body.token };
  };

  before(async () => {
    daemon = await startDaemon();
    await apply(daemon, config());
    alice = await signIn('alice@example.com');
    bob = await signIn('bob@example.com');
  });
  after(async () => { await daemon.stop(); });

  it('makes, shows, lists and revokes', async () => {
    const made = await token(daemon, { name: 'laptop', purpose: 'tests' });
    const path = `/api/v1/tokens/${made.body.id}`;
    const shown = await daemon.get(path);

    assert.equal(made.status, 201);
    assert.match(made.body.token, /^scu_[0-9A-Za-z]{33}$/);
    assert.equal(made.headers.get('location'), path);
    assert.deepEqual(made.body.effective, { jira: { classes: ['read'],
      scopes: ['read:jira-work', 'write:jira-work'] } });
    assert.equal(shown.body.status, 'active');
    assert.equal(shown.body.token, undefined);

    const revoked = await daemon.post(`${path}/revoke`);
    assert.equal(revoked.body.status, 'revoked');
    assert.equal((await daemon.delete(path)).body.revoked,
      revoked.body.revoked);
    const list = await daemon.get(
      '/api/v1/tokens?status=revoked&app=jira&user=alice@example.com');
    assert.ok(list.body.items.some((t) => t.id === made.body.id));
    assert.equal((await daemon.get('/api/v1/tokens?app=other'))
      .body.items.length, 0);
    assert.equal((await daemon.get('/api/v1/tokens?status=odd')).status,
      422);
    assert.equal((await daemon.get('/api/v1/tokens/99999')).status, 404);
  });

  it('pages without a gap', async () => {
    const made = [];
    for (let i = 0; i < 7; i++) {
      made.push((await token(daemon, { user: 'bob@example.com' })).body.id);
    }
    const seen = [];
    let next = '';
    do {
      const { body } = await daemon.get('/api/v1/tokens?user=bob@example.com'
        + `&limit=3${next && `&cursor=${next}`}`);
      seen.push(...body.items.map((t) => t.id));
      next = body.next;
    } while (next);
    assert.deepEqual(seen, made.reverse());
  });

  it('takes any expiry, also a past one', async () => {
    const past = await token(daemon,
      { days: undefined, expires: '2020-01-01T00:00:00Z' });
    const later = await token(daemon, { days: undefined,
      start: '2099-01-01T00:00:00Z', expires: '2099-01-02T00:00:00+01:00' });

    assert.equal(past.body.status, 'expired');
    assert.equal(past.body.expires, '2020-01-01T00:00:00Z');
    assert.equal(later.body.status, 'not_yet');
  });

  const mistakes = [
    ['more days than the policy allows', { days: 91 }, 422, '/days', /90/],
    ['an expiry beyond the policy', { days: undefined,
      expires: '2999-01-01T00:00:00Z' }, 422, '/expires', /90/],
    ['days and expiry', { expires: '2030-01-01T00:00:00Z' }, 422, undefined,
      /either/],
    ['a time that is none', { days: undefined, expires: '2030-02-30' }, 422,
      '/expires', /RFC 3339/],
    ['a scope that the app does not have',
      { grants: { jira: ['read:jira-wrok'] } }, 422, '/grants/jira/0',
      /did you mean "read:jira-work"/],
    ['an app that is none', { grants: { jra: ['read:jira-work'] } }, 422,
      '/grants/jra', /did you mean "jira"/],
    ['no grant', { grants: {} }, 422, '/grants', /grant/],
    ['no scope', { grants: { jira: [] } }, 422, '/grants/jira', /scope/],
    ['a user who is none', { user: 'eve@example.com' }, 422, '/user',
      /unknown user/],
    ['an address that is none', { addresses: ['10.0.0.0/33'] }, 422,
      '/addresses/0', /address/],
    ['an unknown field', { dayz: 3 }, 422, '/dayz', /did you mean "days"/],
  ];

  for (const [what, more, status, pointer, detail] of mistakes) {
    it(`refuses ${what}`, async () => {
      const answer = await token(daemon, more);
      assert.equal(answer.status, status);
      assert.equal(answer.body.pointer, pointer);
      assert.match(answer.body.detail, detail);
    });
  }

  it('makes one token for one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await token(daemon, { name: 'k' }, { headers });
    const again = await token(daemon, { name: 'k' }, { headers });
    const other = await token(daemon, { name: 'l' }, { headers });

    assert.equal(first.status, 201);
    assert.equal(again.status, 200);
    assert.equal(again.body.id, first.body.id);
    assert.equal(again.body.token, undefined);
    assert.equal(other.status, 422);
  });

  it('follows the token rule of the policy', async () => {
    const next = config();
    next.policies[0].tokens = 'request';
    next.ask = 'https://ask.example/';
    await apply(daemon, next);
    const own = await token(daemon, { user: undefined }, alice);
    const admin = await token(daemon);
    next.policies[0].tokens = 'block';
    await apply(daemon, next);
    const blocked = await token(daemon);
    const shown = await daemon.get(`/api/v1/tokens/${admin.body.id}`);
    await apply(daemon, config());

    assert.equal(own.status, 403);
    assert.match(own.body.detail, /https:\/\/ask\.example\//);
    assert.equal(admin.status, 201);
    assert.equal(blocked.status, 403);
    assert.equal(shown.body.status, 'blocked');
  });

  it('gives users what is their own', async () => {
    const mine = await token(daemon, { user: undefined }, alice);
    const path = `/api/v1/tokens/${mine.body.id}`;

    assert.equal(mine.status, 201);
    assert.equal(mine.body.user, 'alice@example.com');
    assert.equal((await daemon.get(path, alice)).status, 200);
    assert.equal((await daemon.get(path, bob)).status, 404);
    assert.equal((await daemon.delete(path, bob)).status, 404);
    assert.equal((await token(daemon, {}, bob)).status, 403);
    const list = await daemon.get('/api/v1/tokens?user=alice@example.com',
      bob);
    assert.equal(list.body.items.length, 0);
    assert.equal((await daemon.get(path)).body.status, 'active');
    for (const closed of ['/api/v1/apps', '/api/v1/users', '/api/v1/audit',
      '/api/v1/policies', '/api/v1/catalogs']) {
      assert.equal((await daemon.get(closed, alice)).status, 403, closed);
    }
    const audit = await daemon.get('/api/v1/audit?limit=200');
    assert.ok(audit.body.items.some((r) => r.action === 'denied'
      && r.actor === 'user:bob@example.com'
      && r.object === String(mine.body.id)));
  });

  it('ends sessions', async () => {
    const session = await signIn('carol@example.com');
    assert.deepEqual((await daemon.get('/api/v1/session', session)).body,
      { actor: 'user:carol@example.com', role: 'user' });
    assert.equal((await daemon.delete('/api/v1/session', session)).status,
      204);
    assert.equal((await daemon.get('/api/v1/session', session)).status, 401);

    const second = await signIn('carol@example.com');
    await daemon.put('/api/v1/users/carol@example.com', { role: 'admin' });
    assert.equal((await daemon.get('/api/v1/session', second)).status, 401);
    await daemon.delete('/api/v1/users/carol@example.com');
    assert.equal((await daemon.post('/api/v1/session',
      { email: 'carol@example.com', password: PASSWORD },
      { key: null })).status, 401);
  });

  it('keeps the last admin', async () => {
    const path = '/api/v1/users/admin@localhost';
    assert.equal((await daemon.put(path, { role: 'user' })).status, 409);
    assert.equal((await daemon.delete(path)).status, 409);
    const next = config();
    next.users.push({ email: 'admin@localhost', role: 'user' });
    assert.equal((await apply(daemon, next)).status, 422);
    assert.equal((await daemon.get(path)).body.role, 'admin');
  });

  it('wants a credential that it knows', async () => {
    const { body } = await token(daemon);
    const keys = [null, 'x', body.token, `${daemon.key}x`,
      daemon.key.replace(/.$/, (c) => (c === '0' ? '1' : '0'))];

    for (const key of keys) {
      const answer = await daemon.get('/api/v1/tokens', { key });
      assert.equal(answer.status, 401);
      assert.match(answer.headers.get('www-authenticate'), /^Bearer/);
    }
  });

  it('wants JSON', async () => {
    const post = (body, type) => daemon.post('/api/v1/check', body,
      { headers: { 'content-type': type } });

    assert.equal((await post('{}', 'text/plain')).status, 415);
    assert.equal((await post('{', 'application/json')).status, 400);
    assert.equal((await post('{"app":"a","app":"b"}', 'application/json'))
      .status, 400);
    assert.equal((await post('[]', 'application/json')).status, 422);
    assert.equal((await post(' '.repeat((8 << 20) + 1), 'application/json'))
      .status, 413);
    assert.equal((await daemon.get('/api/v1/nothing')).status, 404);
    const wrong = await daemon.put('/api/v1/tokens', {});
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'GET, POST');
  });

  it('answers to its own names and pages only', async () => {
    const ask = (headers) => new Promise((done, fail) => {
      request(`${daemon.base}/healthz`, { headers }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      }).on('error', fail).end();
    });
    const port = daemon.env.SCOPECAP_CONSOLE_PORT;

    assert.equal(await ask({ host: `localhost:${port}` }), 200);
    assert.equal(await ask({ host: 'evil.example' }), 421);
    assert.equal(await ask({ host: `127.0.0.1.evil.example:${port}` }), 421);
    assert.equal(await ask({ origin: 'https://evil.example' }), 403);
    assert.equal(await ask({ origin: 'null' }), 403);
    assert.equal(await ask({ origin: `http://127.0.0.1:${port}` }), 200);
  });

  it('finds the tokens of an e-mail in any case', async () => {
    await token(daemon);
    const { body } = await daemon.get('/api/v1/tokens?user=Alice@Example.com');

    assert.ok(body.items.length > 0);
  });

  it('drops nothing that is not UTF-8', async () => {
    for (const query of ['user=%ff', 'status=%ff', '%ff=x']) {
      assert.equal((await daemon.get(`/api/v1/tokens?${query}`)).status, 400);
    }
    const { status } = await daemon.put('/api/v1/users/alice@example.com',
      { name: 'Alice' }, { headers: { 'if-match': '"\xff"' } });
    assert.equal(status, 412);
  });

  it('writes lines into its log that no request can forge', async () => {
    const socket = net.connect(daemon.env.SCOPECAP_CONSOLE_PORT, '127.0.0.1');
    socket.end('A="b /forged" status=200 actor=key:first x="\\ HTTP/1.1\r\n'
      + 'Host: localhost\r\nConnection: close\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    await daemon.get('/healthz'); // its line comes after that of the other

    const line = daemon.output.split('\n').find((l) => l.includes('forged'));
    assert.match(line, /method=\? path="[^" ]*" status=404 actor=-$/);
  });

  it('reads odd text as text', async () => {
    for (const odd of ["' OR 1=1--", '%25', '_', "x'; DROP TABLE token"]) {
      const text = encodeURIComponent(odd);
      assert.equal((await daemon.get(`/api/v1/tokens?app=${text}`))
        .body.items.length, 0);
      assert.equal((await daemon.get(`/api/v1/decisions/${text}`)).status,
        404);
    }
  });

  it('tells what would be decided', async () => {
    const ask = async (body) =>
      (await daemon.post('/api/v1/check', { policy: 'everyone', app: 'jira',
        method: 'GET', target: '/rest/api/3/issue/K-1', ...body }));
    const missing = await ask({ scopes: [] });

    assert.equal(missing.body.reason, 'insufficient_scope');
    assert.deepEqual(missing.body.missing_scopes, ['read:jira-work']);
    assert.equal((await ask({ target: '/rest/../x' })).body.reason,
      'bad_target');
    assert.equal((await ask({ policy: 'none' })).status, 422);
    assert.equal((await ask({ scopes: ['none'] })).body.pointer,
      '/scopes/0');
  });

  it('counts', async () => {
    const { body } = await daemon.get('/metrics', { key: null });
    const value = (name) => Number(
      new RegExp(`^${name} (\\S+)$`, 'm').exec(body)[1]);

    assert.ok(value('scopecap_generation') >= 2);
    assert.ok(value('scopecap_tokens') >= 5);
    assert.equal(value('scopecap_publish_pending'), 0);
    assert.equal(value('scopecap_gateway_up'), 0);
    assert.equal((await daemon.get('/api/v1/decisions')).body.items.length,
      0);
  });
});
