// SPDX-License-Identifier: Apache-2.0
//
// clients.test.mjs - programs that people really use, with nothing changed
// but base URL and token: jira.js, two MCP servers that AI tools run, curl.
// Reads go on as before; a refused call says why, in each client's own way,
// and leaves neither a byte nor a change in the tracker.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from
  '@modelcontextprotocol/sdk/client/stdio.js';
import { Version3Client } from 'jira.js';

import { CLASSIC, DEMO } from './lib/config.mjs';
import { start } from './lib/stack.mjs';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
const READS = new Set(['POST /rest/api/3/search/jql',
  'POST /rest/api/3/search/approximate-count']);
const FORGE = `  - name: forge
    upstream: UPSTREAM
    catalog: forgejo
    mounts:
      - { host: forge.test, prefix: "" }
      - { host: part.test, prefix: /forge }
      - { host: "*", prefix: /rest/api/3/myself }
    credential: { mode: shared, user: bot@example.com, secret_file: SECRET }
`;

const run = promisify(execFile);

let stack;
let base; // of the gateway
let alice; // tokens: everyone, read-only
let bob; // builders, read and write without bulk
let state; // of the tracker before a test

before(async () => {
  stack = await start({ config: DEMO
    .replace('\npolicies:', `${FORGE}\npolicies:`)
    .replace('jira: { classes: [read] }', '$&\n'
      + '      forge: { classes: [read] }') });
  base = `http://127.0.0.1:${stack.gateway}`;
  alice = (await stack.token(ALICE, 'jira', CLASSIC)).token;
  bob = (await stack.token(BOB, 'jira', CLASSIC)).token;
});
after(() => stack?.stop());
beforeEach(async () => {
  state = await stack.recording.state();
  await stack.recording.take();
});

// curl as a user would run it; { status, headers, body }
async function curl(...args) {
  const { stdout } = await run('curl', ['-s', '-i', '--noproxy', '*',
    ...args]);
  const [head, ...rest] = stdout.split('\r\n\r\n');
  const [first, ...lines] = head.split('\r\n');

  return { status: Number(first.split(' ')[1]),
    headers: fields(lines),
    body: rest.join('\r\n\r\n') };
}

// Header lines as an object; lines of one name are joined (RFC 9110 5.2).
function fields(lines) {
  const found = {};

  for (const line of lines) {
    const [, name, value] = /^([^:]+): *(.*)$/.exec(line);
    const key = name.toLowerCase();
    found[key] = found[key] ? `${found[key]}, ${value}` : value;
  }
  return found;
}

const asAlice = () => ['-u', `${ALICE}:${alice}`];

// The sentence that a refusal of the gateway carries.
async function sentence(method, path) {
  const { status, headers, body } = await curl(...asAlice(), '-X', method,
    `${base}${path}`);
  const problem = JSON.parse(body);

  assert.equal(status, 403);
  assert.equal(headers['scopecap-source'], 'gateway');
  assert.equal(headers['content-type'], 'application/problem+json');
  assert.match(headers['www-authenticate'],
    /\bBearer .*error="insufficient_scope"/);
  assert.equal(problem.message, problem.detail);
  assert.equal(problem.errorMessages[0], problem.detail);
  assert.equal(problem.layer, 'ceiling');
  assert.equal(problem.policy, 'everyone');
  assert.equal(problem.request_id, headers['x-request-id']);
  return problem.detail;
}

// Nothing but reads reached the tracker, and nothing in it changed.
async function untouched() {
  const seen = await stack.recording.take();

  for (const { method, target } of seen) {
    assert.ok(method === 'GET'
      || READS.has(`${method} ${target.split('?')[0]}`),
    `${method} ${target} reached the tracker`);
  }
  assert.deepEqual(await stack.recording.state(), state);
  return seen;
}

