// SPDX-License-Identifier: Apache-2.0
//
// cli.test.mjs - scopecap against a running daemon and gateway: what it
// prints, where, and how it exits.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { CLASSIC, DEMO } from './lib/config.mjs';
import { start } from './lib/stack.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const PROGRAM = join(resolve(process.env.BUILD ?? join(ROOT, 'build')),
  'cli/scopecap');
const TOKEN = /^scu_[0-9A-Za-z]{33}\n$/;

let stack;
let config; // the file in force

// { status, stdout, stderr } of a run; env on top of the stack's.
function scopecap(args, env = {}) {
  return new Promise((done) => {
    execFile(PROGRAM, args,
      { env: { PATH: process.env.PATH, ...stack.env, ...env } },
      (error, stdout, stderr) => done(
        { status: error?.code ?? 0, stdout, stderr }));
  });
}

async function ok(...args) {
  const { status, stdout, stderr } = await scopecap(args);

  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}

async function json(...args) {
  const stdout = await ok(...args, '--json');

  assert.equal(stdout.indexOf('\n'), stdout.length - 1, 'one line');
  return JSON.parse(stdout);
}

// A configuration file with `from` replaced by `to`.
async function edited(from, to) {
  const text = config.replace(from, to);
  const file = join(stack.data, 'edited.yaml');

  assert.notEqual(text, config);
  await writeFile(file, text);
  return { file, text };
}

