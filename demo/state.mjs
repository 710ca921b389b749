// SPDX-License-Identifier: Apache-2.0
//
// state.mjs - what the demo tracker remembers, and only while it runs.
//
// One project, DEMO, with DEMO-1 to DEMO-20.  Every start makes the same
// state: nothing here depends on the clock or on chance.

const CREATED = '2026-01-05T09:00:00.000+0000';

const SUMMARIES = [
  'Printer on the second floor prints everything twice',
  'Search box forgets what was typed',
  'Invoice total is off by one cent',
  'Dark mode turns the logo invisible',
  'Password mail arrives after an hour',
  'Export leaves out the last row',
  'Calendar shows Sunday as a working day',
  'Upload of large pictures stops at 99 %',
  'Greeting uses the wrong first name',
  'Old price list is still linked',
];

export const STATUSES = [
  { id: '1', name: 'To Do', category: { id: 2, key: 'new', name: 'To Do' } },
  { id: '2', name: 'In Progress',
    category: { id: 4, key: 'indeterminate', name: 'In Progress' } },
  { id: '3', name: 'Done', category: { id: 3, key: 'done', name: 'Done' } },
];

export const TRANSITIONS = [
  { id: '11', name: 'Start progress', to: '2' },
  { id: '21', name: 'Resolve', to: '3' },
  { id: '31', name: 'Reopen', to: '1' },
];

export const PRIORITIES = [
  { id: '2', name: 'High' },
  { id: '3', name: 'Medium' },
  { id: '4', name: 'Low' },
];

export const ISSUE_TYPES = [
  { id: '10001', name: 'Task', description: 'A piece of work',
    subtask: false },
  { id: '10002', name: 'Bug', description: 'Something is wrong',
    subtask: false },
];

function user(accountId, emailAddress, displayName) {
  return { accountId, emailAddress, displayName };
}

export class State {
  // email: of the account that the tracker's credential stands for
  constructor(email) {
    this.users = [
      user('demo-bot', email, 'Demo Bot'),
      user('demo-alice', 'alice@example.com', 'Alice'),
      user('demo-bob', 'bob@example.com', 'Bob'),
    ];
    this.me = this.users[0];
    this.projects = [{ id: '10000', key: 'DEMO', name: 'Demo project',
      description: 'Made up by the Scopecap demo tracker',
      lead: 'demo-alice' }];
    this.issues = new Map(); // by id
    this.attachments = new Map();
    this.webhooks = [];
    this.tasks = new Map();
    this.numbers = { issue: 20000, comment: 10100, attachment: 10200,
      webhook: 10300, task: 10400 };
    for (let i = 1; i <= 20; i++) {
      this.addIssue(this.projects[0], {
        summary: SUMMARIES[(i - 1) % SUMMARIES.length],
        description: `Issue number ${i} of the demo.`,
        issuetype: ISSUE_TYPES[i % 2].id,
        priority: PRIORITIES[i % 3].id,
        status: STATUSES[i % 3].id,
        assignee: i % 2 ? 'demo-alice' : 'demo-bob',
        labels: i % 4 ? [] : ['quarter'],
      });
    }
    const first = this.issue('DEMO-1');
    first.comments.push(this.comment('Seen here as well.'));
  }

  next(what) {
    return String(++this.numbers[what]);
  }

  addIssue(project, fields) {
    project.count = (project.count ?? 0) + 1;
    const issue = {
      id: this.next('issue'),
      key: `${project.key}-${project.count}`,
      project: project.key,
      reporter: this.me.accountId,
      created: CREATED,
      updated: CREATED,
      comments: [],
      watchers: [],
      archived: false,
      ...fields,
    };

    this.issues.set(issue.id, issue);
    return issue;
  }

  comment(body) {
    return { id: this.next('comment'), author: this.me.accountId, body,
      created: CREATED, updated: CREATED };
  }

  issue(idOrKey) {
    const key = String(idOrKey).toUpperCase();

    return this.issues.get(key)
      ?? [...this.issues.values()].find((i) => i.key === key);
  }

  project(idOrKey) {
    return this.projects.find((p) =>
      p.id === idOrKey || p.key === idOrKey.toUpperCase());
  }

  user(accountId) {
    return this.users.find((u) => u.accountId === accountId);
  }

  removeIssue(issue) {
    this.issues.delete(issue.id);
    for (const [id, attachment] of this.attachments) {
      if (attachment.issue === issue.id) {
        this.attachments.delete(id);
      }
    }
  }

  // Everything, for a test that compares before and after.
  snapshot() {
    return {
      projects: this.projects,
      issues: [...this.issues.values()],
      attachments: [...this.attachments.values()].map(
        ({ bytes, ...a }) => ({ ...a, size: bytes.length })),
      webhooks: this.webhooks,
      tasks: [...this.tasks.values()],
    };
  }
}
