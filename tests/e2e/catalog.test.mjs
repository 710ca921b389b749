// SPDX-License-Identifier: Apache-2.0
//
// `scopecap catalog` from the outside: import, show, check, diff, and the
// catalogs that are shipped.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync }
  from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(process.env.BUILD ?? join(root, 'build'), 'cli/scopecap');
const fixture = (name) => join(root, 'tests/fixtures', name);
const dir = mkdtempSync(join(tmpdir(), 'scopecap-catalog-'));
after(() => rmSync(dir, { recursive: true }));

const catalog = (...args) => {
  const r = spawnSync(program, ['catalog', ...args], { encoding: 'utf8' });
  return { status: r.status, out: r.stdout, err: r.stderr };
};

const importTracker = (name, ...more) => {
  const file = join(dir, name);
  const r = catalog('import', fixture('tracker.json'), ...more, '-o', file);
  return { ...r, file };
};

const reviewed = ['--overrides', fixture('tracker-overrides.yaml')];

test('a document becomes a catalog, and the same one again', () => {
  const a = importTracker('a.yaml', ...reviewed, '--name', 'tracker',
    '--error-style', 'atlassian', '--scheme', 'bearer',
    '--alias', '/api/1=/api/latest');
  assert.equal(a.status, 0, a.err);
  const text = readFileSync(a.file, 'utf8');
  assert.match(text, /^catalog: tracker$/m);
  assert.match(text, /^error_style: atlassian$/m);
  assert.match(text, /^schemes: \[bearer\]$/m);
  assert.match(text, /^aliases: \[\{ prefix: "\/api\/1", as: "\/api\/latest" \}\]$/m);
  assert.match(text, /id: getFilePath|id: getApi1FilePath/);
  assert.match(text, /path: "\/api\/1\/file\/\{path\*\}"/);
  assert.equal(text.match(/^- \{ id: /gm).length, 6);

  importTracker('b.yaml', ...reviewed, '--name', 'tracker',
    '--error-style', 'atlassian', '--scheme', 'bearer',
    '--alias', '/api/1=/api/latest');
  assert.equal(readFileSync(join(dir, 'b.yaml'), 'utf8'), text);
});

test('what no rule is sure of stays unclassified until an override', () => {
  const bare = importTracker('bare.yaml');
  assert.equal(bare.status, 0, bare.err);
  const check = catalog('check', bare.file, '--json');
  assert.equal(check.status, 1);
  const report = JSON.parse(check.out);
  assert.deepEqual(report.unclassified.map((op) => op.id), ['deleteIssues']);
  assert.equal(report.operations, 6);
  assert.equal(report.overrides, 0);

  const settled = catalog('check', fixture('tracker.json'), ...reviewed,
    '--json');
  assert.equal(settled.status, 0, settled.err);
  assert.equal(JSON.parse(settled.out).overrides, 1);
  assert.match(catalog('check', bare.file).out, /unclassified +1\n/);
});

test('show gives all, one class, or one operation with its scopes', () => {
  const { file } = importTracker('show.yaml', ...reviewed);
  const all = JSON.parse(catalog('show', file, '--json').out);
  assert.equal(all.length, 6);
  const deletes = JSON.parse(
    catalog('show', file, '--class', 'delete', '--json').out);
  assert.deepEqual(deletes.map((op) => op.id),
    ['deleteIssue', 'deleteIssues']);
  const one = JSON.parse(catalog('show', file, '--json', 'createIssue').out);
  assert.deepEqual(one[0].scopes, [['write:work']]);
  assert.match(catalog('show', file, 'deleteIssue').out,
    /scopes: read:work \+ write:work/);

  const typo = catalog('show', file, 'getIsue');
  assert.equal(typo.status, 2);
  assert.match(typo.err, /no operation "getIsue", the nearest is "getIssue"/);
});

test('several documents merge, and scopes are made where there are none',
  () => {
    const file = join(dir, 'merged.yaml');
    const r = catalog('import', fixture('tracker.json'), fixture('old.yaml'),
      '--derive-scopes', '-o', file);
    assert.equal(r.status, 0, r.err);
    const ops = JSON.parse(catalog('show', file, '--json').out);
    assert.equal(ops.length, 10);
    const by = (id) => ops.find((op) => op.id === id);
    assert.equal(by('getRepo').path, '/v2/repos/{name}');
    assert.equal(by('getRepo').source, 'old');
    assert.deepEqual(by('getRepo').scopes, [['read:repos']]);
    assert.deepEqual(by('putRepo').scopes, [['write:repos']]);
    assert.deepEqual(by('addKey').scopes, [['credential:repos']]);
    assert.deepEqual(by('merge').classes, []);
    assert.deepEqual(by('merge').scopes, []);
    assert.deepEqual(by('getIssue').scopes, [['read:work']]);
  });

test('diff tells what an update changes', () => {
  const before = importTracker('old.yaml');
  const now = importTracker('now.yaml', ...reviewed);
  assert.equal(catalog('diff', before.file, before.file).status, 0);
  const r = catalog('diff', before.file, now.file, '--json');
  assert.equal(r.status, 1);
  assert.deepEqual(JSON.parse(r.out).map((d) => [d.change, d.new.id]),
    [['classes', 'deleteIssues'], ['scopes', 'deleteIssues']]);
  assert.match(catalog('diff', before.file, now.file).out,
    /^classes +deleteIssues: \[\] -> \[delete\] \[bulk\]$/m);
  assert.equal(catalog('diff', before.file, join(dir, 'none')).status, 2);
});

test('an error is one line with file and place, and nothing changes', () => {
  const { file } = importTracker('kept.yaml');
  const before = readFileSync(file, 'utf8');
  const cases = [
    ['bad.json', '{ "openapi": "3.0.0",\n"paths": [ }',
      /bad\.json:2: not valid JSON/],
    ['bad.yaml', 'openapi: 3.0.0\npaths: { /a: { get: { security:\n' +
      '  [{ o: ["a b"] }] } } }\n', /bad\.yaml:3: bad scope name "a b"/],
    ['bomb.yaml', `openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x,x]\n${
      ['b', 'c', 'd', 'e', 'f', 'g'].map((c, i) =>
        `${c}: &${c} [${Array(10).fill(`*${'abcdef'[i]}`)}]`).join('\n')}\n`,
      /bomb\.yaml:8: the document unfolds to more than/],
    ['deep.json', `{"openapi":"3.0.0","x":${'['.repeat(300)}${
      ']'.repeat(300)}}`, /deep\.json: #.*: nested deeper than 200 levels/],
    ['empty.json', '{}', /empty\.json: .*not an OpenAPI/],
  ];
  for (const [name, text, line] of cases) {
    writeFileSync(join(dir, name), text);
    const r = catalog('import', join(dir, name), '-o', file);
    assert.equal(r.status, 2, name);
    assert.match(r.err, line);
    assert.equal(r.err.trim().split('\n').length, 1);
    assert.equal(readFileSync(file, 'utf8'), before);
  }

  writeFileSync(join(dir, 'o.yaml'), 'overrides:\n' +
    '- { method: POST, path: /api/1/isue, classes: [read], reason: x }\n');
  const r = importTracker('kept.yaml', '--overrides', join(dir, 'o.yaml'));
  assert.equal(r.status, 2);
  assert.match(r.err, /o\.yaml:2: no operation "POST \/api\/1\/isue", the nearest is "POST \/api\/1\/issue"/);
  assert.equal(readFileSync(file, 'utf8'), before);
  assert.deepEqual(readdirSync(dir).filter((f) => f.startsWith('kept')),
    ['kept.yaml']);
});

test('shipped catalogs are classified, and every override has a reason',
  () => {
    const counts = {};
    const files = readdirSync(join(root, 'catalogs'))
      .filter((f) => f.endsWith('.yaml'));
    for (const f of files) {
      const r = catalog('check', join(root, 'catalogs', f), '--json');
      assert.equal(r.status, 0, `${f}: ${r.err}`);
      const report = JSON.parse(r.out);
      counts[report.catalog] = report.operations;
      assert.ok(report.without_scope.length < 30, f);
    }
    assert.deepEqual(counts, {
      'bitbucket-cloud': 335, 'confluence-cloud': 388, forgejo: 506,
      github: 1223, 'jira-cloud': 839,
    });

    for (const f of readdirSync(join(root, 'catalogs/overrides'))) {
      const lines = readFileSync(join(root, 'catalogs/overrides', f), 'utf8')
        .split('\n').filter((l) => l.startsWith('- '));
      for (const line of lines) {
        assert.match(line, /, reason: "[^"]{10,}" \}$/, `${f}: ${line}`);
      }
    }
  });

test('reads by POST and deletes without DELETE are what they are', () => {
  const ops = JSON.parse(
    catalog('show', join(root, 'catalogs/jira-cloud.yaml'), '--json').out);
  const classes = (method, path) => ops.find(
    (op) => op.method === method && op.path === `/rest/api/3${path}`).classes;
  for (const path of ['/search/jql', '/issue/bulkfetch', '/jql/parse',
    '/expression/evaluate', '/permissions/check', '/workflows',
    '/workflowscheme/read', '/priorityscheme/mappings']) {
    assert.deepEqual(classes('POST', path), ['read'], path);
  }
  assert.deepEqual(classes('PUT', '/issues/archive/export'), ['read']);
  for (const [method, path] of [['POST', '/bulk/issues/delete'],
    ['POST', '/project/{projectIdOrKey}/delete'], ['POST', '/redact'],
    ['POST', '/field/{id}/trash'], ['POST', '/version/{id}/removeAndSwap'],
    ['PUT', '/version/{id}/mergeto/{moveIssuesTo}'],
    ['PUT', '/workflow/rule/config/delete'],
    ['PUT', '/plans/plan/{planId}/trash']]) {
    assert.ok(classes(method, path).includes('delete'), path);
  }
  for (const method of ['PUT', 'POST']) {
    assert.deepEqual(classes(method, '/issue/archive'), ['write']);
  }
  assert.ok(ops.filter((op) => op.method === 'GET'
    && op.scopes.some((s) => s.some((n) => n.startsWith('manage:'))))
    .every((op) => op.classes.join() === 'read'));
});
