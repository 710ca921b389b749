// SPDX-License-Identifier: Apache-2.0
//
// config.mjs - the configuration of `make run`, for stack.mjs.

import { readFileSync } from 'node:fs';

export const DEMO = readFileSync(
  new URL('../../../demo/config.yaml', import.meta.url), 'utf8')
  .replace(/upstream: .*/, 'upstream: UPSTREAM')
  .replace(/secret_file: \S+/, 'secret_file: SECRET');

export const CLASSIC = ['read:jira-work', 'write:jira-work',
  'manage:jira-project', 'manage:jira-configuration', 'read:jira-user',
  'manage:jira-webhook'];
