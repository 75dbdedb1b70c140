import t from 'tap';
import { advanceTimes, Cpu, Times, timesLength } from '../../src/sampling/cpu-times.ts';
import type { CpuTimesSample } from '../../src/sampling/sample.ts';
import { stat } from '../../src/views/stat.ts';
import { render, sample } from './samples.ts';

const host =
  'cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 9 9 9 9 9 9 9 9 9 9\ncpu7 9 9 9 9 9 9 9 9 9 9\n' +
  'intr 5 0 3\nctxt 77\nbtime 1000\nprocesses 88\nprocs_running 40\nprocs_blocked 30\n' +
  'softirq 10 1 1 1 1 1 1 1 1 1 1\n';

const own = (times: Partial<CpuTimesSample>, load = {}): string =>
  render(stat, sample({ files: { stat: host }, times, load }));

const cpuLines = (text: string): string[] => text.match(/^cpu.*$/gm) ?? [];

t.test('lines', async (t) => {
  const times = {
    ...{ count: 2, everShown: 2, btime: 1234 },
    user: (cpu: number) => 1_000_000 * (cpu + 1),
    nice: () => 20_000,
    system: () => 39_999,
    idle: (cpu: number) => 5_000_000 + cpu,
  };
  t.equal(
    own(times, { running: 3, blocked: 2 }),
    'cpu  300 4 6 1000 0 0 0 0 0 0\ncpu0 100 2 3 500 0 0 0 0 0 0\ncpu1 200 2 3 500 0 0 0 0 0 0\n' +
      'intr 5 0 3\nctxt 77\nbtime 1234\nprocesses 88\nprocs_running 3\nprocs_blocked 2\n' +
      'softirq 10 1 1 1 1 1 1 1 1 1 1\n',
  );
});

t.test('the sum line is the sum of the printed numbers', async (t) => {
  const text = own({ count: 3, everShown: 3, user: () => 19_999 });
  t.match(text, /^cpu {2}3 0 0 0 0 0 0 0 0 0\n/, 'not 5, the sum before rounding');
});

t.test("btime: the host's when the container's start is unknown", async (t) => {
  t.match(own({ btime: Number.NaN }), /^btime 1000$/m);
});

t.test('lines of a newer kernel pass through, in order', async (t) => {
  const text = render(stat, sample({ files: { stat: `${host}future 1 2 3\n` } }));
  t.match(text, /softirq .*\nfuture 1 2 3\n$/);
});

t.test('times over 2^31 and up to centuries', async (t) => {
  const text = own({ user: () => 2 ** 52 });
  t.match(text, /^cpu {2}450359962737 0 0 0 /);
});

const CPUS = 4;

/** A ledger record and the view of it, as the daemon has them. */
function machine() {
  const record = new Float64Array(timesLength(CPUS));
  record[Times.at] = 1;
  const usage = { kind: 'total' as const, user: 0, nice: 0, system: 0 };
  const part = (offset: number) => (cpu: number) =>
    record[Times.header + cpu * Cpu.size + offset] ?? 0;
  return (count: number, seconds: number, used: number): number[][] => {
    usage.user += used * 1e6;
    advanceTimes(record, usage, [0, 1, 2, 3], count, (record[Times.at] ?? 0) + seconds * 1e6);
    const times = {
      ...{ count, everShown: record[Times.cpus] ?? 0, user: part(Cpu.user), nice: part(Cpu.nice) },
      ...{ system: part(Cpu.system), idle: part(Cpu.idle) },
    };
    return cpuLines(own(times)).map((line) => line.split(/ +/).slice(1).map(Number));
  };
}

t.test('4 -> 2 -> 3 CPUs: no counter runs backwards', async (t) => {
  const step = machine();
  const steps = [step(4, 10, 8), step(2, 10, 4), step(3, 10, 3)];
  t.strictSame(
    steps.map((lines) => lines.length - 1),
    [4, 2, 3],
  );
  t.strictSame(steps[0]?.[0]?.slice(0, 4), [800, 0, 0, 3200]);
  t.strictSame(steps[1]?.[0]?.slice(0, 4), [1200, 0, 0, 4800], 'with the two CPUs that were lost');
  t.strictSame(steps[1]?.[1]?.slice(0, 4), [400, 0, 0, 1600]);
  t.strictSame(steps[2]?.[0]?.slice(0, 4), [1500, 0, 0, 7500]);
  t.strictSame(steps[2]?.[3]?.slice(0, 4), [300, 0, 0, 1700], 'CPU 2 goes on from where it was');
  for (const [i, lines] of steps.entries()) {
    for (const [row, numbers] of lines.entries()) {
      const before = steps[i - 1]?.[row] ?? [];
      t.ok(
        numbers.every((value, at) => value >= (before[at] ?? 0)),
        `step ${i}, line ${row}`,
      );
    }
  }
});
