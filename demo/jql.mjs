// SPDX-License-Identifier: Apache-2.0
//
// jql.mjs - the small part of Jira's query language that the demo speaks:
// clauses "field op value" joined by AND, op one of = != ~ in "not in",
// and an ORDER BY that is read and ignored (answers come by key).

const CLAUSE =
  /^(\w+)\s*(=|!=|~|not\s+in|in)\s*(\([^)]*\)|"[^"]*"|'[^']*'|[^\s]+)$/i;

const FIELDS = {
  project: (i) => [i.project],
  key: (i) => [i.key, i.id],
  issue: (i) => [i.key, i.id],
  issuekey: (i) => [i.key, i.id],
  id: (i) => [i.id],
  status: (i, names) => [i.status, names.status(i.status)],
  issuetype: (i, names) => [i.issuetype, names.type(i.issuetype)],
  type: (i, names) => [i.issuetype, names.type(i.issuetype)],
  priority: (i, names) => [i.priority, names.priority(i.priority)],
  assignee: (i, names) => [i.assignee, names.user(i.assignee)],
  reporter: (i, names) => [i.reporter, names.user(i.reporter)],
  labels: (i) => i.labels,
  summary: (i) => [i.summary],
  description: (i) => [i.description],
  text: (i) => [i.summary, i.description, ...i.comments.map((c) => c.body)],
};

// A function that says whether an issue fits.  Throws an Error with a plain
// sentence for what it does not understand.
export function parse(jql, names) {
  const text = (jql ?? '').replace(/\border\s+by\b.*$/is, '').trim();
  const tests = text === '' ? []
    : text.split(/\s+and\s+/i).map((part) => clause(part.trim(), names));

  return (issue) => tests.every((test) => test(issue));
}

function clause(text, names) {
  const match = CLAUSE.exec(text);

  if (!match) {
    throw new Error(`The demo tracker does not understand '${text}'.`);
  }
  const field = FIELDS[match[1].toLowerCase()];
  if (!field) {
    throw new Error(`Field '${match[1]}' does not exist.`);
  }
  const op = match[2].toLowerCase().replace(/\s+/g, ' ');
  const values = list(match[3]).map((v) =>
    v.toLowerCase() === 'currentuser()' ? names.me : v);
  return (issue) => holds(field(issue, names), op, values);
}

function list(text) {
  const inner = text.startsWith('(') ? text.slice(1, -1).split(',') : [text];

  return inner.map((v) => v.trim().replace(/^(["'])(.*)\1$/, '$2'));
}

function holds(have, op, values) {
  const lower = have.filter((v) => v !== undefined && v !== null)
    .map((v) => String(v).toLowerCase());
  const any = (fits) => values.some((v) =>
    lower.some((h) => fits(h, v.toLowerCase())));

  switch (op) {
  case '~':
    return any((h, v) => h.includes(v));
  case '!=':
  case 'not in':
    return !any((h, v) => h === v);
  default:
    return any((h, v) => h === v);
  }
}
