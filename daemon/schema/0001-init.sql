-- SPDX-License-Identifier: Apache-2.0
-- Times are microseconds since 1970, JSON is text.  A number that images or
-- rings carry (scope, app, policy, account, token) is never given twice.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  number BIGINT,
  text TEXT,
  bytes BLOB
);

CREATE TABLE scope (
  id INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 4095),
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE catalog (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (name, digest)
);

CREATE TABLE app (
  id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4095),
  name TEXT NOT NULL UNIQUE,
  active INTEGER NOT NULL,
  version BIGINT NOT NULL,
  config TEXT NOT NULL,
  catalog_digest TEXT,
  secret BLOB
);

CREATE TABLE policy (
  id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 65535),
  name TEXT NOT NULL UNIQUE,
  active INTEGER NOT NULL,
  version BIGINT NOT NULL,
  is_default INTEGER NOT NULL,
  tokens TEXT NOT NULL CHECK (tokens IN ('allow', 'request', 'block')),
  max_days INTEGER NOT NULL,
  config TEXT NOT NULL
);

CREATE TABLE policy_member (
  policy INTEGER NOT NULL REFERENCES policy (id),
  kind TEXT NOT NULL CHECK (kind IN ('user', 'group')),
  name TEXT NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL UNIQUE,
  active INTEGER NOT NULL,
  version BIGINT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
  groups TEXT NOT NULL,
  password TEXT,
  policy INTEGER REFERENCES policy (id),
  created_at BIGINT NOT NULL
);

CREATE TABLE grant_set (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL UNIQUE
);

CREATE TABLE grant_app (
  grant_set INTEGER NOT NULL REFERENCES grant_set (id),
  app TEXT NOT NULL,
  PRIMARY KEY (grant_set, app)
);

CREATE TABLE token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'service')),
  account INTEGER NOT NULL REFERENCES account (id),
  key BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  purpose TEXT NOT NULL,
  start BIGINT NOT NULL,
  duration BIGINT NOT NULL,
  grant_set INTEGER NOT NULL REFERENCES grant_set (id),
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  revoked_at BIGINT,
  revoked_by TEXT,
  last_used_at BIGINT
);

CREATE INDEX token_account ON token (account, id);

CREATE TABLE admin_key (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);

CREATE TABLE session (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key BLOB NOT NULL UNIQUE,
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX session_account ON session (account);

CREATE TABLE idempotency (
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  token INTEGER NOT NULL REFERENCES token (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (actor, key)
);

CREATE TABLE audit (
  change INTEGER PRIMARY KEY AUTOINCREMENT,
  time BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL
);

CREATE TABLE decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ring BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  time BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  generation BIGINT NOT NULL,
  effect TEXT NOT NULL,
  layer TEXT NOT NULL,
  reason TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  path_cut INTEGER NOT NULL,
  address TEXT NOT NULL,
  token INTEGER,
  account INTEGER,
  policy INTEGER,
  app INTEGER,
  classes INTEGER NOT NULL,
  operation TEXT,
  status INTEGER NOT NULL,
  outcome_status INTEGER,
  duration_us BIGINT,
  UNIQUE (ring, sequence)
);

CREATE INDEX decision_request ON decision (request_id);
CREATE INDEX decision_token ON decision (token, id);
