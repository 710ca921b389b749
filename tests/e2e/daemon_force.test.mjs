// SPDX-License-Identifier: Apache-2.0
//
// What the daemon has answered is in force: a reader that follows the runtime
// directory as nginx workers do decides by it at once, across growth of the
// token table, death and restart of the daemon.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { startDaemon } from './lib/daemon.mjs';
import { apply, config, token } from './lib/mini.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const BUILD = resolve(process.env.BUILD ?? join(ROOT, 'build'));
const ISSUE = '/rest/api/3/issue/K-1';

class Reader {
  #waiting = [];

  constructor(dir) {
    this.child = spawn(join(BUILD, 'tests/reader'), [dir],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout }).on('line', (line) =>
      this.#waiting.shift()(line.split(' ')));
  }

  async decide(method, secret, target = ISSUE) {
    const answer = new Promise((done) => this.#waiting.push(done));
    this.child.stdin.write(`${method} ${target} ${secret}\n`);
    const [effect, reason, generation] = await answer;
    return { effect, reason, generation: Number(generation) };
  }
}

describe('in force', () => {
  let daemon, reader;

  before(async () => {
    daemon = await startDaemon();
    await apply(daemon, config());
    reader = new Reader(join(daemon.data, 'run'));
  });
  after(async () => {
    reader.child.stdin.end();
    await daemon.stop();
  });

  const expect = async (method, secret, reason) =>
    assert.equal((await reader.decide(method, secret)).reason, reason);

  it('a token, from its answer to its revocation', async () => {
    for (let i = 0; i < 20; i++) {
      const { body } = await token(daemon);
      await expect('GET', body.token, 'allowed');
      await expect('PUT', body.token, 'class_not_allowed');
      await daemon.delete(`/api/v1/tokens/${body.id}`);
      await expect('GET', body.token, 'token_revoked');
    }
  });

  it('times and addresses of a token', async () => {
    const past = await token(daemon,
      { days: undefined, expires: '2020-01-01T00:00:00Z' });
    const later = await token(daemon, { days: undefined,
      start: '2099-01-01T00:00:00Z', expires: '2099-01-02T00:00:00Z' });
    const away = await token(daemon, { addresses: ['10.0.0.0/8', '::1'] });
    const here = await token(daemon, { addresses: ['127.0.0.0/8'] });

    await expect('GET', past.body.token, 'token_expired');
    await expect('GET', later.body.token, 'token_not_yet_valid');
    await expect('GET', away.body.token, 'address_not_allowed');
    await expect('GET', here.body.token, 'allowed');
  });

  it('a ceiling, tightened and loosened', async () => {
    const { body } = await token(daemon);
    const open = config();
    open.policies[0].ceiling.jira.classes = ['read', 'write', 'delete'];
    const closed = config();
    closed.policies[0].ceiling = {};

    for (let i = 0; i < 5; i++) {
      await apply(daemon, open);
      await expect('DELETE', body.token, 'allowed');
      await apply(daemon, config());
      await expect('DELETE', body.token, 'class_not_allowed');
      await apply(daemon, closed);
      assert.equal((await reader.decide('GET', body.token)).effect,
        'refuse');
    }
    await apply(daemon, config());
    await expect('GET', body.token, 'allowed');
  });

  it('membership', async () => {
    const { body } = await token(daemon);
    const path = '/api/v1/users/alice@example.com';

    await daemon.put(path, { name: 'Alice', groups: ['platform'] });
    await expect('PUT', body.token, 'allowed');
    await daemon.put(path, { name: 'Alice' });
    await expect('PUT', body.token, 'class_not_allowed');
    await daemon.delete(path);
    await expect('GET', body.token, 'owner_inactive');
    await daemon.put(path, { name: 'Alice' });
    await expect('GET', body.token, 'allowed');
  });

  it('an app that goes and comes back', async () => {
    const { body } = await token(daemon);
    const none = config();
    none.apps = [];
    none.policies.forEach((p) => { p.ceiling = {}; });

    await apply(daemon, none);
    await expect('GET', body.token, 'no_mount');
    await apply(daemon, config());
    await expect('GET', body.token, 'allowed');
  });

  it('all of it, when the table grows', async () => {
    const first = await token(daemon);
    const gone = await token(daemon);
    const made = [];

    await daemon.delete(`/api/v1/tokens/${gone.body.id}`);
    for (let i = 0; i < 900; i += 50) {
      made.push(...await Promise.all(
        Array.from({ length: 50 }, () => token(daemon))));
    }
    for (const { body } of [first, ...made]) {
      await expect('GET', body.token, 'allowed');
    }
    assert.equal((await reader.decide('GET', gone.body.token)).effect,
      'refuse');
    await daemon.delete(`/api/v1/tokens/${first.body.id}`);
    assert.equal((await reader.decide('GET', first.body.token)).effect,
      'refuse');
  });

  it('all of it, without the daemon and after its restart', async () => {
    const live = await token(daemon);
    const dead = await token(daemon);
    await daemon.delete(`/api/v1/tokens/${dead.body.id}`);

    for (let i = 0; i < 3; i++) {
      const before_ = await reader.decide('GET', live.body.token);
      await daemon.end('SIGKILL');
      await expect('GET', live.body.token, 'allowed');
      await expect('GET', dead.body.token, 'token_revoked');
      await daemon.run();
      const then = await reader.decide('GET', live.body.token);
      assert.equal(then.reason, 'allowed');
      assert.ok(then.generation > before_.generation);
      await expect('GET', dead.body.token, 'token_revoked');
    }
  });
});