describe('jira.js with a read-only token', () => {
  let jira;

  before(() => {
    jira = new Version3Client({ host: base,
      authentication: { basic: { email: ALICE, apiToken: alice } } });
  });

  it('reads and searches as before', async () => {
    const info = await jira.serverInfo.getServerInfo();
    const me = await jira.myself.getCurrentUser();
    const issue = await jira.issues.getIssue({ issueIdOrKey: 'DEMO-7' });
    const projects = await jira.projects.searchProjects();
    const found = await jira.issueSearch
      .searchForIssuesUsingJqlEnhancedSearchPost({
        jql: 'project = DEMO', maxResults: 50, fields: ['summary'] });

    assert.equal(info.serverTitle, 'Scopecap demo tracker');
    assert.equal(me.accountId, 'demo-bot');
    assert.equal(issue.key, 'DEMO-7');
    assert.deepEqual(projects.values.map((p) => p.key), ['DEMO']);
    assert.equal(found.issues.length, 20);
    assert.equal((await untouched()).length, 5);
  });

  it('is told why it may not delete, edit or comment', async () => {
    const path = '/rest/api/3/issue/DEMO-7';
    const calls = [
      [await sentence('DELETE', path), () =>
        jira.issues.deleteIssue({ issueIdOrKey: 'DEMO-7' })],
      [await sentence('PUT', path), () => jira.issues.editIssue({
        issueIdOrKey: 'DEMO-7', fields: { summary: 'new' } })],
      [await sentence('POST', `${path}/comment`), () =>
        jira.issueComments.addComment({ issueIdOrKey: 'DEMO-7',
          comment: 'x' })],
      [await sentence('POST', '/rest/api/3/bulk/issues/delete'), () =>
        jira.issueBulkOperations.submitBulkDelete({
          selectedIssueIdsOrKeys: ['DEMO-7'],
          sendBulkNotification: false })],
    ];

    for (const [said, call] of calls) {
      await assert.rejects(call, (e) => {
        assert.equal(e.status, 403);
        assert.equal(e.response.data.detail, said);
        assert.equal(e.response.data.errorMessages[0], said);
        return true;
      });
    }
    assert.equal((await untouched()).length, 0);
  });

  it('is led back to the gateway by every link', async () => {
    const answers = [
      await jira.issues.getIssue({ issueIdOrKey: 'DEMO-7' }),
      await jira.projects.getProject({ projectIdOrKey: 'DEMO' }),
      await jira.myself.getCurrentUser(),
    ];

    for (const { self } of answers) {
      assert.ok(self.startsWith(`${base}/rest/api/3/`), self);
      const { status } = await curl(...asAlice(), self);
      assert.equal(status, 200);
    }
    assert.ok(!JSON.stringify(answers).includes(`:${stack.tracker}`));
    await untouched();
  });
});

describe('jira.js with a token of a builder', () => {
  let jira;

  before(() => {
    jira = new Version3Client({ host: base,
      authentication: { oauth2: { accessToken: bob } } });
  });

  it('creates and edits by the links it got, but does not delete',
    async () => {
      const made = await jira.issues.createIssue({ fields: {
        project: { key: 'DEMO' }, issuetype: { name: 'Task' },
        summary: 'made through the gateway' } });
      const edit = await curl('-X', 'PUT', made.self,
        '-H', `Authorization: Bearer ${bob}`,
        '-H', 'Content-Type: application/json',
        '-d', '{"fields":{"summary":"edited"}}');
      const issue = await jira.issues.getIssue({
        issueIdOrKey: made.key });

      assert.ok(made.self.startsWith(`${base}/rest/api/3/issue/`));
      assert.equal(edit.status, 204);
      assert.equal(issue.fields.summary, 'edited');
      await assert.rejects(() => jira.issues.deleteIssue({
        issueIdOrKey: made.key }), { status: 403 });
      await assert.rejects(() =>
        jira.issueBulkOperations.submitBulkDelete({
          selectedIssueIdsOrKeys: [made.key],
          sendBulkNotification: false }), { status: 403 });
      assert.ok((await stack.recording.state()).issues.some(
        (i) => i.key === made.key));
    });

  it('finds the Location of what it made on the gateway', async () => {
    const { status, headers, body } = await curl('-X', 'POST',
      `${base}/rest/api/3/issue/DEMO-2/comment`,
      '-H', `Authorization: Bearer ${bob}`,
      '-H', 'Content-Type: application/json',
      '-d', '{"body":"hello"}');

    assert.equal(status, 201);
    assert.equal(headers.location, JSON.parse(body).self);
    assert.ok(headers.location.startsWith(`${base}/rest/api/3/issue/`));
  });
});

