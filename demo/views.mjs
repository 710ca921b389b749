// SPDX-License-Identifier: Apache-2.0
//
// views.mjs - how the demo tracker's things look in an answer: Jira's shapes
// with absolute `self` links, texts as documents (version 3) or as plain
// strings (version 2 and latest).

import { ISSUE_TYPES, PRIORITIES, STATUSES, TRANSITIONS } from './state.mjs';

const byId = (list, id) => list.find((x) => x.id === id);

// The plain text of a text given as a string or as a document.
export function plain(value) {
  if (typeof value === 'string' || value === null || value === undefined) {
    return value ?? null;
  }
  return value.text ?? (value.content ?? []).map(plain).join('');
}

export class Views {
  // base: "http://host:port"; version: the one in the request's path
  constructor(state, base, version) {
    this.state = state;
    this.base = base;
    this.api = `${base}/rest/api/${version}`;
    this.documents = version === '3';
  }

  text(value) {
    if (!this.documents || value === null || value === undefined) {
      return value ?? null;
    }
    return { type: 'doc', version: 1, content: [
      { type: 'paragraph', content: [{ type: 'text', text: value }] },
    ] };
  }

  user(accountId) {
    const u = this.state.user(accountId);

    return u ? {
      self: `${this.api}/user?accountId=${u.accountId}`,
      accountId: u.accountId,
      accountType: 'atlassian',
      emailAddress: u.emailAddress,
      displayName: u.displayName,
      avatarUrls: {},
      active: true,
      timeZone: 'Etc/UTC',
      locale: 'en_US',
    } : null;
  }

  status(id) {
    const s = byId(STATUSES, id);

    return { self: `${this.api}/status/${id}`, description: '',
      iconUrl: `${this.base}/`, name: s.name, id,
      statusCategory: {
        self: `${this.api}/statuscategory/${s.category.id}`,
        colorName: 'blue-gray', ...s.category,
      } };
  }

  priority(id) {
    return { self: `${this.api}/priority/${id}`, id,
      iconUrl: `${this.base}/`, name: byId(PRIORITIES, id).name };
  }

  issueType(id) {
    return { self: `${this.api}/issuetype/${id}`,
      iconUrl: `${this.base}/`, ...byId(ISSUE_TYPES, id) };
  }

  project(p) {
    return { expand: 'description,lead,issueTypes',
      self: `${this.api}/project/${p.id}`, id: p.id, key: p.key,
      name: p.name, description: p.description,
      lead: this.user(p.lead), projectTypeKey: 'software',
      simplified: false, style: 'classic', isPrivate: false,
      avatarUrls: {}, components: [], versions: [], roles: {},
      issueTypes: ISSUE_TYPES.map((t) => this.issueType(t.id)) };
  }

  comment(issue, c) {
    return {
      self: `${this.api}/issue/${issue.id}/comment/${c.id}`,
      id: c.id, author: this.user(c.author), body: this.text(c.body),
      updateAuthor: this.user(c.author), created: c.created,
      updated: c.updated, jsdPublic: true,
    };
  }

  comments(issue, startAt = 0, maxResults = 50) {
    return {
      startAt, maxResults, total: issue.comments.length,
      comments: issue.comments.slice(startAt, startAt + maxResults)
        .map((c) => this.comment(issue, c)),
    };
  }

  attachment(a) {
    return { self: `${this.api}/attachment/${a.id}`, id: a.id,
      filename: a.filename, author: this.user(a.author),
      created: a.created, size: a.bytes.length, mimeType: a.type,
      content: `${this.api}/attachment/content/${a.id}` };
  }

  transitions() {
    return TRANSITIONS.map((t) => ({
      id: t.id, name: t.name, to: this.status(t.to), hasScreen: false,
      isGlobal: true, isInitial: false, isAvailable: true,
      isConditional: false, isLooped: false, fields: {},
    }));
  }

  fields(issue) {
    const project = this.state.project(issue.project);

    return {
      summary: issue.summary,
      description: this.text(issue.description),
      issuetype: this.issueType(issue.issuetype),
      project: this.project(project),
      status: this.status(issue.status),
      priority: this.priority(issue.priority),
      assignee: this.user(issue.assignee),
      reporter: this.user(issue.reporter),
      creator: this.user(issue.reporter),
      labels: issue.labels,
      components: [], fixVersions: [], versions: [],
      issuelinks: [], subtasks: [],
      created: issue.created, updated: issue.updated,
      resolutiondate: null, duedate: null,
      comment: this.comments(issue),
      attachment: [...this.state.attachments.values()]
        .filter((a) => a.issue === issue.id)
        .map((a) => this.attachment(a)),
    };
  }

  // wanted: names as in the `fields` parameter; none: all
  issue(issue, wanted = [], expand = '') {
    const fields = this.fields(issue);
    const all = wanted.length === 0
      || wanted.some((w) => w.startsWith('*') || w.startsWith('-'));

    return {
      expand: 'renderedFields,names,schema,transitions,changelog',
      id: issue.id,
      self: `${this.api}/issue/${issue.id}`,
      key: issue.key,
      fields: Object.fromEntries(Object.entries(fields)
        .filter(([name]) => (all || wanted.includes(name))
          && !wanted.includes(`-${name}`))),
      ...(expand.includes('transitions')
        && { transitions: this.transitions() }),
      ...(expand.includes('changelog')
        && { changelog: { startAt: 0, maxResults: 0, total: 0,
          histories: [] } }),
    };
  }
}