function lineOf(text, part) {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

before(async () => {
  stack = await start({ config: DEMO });
  config = await readFile(join(stack.data, 'test.yaml'), 'utf8');
});

after(() => stack?.stop());

describe('apply', () => {
  it('is idempotent', async () => {
    const file = join(stack.data, 'same.yaml');

    await writeFile(file, config);
    assert.equal(await ok('apply', file), 'no changes\n');
    assert.equal(await ok('apply', '--dry-run', file), 'no changes\n');
    assert.deepEqual((await json('apply', file)).changes, []);
  });

  it('prints the plan, and changes nothing with --dry-run', async () => {
    const { file } = await edited('max_days: 90', 'max_days: 30');

    for (let i = 0; i < 2; i++) {
      assert.equal(await ok('apply', '--dry-run', file),
        '~ change policy everyone: max_days\n');
    }
    assert.equal((await json('policy', 'show', 'everyone')).max_days, 90);
  });

  it('says what is created, changed and removed', async () => {
    const { file } = await edited('- { email: bob@example.com, name: Bob }',
      '- { email: carol@example.com }');
    const back = join(stack.data, 'back.yaml');

    await writeFile(back, config);
    const plan = (await ok('apply', file)).trim().split('\n').sort();
    assert.ok(plan.some((l) => /^\+ create user carol@example.com/.test(l)),
      plan.join('\n'));
    await ok('apply', back);
    assert.equal(await ok('apply', back), 'no changes\n');
  });

  const mistakes = {
    'an unknown field': ['default: true', 'defualt: true', 'defualt',
      /defualt.*default/],
    'an unknown class': ['{ classes: [read] }', '{ classes: [raed] }', 'raed',
      /raed.*read/],
    'an unknown trait': ['[bulk]', '[bluk]', 'bluk', /bluk.*bulk/],
    'an unknown app': ['      jira: {', '      jria: {', 'jria',
      /jria.*jira/],
    'an unknown catalog': ['catalog: jira-cloud', 'catalog: jira-clud',
      'jira-clud', /jira-clud.*jira-cloud/],
    'a scope pattern that matches nothing': ['{ classes: [read] }',
      '{ classes: [read], scopes: { allow: ["raed:*"] } }', 'raed',
      /raed:\*/],
    'an unknown operation': ['{ classes: [read] }',
      '{ classes: [read], operations: { deny: [getIsue] } }', 'getIsue',
      /getIsue.*getIssue/],
    'a wrong type': ['max_days: 90', 'max_days: many', 'many', /number/],
    'an unknown token rule': ['tokens: allow', 'tokens: alow', 'alow',
      /alow.*allow/],
    'a key that occurs twice': ['name: everyone',
      'name: everyone\n    name: x', 'name: x', /"name" occurs twice/],
    'a secret file that is not there': ['upstream.secret', 'none.secret',
      'none.secret', /none\.secret.*No such file/],
    'a catalog file that is not there': ['catalog: jira-cloud',
      'catalog: ./none.yaml', './none.yaml', /none\.yaml.*No such file/],
    'broken YAML': ['name: everyone', 'name: [everyone', 'name: [everyone',
      /not valid YAML/],
  };

  for (const [what, [from, to, part, message]] of Object.entries(mistakes)) {
    it(`names file, line and the nearest name for ${what}`, async () => {
      const { file, text } = await edited(from, to);
      const { status, stdout, stderr } = await scopecap(['apply', file]);
      const [, name, line] = /^(.*?):(\d+): /.exec(stderr) ?? [];

      assert.match(stderr, message);
      assert.deepEqual({ status, stdout, name, lines: stderr.split('\n').length },
        { status: 1, stdout: '', name: file, lines: 2 });
      if (what !== 'broken YAML') { // the parser sees it further down
        assert.equal(Number(line), lineOf(text, part), stderr);
      }
      await writeFile(file, config);
      assert.equal(await ok('apply', file), 'no changes\n');
    });
  }

  it('takes a catalog file that stands beside it', async () => {
    await writeFile(join(stack.data, 'mine.yaml'), `catalog: mine
format: 1
operations:
- { id: ping, method: GET, path: /ping, classes: [read], scopes: [[ping]] }
`);
    const { file } = await edited('policies:', `  - name: mine
    upstream: http://127.0.0.1:9
    catalog: mine.yaml
    mounts: [{ host: mine.example.com, prefix: "" }]
    credential: { mode: shared, user: u, secret_file: ./upstream.secret }
policies:`);
    const plan = await ok('apply', '--dry-run', file);

    assert.match(plan, /^\+ create app mine/m);
  });

  it('says when the file is not there', async () => {
    const { status, stderr } = await scopecap(['apply', 'none.yaml']);

    assert.deepEqual({ status, stderr },
      { status: 1, stderr: 'none.yaml: No such file or directory\n' });
  });
});

describe('token', () => {
  const create = ['token', 'create', '--user', 'alice@example.com', '--app',
    'jira', '--scope', 'read:jira-work'];

  it('create prints the token and nothing else', async () => {
    assert.match(await ok(...create, '--days', '30', '--name', 'laptop'),
      TOKEN);
  });

  it('create warns of scopes above the ceiling, on standard error',
    async () => {
      const { status, stdout, stderr } = await scopecap(
        ['token', 'create', '--user', 'bob@example.com', '--app', 'jira',
          '--scope', 'read:jira-work', '--scope', 'manage:jira-project']);

      assert.equal(status, 0);
      assert.match(stdout, TOKEN);
      assert.ok(stderr === '' || /^scopecap: warning: /.test(stderr), stderr);
    });

  it('create refuses with the reason, and prints nothing', async () => {
    for (const [args, message] of [
      [['--scope', 'raed:jira-work'], /raed:jira-work/],
      [['--days', '9999'], /days/],
      [['--expires', 'tomorrow'], /tomorrow|expires/],
      [['--address', '10.0.0.0/99'], /10\.0\.0\.0\/99/],
    ]) {
      const { status, stdout, stderr } = await scopecap([...create, ...args]);

      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' }, stderr);
      assert.match(stderr, message);
    }
  });

  it('create takes a time in the past', async () => {
    assert.match(await ok(...create, '--expires', '2020-01-01T00:00:00Z'),
      TOKEN);
  });

  it('is listed, shown and revoked by its id, without its secret',
    async () => {
      const secret = (await ok(...create, '--name', 'to-revoke')).trim();
      const list = await json('token', 'list', '--user',
        'alice@example.com', '--app', 'jira');
      const { id } = list.find((t) => t.name === 'to-revoke');
      const said = await ok('token', 'list')
        + await ok('token', 'show', String(id));

      assert.ok(!said.includes(secret));
      assert.equal(await ok('token', 'revoke', String(id)),
        `revoked ${id}\n`);
      assert.equal((await json('token', 'show', String(id))).status,
        'revoked');
      assert.ok((await json('token', 'list', '--status', 'revoked'))
        .some((t) => t.id === id));
    });

  it('list follows all pages', async () => {
    const before = (await json('token', 'list')).length;

    for (let i = 0; i < 205; i++) {
      const { status, body } = await stack.daemon.post('/api/v1/tokens', {
        user: 'alice@example.com', days: 1, name: `n${i}`,
        grants: { jira: ['read:jira-work'] } });
      assert.equal(status, 201, JSON.stringify(body));
    }
    const ids = (await json('token', 'list')).map((t) => t.id);
    assert.equal(ids.length, before + 205);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal((await ok('token', 'list')).trim().split('\n').length,
      ids.length + 1);
  });

  it('knows that there is no such token', async () => {
    for (const command of ['show', 'revoke']) {
      const { status, stdout } = await scopecap(['token', command, '999999']);
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
    }
  });
});

describe('check', () => {
  const questions = [
    [0, 'everyone', ['read:jira-work'], 'GET', '/rest/api/3/issue/K-1'],
    [0, 'everyone', ['read:jira-work'], 'POST', '/rest/api/3/search/jql'],
    [0, 'everyone', [], 'GET', '/rest/api/3/issue/K-1'],
    [1, 'everyone', CLASSIC, 'DELETE', '/rest/api/3/issue/K-1'],
    [1, 'everyone', ['write:jira-work'], 'GET', '/rest/api/3/issue/K-1'],
    [0, 'builders', ['write:jira-work'], 'PUT', '/rest/api/3/issue/K-1'],
    [1, 'builders', [], 'POST', '/rest/api/3/bulk/issues/delete'],
    [1, 'builders', [], 'PATCH', '/rest/api/3/issue/K-1'],
    [1, 'builders', [], 'GET', '/no/such/path'],
    [1, 'builders', [], 'GET', '/rest/../api'],
    [1, 'builders', [], 'get', '/rest/api/3/issue/K-1'],
  ];

  for (const [expected, policy, scopes, method, path] of questions) {
    it(`${expected === 0 ? 'allows' : 'refuses'} ${policy} ${method} ${path}`
      + ' by daemon and image alike', async () => {
      const words = ['check', '--policy', policy, '--app', 'jira',
        ...scopes.flatMap((s) => ['--scope', s]), method, path];
      const image = ['--image', join(stack.data, 'run')];
      const online = await scopecap(words);
      const offline = await scopecap([...words, ...image]);

      assert.equal(online.status, expected, online.stderr);
      assert.deepEqual(offline, online);
      assert.match(online.stdout, expected === 0 ? /^allow: / : /^refuse: /);
      assert.deepEqual(
        JSON.parse((await scopecap([...words, ...image, '--json'])).stdout),
        JSON.parse((await scopecap([...words, '--json'])).stdout));
    });
  }

  it('names layer, reason, operation and what is missing', async () => {
    const { stdout } = await scopecap(['check', '--policy', 'everyone',
      '--app', 'jira', '--scope', 'write:jira-work', 'DELETE',
      '/rest/api/3/issue/K-1']);

    assert.match(stdout, /^refuse: Refused by the ceiling of policy "everyone"/);
    assert.match(stdout, /^reason: +class_not_allowed$/m);
    assert.match(stdout, /^layer: +ceiling$/m);
    assert.match(stdout, /^operation: +deleteIssue$/m);
    assert.match(stdout, /^missing classes: +delete$/m);
  });

  it('tells a mistake from a refusal, with the nearest name', async () => {
    const names = { '--policy': 'everyon', '--app': 'jria',
      '--scope': 'read:jira-wrk' };

    for (const [option, wrong] of Object.entries(names)) {
      const words = { '--policy': 'everyone', '--app': 'jira',
        '--scope': 'read:jira-work', [option]: wrong };
      for (const image of [[], ['--image', join(stack.data, 'run')]]) {
        const { status, stdout, stderr } = await scopecap(['check',
          ...Object.entries(words).flat(), ...image, 'GET', '/x']);

        assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
        assert.match(stderr, new RegExp(`${wrong}.*did you mean`));
      }
    }
  });

  it('decides for a real token from the image', async () => {
    const file = join(stack.data, 'alice.token');
    const words = ['check', '--image', join(stack.data, 'run'),
      '--token-file', file];
    const decide = async (...more) => {
      const run = await scopecap([...words, '--json', ...more]);
      return [run.status, JSON.parse(run.stdout).reason];
    };

    await writeFile(file, await ok('token', 'create', '--user',
      'alice@example.com', '--app', 'jira', '--scope', 'read:jira-work',
      '--address', '10.1.0.0/16', '--name', 'image'));
    const get = ['GET', '/rest/api/3/issue/K-1'];
    const here = ['--address', '10.1.2.3'];
    assert.deepEqual(await decide(...here, ...get), [0, 'allowed']);
    assert.deepEqual(await decide(...here, '--email', 'ALICE@example.com',
      ...get), [0, 'allowed']);
    assert.deepEqual(await decide(...here, '--email', 'bob@example.com',
      ...get), [1, 'wrong_user']);
    assert.deepEqual(await decide('--address', '10.2.0.1', ...get),
      [1, 'address_not_allowed']);
    assert.deepEqual(await decide(...here, 'DELETE', get[1]),
      [1, 'class_not_allowed']);
    const { id } = (await json('token', 'list'))
      .find((t) => t.name === 'image');
    await ok('token', 'revoke', String(id));
    assert.deepEqual(await decide(...here, ...get), [1, 'token_revoked']);
  });

  it('refuses a directory that holds no image', async () => {
    const { status, stderr } = await scopecap(['check', '--image',
      stack.data, '--policy', 'everyone', '--app', 'jira', 'GET', '/x']);

    assert.equal(status, 2);
    assert.match(stderr, /^scopecap: --image: .*not found\n$/);
  });
});

describe('explain', () => {
  it('says who, what, why and when', async () => {
    const token = (await ok('token', 'create', '--user',
      'alice@example.com', '--app', 'jira', '--scope', 'write:jira-work',
      '--days', '1')).trim();
    const answer = await fetch(
      `http://127.0.0.1:${stack.gateway}/rest/api/3/issue/DEMO-1`,
      { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } });
    const id = answer.headers.get('x-request-id');
    const { detail } = await answer.json();
    const said = await ok('explain', id);

    assert.equal(answer.status, 403);
    assert.ok(said.startsWith('refuse: '), said);
    for (const part of ['alice@example.com', 'everyone', 'deleteIssue',
      'class_not_allowed', 'ceiling', 'DELETE', '/rest/api/3/issue/DEMO-1',
      id, '403']) {
      assert.ok(said.includes(part), `${part} in ${said}`);
    }
    assert.ok(!said.includes(token));
    assert.ok(detail.includes('deleteIssue'));
    assert.equal((await json('explain', id)).request_id, id);
  });

  it('knows that there is no such call', async () => {
    const { status, stderr } = await scopecap(['explain', '0'.repeat(32)]);

    assert.equal(status, 1);
    assert.match(stderr, /^scopecap: .+\n$/);
  });
});

