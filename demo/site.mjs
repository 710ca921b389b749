// SPDX-License-Identifier: Apache-2.0
//
// site.mjs - the instance, its users and its projects.

import { Fault, byId, done, names, ok, projectOf } from './call.mjs';
import { ISSUE_TYPES } from './state.mjs';

export function serverInfo({ views }) {
  return ok({
    baseUrl: views.base,
    displayUrl: views.base,
    version: '1001.0.0-DEMO',
    versionNumbers: [1001, 0, 0],
    deploymentType: 'Cloud',
    buildNumber: 100000,
    buildDate: '2026-01-05T00:00:00.000+0000',
    serverTime: '2026-01-05T09:00:00.000+0000',
    scmInfo: 'demo',
    serverTitle: 'Scopecap demo tracker',
    defaultLocale: { locale: 'en_US' },
  });
}

export function user(call) {
  const found = call.views.user(call.query.accountId);

  if (!found) {
    throw new Fault(404, 'Specified user does not exist or you do not '
      + 'have required permissions.');
  }
  return ok(found);
}

export function searchUsers({ state, views, query }) {
  const text = (query.query ?? '').toLowerCase();

  return ok(state.users
    .filter((u) => `${u.displayName} ${u.emailAddress}`.toLowerCase()
      .includes(text))
    .map((u) => views.user(u.accountId)));
}

export function permissions({ query }) {
  const wanted = names(query.permissions);
  const all = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'EDIT_ISSUES',
    'DELETE_ISSUES', 'ADD_COMMENTS', 'CREATE_ATTACHMENTS', 'BULK_CHANGE'];
  const list = wanted.length ? all.filter((p) => wanted.includes(p)) : all;

  return ok({ permissions: Object.fromEntries(list.map((key, i) => [key,
    { id: String(i), key, name: key.toLowerCase().replaceAll('_', ' '),
      type: 'PROJECT', description: '', havePermission: true }])) });
}

export function fields() {
  const field = (id, type, system = id) => ({ id, key: id, name: id,
    custom: false, orderable: true, navigable: true, searchable: true,
    clauseNames: [id], schema: { type, system } });

  return ok([field('summary', 'string'), field('description', 'string'),
    field('issuetype', 'issuetype'), field('project', 'project'),
    field('status', 'status'), field('priority', 'priority'),
    field('assignee', 'user'), field('reporter', 'user'),
    field('labels', 'array'), field('created', 'datetime'),
    field('updated', 'datetime'), field('comment', 'comments-page'),
    field('attachment', 'array')]);
}

export function removeProject(call) {
  const project = projectOf(call);

  for (const issue of [...call.state.issues.values()]) {
    if (issue.project === project.key) {
      call.state.removeIssue(issue);
    }
  }
  call.state.projects = call.state.projects.filter((p) => p !== project);
  return done();
}

export function createMeta({ state, views }) {
  return ok({ expand: 'projects', projects: state.projects.map((p) => ({
    self: `${views.api}/project/${p.id}`, id: p.id, key: p.key,
    name: p.name, avatarUrls: {},
    issuetypes: ISSUE_TYPES.map((t) => views.issueType(t.id)) })) });
}

export function createMetaTypes(call) {
  projectOf(call);
  const list = ISSUE_TYPES.map((t) => call.views.issueType(t.id));
  return ok({ startAt: 0, maxResults: 50, total: list.length,
    issueTypes: list, values: list });
}

export function createMetaFields(call) {
  projectOf(call);
  byId(ISSUE_TYPES, call.params.type, 'issue type');
  const list = ['summary', 'description', 'issuetype', 'project'].map(
    (id) => ({ fieldId: id, key: id, name: id, hasDefaultValue: false,
      required: id !== 'description', operations: ['set'],
      schema: { type: 'string', system: id } }));
  return ok({ startAt: 0, maxResults: 50, total: list.length,
    fields: list, values: list });
}
