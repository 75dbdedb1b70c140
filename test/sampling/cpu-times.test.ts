import t from 'tap';
import {
  advanceTimes,
  Cpu,
  type CpuUsage,
  MIN_STEP,
  startTimes,
  Times,
  timesLength,
} from '../../src/sampling/cpu-times.ts';

const SECOND = 1_000_000;

const total = (user: number, system = 0, nice = 0): CpuUsage => ({
  kind: 'total',
  user,
  nice,
  system,
});

/** v1 usage of each host CPU, microseconds; the ticks say that all of it was user time. */
const perCpu = (...usage: number[]): CpuUsage => ({
  kind: 'per-cpu',
  usage: Float64Array.from(usage),
  split: Float64Array.from(usage.flatMap((each) => [each, 0])),
});

/** [user, nice, system, idle] of one CPU in seconds. */
const seconds = (record: Float64Array, cpu: number): number[] => {
  const base = Times.header + cpu * Cpu.size;
  const parts = [Cpu.user, Cpu.nice, Cpu.system, Cpu.idle];
  return parts.map((part) => Math.round((record[base + part] ?? 0) / 1000) / 1000);
};

const started = 100 * SECOND;

const newRecord = (): Float64Array => {
  const record = new Float64Array(timesLength(4));
  startTimes(record, started, 200 * SECOND);
  return record;
};

t.test('the first advance adds all time since the start, used and idle', async (t) => {
  const record = newRecord();
  advanceTimes(record, total(30 * SECOND, 10 * SECOND), [0, 1], 2, 200 * SECOND);
  t.same(seconds(record, 0), [15, 0, 5, 80]);
  t.same(seconds(record, 1), [15, 0, 5, 80]);
  t.same(seconds(record, 2), [0, 0, 0, 0]);
});

t.test('a start that is unknown, 0 or in the future begins now', async (t) => {
  for (const start of [Number.NaN, 0, 300 * SECOND, -1]) {
    const record = new Float64Array(timesLength(1));
    startTimes(record, start, 200 * SECOND);
    advanceTimes(record, total(0), [0], 1, 200 * SECOND);
    t.same(seconds(record, 0), [0, 0, 0, 0.01], `${start}`);
  }
});

t.test('nice time is its own column', async (t) => {
  const record = newRecord();
  advanceTimes(record, total(10 * SECOND, 0, 20 * SECOND), [0], 1, 200 * SECOND);
  t.same(seconds(record, 0), [10, 20, 0, 70]);
});

t.test('v1: the time of each host CPU goes to its visible CPU', async (t) => {
  const record = newRecord();
  advanceTimes(record, perCpu(9 * SECOND, 10 * SECOND, 0, 30 * SECOND), [1, 3], 2, 200 * SECOND);
  t.same(seconds(record, 0), [19, 0, 0, 81], 'CPU 1; CPU 0 is outside the set, its number mod n');
  t.same(seconds(record, 1), [30, 0, 0, 70], 'CPU 3');
});

t.test('v1: two host CPUs on one visible', async (t) => {
  const record = newRecord();
  advanceTimes(record, perCpu(0, 20 * SECOND, 0, 30 * SECOND), [1, 3], 1, 200 * SECOND);
  t.same(seconds(record, 0), [50, 0, 0, 50]);
});

t.test('v1: time above wall time moves to the CPU that has room', async (t) => {
  const record = newRecord();
  const usage = perCpu(80 * SECOND, 10 * SECOND, 70 * SECOND, 0);
  advanceTimes(record, usage, [0, 1, 2, 3], 2, 200 * SECOND);
  t.same(seconds(record, 0), [100, 0, 0, 0]);
  t.same(seconds(record, 1), [60, 0, 0, 40]);
});

t.test('v1: the ticks split the exact run time into user and system', async (t) => {
  const record = newRecord();
  const usage = Float64Array.of(40 * SECOND, 0, 0, 0);
  const split = Float64Array.of(3 * SECOND, SECOND, 0, 0, 0, 0, 0, 0);
  advanceTimes(record, { kind: 'per-cpu', usage, split }, [0], 1, 200 * SECOND);
  t.same(seconds(record, 0), [30, 0, 10, 60]);
});