// An MCP server under test, driven over stdio as an AI tool does.
async function mcp(program, env) {
  const client = new Client({ name: 'scopecap-test', version: '1' });

  await client.connect(new StdioClientTransport({
    command: process.execPath,
    args: [fileURLToPath(
      new URL(`node_modules/${program}`, import.meta.url))],
    env: { PATH: process.env.PATH, ...env },
    stderr: 'ignore',
  }));
  return client;
}

const textOf = (result) => result.content.map((c) => c.text).join('\n');

async function call(client, name, args = {}) {
  const result = await client.callTool({ name, arguments: args });

  return { error: result.isError === true, text: textOf(result) };
}

describe('mcp-atlassian with a read-only token', () => {
  let client;

  before(async () => {
    client = await mcp('mcp-atlassian/dist/index.js', {
      ATLASSIAN_BASE_URL: base, ATLASSIAN_EMAIL: ALICE,
      ATLASSIAN_API_TOKEN: alice });
  });
  after(() => client?.close());

  it('lists and reads issues', async () => {
    const found = await call(client, 'search_jira_issues',
      { jql: 'project = DEMO' });
    const issue = await call(client, 'read_jira_issue',
      { issueKey: 'DEMO-3' });
    const projects = await call(client, 'list_jira_projects');

    assert.equal(JSON.parse(found.text).totalResults,
      state.issues.length);
    assert.equal(JSON.parse(issue.text).key, 'DEMO-3');
    assert.equal(JSON.parse(projects.text).totalProjects, 1);
    assert.equal((await untouched()).length, 3);
  });

  // This server takes any 4xx for an answer and prints some members of it
  // (validateStatus: status < 500), so no refusal can make it say why; all
  // that can be asked of a gateway is that nothing is made.
  it('makes nothing by its writing tools', async () => {
    const issue = await call(client, 'create_jira_issue', {
      projectKey: 'DEMO', issueType: 'Task', summary: 'by a tool' });
    const comment = await call(client, 'add_jira_comment',
      { issueKey: 'DEMO-3', body: 'by a tool' });

    assert.equal(JSON.parse(issue.text).key, undefined);
    assert.equal(JSON.parse(comment.text).id, undefined);
    assert.equal((await untouched()).length, 0);
  });
});

describe('@nexus2520/jira-mcp-server with a read-only token', () => {
  let client;

  before(async () => {
    client = await mcp('@nexus2520/jira-mcp-server/build/index.js', {
      JIRA_BASE_URL: base, JIRA_EMAIL: ALICE, JIRA_API_TOKEN: alice });
  });
  after(() => client?.close());

  it('lists and reads issues', async () => {
    const found = await call(client, 'jira_search',
      { action: 'issues', jql: 'project = DEMO' });
    const issue = await call(client, 'jira_issues',
      { action: 'get', issueKey: 'DEMO-3' });

    assert.match(found.text, /DEMO-20/);
    assert.match(issue.text, /DEMO-3/);
    await untouched();
  });

  it('says why its edit and delete tools fail', async () => {
    const path = '/rest/api/3/issue/DEMO-3';
    const calls = [
      [await sentence('PUT', path), 'jira_issues',
        { action: 'update', issueKey: 'DEMO-3', summary: 'x' }],
      [await sentence('POST', `${path}/comment`), 'jira_comments',
        { action: 'add', issueKey: 'DEMO-3', comment: 'x' }],
      [await sentence('DELETE', '/rest/api/3/attachment/10001'),
        'jira_attachments',
        { action: 'delete', attachmentId: '10001' }],
    ];

    for (const [said, tool, args] of calls) {
      const { error, text } = await call(client, tool, args);
      assert.ok(error);
      assert.ok(text.includes(said), `${tool}: ${text}`);
    }
    await untouched();
  });
});

