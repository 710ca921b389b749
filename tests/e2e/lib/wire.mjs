// SPDX-License-Identifier: Apache-2.0
//
// wire.mjs - many calls over few connections: HTTP/1.1 with pipelining over
// plain TCP, HTTP/2 with multiplexing over TLS.
//
// A call is { method, path, host, headers, body }, an answer { status,
// headers, body }; answers come in the order of the calls.

import http2 from 'node:http2';
import net from 'node:net';

const DEPTH = 32; // calls under way on a connection
const STREAMS = 900; // calls on an HTTP/2 connection; nginx ends it at 1,000

// Split a list into n parts of about the same length, in order.
function parts(list, n) {
  const size = Math.ceil(list.length / n) || 1;

  return Array.from({ length: Math.ceil(list.length / size) },
    (_, i) => list.slice(i * size, (i + 1) * size));
}

export async function http1(port, calls, connections = 4) {
  const answers = await Promise.all(parts(calls, connections).map(
    async (some) => {
      const done = [];

      while (done.length < some.length) {
        done.push(...await pipeline(port, some.slice(done.length)));
      }
      return done;
    }));

  return answers.flat();
}

// One connection, until all are answered or the server says "close": what it
// has not answered by then it has not begun.
function pipeline(port, calls) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    const answers = [];
    let sent = 0;
    let bytes = Buffer.alloc(0);
    const more = () => {
      while (sent < calls.length && sent - answers.length < DEPTH) {
        socket.write(encode(calls[sent++]));
      }
    };
    const end = () => {
      socket.destroy();
      resolve(answers);
    };

    socket.setNoDelay(true);
    socket.on('connect', more);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const found = decode(bytes, calls[answers.length]?.method);
        if (!found) {
          break;
        }
        bytes = bytes.subarray(found.size);
        answers.push(found.answer);
        if (answers.length === calls.length
          || found.answer.headers.connection === 'close') {
          return end();
        }
      }
      more();
    });
    socket.on('end', () => {
      reject(new Error(`connection ended after ${answers.length} of `
        + `${calls.length} answers`));
    });
  });
}

function encode({ method, path, host, headers = {}, body }) {
  const length = body === undefined ? {} : {
    'Content-Length': Buffer.byteLength(body) };
  const lines = Object.entries({ Host: host, ...headers, ...length })
    .map(([name, value]) => `${name}: ${value}\r\n`);

  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`;
}

// The answer at the head of bytes and its size, or null if it is not whole.
function decode(bytes, method) {
  const end = bytes.indexOf('\r\n\r\n');

  if (end < 0) {
    return null;
  }
  const [first, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(),
      line.slice(colon + 1).trim()];
  }));
  const status = Number(first.split(' ')[1]);
  const at = end + 4;
  const whole = (size, body) => ({ size,
    answer: { status, headers, body: body.toString() } });

  if (method === 'HEAD' || status === 204 || status === 304) {
    return whole(at, '');
  }
  if (headers['transfer-encoding'] === 'chunked') {
    return chunked(bytes, at, whole);
  }
  const length = Number(headers['content-length'] ?? 0);
  return bytes.length < at + length ? null
    : whole(at + length, bytes.subarray(at, at + length));
}

function chunked(bytes, start, whole) {
  const chunks = [];

  for (let at = start; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) {
      return null;
    }
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    const next = line + 2 + size + 2;
    if (bytes.length < next) {
      return null;
    }
    if (size === 0) {
      return whole(next, Buffer.concat(chunks));
    }
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}

export async function http2s(port, calls, connections = 2) {
  const answers = await Promise.all(parts(calls, connections).map(
    async (some) => {
      const done = [];

      for (let i = 0; i < some.length; i += STREAMS) {
        done.push(...await multiplex(port,
          some.slice(i, i + STREAMS)));
      }
      return done;
    }));

  return answers.flat();
}

async function multiplex(port, calls) {
  const session = http2.connect(`https://127.0.0.1:${port}`,
    { rejectUnauthorized: false });
  const failed = new Promise((_, reject) => session.on('error', reject));
  const answers = [];
  let next = 0;
  const worker = async () => {
    while (next < calls.length) {
      const i = next++;
      answers[i] = await stream(session, calls[i]);
    }
  };

  try {
    await Promise.race([failed,
      Promise.all(Array.from({ length: DEPTH }, worker))]);
  } finally {
    session.close();
    failed.catch(() => {});
  }
  return answers;
}

function stream(session, { method, path, host, headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const request = session.request({
      ':method': method, ':path': path, ':authority': host,
      ...Object.fromEntries(Object.entries(headers).map(
        ([name, value]) => [name.toLowerCase(), value])),
    }, { endStream: body === undefined });
    const chunks = [];
    let head = {};

    request.on('response', (received) => { head = received; });
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', reject);
    request.on('end', () => resolve({ status: head[':status'],
      headers: head, body: Buffer.concat(chunks).toString() }));
    if (body !== undefined) {
      request.end(body);
    }
  });
}
