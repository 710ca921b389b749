// SPDX-License-Identifier: Apache-2.0
//
// run.mjs BUILD - every figure of DESIGN section 6 that can be measured on
// one machine, as one table.  Asserts nothing.
//
//    BENCH_CALLS, BENCH_TOKENS ("1000 1000000")      decision in process
//    BENCH_ROUNDS (0: not at all), BENCH_SECONDS,
//    BENCH_TABLE (tokens in the image)               gateway

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { gateway } from './gateway.mjs';

const build = path.resolve(process.argv[2] ?? 'build');
const catalogs = path.resolve(
  path.dirname(new URL(import.meta.url).pathname), '../catalogs');
const { env } = process;

function decisions() {
  const args = [catalogs, env.BENCH_CALLS ?? '1000000',
    ...(env.BENCH_TOKENS ?? '1000 1000000 10000000').split(' ')];
  const text = execFileSync(path.join(build, 'bench/bench_decide'), args,
    { encoding: 'utf8' });
  return text.replace(/\n$/, '').split('\n').map((line) => line.split('\t'));
}

const table = [['figure', 'value', 'target', 'ratio'], ...decisions()];
const rounds = Number(env.BENCH_ROUNDS ?? 15);
if (rounds > 0) {
  table.push(...await gateway({
    build, catalogs, rounds,
    seconds: Number(env.BENCH_SECONDS ?? 1),
    tokens: Number(env.BENCH_TABLE ?? 100000),
  }));
}

const widths = [0, 1, 2, 3].map((column) =>
  Math.max(...table.map((row) => row[column].length)));
for (const row of table) {
  console.log(row.map((cell, i) => (i === 1 || i === 2
    ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
    .join('  ').trimEnd());
}
