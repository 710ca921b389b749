// SPDX-License-Identifier: Apache-2.0
//
// sweep.test.mjs - every operation of every shipped catalog, by every kind of
// token, over HTTP/1.1 and HTTP/2.  Three things must say the same about
// each call: the answer, the bytes that the upstream got, and the audit; and
// all of them what an independent reading of the catalog expects
// (lib/oracle.mjs).

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { CLASSIC } from './lib/config.mjs';
import { until } from './lib/gateway.mjs';
import {
  crossings, judge, load, match, sample, wrongMethods,
} from './lib/oracle.mjs';
import { start } from './lib/stack.mjs';
import { http1, http2s } from './lib/wire.mjs';

const ALICE = 'alice@example.com'; // may read
const BOB = 'bob@example.com'; // may read and write, within limits
const CAROL = 'carol@example.com'; // may read and write anything
const FOLDER = fileURLToPath(new URL('../../catalogs/', import.meta.url));

const catalogs = readdirSync(FOLDER).filter((f) => f.endsWith('.yaml'))
  .map((f) => load(FOLDER + f));
const byName = new Map(catalogs.map((c) => [c.catalog, c]));

const scopesOf = (catalog) => [...new Set(catalog.operations
  .flatMap((op) => (op.scopes ?? []).flat()))].sort();

// What Bob's policy allows: some scopes and an operation are denied, so that
// every layer has something to refuse.
function writing(catalog) {
  const scopes = scopesOf(catalog);
  const denied = catalog.operations.find((op) =>
    op.classes.join() === 'write' && op.scopes?.length > 0
    && !op.traits?.includes('bulk'));

  return {
    classes: ['read', 'write'],
    deny_traits: ['bulk'],
    scopes: { allow: ['*'], deny: scopes.some((s) =>
      s.startsWith('manage:')) ? ['manage:*'] : [scopes[0]] },
    operations: { deny: [denied.id] },
  };
}

const READING = { classes: ['read'] };
const ANY_WRITING = { classes: ['read', 'write'] };

function configuration() {
  const lines = (list) => list.map((l) => `${l}\n`).join('');
  const ceilings = (of) => lines(catalogs.map((c) =>
    `      ${c.catalog}: ${JSON.stringify(of(c))}`));
  const policy = (name, members, of) =>
    `  - name: ${name}\n    tokens: allow\n    max_days: 90\n`
    + `    members: { users: [${members}] }\n    ceiling:\n`
    + ceilings(of);

  return 'apps:\n' + lines(catalogs.map(({ catalog }) =>
    `  - { name: ${catalog}, upstream: "UPSTREAM/app/${catalog}", `
    + `catalog: ${catalog}, mounts: [{ host: ${catalog}.test, `
    + 'prefix: "" }], credential: { mode: shared, '
    + 'user: bot@example.com, secret_file: SECRET } }'))
    + 'policies:\n'
    + policy('readers', ALICE, () => READING)
      .replace('tokens:', 'default: true\n    tokens:')
    + policy('writers', BOB, writing)
    + policy('makers', CAROL, () => ANY_WRITING)
    + 'users:\n'
    + lines([ALICE, BOB, CAROL].map((u) => `  - { email: ${u} }`));
}

let stack;

before(async () => {
  stack = await start({ any: true, config: configuration() });
});
after(() => stack?.stop());

// The tokens of one catalog: { name: { text, state, grant, ceiling } }.
async function tokensOf(catalog) {
  const app = catalog.catalog;
  const other = catalogs.find((c) => c !== catalog);
  const scopes = scopesOf(catalog);
  const some = scopes.filter((_, i) => i % 3 !== 2);
  const revoked = await stack.token(ALICE, app, scopes);

  await stack.cli('token', 'revoke', String(revoked.id));
  return {
    'no token': { state: 'none' },
    'a read-only policy': { state: 'live', grant: new Set(scopes),
      ceiling: READING, text: (await stack.token(ALICE, app, scopes)).token },
    'a read-write policy': { state: 'live', grant: new Set(some),
      ceiling: writing(catalog),
      text: (await stack.token(BOB, app, some)).token },
    'a revoked token': { state: 'revoked', text: revoked.token },
    'an expired token': { state: 'expired',
      text: (await stack.token(ALICE, app, scopes,
        '--expires', '2020-01-01T00:00:00Z')).token },
    "another app's token": { state: 'other', text: (await stack.token(ALICE,
      other.catalog, scopesOf(other).slice(0, 5))).token },
  };
}

const listed = (catalog) => catalog.templates.flatMap((t) =>
  Object.keys(t.operations).map((method) =>
    ({ method, path: sample(t) })));

