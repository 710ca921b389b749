// SPDX-License-Identifier: Apache-2.0
//
// tap.mjs - a reporter for node --test: flat TAP, one line for each test with
// the names of its suites before its own.  Node's own TAP nests, which Meson
// takes for noise and does not count.

// For TAP a name is one line and "#" begins a directive.
const clean = (text) => text.replaceAll(/\s+/g, ' ').replaceAll('#', '\\#');

export default async function* tap(events) {
  const path = [];
  const counts = { pass: 0, fail: 0 };
  let n = 0;

  yield 'TAP version 13\n';
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name);
    } else if (type === 'test:diagnostic' && data.nesting > 0) {
      yield `# ${data.message}\n`;
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      yield data.message.replaceAll(/^(?=.)/gm, '# ');
    } else if (type === 'test:pass' || type === 'test:fail') {
      const ok = type === 'test:pass';
      const { error, type: kind } = data.details;
      // a suite fails with its tests; one that did not run its tests is told
      if (kind === 'suite' && (ok || error?.failureType
        === 'subtestsFailed')) {
        continue;
      }
      counts[ok ? 'pass' : 'fail']++;
      const name = [...path.slice(0, data.nesting), data.name].join(': ');
      yield `${ok ? 'ok' : 'not ok'} ${++n} - ${clean(name)}\n`;
      if (error) {
        yield `${error.cause?.stack ?? error.stack ?? error}\n`
          .replaceAll(/^/gm, '# ').replace(/# $/, '');
      }
    }
  }
  yield `1..${n}\n# pass ${counts.pass}\n# fail ${counts.fail}\n`;
}