t.test('time that does not fit is carried to the next steps', async (t) => {
  const record = newRecord();
  advanceTimes(record, total(0), [0], 1, 200 * SECOND);
  advanceTimes(record, total(1.5 * SECOND), [0], 1, 201 * SECOND);
  t.same(seconds(record, 0), [1, 0, 0, 100]);
  advanceTimes(record, total(1.5 * SECOND), [0], 1, 202 * SECOND);
  t.same(seconds(record, 0), [1.5, 0, 0, 100.5]);
});

t.test(
  'a container that is shown fewer CPUs than it runs on is full, and not for ever',
  async (t) => {
    const record = newRecord();
    advanceTimes(record, total(0), [0, 1, 2, 3], 1, 200 * SECOND);
    advanceTimes(record, total(40 * SECOND), [0, 1, 2, 3], 1, 210 * SECOND);
    advanceTimes(record, total(40 * SECOND), [0, 1, 2, 3], 1, 220 * SECOND);
    t.same(seconds(record, 0), [11, 0, 0, 109], 'a second of the excess at most');
  },
);

t.test('a step below a tick, none, or backwards changes nothing', async (t) => {
  const record = newRecord();
  advanceTimes(record, total(SECOND), [0], 1, 200 * SECOND);
  const before = record.slice();
  for (const step of [0, 1, MIN_STEP - 1, -SECOND, Number.NaN]) {
    advanceTimes(record, total(9 * SECOND), [0, 1], 2, 200 * SECOND + step);
    t.same(record, before, `${step} us`);
  }
  advanceTimes(record, total(SECOND + MIN_STEP), [0], 1, 200 * SECOND + MIN_STEP);
  t.notSame(record, before, 'a whole tick');
});

t.test('a hidden CPU keeps its times and continues from there', async (t) => {
  const record = newRecord();
  advanceTimes(record, total(20 * SECOND), [0, 1], 2, 200 * SECOND);
  advanceTimes(record, total(21 * SECOND), [0, 1], 1, 210 * SECOND);
  t.same(seconds(record, 0), [11, 0, 0, 99]);
  t.same(seconds(record, 1), [10, 0, 0, 90], 'nothing while it is hidden');
  advanceTimes(record, total(21 * SECOND), [0, 1], 2, 220 * SECOND);
  t.same(seconds(record, 1), [10, 0, 0, 100]);
  t.equal(record[Times.cpus], 2);
});

t.test('counters of a cgroup that was created again are counted from 0', async (t) => {
  const record = newRecord();
  advanceTimes(record, total(20 * SECOND), [0], 1, 200 * SECOND);
  advanceTimes(record, total(SECOND), [0], 1, 210 * SECOND);
  t.same(seconds(record, 0), [20, 0, 0, 90]);
  advanceTimes(record, total(2 * SECOND), [0], 1, 220 * SECOND);
  t.same(seconds(record, 0), [21, 0, 0, 99]);
});

t.test('a file that cannot be read once adds nothing, and nothing is added twice', async (t) => {
  const { NaN: unknown } = Number;
  for (const [usage, nothing] of [
    [total(20 * SECOND), total(unknown, unknown, unknown)],
    [total(20 * SECOND), total(Infinity, Infinity, Infinity)],
    [perCpu(20 * SECOND, 0, 0, 0), perCpu(unknown, unknown, unknown, unknown)],
    [perCpu(20 * SECOND, 0, 0, 0), perCpu(Infinity, Infinity, Infinity, Infinity)],
  ] as const) {
    const record = newRecord();
    advanceTimes(record, usage, [0], 1, 200 * SECOND);
    advanceTimes(record, nothing, [0], 1, 210 * SECOND);
    advanceTimes(record, usage, [0], 1, 220 * SECOND);
    t.same(seconds(record, 0), [20, 0, 0, 100], usage.kind);
  }
});
