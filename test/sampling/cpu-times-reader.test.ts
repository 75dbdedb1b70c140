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

t.test('within a tick nothing is due, and the last times are shown', async (t) => {
  const entry = newEntry(t, 50 * SECOND);
  const reader = new CpuTimesReader(Number.NaN);
  t.ok(reader.isDue(entry, 100 * SECOND), 'a new container');
  reader.read(entry, used(20 * SECOND), cpus(1), 100 * SECOND);
  t.notOk(reader.isDue(entry, 100 * SECOND + 9999));
  const shown = new CpuTimesReader(Number.NaN).read(entry, null, cpus(1), 100 * SECOND + 9999);
  t.equal(shown.user(0), 20 * SECOND);
  t.ok(reader.isDue(entry, 100 * SECOND + 10_000));
});

t.test('another reader (a serving thread, the next daemon) continues from there', async (t) => {
  const entry = newEntry(t, 50 * SECOND);
  new CpuTimesReader(Number.NaN).read(entry, used(20 * SECOND), cpus(2), 100 * SECOND);
  const next = new CpuTimesReader(Number.NaN);
  const { user, idle, everShown } = next.read(entry, used(22 * SECOND), cpus(1), 110 * SECOND);
  t.same([user(0), idle(0), everShown], [12 * SECOND, 48 * SECOND, 2]);
});

t.test(
  'a record that stays locked: its content is shown, not the last result of this thread',
  async (t) => {
    const entry = newEntry(t, 50 * SECOND);
    const [reader, other] = [new CpuTimesReader(Number.NaN), new CpuTimesReader(Number.NaN)];
    reader.read(entry, used(20 * SECOND), cpus(1), 100 * SECOND);
    other.read(entry, used(25 * SECOND), cpus(1), 110 * SECOND);
    entry.update('cpu', () => {
      const { user, idle } = reader.read(entry, used(30 * SECOND), cpus(1), 120 * SECOND);
      t.same([user(0), idle(0)], [25 * SECOND, 35 * SECOND]);
    });
  },
);

t.test("a new record that stays locked: the container's own start, not the host's", async (t) => {
  const entry = newEntry(t, 50 * SECOND);
  entry.update('cpu', () => {
    const reader = new CpuTimesReader(50 * SECOND);
    const { uptime, btime } = reader.read(entry, used(0), cpus(1), 100 * SECOND);
    t.equal(uptime, 50 * SECOND);
    t.ok(Math.abs(btime + uptime / SECOND - Date.now() / 1000) <= 1);
  });
});

/** A reader of its own, as another thread or the next daemon has. */
const starts = (t: Test) => {
  const entry = newEntry(t, 50 * SECOND);
  return (started: number | null, now: number) =>
    new CpuTimesReader(started).read(entry, used(0), cpus(1), now);
};

t.test('btime and uptime have the same start', async (t) => {
  const read = starts(t);
  const first = read(50 * SECOND, 101 * SECOND);
  t.equal(first.uptime, 51 * SECOND);
  t.ok(Math.abs(first.btime + first.uptime / SECOND - Date.now() / 1000) <= 1);
  const later = read(50 * SECOND, 900 * SECOND);
  t.equal(later.btime, first.btime, 'also when the clocks drift apart');
  t.equal(later.uptime, 850 * SECOND);
});

t.test('the start is recorded once', async (t) => {
  const read = starts(t);
  read(50 * SECOND, 100 * SECOND);
  const { uptime } = read(80 * SECOND, 101 * SECOND);
  t.equal(uptime, 51 * SECOND, 'also if its first process has ended since');
});

t.test("an unknown start: the host's, and it stays so", async (t) => {
  const read = starts(t);
  const first = read(Number.NaN, 100 * SECOND);
  t.same([first.btime, first.uptime], [Number.NaN, 100 * SECOND]);
  const later = read(50 * SECOND, 101 * SECOND);
  t.same([later.btime, later.uptime], [Number.NaN, 101 * SECOND], 'uptime does not run backwards');
});

t.test("policy host: the host's start, also if the container's is known", async (t) => {
  const read = starts(t);
  const { btime, uptime } = read(null, 100 * SECOND);
  t.same([btime, uptime], [Number.NaN, 100 * SECOND]);
  t.equal(read(50 * SECOND, 101 * SECOND).uptime, 51 * SECOND, 'and back again');
});
