// SPDX-License-Identifier: Apache-2.0
//
// routes.mjs - the part of Jira Cloud's REST API that the demo tracker
// speaks, as one table: method, path, handler.  "{api}" stands for
// /rest/api/2, /rest/api/3 and /rest/api/latest.

import { byId, issueOf, number, ok, page, projectOf } from './call.mjs';
import {
  addComment, addWebhooks, attach, attachmentContent, attachmentOf,
  boardIssues, boards, commentOf, deleteAttachment, deleteComment,
  deleteWebhooks, editComment, unwatch, watch, watchers,
} from './extras.mjs';
import {
  archive, bulkDelete, bulkFetch, count, createIssue, deleteIssue,
  editIssue, getIssue, search, searchJql, task, transition,
} from './issues.mjs';
import {
  createMeta, createMetaFields, createMetaTypes, fields, permissions,
  removeProject, searchUsers, serverInfo, user,
} from './site.mjs';
import { ISSUE_TYPES, PRIORITIES, STATUSES } from './state.mjs';

export const ROUTES = [
  ['GET', '{api}/serverInfo', serverInfo],
  ['GET', '{api}/myself', ({ state, views }) =>
    ok(views.user(state.me.accountId))],
  ['GET', '{api}/user', user],
  ['GET', '{api}/user/search', searchUsers],
  ['GET', '{api}/users/search', searchUsers],
  ['GET', '{api}/mypermissions', permissions],
  ['GET', '{api}/permissions', permissions],
  ['GET', '{api}/field', fields],
  ['GET', '{api}/status', ({ views }) =>
    ok(STATUSES.map((s) => views.status(s.id)))],
  ['GET', '{api}/status/{id}', ({ views, params }) =>
    ok(views.status(byId(STATUSES, params.id, 'status').id))],
  ['GET', '{api}/priority', ({ views }) =>
    ok(PRIORITIES.map((p) => views.priority(p.id)))],
  ['GET', '{api}/priority/{id}', ({ views, params }) =>
    ok(views.priority(byId(PRIORITIES, params.id, 'priority').id))],
  ['GET', '{api}/issuetype', ({ views }) =>
    ok(ISSUE_TYPES.map((t) => views.issueType(t.id)))],
  ['GET', '{api}/issuetype/{id}', ({ views, params }) =>
    ok(views.issueType(byId(ISSUE_TYPES, params.id, 'issue type').id))],

  ['GET', '{api}/project', ({ state, views }) =>
    ok(state.projects.map((p) => views.project(p)))],
  ['GET', '{api}/project/search', (call) =>
    ok(page(call, call.state.projects.map((p) => call.views.project(p))))],
  ['GET', '{api}/project/{project}', (call) =>
    ok(call.views.project(projectOf(call)))],
  ['DELETE', '{api}/project/{project}', removeProject],
  ['GET', '{api}/issue/createmeta', createMeta],
  ['GET', '{api}/issue/createmeta/{project}/issuetypes', createMetaTypes],
  ['GET', '{api}/issue/createmeta/{project}/issuetypes/{type}',
    createMetaFields],

  ['POST', '{api}/issue', createIssue],
  ['POST', '{api}/issue/bulkfetch', bulkFetch],
  ['PUT', '{api}/issue/archive', archive(true)],
  ['PUT', '{api}/issue/unarchive', archive(false)],
  ['GET', '{api}/issue/{issue}', getIssue],
  ['PUT', '{api}/issue/{issue}', editIssue],
  ['DELETE', '{api}/issue/{issue}', deleteIssue],
  ['GET', '{api}/issue/{issue}/transitions', (call) => {
    issueOf(call);
    return ok({ expand: 'transitions',
      transitions: call.views.transitions() });
  }],
  ['POST', '{api}/issue/{issue}/transitions', transition],
  ['POST', '{api}/bulk/issues/delete', bulkDelete],
  ['GET', '{api}/bulk/queue/{task}', task],

  ['GET', '{api}/search', search],
  ['POST', '{api}/search', search],
  ['GET', '{api}/search/jql', searchJql],
  ['POST', '{api}/search/jql', searchJql],
  ['POST', '{api}/search/approximate-count', count],

  ['GET', '{api}/issue/{issue}/comment', (call) => ok(call.views.comments(
    issueOf(call), number(call.query.startAt, 0),
    number(call.query.maxResults, 50)))],
  ['POST', '{api}/issue/{issue}/comment', addComment],
  ['GET', '{api}/issue/{issue}/comment/{comment}', (call) => {
    const { issue, comment } = commentOf(call);
    return ok(call.views.comment(issue, comment));
  }],
  ['PUT', '{api}/issue/{issue}/comment/{comment}', editComment],
  ['DELETE', '{api}/issue/{issue}/comment/{comment}', deleteComment],
  ['GET', '{api}/issue/{issue}/watchers', watchers],
  ['POST', '{api}/issue/{issue}/watchers', watch],
  ['DELETE', '{api}/issue/{issue}/watchers', unwatch],
  ['POST', '{api}/issue/{issue}/attachments', attach],
  ['GET', '{api}/attachment/{attachment}', (call) =>
    ok(call.views.attachment(attachmentOf(call)))],
  ['DELETE', '{api}/attachment/{attachment}', deleteAttachment],
  ['GET', '{api}/attachment/content/{attachment}', attachmentContent],

  ['GET', '{api}/webhook', (call) => ok(page(call, call.state.webhooks))],
  ['POST', '{api}/webhook', addWebhooks],
  ['DELETE', '{api}/webhook', deleteWebhooks],

  ['GET', '/rest/agile/1.0/board', boards],
  ['GET', '/rest/agile/1.0/board/{board}/issue', boardIssues],
];
