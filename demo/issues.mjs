// SPDX-License-Identifier: Apache-2.0
//
// issues.mjs - issues one by one, many at once, and searching them.

import {
  Fault, byId, created, done, issueOf, names, number, ok,
} from './call.mjs';
import { parse } from './jql.mjs';
import { ISSUE_TYPES, PRIORITIES, STATUSES, TRANSITIONS } from './state.mjs';
import { plain } from './views.mjs';

const BULK_MAX = 1000;

function reference(list, value, what) {
  if (value === undefined || value === null) {
    return undefined;
  }
  const found = list.find((x) => x.id === String(value.id)
    || x.name.toLowerCase() === String(value.name).toLowerCase());

  if (!found) {
    throw new Fault(400, `Specify a valid ${what}.`);
  }
  return found.id;
}

// The members of a `fields` object that the demo keeps.
function edits(call, given = {}) {
  const out = {};

  if (given.summary !== undefined) {
    if (!given.summary) {
      throw new Fault(400, 'You must specify a summary of the issue.');
    }
    out.summary = String(given.summary);
  }
  if (given.description !== undefined) {
    out.description = plain(given.description);
  }
  if (given.labels !== undefined) {
    out.labels = given.labels;
  }
  if (given.assignee !== undefined) {
    const { accountId = null, id = accountId } = given.assignee ?? {};
    out.assignee = id;
  }
  const type = reference(ISSUE_TYPES, given.issuetype, 'issue type');
  const priority = reference(PRIORITIES, given.priority, 'priority');
  return { ...out, ...(type && { issuetype: type }),
    ...(priority && { priority }) };
}

export function createIssue(call) {
  const given = call.body?.fields ?? {};
  const key = given.project?.key ?? given.project?.id;
  const project = key && call.state.project(String(key));

  if (!project) {
    throw new Fault(400, 'Specify a valid project ID or key.');
  }
  const issue = call.state.addIssue(project, {
    description: null, labels: [], assignee: null,
    issuetype: ISSUE_TYPES[0].id, priority: PRIORITIES[1].id,
    status: STATUSES[0].id,
    ...edits(call, { summary: '', ...given }),
  });
  return created({ id: issue.id, key: issue.key,
    self: `${call.views.api}/issue/${issue.id}` });
}

export function getIssue(call) {
  return ok(call.views.issue(issueOf(call), names(call.query.fields),
    call.query.expand));
}

export function editIssue(call) {
  const issue = issueOf(call);
  const update = Object.entries(call.body?.update ?? {});

  Object.assign(issue, edits(call, call.body?.fields));
  for (const [field, operations] of update) {
    for (const operation of operations) {
      Object.assign(issue, updated(issue, field, operation));
    }
  }
  return done();
}

// What one operation of an `update` member makes of a field.
function updated(issue, field, operation) {
  if (field === 'labels' && operation.add) {
    return { labels: [...new Set([...issue.labels, operation.add])] };
  }
  if (field === 'labels' && operation.remove) {
    return { labels: issue.labels.filter((l) => l !== operation.remove) };
  }
  if (operation.set !== undefined && ['summary', 'labels'].includes(field)) {
    return { [field]: operation.set };
  }
  throw new Fault(400, `Field '${field}' cannot be set this way.`);
}

export function deleteIssue(call) {
  call.state.removeIssue(issueOf(call));
  return done();
}

export function transition(call) {
  const issue = issueOf(call);

  issue.status = byId(TRANSITIONS, call.body?.transition?.id,
    'transition').to;
  return done();
}

export function archive(archived) {
  return (call) => {
    const keys = names(call.body?.issueIdsOrKeys);

    for (const key of keys) {
      issueOf(call, key).archived = archived;
    }
    return ok({ numberOfIssuesUpdated: keys.length, errors: {} });
  };
}

export function bulkFetch(call) {
  const keys = names(call.body?.issueIdsOrKeys);
  const found = keys.map((k) => call.state.issue(k)).filter(Boolean);

  return ok({ issues: found.map((i) =>
    call.views.issue(i, names(call.body.fields))), issueErrors: [] });
}

export function bulkDelete(call) {
  const keys = names(call.body?.selectedIssueIdsOrKeys);

  if (keys.length === 0 || keys.length > BULK_MAX) {
    throw new Fault(400, `Name 1 to ${BULK_MAX} issues.`);
  }
  const issues = keys.map((k) => issueOf(call, k));
  const taskId = call.state.next('task');
  for (const issue of issues) {
    call.state.removeIssue(issue);
  }
  call.state.tasks.set(taskId, { taskId, status: 'COMPLETE',
    progressPercent: 100, totalIssueCount: issues.length,
    processedAccessibleIssues: issues.map((i) => Number(i.id)) });
  return created({ taskId });
}

export function task(call) {
  const found = call.state.tasks.get(call.params.task);

  if (!found) {
    throw new Fault(404, 'The task was not found.');
  }
  return ok(found);
}

function matching(call, jql) {
  const { state } = call;
  const nameIn = (list) => (id) => list.find((x) => x.id === id)?.name;

  try {
    const fits = parse(jql, {
      me: state.me.accountId,
      status: nameIn(STATUSES),
      type: nameIn(ISSUE_TYPES),
      priority: nameIn(PRIORITIES),
      user: (id) => state.user(id)?.displayName,
    });
    return [...state.issues.values()].filter((i) => !i.archived)
      .filter(fits);
  } catch (error) {
    throw new Fault(400, error.message);
  }
}

const asked = (call) => ({ ...call.query, ...call.body });

export function search(call) {
  const want = asked(call);
  const found = matching(call, want.jql);
  const startAt = number(want.startAt, 0);
  const maxResults = number(want.maxResults, 50);

  return ok({
    expand: 'schema,names', startAt, maxResults, total: found.length,
    issues: found.slice(startAt, startAt + maxResults).map((i) =>
      call.views.issue(i, names(want.fields), want.expand)),
  });
}

// The newer search: pages by token, only ids unless fields are named.
export function searchJql(call) {
  const want = asked(call);
  const found = matching(call, want.jql);
  const startAt = number(want.nextPageToken, 0);
  const maxResults = number(want.maxResults, 50);
  const end = startAt + maxResults;
  const fieldsOf = (i) => (want.fields ? names(want.fields) : ['id']);

  return ok({
    issues: found.slice(startAt, end).map((i) =>
      call.views.issue(i, fieldsOf(i), want.expand)),
    isLast: end >= found.length,
    ...(end < found.length && { nextPageToken: String(end) }),
  });
}

export function count(call) {
  return ok({ count: matching(call, call.body?.jql).length });
}
