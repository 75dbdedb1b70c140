import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Results } from '../../bench/results.ts';
import { countedCalls, totalCalls } from '../../bench/syscalls.ts';
import { ofDaemon, ofFile } from '../../docs/benchmark-targets.ts';
import { benchmarksPage } from '../../docs/benchmarks-page.ts';
import { project } from '../captured.ts';

const results = JSON.parse(fs.readFileSync(join(project, 'bench/results.json'), 'utf8')) as Results;

t.test('docs/benchmarks.md is what the results say', async (t) => {
  const written = fs.readFileSync(join(project, 'docs/benchmarks.md'), 'utf8');
  t.ok(
    written === benchmarksPage(results),
    'docs/benchmarks.md is stale: run `npm run bench:docs`',
  );
});

t.test('what is over its limit is missed', async (t) => {
  const syscalls = [14, 19].map((calls, i) => ({
    ...{ target: 'procview', file: 'meminfo', depth: [2, 8][i] ?? 0, layout: 'v1', calls },
    traced: 15,
  }));
  const [two, traced, eight, tracedEight, first] = ofDaemon({
    ...results,
    ...{ syscalls, firstReads: [] },
  });
  t.strictSame([two?.met, eight?.met], [true, false]);
  t.strictSame([traced?.met, tracedEight?.met], [false, true]);
  t.equal(first?.met, false, 'what was not measured is not met');
});

t.test(
  'loadavg is compared with an LXCFS that counts, and nothing with what it does not serve',
  async (t) => {
    const one = { median: 2, min: 1, max: 3 };
    const ratio = { mode: 'pinned', threads: 1, perSecond: one, p99: one, serverCpu: one };
    const file = { bytes: 1, rows: [], skipped: [], throttled: 0, noise: one };
    const ratios = ['lxcfs', 'floor'].map((base) => ({ ...ratio, pair: `procview / ${base}` }));
    const met = (name: string) => ofFile({ ...file, file: name, ratios }).map((each) => each.met);
    t.strictSame(met('loadavg'), [true], 'the floor alone');
    t.strictSame(met('stat'), [false, true, false, false]);
  },
);

t.test('the total of strace', async (t) => {
  const table = '% time     seconds  usecs/call     calls    errors syscall\n';
  t.equal(totalCalls(`${table}100.00    1.670796          32     52177         1 total\n`), 52177);
  t.equal(totalCalls(`${table}100.00    0.000000           0        12           total\n`), 12);
  t.throws(() => totalCalls(table), /no table/);
});

t.test('the count of perf', async (t) => {
  t.equal(countedCalls('28014,,raw_syscalls:sys_enter,84611111,100.00,,\n'), 28014);
  t.throws(() => countedCalls('<not supported>,,raw_syscalls:sys_enter,0,100.00,,\n'), /no count/);
});
