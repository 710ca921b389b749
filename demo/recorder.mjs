// SPDX-License-Identifier: Apache-2.0
//
// recorder.mjs - the journal of every byte that reached the demo tracker.
//
// Listens on the raw sockets, before any HTTP parsing, so that also what no
// parser would accept is seen.  Entries are numbered from 1 on and never
// reordered:
//
//   { n, connection, event: "open" }
//   { n, connection, event: "bytes", raw, text }     raw: base64
//   { n, connection, event: "request", method, target, headers }
//   { n, connection, event: "close" }
//
// "request" is what Node's parser made of the bytes before it; it is there
// for reading, "bytes" is the evidence.

export class Recorder {
  #entries = [];
  #n = 0;
  #connections = 0;
  #ids = new WeakMap();

  // Follow a socket of an http.Server from its first byte on.
  tap(socket) {
    const connection = ++this.#connections;

    this.#ids.set(socket, connection);
    this.#add({ connection, event: 'open' });
    const take = (bytes) => {
      this.#add({ connection, event: 'bytes', bytes });
    };

    // on() makes Node's parser read by events; then ahead of it.
    socket.on('data', take);
    socket.off('data', take);
    socket.prependListener('data', take);
    socket.on('close', () => this.#add({ connection, event: 'close' }));
  }

  request(req) {
    this.#add({
      connection: this.#ids.get(req.socket),
      event: 'request',
      method: req.method,
      target: req.url,
      headers: req.headers,
    });
  }

  // Entries after number `since`, only those of `event` if one is named.
  list(since = 0, event = null) {
    return this.#entries
      .filter((e) => e.n > since && (!event || e.event === event))
      .map(readable);
  }

  // Forget what was recorded; numbers go on.
  reset() {
    this.#entries = [];
  }

  #add(entry) {
    this.#entries.push({ n: ++this.#n, ...entry });
  }
}

function readable({ bytes, ...entry }) {
  if (!bytes) {
    return entry;
  }
  return {
    ...entry,
    raw: bytes.toString('base64'),
    text: bytes.toString('latin1'),
  };
}
