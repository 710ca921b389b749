// SPDX-License-Identifier: Apache-2.0
//
// call.mjs - what all handlers of the demo tracker share.
//
// A handler gets a call
//
//   { state, views, version, params, query, body, headers, raw }
//
// and returns { status, json } or { status, bytes, type }; it throws a Fault
// for an error, which is answered in Jira's shape.

export class Fault extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const ok = (json) => ({ status: 200, json });
export const created = (json) => ({ status: 201, json });
export const done = () => ({ status: 204 });

export function issueOf(call, id = call.params.issue) {
  const issue = call.state.issue(id);

  if (!issue) {
    throw new Fault(404,
      'Issue does not exist or you do not have permission to see it.');
  }
  return issue;
}

export function projectOf(call) {
  const project = call.state.project(call.params.project);

  if (!project) {
    throw new Fault(404, 'No project could be found with key '
      + `'${call.params.project}'.`);
  }
  return project;
}

export function byId(list, id, what) {
  const item = list.find((x) => x.id === String(id));

  if (!item) {
    throw new Fault(404, `The ${what} was not found.`);
  }
  return item;
}

export function number(text, fallback) {
  const n = Number.parseInt(text, 10);

  return Number.isInteger(n) && n >= 0 ? n : fallback;
}

export function names(value) {
  if (Array.isArray(value)) {
    return value.flatMap(names);
  }
  return value ? String(value).split(',').map((v) => v.trim()) : [];
}

export function page(call, items) {
  const startAt = number(call.query.startAt, 0);
  const maxResults = number(call.query.maxResults, 50);
  const values = items.slice(startAt, startAt + maxResults);

  return { startAt, maxResults, total: items.length,
    isLast: startAt + values.length >= items.length, values };
}
