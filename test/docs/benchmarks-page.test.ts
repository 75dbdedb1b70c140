import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { countedCalls, totalCalls } from '../../bench/reads/syscalls.ts';
import { allResults } from '../../docs/benchmark-results.ts';
import { ofDaemon, ofFile, ofScale } from '../../docs/benchmark-targets.ts';
import { benchmarksPage } from '../../docs/benchmarks-page.ts';
import { project } from '../helpers/project.ts';

const { results, parts, onV2 } = allResults(join(project, 'bench'));

t.test('docs/benchmarks.md is what the results say', async (t) => {
  const written = fs.readFileSync(join(project, 'docs/benchmarks.md'), 'utf8');
  t.ok(
    written === benchmarksPage(results, parts, onV2),
    'docs/benchmarks.md is stale: run `npm run bench:docs`',
  );
});

t.test('what is over its limit is missed', async (t) => {
  const syscalls = [14, 19].map((calls, i) => ({
    ...{ target: 'procview', file: 'meminfo', depth: [2, 8][i] ?? 0, layout: 'v1', calls },
    ...{ traced: 15, pinned: 9 },
  }));
  const [pinned, two, traced, , eight, tracedEight, v2, , first] = ofDaemon(
    { ...results, ...{ syscalls, firstReads: [] } },
    syscalls.map((one) => ({ ...one, pinned: 15 })),
  );
  t.strictSame([two?.met, eight?.met], [true, false]);
  t.strictSame([pinned?.met, traced?.met, tracedEight?.met], [true, false, true]);
  t.equal(v2?.met, false, 'cgroup v2 has figures of its own');
  t.equal(first?.met, false, 'what was not measured is not met');
});

t.test('a neighbour is compared with the quiet round of its own', async (t) => {
  const latency = { reads: 1, errors: 0, p50: 1, p99: 100, max: 1 };
  const one = { readers: null, hammer: null, daemon: { cpu: 1, wakes: 1 } };
  const noiseResults = [100, 200, 300].flatMap((quiet) => [
    { ...one, noise: 'quiet' as const, probe: { ...latency, p99: quiet } },
    { ...one, noise: 'hammer' as const, probe: { ...latency, p99: 4 * quiet } },
  ]);
  const found = ofScale({ ...parts, scale: { ...parts.scale, noiseResults } });
  const of = (text: RegExp) => found.find(({ what }) => text.test(what));
  t.strictSame(of(/beside one/), { ...of(/beside one/), figure: '0.80 ms', met: true });
  t.strictSame(of(/the same/), { ...of(/the same/), figure: '4.0 times', met: false });
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
