import t, { type Test } from 'tap';
import { CpuTimesReader } from '../../src/sampling/cpu-times-reader.ts';
import { Ledger } from '../../src/sampling/ledger.ts';

const SECOND = 1_000_000;
const set = [0, 1, 2, 3];

const newEntry = (t: Test, started: number) =>
  new Ledger(`${t.testdir({})}/ledger`, 4, 'boot', 'exclusive').entry(1, started, 100 * SECOND);

const cpus = (count: number) => ({ count, set, quota: Infinity });

const used = (user: number) => ({ kind: 'total', user, nice: 0, system: 0 }) as const;

t.test(
  'CPUs that the container lost stay in the sum, as with CPUs that went offline',
  async (t) => {
    const entry = newEntry(t, 50 * SECOND);
    const reader = new CpuTimesReader(Number.NaN);
    const all = reader.read(entry, used(40 * SECOND), cpus(4), 100 * SECOND);
    t.same([all.count, all.everShown, all.user(3), all.idle(3)], [4, 4, 10 * SECOND, 40 * SECOND]);
    const fewer = reader.read(entry, used(41 * SECOND), cpus(1), 110 * SECOND);
    t.same([fewer.count, fewer.everShown], [1, 4]);
    t.same([fewer.user(0), fewer.user(3)], [11 * SECOND, 10 * SECOND]);
  },
);

t.test('another reader (a serving thread, the next daemon) goes on from there', async (t) => {
  const entry = newEntry(t, 50 * SECOND);
  new CpuTimesReader(Number.NaN).read(entry, used(20 * SECOND), cpus(2), 100 * SECOND);
  const next = new CpuTimesReader(Number.NaN);
  const { user, idle, everShown } = next.read(entry, used(22 * SECOND), cpus(1), 110 * SECOND);
  t.same([user(0), idle(0), everShown], [12 * SECOND, 48 * SECOND, 2]);
});

t.test('a record that another thread holds: the last figures once more', async (t) => {
  const entry = newEntry(t, 50 * SECOND);
  const reader = new CpuTimesReader(Number.NaN);
  reader.read(entry, used(20 * SECOND), cpus(1), 100 * SECOND);
  entry.update(() => {
    const { user, idle } = reader.read(entry, used(30 * SECOND), cpus(1), 110 * SECOND);
    t.same([user(0), idle(0)], [20 * SECOND, 30 * SECOND]);
  });
});

t.test('btime is computed once, and is unknown where the start is', async (t) => {
  const entry = newEntry(t, 50 * SECOND);
  const read = (started: number, now: number) =>
    new CpuTimesReader(started).read(entry, used(0), cpus(1), now).btime;
  t.ok(Number.isNaN(read(Number.NaN, 100 * SECOND)));
  const first = read(50 * SECOND, 101 * SECOND);
  t.ok(Math.abs(first - (Date.now() / 1000 - 51)) <= 2);
  t.equal(read(50 * SECOND, 900 * SECOND), first, 'also when the clocks drift apart');
});
