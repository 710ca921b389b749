// SPDX-License-Identifier: Apache-2.0
//
// What scopecapd makes of configurations: all or nothing, idempotent, each
// mistake named with its place and the nearest known name.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';

import { documented, routes, startDaemon } from './lib/daemon.mjs';
import { MINI, apply, config, token } from './lib/mini.mjs';

describe('configuration', () => {
  let daemon;

  before(async () => { daemon = await startDaemon(); });
  after(async () => { await daemon.stop(); });
  beforeEach(async () => {
    const { status } = await apply(daemon, config());
    assert.equal(status, 200);
  });

  const verdict = async (policy, method, target, scopes) =>
    (await daemon.post('/api/v1/check',
      { policy, app: 'jira', method, target, scopes })).body;

  it('describes every route and no other', () => {
    assert.deepEqual(routes().map((r) => r.route).sort(),
      documented().sort());
  });

  it('serves its own description', async () => {
    const { body } = await daemon.get('/api/v1/openapi.yaml', { key: null });
    assert.match(body, /^openapi: 3\.1\.0$/m);
  });

  it('says at / what it is and who grants more', async () => {
    const { status, headers, body } = await daemon.get('/', { key: null });

    assert.equal(status, 200);
    assert.match(headers.get('content-type'), /^text\/plain/);
    for (const word of ['administrator', '/api/v1/openapi.yaml', '/healthz',
      '/metrics']) {
      assert.ok(body.includes(word), word);
    }
  });

  it('takes texts only as catalogs', async () => {
    const { status } = await daemon.post('/api/v1/apply',
      { config: config(), catalogs: { mini: MINI, other: 1 } });

    assert.equal(status, 422);
  });

  it('takes host names of any length', async () => {
    const next = config();
    next.apps[0].mounts = [{ host: `${'a.'.repeat(120)}example`, prefix: '' }];

    assert.equal((await apply(daemon, next)).status, 200);
  });

  it('changes nothing the second time', async () => {
    const { body } = await apply(daemon, config());
    assert.deepEqual(body.changes, []);
    assert.equal(body.gateway, 'not_running');
  });

  it('takes an upstream whose name has no address now', async () => {
    const next = config();
    next.apps[0].upstream = 'https://upstream.invalid/ex/jira/1';

    assert.equal((await apply(daemon, next)).status, 200);
    assert.match(readFileSync(join(daemon.data, 'nginx/nginx.conf'), 'utf8'),
      /server 127\.0\.0\.1:443 down;/);
  });

  it('signals no process but nginx', async () => {
    const child = spawn('sleep', ['60']);
    const next = config();
    const pid = join(daemon.data, 'nginx/nginx.pid');

    next.apps[0].upstream = 'http://127.0.0.1:9';
    writeFileSync(pid, `${child.pid}\n`);
    try {
      assert.equal((await apply(daemon, next)).body.gateway, 'not_running');
      assert.equal(child.signalCode, null);
    } finally {
      rmSync(pid);
      child.kill();
    }
  });

  it('bounds the links of an app', async () => {
    const next = config();
    next.apps[0].links = Array.from({ length: 101 },
      (_, i) => `https://site${i}.example.com`);
    const { status, body } = await apply(daemon, next);

    assert.equal(status, 422);
    assert.equal(body.pointer, '/apps/0/links');
  });

  it('says in a dry run what then happens', async () => {
    const next = config();
    next.policies[0].ceiling.jira.classes = ['read', 'write'];
    next.policies.pop();
    next.users.push({ email: 'carol@example.com' });

    const dry = await apply(daemon, next, { dry_run: true });
    const same = await verdict('everyone', 'PUT', '/rest/api/3/issue/K-1',
      ['write:jira-work']);
    const wet = await apply(daemon, next);
    const then = await verdict('everyone', 'PUT', '/rest/api/3/issue/K-1',
      ['write:jira-work']);

    assert.deepEqual(dry.body.changes, wet.body.changes);
    assert.deepEqual(wet.body.changes.map((c) => `${c.action} ${c.name}`), [
      'update everyone', 'create carol@example.com', 'delete builders',
      'delete bob@example.com']);
    assert.equal(same.effect, 'refuse');
    assert.equal(then.effect, 'allow');
  });

  it('is in force when it is answered', async () => {
    const target = '/rest/api/2/issue/K-1';
    const want = async (policy, method, effect, reason) => {
      const v = await verdict(policy, method, target,
        ['read:jira-work', 'write:jira-work']);
      assert.deepEqual([v.effect, v.reason], [effect, reason]);
    };

    await want('everyone', 'GET', 'allow', 'allowed');
    await want('everyone', 'PUT', 'refuse', 'class_not_allowed');
    await want('builders', 'PUT', 'allow', 'allowed');
    await want('builders', 'DELETE', 'refuse', 'class_not_allowed');
    const bulk = await verdict('builders', 'PUT',
      '/rest/api/3/issue/archive', ['write:jira-work']);
    assert.equal(bulk.effect, 'refuse');
  });

  const mistakes = [
    ['an unknown field', (c) => { c.apps[0].upsteam = 'x'; },
      '/apps/0/upsteam', 'upstream'],
    ['a field of the file', (c) => { c.polices = []; }, '/polices',
      'policies'],
    ['a class', (c) => { c.policies[0].ceiling.jira.classes = ['raed']; },
      '/policies/0/ceiling/jira/classes/0', 'read'],
    ['a trait', (c) => { c.policies[0].ceiling.jira.deny_traits = ['bulc']; },
      '/policies/0/ceiling/jira/deny_traits/0', 'bulk'],
    ['a pattern that matches nothing', (c) => {
      c.policies[1].ceiling.jira.scopes.allow = ['*', 'read:jira-wrok'];
    }, '/policies/1/ceiling/jira/scopes/allow/1', 'read:jira-work'],
    ['a field of a credential', (c) => {
      c.apps[0].credential = { mode: 'shared', secretfile: 'x' };
    }, '/apps/0/credential/secretfile', 'secret_file'],
    ['a pattern for a first part that is not there', (c) => {
      c.policies[1].ceiling.jira.scopes.deny = ['mange:*'];
    }, '/policies/1/ceiling/jira/scopes/deny/0', 'manage:\\*'],
    ['an operation', (c) => {
      c.policies[1].ceiling.jira.operations.deny = ['archiveIssue'];
    }, '/policies/1/ceiling/jira/operations/deny/0', 'archiveIssues'],
    ['an app', (c) => { c.policies[0].ceiling = { jir: {} }; },
      '/policies/0/ceiling/jir', 'jira'],
    ['a catalog', (c) => { c.apps[0].catalog = 'jira-clout'; },
      '/apps/0/catalog', 'jira-cloud'],
    ['a token rule', (c) => { c.policies[0].tokens = 'alow'; },
      '/policies/0/tokens', 'allow'],
    ['two defaults', (c) => { c.policies[1].default = true; },
      '/policies/1/default'],
    ['no default', (c) => { c.policies[0].default = false; }, '/policies'],
    ['a wrong type', (c) => { c.policies[0].max_days = '90'; },
      '/policies/0/max_days'],
    ['too many days', (c) => { c.policies[0].max_days = 99999; },
      '/policies/0/max_days'],
    ['two apps of a name', (c) => { c.apps.push(c.apps[0]); },
      '/apps/1/name'],
    ['a mount that is there already', (c) => {
      c.apps.push({ ...c.apps[0], name: 'b' });
    }, '/apps/1/mounts/0'],
    ['a name that would be code', (c) => { c.apps[0].name = 'a; b'; },
      '/apps/0/name'],
    ['a host that would be code', (c) => {
      c.apps[0].mounts[0].host = 'a;}b';
    }, '/apps/0/mounts/0/host'],
    ['a prefix that would be code', (c) => {
      c.apps[0].mounts[0].prefix = '/a {';
    }, '/apps/0/mounts/0/prefix'],
    ['a prefix with dots', (c) => { c.apps[0].mounts[0].prefix = '/a/..'; },
      '/apps/0/mounts/0/prefix'],
    ['an upstream with a user', (c) => {
      c.apps[0].upstream = 'https://u:p@example.com';
    }, '/apps/0/upstream'],
    ['an upstream with a query', (c) => {
      c.apps[0].upstream = 'https://example.com/a?b';
    }, '/apps/0/upstream'],
    ['an upstream that would be code', (c) => {
      c.apps[0].upstream = "https://example.com/a';b";
    }, '/apps/0/upstream'],
    ['a secret with a line break', (c) => {
      c.apps[0].credential.secret = 'a\r\nX: y';
    }, '/apps/0/credential/secret'],
    ['a user that is no e-mail', (c) => { c.users[0].email = 'alice'; },
      '/users/0/email'],
    ['a user of two policies', (c) => {
      c.policies[0].members = { users: ['Bob@example.com'] };
    }, '/policies/1/members/users/0'],
    ['a group of two policies', (c) => {
      c.policies[0].members = { groups: ['platform'] };
    }, '/policies/1/members/groups'],
    ['a missing secret', (c) => {
      c.apps.push({ ...c.apps[0], name: 'b',
        mounts: [{ host: 'b.example' }], credential: { mode: 'shared' } });
    }, '/apps/1/credential'],
  ];

  for (const [what, change, pointer, nearest] of mistakes) {
    it(`refuses ${what} and changes nothing`, async () => {
      const wrong = config();
      wrong.users[0].name = 'Changed';
      change(wrong);
      const { status, body } = await apply(daemon, wrong);

      assert.equal(status, 422);
      assert.equal(body.pointer, pointer, body.detail);
      if (nearest !== undefined) {
        assert.match(body.detail, new RegExp(`did you mean "${nearest}"`));
      }
      const { body: user } = await daemon.get(
        '/api/v1/users/alice@example.com');
      assert.equal(user.name, 'Alice');
    });
  }

  it('names file and line of a wrong catalog', async () => {
    const { status, body } = await daemon.post('/api/v1/apply', {
      config: config(),
      catalogs: { mini: MINI.replace('classes: [write]', 'classes: [wirte]') },
    });

    assert.equal(status, 422);
    assert.equal(body.pointer, '/apps/0/catalog');
    assert.match(body.detail, /mini:9: .*wirte/);
  });

  it('takes any number of catalogs, one after the other', async () => {
    for (let i = 0; i < 80; i++) {
      const { status } = await daemon.post('/api/v1/apply',
        { config: config(), catalogs: { mini: `# ${i}\n${MINI}` },
          dry_run: true });
      assert.equal(status, 200);
    }
  });

  it('refuses a user in groups of two policies', async () => {
    const wrong = config();
    wrong.policies.push({ name: 'third', members: { groups: ['other'] } });
    wrong.users[0].groups = ['platform', 'other'];
    const { status, body } = await apply(daemon, wrong);

    assert.equal(status, 422);
    assert.match(body.detail, /alice@example\.com.* two policies/);
  });

  it('puts the one who names the user above the group', async () => {
    const next = config();
    next.users[0].groups = ['platform'];
    await apply(daemon, next);
    const policy = async () =>
      (await daemon.get('/api/v1/users/alice@example.com')).body.policy;

    assert.equal(await policy(), 'builders');
    next.policies[0].members = { users: ['alice@example.com'] };
    await apply(daemon, next);
    assert.equal(await policy(), 'everyone');
  });

  it('stops the tokens of a user who goes, and starts them again',
    async () => {
      const { body } = await token(daemon);
      const status = async () =>
        (await daemon.get(`/api/v1/tokens/${body.id}`)).body.status;
      const next = config();

      next.users = [];
      await apply(daemon, next);
      assert.equal(await status(), 'blocked');
      await apply(daemon, config());
      assert.equal(await status(), 'active');
    });

  it('keeps a secret only for the upstream it was given for', async () => {
    const next = config();
    delete next.apps[0].credential.secret;
    assert.equal((await apply(daemon, next)).status, 200);
    next.apps[0].upstream = 'http://127.0.0.1:9001';
    const { status, body } = await apply(daemon, next);

    assert.equal(status, 422);
    assert.equal(body.pointer, '/apps/0/credential');
  });

  it('shows the secret nowhere', async () => {
    const places = await Promise.all(['/api/v1/apps', '/api/v1/apps/jira',
      '/api/v1/audit?limit=200', '/metrics'].map((p) => daemon.get(p)));
    const conf = readFileSync(
      join(daemon.data, 'nginx/nginx.conf'), 'latin1');
    const store = ['scopecap.db', 'scopecap.db-wal'].map((name) =>
      readFileSync(join(daemon.data, name), 'latin1')).join('');

    for (const text of [JSON.stringify(places), conf, store,
      daemon.output]) {
      assert.ok(!text.includes('topsecret-canary'));
      assert.ok(!text.includes(daemon.key));
    }
  });

  it('changes one policy, guarded by its ETag', async () => {
    const path = '/api/v1/policies/builders';
    const { body, headers } = await daemon.get(path);
    const etag = headers.get('etag');
    const first = await daemon.put(path, { ...body, max_days: 7 },
      { headers: { 'if-match': etag } });
    const second = await daemon.put(path, { ...body, max_days: 8 },
      { headers: { 'if-match': etag } });

    assert.equal(first.status, 200);
    assert.equal(first.body.max_days, 7);
    assert.notEqual(first.headers.get('etag'), etag);
    assert.equal(second.status, 412);
    assert.equal((await daemon.get(path)).body.max_days, 7);
    assert.equal((await daemon.delete(path,
      { headers: { 'if-match': etag } })).status, 412);
    assert.equal((await daemon.delete(path)).status, 204);
    assert.equal((await daemon.get(path)).status, 404);
  });

  it('refuses an app to go while a policy names it', async () => {
    const { status, body } = await daemon.delete('/api/v1/apps/jira');
    assert.equal(status, 422);
    assert.match(body.detail, /unknown app "jira"/);
  });

  it('makes and changes one app', async () => {
    const path = '/api/v1/apps/second';
    const app = { upstream: 'https://LOCALHOST:443/base/',
      catalog: 'mini', mounts: [{ host: 'Two.example', prefix: '/x' }] };
    const made = await daemon.put(path, app);
    const changed = await daemon.put(path, { ...made.body, links: [
      'https://www.example.com'] });

    assert.equal(made.status, 201);
    assert.equal(made.body.upstream, 'https://localhost/base');
    assert.deepEqual(made.body.mounts,
      [{ host: 'two.example', prefix: '/x' }]);
    assert.equal(changed.status, 200);
    assert.equal((await daemon.put(path, { ...app, name: 'other' })).status,
      422);
  });

  it('lists what is there', async () => {
    const { body: catalogs } = await daemon.get('/api/v1/catalogs');
    const { body: users } = await daemon.get('/api/v1/users?limit=2');
    const { body: rest } = await daemon.get(
      `/api/v1/users?limit=200&cursor=${users.next}`);

    assert.ok(catalogs.items.some((c) => c.name === 'mini'
      && c.origin === 'uploaded'));
    assert.equal(users.items.length, 2);
    assert.ok([...users.items, ...rest.items].some(
      (u) => u.email === 'admin@localhost'));
    assert.equal((await daemon.put('/api/v1/users/a@example.com',
      { email: 'b@example.com' })).body.pointer, '/email');
    assert.equal((await daemon.get('/api/v1/users?limit=0')).status, 422);
    assert.equal((await daemon.get('/api/v1/users?limt=1')).status, 422);
    assert.equal((await daemon.get('/api/v1/policies')).status, 200);
  });
});
