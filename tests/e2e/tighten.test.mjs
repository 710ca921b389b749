// SPDX-License-Identifier: Apache-2.0
//
// tighten.test.mjs - a policy is tightened, loosened, a token revoked, while
// calls run on many connections and nginx reloads.  What counts is order,
// not time: of the calls that start after the admin's answer, none may be let
// through by any worker, old or new, and none may reach the tracker.

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { CLASSIC, DEMO } from './lib/config.mjs';
import { until } from './lib/gateway.mjs';
import { start } from './lib/stack.mjs';

const BOB = 'bob@example.com';
const CALLERS = 16;
const ENOUGH = 200; // calls that must start after each answer
const PATH = '/rest/api/3/issue/DEMO-1';
const TIGHT = DEMO.replace('classes: [read, write]', 'classes: [read]');

let stack;
let bob;

before(async () => {
  stack = await start({ config: DEMO });
  bob = (await stack.token(BOB, 'jira', CLASSIC)).token;
});
after(() => stack?.stop());

// Callers that edit one issue over and over, each on a connection of its own.
class Load {
  #stopped = false;
  #turn = 0; // a clock that only knows before and after
  calls = [];

  constructor(token) {
    this.token = token;
    this.done = Promise.all(Array.from({ length: CALLERS },
      () => this.#caller()));
  }

  async #caller() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

    while (!this.#stopped) {
      const call = { started: ++this.#turn };
      const answer = await this.#edit(agent);
      if (answer) { // null: a reload closed the idle connection
        this.calls.push({ ...call, ...answer });
      }
      await pause(20);
    }
    agent.destroy();
  }

  #edit(agent) {
    return new Promise((resolve, reject) => {
      const request = http.request({ agent, method: 'PUT', path: PATH,
        host: '127.0.0.1', port: stack.gateway, headers: {
          'Authorization': `Bearer ${this.token}`,
          'Content-Type': 'application/json' } }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve({ status: answer.statusCode,
          id: answer.headers['x-request-id'] }));
      });
      request.on('error', (error) => (error.code === 'ECONNRESET'
        && request.reusedSocket ? resolve(null) : reject(error)));
      request.end('{"fields":{"summary":"again"}}');
    });
  }

  // Let the admin do something; the calls that start after the answer.
  async during(action) {
    await action();
    const answered = this.#turn;
    const later = () => this.calls.filter((c) => c.started > answered);
    await until('calls', () => later().length >= ENOUGH, 60);
    return later();
  }

  async stop() {
    this.#stopped = true;
    await this.done;
  }
}

const statuses = (calls) => [...new Set(calls.map((c) => c.status))];

// None of these calls reached the tracker.
async function unseen(calls) {
  const seen = await stack.recording.take();
  const ids = new Set(seen.map((s) => s.headers['x-request-id']));

  assert.deepEqual(calls.filter((c) => ids.has(c.id)), []);
}

const reload = () => process.kill(stack.nginx, 'SIGHUP');

// A call whose head is only half sent: whoever accepted it decides late.
async function halfSent(token) {
  const socket = net.connect(stack.gateway, '127.0.0.1');
  let text = '';

  socket.on('data', (bytes) => { text += bytes; });
  await new Promise((done) => socket.on('connect', done));
  socket.write(`DELETE ${PATH}/comment/1 HTTP/1.1\r\nHost: localhost\r\n`);
  await pause(50);
  return async () => {
    socket.write(`Authorization: Bearer ${token}\r\n\r\n`);
    const [, status] = await until('the answer',
      () => /^HTTP\/1\.1 (\d+) /.exec(text));
    socket.destroy();
    return Number(status);
  };
}

it("holds in every worker from the admin's answer on", async () => {
  const load = new Load(bob);

  try {
    assert.deepEqual(statuses(await load.during(() => {})), [204]);

    const tight = await load.during(() => stack.apply(TIGHT));
    assert.deepEqual(statuses(tight), [403]);
    await unseen(tight);

    const loose = await load.during(() => stack.apply(DEMO));
    assert.deepEqual(statuses(loose), [204]);
  } finally {
    await load.stop();
  }
});

it('holds through a reload', async () => {
  const load = new Load(bob);

  try {
    const tight = await load.during(async () => {
      reload();
      await stack.apply(TIGHT);
    });
    assert.deepEqual(statuses(tight), [403]);
    await unseen(tight);

    const loose = await load.during(async () => {
      reload();
      await stack.apply(DEMO);
    });
    assert.deepEqual(statuses(loose), [204]);
  } finally {
    await load.stop();
  }
});

it('holds for a revoked token, in old workers too', async () => {
  const made = await stack.token(BOB, 'jira', ['write:jira-work']);
  const load = new Load(made.token);

  try {
    assert.deepEqual(statuses(await load.during(() => {})), [204]);

    const halves = await Promise.all(Array.from({ length: 8 },
      () => halfSent(made.token)));
    const later = await load.during(async () => {
      reload();
      await stack.cli('token', 'revoke', String(made.id));
    });
    assert.deepEqual(statuses(later), [401]);
    await unseen(later);
    for (const finish of halves) {
      assert.equal(await finish(), 401);
    }
    assert.deepEqual(await stack.recording.take(), []);

    reload();
    const still = await load.during(() => {});
    assert.deepEqual(statuses(still), [401]);
    await unseen(still);
  } finally {
    await load.stop();
  }
});

// nginx runs on meanwhile and has the old files mapped.
for (const [state, spoil] of [
  ['gone', (dir) => rmSync(dir, { recursive: true })],
  ['without control', (dir) => rmSync(join(dir, 'control'))],
  ['damaged', (dir) => writeFileSync(join(dir, 'control'),
    Buffer.alloc(64), { flag: 'r+' })],
]) {
  it(`a daemon that finds its runtime files ${state} revokes all the same`,
    async () => {
      const { id, token } = await stack.token(BOB, 'jira', CLASSIC);
      const ask = async () => {
        const answer = await fetch(`http://127.0.0.1:${stack.gateway}${PATH}`,
          { headers: { authorization: `Bearer ${token}` } });
        await answer.arrayBuffer();
        return answer.status;
      };

      assert.equal(await ask(), 200);
      await stack.daemon.end('SIGKILL');
      spoil(join(stack.data, 'run'));
      await stack.daemon.run();
      assert.equal(await ask(), 200);
      await stack.cli('token', 'revoke', String(id));
      for (let i = 0; i < 8; i++) {
        assert.equal(await ask(), 401);
      }
    });
}