describe('curl', () => {
  const issue = '/rest/api/3/issue/DEMO-4';

  it('may present the token as Bearer or as Basic', async () => {
    const bearer = await curl('-H', `Authorization: Bearer ${alice}`,
      `${base}${issue}`);
    const basic = await curl(...asAlice(), `${base}${issue}`);

    assert.equal(bearer.status, 200);
    assert.equal(basic.status, 200);
    assert.equal(bearer.body, basic.body);
    const seen = await untouched();
    assert.equal(seen.length, 2);
    for (const { headers } of seen) {
      assert.equal(headers.authorization, 'Basic '
        + Buffer.from('bot@example.com:demo-secret')
          .toString('base64'));
    }
  });

  it("is refused Basic with another user's e-mail", async () => {
    const { status, headers } = await curl('-u', `${BOB}:${alice}`,
      `${base}${issue}`);

    assert.equal(status, 401);
    assert.match(headers['www-authenticate'], /error="invalid_token"/);
    assert.equal((await untouched()).length, 0);
  });

  it('may use the scheme token only where the app says so', async () => {
    const { token } = await stack.token(ALICE, 'forge', ['read:version']);
    const jira = await curl('-H', `Authorization: token ${alice}`,
      `${base}${issue}`);
    const allowed = await curl('-H', `Authorization: token ${token}`,
      '-H', 'Host: forge.test', `${base}/api/v1/version`);

    assert.equal(jira.status, 401);
    assert.equal(allowed.headers['scopecap-source'], 'upstream');
    const seen = await untouched();
    assert.deepEqual(seen.map((s) => s.target), ['/api/v1/version']);
  });

  it('reaches the mounts of any host at one that has its own', async () => {
    const { token } = await stack.token(ALICE, 'forge', ['read:version']);
    const ask = (host, bearer, path) => curl('-H', `Host: ${host}`,
      '-H', `Authorization: Bearer ${bearer}`, `${base}${path}`);

    for (const [host, bearer, path] of [
      ['part.test', token, '/forge/api/v1/version'],
      ['part.test', alice, issue],
      ['part.test', token, '/rest/api/3/myself/api/v1/version'],
      ['forge.test', token, '/api/v1/version'],
      ['x.test', alice, '/rest/api/3/myself'],
    ]) {
      const { status, headers } = await ask(host, bearer, path);
      assert.equal(headers['scopecap-source'], 'upstream', `${host} ${path}`);
      assert.notEqual(status, 502);
    }
    const hidden = await ask('forge.test', token,
      '/rest/api/3/myself/api/v1/version');
    assert.equal(hidden.status, 404);
    assert.deepEqual((await untouched()).map((s) => s.target).sort(), [
      '/api/v1/version', '/api/v1/version', '/api/v1/version', issue,
      '/rest/api/3/myself']);
  });

  it('reaches the same operations under 2, 3 and latest', async () => {
    for (const version of ['2', '3', 'latest']) {
      const path = `/rest/api/${version}/issue/DEMO-4`;
      const read = await curl(...asAlice(), `${base}${path}`);
      const drop = await curl(...asAlice(), '-X', 'DELETE',
        `${base}${path}`);

      assert.ok(JSON.parse(read.body).self.startsWith(
        `${base}/rest/api/${version}/issue/`));
      assert.equal(drop.status, 403);
    }
    assert.equal((await untouched()).length, 3);
  });

  it('speaks HTTP/2 with the gateway', async () => {
    const { stdout } = await run('curl', ['-sk', '--http2', '--noproxy',
      '*', ...asAlice(), '-w', ' %{http_version}',
      `https://127.0.0.1:${stack.tls}${issue}?fields=summary`]);

    assert.match(stdout, /"key":"DEMO-4".* 2$/);
    assert.ok(stdout.includes(`https://127.0.0.1:${stack.tls}/rest/`));
    await untouched();
  });
});