// What no catalog lists: HEAD, methods that a path has not, paths where
// templates cross, paths one segment too long.
function beside(catalog) {
  return [
    ...catalog.templates.flatMap((t, i) => {
      const wrong = wrongMethods(t);
      const path = sample(t);
      return [
        ...(t.operations.GET ? [{ method: 'HEAD', path }] : []),
        ...(wrong.length
          ? [{ method: wrong[i % wrong.length], path }] : []),
        ...(path === '/' ? []
          : [{ method: 'GET', path: `${path}/` }]),
      ];
    }),
    ...crossings(catalog).flatMap((path) => [...new Set(
      match(catalog, path).flatMap((t) => Object.keys(t.operations)))]
      .map((method) => ({ method, path }))),
  ];
}

// Make the calls with a token and hold everything against the oracle.
async function sweep(catalog, token, calls, send) {
  const expected = calls.map(({ method, path }) =>
    judge(catalog, token, method, path));
  await stack.recording.take(); // what a failed test left behind
  const credential = token.text && { Authorization: `Bearer ${token.text}` };
  const answers = await send(calls.map(({ method, path }) => ({
    method, path, host: `${catalog.catalog}.test`,
    headers: { ...credential, 'Content-Type': 'application/json' },
    body: ['POST', 'PUT', 'PATCH'].includes(method) ? '{}' : undefined,
  })));
  const name = (i) => `${calls[i].method} ${calls[i].path}`;

  assert.equal(answers.length, calls.length);
  answers.forEach((answer, i) => {
    assert.equal(answer.status, expected[i].status,
      `${name(i)}: ${answer.status} ${answer.body}, expected `
      + JSON.stringify(expected[i]));
    checkAnswer(answer, expected[i], calls[i], name(i));
  });
  await checkUpstream(catalog, calls, answers, token);
  await checkAudit(answers, expected, name);
  return answers;
}

// How many calls had which status, for the log.
function tally(answers) {
  const counts = {};

  for (const { status } of answers) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return `${answers.length} calls: ${JSON.stringify(counts)}`;
}

function checkAnswer({ status, headers, body }, { reason }, { method }, name) {
  assert.match(headers['x-request-id'], /^[0-9a-f]{32}$/, name);
  assert.equal(headers['scopecap-source'],
    status === 200 ? 'upstream' : 'gateway', name);
  if (status === 200 || method === 'HEAD') {
    return;
  }
  const problem = JSON.parse(body);
  assert.equal(problem.status, status, name);
  assert.equal(problem.request_id, headers['x-request-id'], name);
  if (status !== 401) { // which of the reasons it is stays unsaid
    assert.equal(problem.reason, reason, name);
  }
}

// The upstream got the allowed calls, as they were decided on, and no byte
// that belongs to another.
async function checkUpstream({ catalog }, calls, answers, token) {
  const allowed = new Map(answers.flatMap((answer, i) =>
    (answer.status === 200
      ? [[answer.headers['x-request-id'], calls[i]]] : [])));
  const seen = await stack.recording.take();

  assert.equal(seen.length, allowed.size);
  for (const { method, target, headers } of seen) {
    const call = allowed.get(headers['x-request-id']);
    assert.ok(call, `${method} ${target} was not allowed`);
    assert.equal(`${method} ${target}`,
      `${call.method} /app/${catalog}${call.path}`);
    assert.equal(headers.host, `127.0.0.1:${stack.tracker}`);
    assert.ok(!Object.values(headers).join().includes(token.text));
    allowed.delete(headers['x-request-id']);
  }
}

// Each call has one record in the audit, which says the same.
async function checkAudit(answers, expected, name) {
  const wanted = new Map(answers.map((answer, i) =>
    [answer.headers['x-request-id'], i]));
  const records = await until('the audit', async () => {
    const newest = await stack.decisions(answers.length);
    const mine = newest.filter((d) => wanted.has(d.request_id));
    return mine.length >= answers.length && mine;
  }, 60);

  assert.equal(records.length, answers.length);
  for (const record of records) {
    const i = wanted.get(record.request_id);
    assert.equal(record.reason, expected[i].reason, name(i));
    assert.equal(record.effect,
      expected[i].status === 200 ? 'allow' : 'refuse', name(i));
    wanted.delete(record.request_id);
  }
  assert.equal(wanted.size, 0);
}

const PROTOCOLS = {
  'HTTP/1.1': (calls) => http1(stack.gateway, calls),
  'HTTP/2': (calls) => http2s(stack.tls, calls),
};

for (const catalog of catalogs) {
  describe(`${catalog.catalog}, ${catalog.operations.length} operations`,
    () => {
      let tokens;

      before(async () => { tokens = await tokensOf(catalog); });
      for (const [protocol, send] of Object.entries(PROTOCOLS)) {
        for (const kind of ['no token', 'a read-only policy',
          'a read-write policy', 'a revoked token',
          'an expired token', "another app's token"]) {
          it(`${kind} over ${protocol}`, async (t) => {
            const token = tokens[kind];
            const calls = token.state === 'live'
              ? [...listed(catalog), ...beside(catalog)]
              : listed(catalog);
            const answers = await sweep(catalog, token, calls, send);
            t.diagnostic(tally(answers));
          });
        }
      }
    });
}

