// SPDX-License-Identifier: Apache-2.0
//
// Start, death and restart of scopecapd.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync, statSync,
  writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Daemon, prepareDaemon, startDaemon } from './lib/daemon.mjs';
import { apply, config, token } from './lib/mini.mjs';

const mode = (daemon, name) =>
  statSync(join(daemon.data, name)).mode & 0o777;

describe('life of the daemon', () => {
  it('makes its secrets for its user alone', async () => {
    const daemon = await startDaemon();
    await apply(daemon, config());

    for (const name of ['admin.key', 'admin.password', 'master.key',
      'tls/key.pem']) {
      assert.equal(mode(daemon, name), 0o600, name);
    }
    for (const name of readdirSync(join(daemon.data, 'run'))) {
      if (name.startsWith('secrets.')) {
        assert.equal(mode(daemon, join('run', name)), 0o600, name);
      }
    }
    const password = readFileSync(join(daemon.data, 'admin.password'),
      'utf8').trim();
    const { status } = await daemon.post('/api/v1/session',
      { email: 'Admin@localhost', password }, { key: null });
    assert.equal(status, 201);
    assert.equal(await daemon.end(), 0);
    await daemon.stop();
  });

  it('refuses to start a second time on the same data', async () => {
    const daemon = await startDaemon();
    const env = { ...daemon.env,
      ...(await prepareDaemon()).env, SCOPECAP_DATA: daemon.data };
    const second = await new Daemon(env, daemon.data).run();

    assert.equal(await second.ended, 1);
    assert.match(second.output, /another scopecapd runs on/);
    assert.equal((await daemon.get('/healthz')).status, 200);
    await daemon.stop();
  });

  for (const variable of ['SCOPECAP_CONSOLE_PORT', 'SCOPECAP_GATEWAY_PORT',
    'SCOPECAP_TLS_PORT']) {
    it(`names a used port and ${variable}`, async () => {
      const daemon = await prepareDaemon();
      const port = daemon.env[variable];
      const other = net.createServer().listen(Number(port), '127.0.0.1');
      await new Promise((done) => other.on('listening', done));
      await daemon.run();

      assert.equal(await daemon.ended, 1);
      assert.match(daemon.output,
        new RegExp(`port ${port} is in use: set ${variable}`));
      other.close();
      await daemon.stop();
    });
  }

  for (const [variable, value, message] of [
    ['SCOPECAP_STORE', 'postgresql://localhost/x', /PostgreSQL/],
    ['SCOPECAP_STORE', '/tmp/x.db', /sqlite:PATH/],
    ['SCOPECAP_CONSOLE_PORT', '8o81', /SCOPECAP_CONSOLE_PORT is not a port/],
    ['SCOPECAP_LISTEN', 'localhost', /SCOPECAP_LISTEN/],
    ['SCOPECAP_TLS_CERT', '/x', /go together/],
    ['SCOPECAP_NGINX', '/x; y', /SCOPECAP_NGINX may hold no/],
  ]) {
    it(`refuses ${variable}=${value} in one line`, async () => {
      const daemon = await (await prepareDaemon({ [variable]: value })).run();
      assert.equal(await daemon.ended, 1);
      assert.match(daemon.output, message);
      assert.equal(daemon.output.trim().split('\n').length, 1);
      await daemon.stop();
    });
  }

  it('loses nothing that it answered when it is killed', async () => {
    const daemon = await startDaemon();
    await apply(daemon, config());
    const kept = [];

    for (let round = 0; round < 4; round++) {
      const live = (await token(daemon)).body.id;
      const dead = (await token(daemon)).body.id;
      await daemon.delete(`/api/v1/tokens/${dead}`);
      kept.push([live, 'active'], [dead, 'revoked']);
      const next = config();
      next.users.push({ email: `u${round}@example.com` });
      await apply(daemon, next);
      await daemon.end('SIGKILL');

      if (round === 1) { // nothing of the runtime directory is needed
        rmSync(join(daemon.data, 'run'), { recursive: true });
      } else if (round === 2) { // nor is it trusted
        writeFileSync(join(daemon.data, 'run/control'), 'garbage');
      }
      await daemon.run();
      assert.equal(daemon.child.exitCode, null, daemon.output);
      for (const [id, status] of kept) {
        assert.equal((await daemon.get(`/api/v1/tokens/${id}`)).body.status,
          status);
      }
      assert.deepEqual((await apply(daemon, next)).body.changes, []);
    }
    const { body } = await daemon.get('/metrics');
    assert.match(body, /^scopecap_tokens 8$/m);
    await daemon.stop();
  });

  it('keeps the last policy images only', async () => {
    const daemon = await startDaemon();
    for (let i = 1; i < 14; i++) {
      const next = config();
      next.policies[0].max_days = i;
      await apply(daemon, next);
    }
    const files = readdirSync(join(daemon.data, 'run'));
    const of = (kind) => files.filter((f) => f.startsWith(kind)).length;

    assert.equal(of('policy.'), 8);
    assert.ok(of('tokens.') <= 2 && of('secrets.') <= 2);
    assert.ok(!files.some((f) => f.endsWith('.tmp')));
    await daemon.stop();
  });

  it('grows the token table', async () => {
    const daemon = await startDaemon();
    await apply(daemon, config());
    const first = (await token(daemon)).body.id;
    for (let i = 0; i < 850; i += 50) {
      await Promise.all(Array.from({ length: 50 }, () => token(daemon)));
    }
    const { body } = await daemon.get('/metrics');

    assert.match(body, /^scopecap_tokens 851$/m);
    assert.match(body, /^scopecap_publish_failures_total 0$/m);
    await daemon.delete(`/api/v1/tokens/${first}`);
    assert.equal((await daemon.get(`/api/v1/tokens/${first}`)).body.status,
      'revoked');
    await daemon.stop();
  });

  it('refuses a store of another master key', async () => {
    const daemon = await startDaemon();
    await daemon.end();
    rmSync(join(daemon.data, 'master.key'));
    await daemon.run();

    assert.equal(await daemon.ended, 1);
    assert.match(daemon.output, /not made with this master key/);
    await daemon.stop();
    assert.ok(!existsSync(daemon.data));
  });
});
