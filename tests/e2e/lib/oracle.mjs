// SPDX-License-Identifier: Apache-2.0
//
// oracle.mjs - what the gateway should answer, worked out a second time.
//
// Reads catalog files with a YAML library of its own and judges calls by the
// text of the design (section 2), in the most literal way: every template is
// tried on every path.  It shares no code and no data with the product, so
// that a mistake has to be made twice to go unseen.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

// The operations of a catalog file, those of its aliases included.
export function load(file) {
  const { aliases = [], operations, ...rest } = parse(
    readFileSync(file, 'utf8'));
  const below = (path, prefix) => path.startsWith(`${prefix}/`);
  const copies = aliases.flatMap(({ prefix, as }) => operations
    .filter((op) => below(op.path, prefix))
    .map((op) => ({ ...op, path: as + op.path.slice(prefix.length) })));
  const templates = new Map();

  for (const op of [...operations, ...copies]) {
    const segments = op.path.split('/').slice(1).map(segment);
    const shape = segments.map((s) => s.shape).join('/');
    const template = templates.get(shape)
      ?? { segments, path: op.path, operations: {} };
    template.operations[op.method] = strictest(op);
    templates.set(shape, template);
  }
  return { ...rest, operations, templates: [...templates.values()] };
}

// A body variant counts always: nothing reads bodies.
function strictest(op) {
  const body = (op.variants ?? []).filter((v) => v.body !== undefined);
  const all = (name) => [...new Set([op, ...body].flatMap(
    (o) => o[name] ?? []))];

  return { ...op, classes: all('classes'), traits: all('traits') };
}

// 0 literal, 1 literal text around parameters, 2 parameter, 3 tail
function segment(text) {
  if (!text.includes('{')) {
    return { kind: 0, shape: text, text, fits: (s) => s === text };
  }
  if (/^\{[^}]*\*\}$/.test(text)) {
    return { kind: 3, shape: '{*}', text };
  }
  const literals = text.split(/\{[^}]*\}/);
  const shape = literals.join('{}');
  const pattern = new RegExp('^' + literals.map((l) =>
    l.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.+)') + '$', 's');
  return { kind: shape === '{}' ? 2 : 1, shape, text,
    fits: (s) => pattern.test(s) };
}

function fits({ segments }, parts) {
  const last = segments.at(-1);
  const fixed = last.kind === 3 ? segments.slice(0, -1) : segments;

  return (last.kind === 3
    ? parts.length >= segments.length && parts.at(-1) !== ''
    : parts.length === segments.length)
    && fixed.every((s, i) => s.fits(parts[i])
      && (s.kind === 0 || parts[i] !== ''));
}

// True if a is more specific than b, both fitting one path.
function covers(a, b) {
  const n = Math.max(a.segments.length, b.segments.length);
  let strictly = false;

  for (let i = 0; i < n; i++) {
    const x = a.segments[i] ?? { kind: 3, shape: '{*}' };
    const y = b.segments[i] ?? { kind: 3, shape: '{*}' };
    if (x.shape === y.shape) {
      continue;
    }
    if (x.kind >= y.kind) {
      return false;
    }
    strictly = true;
  }
  return strictly;
}

// The templates that a path belongs to: several only if they cross.
export function match(catalog, path) {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const found = catalog.templates.filter((t) => fits(t, parts));

  return found.filter((t) => !found.some((o) => covers(o, t)));
}

export function scopeMatches(pattern, name) {
  const expression = pattern.split(':').map((part) =>
    (part === '*' ? '[^:]+(:[^:]+)*'
      : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join(':');

  return new RegExp(`^${expression}$`).test(name);
}

const STATUS = {
  allowed: 200, no_credential: 401, token_revoked: 401, token_expired: 401,
  unknown_path: 404, method_not_allowed: 405,
}; // everything else: 403

// { status, reason } of a call.  token: { state: "none" | "revoked" |
// "expired" | "other" | "live", grant: Set, ceiling } where a ceiling is
// { classes, deny_traits, scopes: { allow, deny }, operations: { deny } } as
// in the configuration file.  Status 200 stands for "goes upstream".
export function judge(catalog, token, method, path) {
  const reason = authentication(token)
    ?? operation(match(catalog, path), method, token);

  return { status: STATUS[reason] ?? 403, reason };
}

function authentication({ state }) {
  return {
    none: 'no_credential',
    revoked: 'token_revoked',
    expired: 'token_expired',
    other: 'token_of_another_app',
  }[state];
}

function operation(templates, method, token) {
  if (templates.length === 0) {
    return 'unknown_path';
  }
  const operations = templates.map((t) => t.operations[method]
    ?? (method === 'HEAD' ? t.operations.GET : undefined));
  if (operations.includes(undefined)) {
    return 'method_not_allowed';
  }
  const refusals = operations.map((op) => refusal(op, token));
  return refusals.find((r) => r) ?? 'allowed';
}

function refusal(op, { grant, ceiling }) {
  const { allow = ['*'], deny = [] } = ceiling.scopes ?? {};
  const inCeiling = (scope) => allow.some((p) => scopeMatches(p, scope))
    && !deny.some((p) => scopeMatches(p, scope));
  const scopes = op.scopes ?? [];
  const some = (test) => scopes.some((alternative) =>
    alternative.every(test));

  if (op.classes.length === 0) {
    return 'unclassified';
  }
  if (!op.classes.every((c) => ceiling.classes.includes(c))) {
    return 'class_not_allowed';
  }
  if (op.traits.some((t) => (ceiling.deny_traits ?? []).includes(t))) {
    return 'trait_denied';
  }
  if (scopes.length === 0) {
    return 'no_scope_known';
  }
  if (!some((s) => grant.has(s))) {
    return 'insufficient_scope';
  }
  if (!some((s) => grant.has(s) && inCeiling(s))) {
    return 'scope_not_allowed';
  }
  return (ceiling.operations?.deny ?? []).includes(op.id)
    ? 'operation_denied' : undefined;
}

// A path that fits a template: parameters get values that are no literals.
export function sample(template) {
  let n = 0;

  return '/' + template.segments.map((s) => (s.kind === 3 ? 't1/t2'
    : s.text.replace(/\{[^}]*\}/g, () => `v${++n}`))).join('/');
}

// Paths that two templates fit, neither being more specific.
export function crossings(catalog) {
  const byLength = new Map();
  const paths = new Set();

  for (const t of catalog.templates) {
    const n = t.segments.length;
    byLength.set(n, [...byLength.get(n) ?? [], t]);
  }
  for (const list of byLength.values()) {
    list.forEach((a, i) => list.slice(i + 1).forEach((b) => {
      const path = meet(a, b);
      if (path && match(catalog, path).length > 1) {
        paths.add(path);
      }
    }));
  }
  return [...paths];
}

function meet(a, b) {
  const parts = [];
  let left = false;
  let right = false;

  for (let i = 0; i < a.segments.length; i++) {
    const [x, y] = [a.segments[i], b.segments[i]];
    if (x.kind === 0 && y.kind === 0 && x.text !== y.text) {
      return null;
    }
    left ||= x.kind === 0 && y.kind !== 0;
    right ||= y.kind === 0 && x.kind !== 0;
    const literal = [x, y].find((s) => s.kind === 0);
    parts.push(literal ? literal.text : `v${i}`);
  }
  return left && right ? `/${parts.join("/")}` : null;
}

// Methods that no template of a path has.
export function wrongMethods(template) {
  const has = Object.keys(template.operations);

  return METHODS.filter((m) => !has.includes(m)
    && !(m === 'HEAD' && has.includes('GET')));
}