describe('Jira, all six classic scopes under a read-only policy', () => {
  const catalog = byName.get('jira-cloud');
  const api = '/rest/api/3';
  let token;
  let allowed;

  before(async () => {
    token = { state: 'live', grant: new Set(CLASSIC), ceiling: READING,
      text: (await stack.token(ALICE, 'jira-cloud', CLASSIC)).token };
    const calls = listed(catalog);
    const answers = await sweep(catalog, token, calls,
      PROTOCOLS['HTTP/1.1']);
    allowed = new Set(calls.filter((_, i) => answers[i].status === 200)
      .map(({ method, path }) => `${method} ${path}`));
  });

  it('allows the reads by POST and PUT', () => {
    for (const [method, path] of [
      ['POST', '/search/jql'], ['POST', '/search'],
      ['POST', '/search/approximate-count'],
      ['POST', '/issue/bulkfetch'], ['POST', '/changelog/bulkfetch'],
      ['POST', '/issue/v1/changelog/list'], ['POST', '/comment/list'],
      ['POST', '/worklog/list'], ['POST', '/issue/watching'],
      ['POST', '/jql/parse'], ['POST', '/jql/match'],
      ['POST', '/jql/autocompletedata'], ['POST', '/jql/pdcleaner'],
      ['POST', '/jql/sanitize'], ['POST', '/expression/evaluate'],
      ['POST', '/expression/eval'], ['POST', '/expression/analyse'],
      ['POST', '/permissions/project'],
      ['POST', '/app/field/context/configuration/list'],
      ['POST', '/field/v1/context/mapping'],
      ['POST', '/priorityscheme/mappings'],
      ['POST', '/workflow/history'], ['POST', '/workflow/history/list'],
      ['POST', '/workflows'], ['POST', '/workflows/preview'],
      ['POST', '/workflowscheme/read'],
      ['PUT', '/issues/archive/export'],
    ]) {
      assert.ok(allowed.has(`${method} ${api}${path}`),
        `${method} ${path}`);
    }
  });

  it('allows the 98 and more GETs behind manage: scopes', () => {
    const managed = catalog.operations.filter((op) =>
      op.method === 'GET' && op.path.startsWith(`${api}/`)
      && op.classes.join() === 'read'
      && (op.scopes ?? []).some((alternative) =>
        alternative.every((s) => s.startsWith('manage:jira-'))));

    assert.ok(managed.length >= 98, String(managed.length));
    for (const op of managed) {
      const path = sample({ segments: op.path.split('/').slice(1)
        .map((text) => ({ text })) });
      assert.ok(allowed.has(`GET ${path}`), op.path);
    }
  });

  it('allows no DELETE', () => {
    assert.deepEqual([...allowed].filter((a) => a.startsWith('DELETE')),
      []);
  });
});

describe('Jira, deletes without the verb, under read and write', () => {
  const DELETES = [
    ['POST', '/rest/api/3/bulk/issues/delete'],
    ['DELETE', '/rest/api/3/issue/v1'],
    ['DELETE', '/rest/api/3/project/v1'],
    ['POST', '/rest/api/3/project/v1/delete'],
    ['POST', '/rest/api/3/redact'],
    ['POST', '/rest/api/3/field/v1/trash'],
    ['POST', '/rest/api/3/version/v1/removeAndSwap'],
    ['PUT', '/rest/api/3/version/v1/mergeto/v2'],
    ['PUT', '/rest/api/3/workflow/rule/config/delete'],
    ['PUT', '/rest/api/3/plans/plan/v1/trash'],
  ];
  const narrow = ['read:issue:jira', 'write:issue:jira'];

  for (const kind of ['the two granular issue scopes', 'all scopes']) {
    it(`are refused for their class to a token with ${kind}`, async () => {
      const catalog = byName.get('jira-cloud');
      const grant = kind === 'all scopes' ? scopesOf(catalog) : narrow;
      const { token } = await stack.token(CAROL, 'jira-cloud', grant);
      const answers = await http1(stack.gateway, DELETES.map(
        ([method, path]) => ({ method, path, host: 'jira-cloud.test',
          headers: { Authorization: `Bearer ${token}` },
          body: method === 'DELETE' ? undefined : '{}' })));

      answers.forEach(({ status, body }, i) => {
        const problem = JSON.parse(body);
        assert.equal(status, 403, DELETES[i].join(' '));
        assert.equal(problem.reason, 'class_not_allowed');
        assert.ok(problem.missing_classes.includes('delete'), body);
      });
      assert.deepEqual(await stack.recording.take(), []);
    });
  }

  it('while the same token may edit an issue', async () => {
    const { token } = await stack.token(CAROL, 'jira-cloud', narrow);
    const [{ status }] = await http1(stack.gateway, [{ method: 'PUT',
      path: '/rest/api/3/issue/v1', host: 'jira-cloud.test',
      headers: { Authorization: `Bearer ${token}` }, body: '{}' }]);

    assert.equal(status, 200);
  });
});
