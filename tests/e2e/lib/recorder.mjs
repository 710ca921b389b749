// SPDX-License-Identifier: Apache-2.0
//
// recorder.mjs - the demo tracker's journal, read by a test.
//
// What counts is the bytes: the requests are parsed here from the raw bytes
// of each connection, and a byte that belongs to no request is an error.

export class Recording {
  #since = 0;

  constructor(port) {
    this.base = `http://127.0.0.1:${port}`;
  }

  // The requests since the last take(), [{ method, target, headers, body }]
  // in no order across connections.
  async take() {
    const entries = await this.#entries();
    const streams = new Map();

    for (const { connection, raw } of entries) {
      streams.set(connection, (streams.get(connection) ?? '')
        + Buffer.from(raw, 'base64').toString('latin1'));
    }
    return [...streams.values()].flatMap(requests);
  }

  // What the tracker remembers.
  async state() {
    return (await fetch(`${this.base}/__state`)).json();
  }

  async #entries() {
    const answer = await fetch(
      `${this.base}/__recorder?event=bytes&since=${this.#since}`);
    const entries = await answer.json();

    this.#since = entries.at(-1)?.n ?? this.#since;
    return entries;
  }
}

function requests(text) {
  const found = [];

  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n\r\n', at);
    const [first, ...lines] = text.slice(at, end).split('\r\n');
    const line = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(first);
    if (end < 0 || !line) {
      throw new Error(`no request: ${JSON.stringify(text.slice(at))}`);
    }
    const headers = Object.fromEntries(lines.map((l) => {
      const colon = l.indexOf(':');
      return [l.slice(0, colon).toLowerCase(),
        l.slice(colon + 1).trim()];
    }));
    const length = Number(headers['content-length'] ?? 0);
    found.push({ method: line[1], target: line[2], headers,
      body: text.slice(end + 4, end + 4 + length) });
    at = end + 4 + length;
    if (at > text.length) {
      throw new Error(`a request without its end: ${first}`);
    }
  }
  return found;
}
