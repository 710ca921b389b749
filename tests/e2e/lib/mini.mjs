// SPDX-License-Identifier: Apache-2.0
//
// mini.mjs - a small catalog and a configuration that uses it, for tests of
// the daemon alone.

export const MINI = `catalog: mini
format: 1
error_style: atlassian
schemes: [bearer, basic]
aliases: [{ prefix: /rest/api/3, as: /rest/api/2 }]
operations:
- { id: getIssue, method: GET, path: "/rest/api/3/issue/{key}", classes: [read], scopes: [["read:jira-work"]] }
- { id: searchIssues, method: POST, path: "/rest/api/3/search", classes: [read], scopes: [["read:jira-work"]] }
- { id: editIssue, method: PUT, path: "/rest/api/3/issue/{key}", classes: [write], scopes: [["write:jira-work"]] }
- { id: deleteIssue, method: DELETE, path: "/rest/api/3/issue/{key}", classes: [delete], scopes: [["write:jira-work"]] }
- { id: archiveIssues, method: PUT, path: "/rest/api/3/issue/archive", classes: [write], traits: [archive, bulk], scopes: [["write:jira-work"], ["manage:jira-project"]] }
`;

// A fresh copy each time: tests change it.
export const config = () => ({
  apps: [{
    name: 'jira',
    upstream: 'http://127.0.0.1:9000',
    catalog: 'mini',
    mounts: [{ host: '*', prefix: '' }],
    credential: { mode: 'shared', user: 'bot@example.com', secret: 'topsecret-canary' },
  }],
  policies: [
    {
      name: 'everyone', default: true, tokens: 'allow', max_days: 90,
      ceiling: { jira: { classes: ['read'] } },
    },
    {
      name: 'builders',
      members: { users: ['bob@example.com'], groups: ['platform'] },
      ceiling: {
        jira: {
          classes: ['read', 'write'],
          deny_traits: ['bulk'],
          scopes: { allow: ['*'], deny: ['manage:*'] },
          operations: { deny: ['archiveIssues'] },
        },
      },
    },
  ],
  users: [{ email: 'alice@example.com', name: 'Alice' }],
});

export const apply = (daemon, what, more = {}) => daemon.post('/api/v1/apply',
  { config: what, catalogs: { mini: MINI }, ...more });

export const token = (daemon, more = {}, options = {}) =>
  daemon.post('/api/v1/tokens', {
    user: 'alice@example.com',
    grants: { jira: ['read:jira-work', 'write:jira-work'] },
    days: 30,
    ...more,
  }, options);