describe('lists', () => {
  it('show what was applied', async () => {
    assert.match(await ok('app', 'list'), /^NAME .*\njira +http:/);
    assert.match(await ok('policy', 'list'), /^everyone +yes +allow +90$/m);
    assert.match(await ok('user', 'list'), /^alice@example.com +Alice/m);
    assert.equal((await json('user', 'show', 'bob@example.com')).policy,
      'builders');
    assert.equal((await json('app', 'show', 'jira')).catalog, 'jira-cloud');
    assert.deepEqual((await json('policy', 'list')).map((p) => p.name).sort(),
      ['builders', 'everyone']);
    assert.ok(!(await ok('app', 'show', 'jira')).includes('demo-secret'));
  });
});

describe('mistakes', () => {
  it('in words name the nearest', async () => {
    for (const [words, message] of [
      [['tokn', 'create'], /did you mean "token create"/],
      [['token', 'creat'], /did you mean "token create"/],
      [['apply', '--dry-rum', 'x'], /did you mean --dry-run/],
      [['apply'], /needs FILE/],
      [['token', 'create', '--user'], /--user needs a value/],
      [['check', '--policy', 'x', 'GET', '/'], /--app/],
    ]) {
      const { status, stdout, stderr } = await scopecap(words);

      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.match(stderr, message);
    }
  });

  it('in the surroundings name the variable', async () => {
    const secret = join(stack.data, 'upstream.secret');

    for (const [env, message] of [
      [{ SCOPECAP_URL: 'http://127.0.0.1:1' },
        /http:\/\/127\.0\.0\.1:1 \(SCOPECAP_URL\)/],
      [{ SCOPECAP_URL: 'file:///etc/passwd' }, /SCOPECAP_URL/],
      [{ SCOPECAP_URL: `http://127.0.0.1:${stack.tracker}` },
        /SCOPECAP_URL|./],
      [{ SCOPECAP_KEY_FILE: '/nowhere' }, /\/nowhere \(SCOPECAP_KEY_FILE\)/],
      [{ SCOPECAP_KEY_FILE: secret }, /does not hold an admin key/],
    ]) {
      const { status, stdout, stderr } = await scopecap(['app', 'list'], env);

      assert.notEqual(status, 0);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.equal(stderr.split('\n').length, 2);
      assert.ok(!stderr.includes(stack.key)
        && !stderr.includes('demo-secret'));
    }
  });
});
