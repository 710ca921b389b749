// SPDX-License-Identifier: Apache-2.0
//
// extras.mjs - comments, watchers, attachments, webhooks and the one board.

import { Fault, byId, created, done, issueOf, ok, page } from './call.mjs';
import { search } from './issues.mjs';
import { files } from './multipart.mjs';
import { plain } from './views.mjs';

export function commentOf(call) {
  const issue = issueOf(call);

  return { issue, comment: byId(issue.comments, call.params.comment,
    'comment') };
}

export function addComment(call) {
  const issue = issueOf(call);
  const body = plain(call.body?.body);

  if (!body) {
    throw new Fault(400, 'Comment body can not be empty!');
  }
  const comment = call.state.comment(body);
  issue.comments.push(comment);
  return created(call.views.comment(issue, comment));
}

export function editComment(call) {
  const { issue, comment } = commentOf(call);

  comment.body = plain(call.body?.body) ?? comment.body;
  return ok(call.views.comment(issue, comment));
}

export function deleteComment(call) {
  const { issue, comment } = commentOf(call);

  issue.comments = issue.comments.filter((c) => c !== comment);
  return done();
}

export function watchers(call) {
  const issue = issueOf(call);

  return ok({ self: `${call.views.api}/issue/${issue.key}/watchers`,
    isWatching: issue.watchers.includes(call.state.me.accountId),
    watchCount: issue.watchers.length,
    watchers: issue.watchers.map((w) => call.views.user(w)) });
}

export function watch(call) {
  const issue = issueOf(call);
  const who = call.body ?? call.state.me.accountId;

  issue.watchers = [...new Set([...issue.watchers, who])];
  return done();
}

export function unwatch(call) {
  const issue = issueOf(call);

  issue.watchers = issue.watchers.filter((w) =>
    w !== call.query.accountId);
  return done();
}

export function attachmentOf(call) {
  const found = call.state.attachments.get(call.params.attachment);

  if (!found) {
    throw new Fault(404, 'The attachment was not found.');
  }
  return found;
}

export function attach(call) {
  const issue = issueOf(call);

  if (call.headers['x-atlassian-token'] !== 'no-check') {
    throw new Fault(403, 'XSRF check failed');
  }
  const found = files(call.headers['content-type'], call.raw);
  const added = found.map((file) => ({ id: call.state.next('attachment'),
    issue: issue.id, author: call.state.me.accountId,
    created: issue.created, ...file }));
  for (const attachment of added) {
    call.state.attachments.set(attachment.id, attachment);
  }
  return ok(added.map((a) => call.views.attachment(a)));
}

export function attachmentContent(call) {
  const { bytes, type } = attachmentOf(call);

  return { status: 200, bytes, type };
}

export function deleteAttachment(call) {
  call.state.attachments.delete(attachmentOf(call).id);
  return done();
}

export function addWebhooks(call) {
  const results = (call.body?.webhooks ?? []).map((hook) => {
    const id = Number(call.state.next('webhook'));

    call.state.webhooks.push({ id, url: call.body.url,
      jqlFilter: hook.jqlFilter, events: hook.events });
    return { createdWebhookId: id };
  });
  return ok({ webhookRegistrationResult: results });
}

export function deleteWebhooks(call) {
  const ids = (call.body?.webhookIds ?? []).map(Number);

  call.state.webhooks = call.state.webhooks.filter((w) =>
    !ids.includes(w.id));
  return { status: 202 };
}

const BOARD = { id: 1, name: 'Demo board', type: 'kanban' };

export const boards = (call) => ok(page(call, [{ ...BOARD,
  self: `${call.views.base}/rest/agile/1.0/board/1` }]));

export function boardIssues(call) {
  if (call.params.board !== String(BOARD.id)) {
    throw new Fault(404, 'The board does not exist.');
  }
  return search(call);
}
