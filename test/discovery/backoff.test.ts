import t from 'tap';
import { Backoff } from '../../src/discovery/backoff.ts';
import { WorkQueue } from '../../src/discovery/queue.ts';
import { FakeClock } from './fake-clock.ts';

/** A back-off with the times at which it has checked each subject. */
function start() {
  const clock = new FakeClock();
  const queue = new WorkQueue((error) => {
    throw error;
  }, clock);
  const checks: { subject: string; at: number }[] = [];
  const backoff = new Backoff(queue, (subject: string, at) => checks.push({ subject, at }));
  const times = (subject: string): number[] =>
    checks.filter((each) => each.subject === subject).map(({ at }) => at);
  return { clock, backoff, times };
}

t.test(
  'at once, often in the first second, then ever less often, and at last no more',
  async (t) => {
    const { clock, backoff, times: timesOf } = start();
    backoff.changed('a', 0);
    clock.runUntil(60_000);
    const times = timesOf('a');
    t.equal(times[0], 0);
    const gaps = times.slice(1).map((each, i) => [times[i] ?? 0, each - (times[i] ?? 0)] as const);
    for (const [age, gap] of gaps)
      t.ok(gap <= Math.max(21, age / 10 + 1), `${gap} ms at ${age} ms`);
    t.ok(times.length < 100, `${times.length} checks in all`);
    t.ok((times.at(-1) ?? 0) > 9000 && (times.at(-1) ?? 0) < 12_000, 'for ten seconds');
  },
);

t.test('a subject that changes all the time is checked as in its first second', async (t) => {
  const { clock, backoff, times } = start();
  for (let now = 0; now < 1000; now++) {
    backoff.changed('a', now);
    clock.runUntil(now);
  }
  t.equal(times('a').length, 50);
});

t.test('a change is checked soon, however old the last one is', async (t) => {
  const { clock, backoff, times } = start();
  backoff.changed('a', 0);
  clock.runUntil(9001);
  const before = times('a').length;
  backoff.changed('a', 9001);
  clock.runUntil(9021);
  t.ok(times('a').length > before);
});

t.test('a forgotten subject is not checked, the others are', async (t) => {
  const { clock, backoff, times } = start();
  for (const each of ['a', 'b', 'c']) backoff.changed(each, 0);
  backoff.forget('b');
  clock.runUntil(0);
  t.same([times('a'), times('b'), times('c')], [[0], [], [0]]);
});

t.test('a check may forget its subject', async (t) => {
  const clock = new FakeClock();
  const queue = new WorkQueue(() => undefined, clock);
  let checks = 0;
  const backoff: Backoff<string> = new Backoff(queue, (subject) => {
    checks++;
    backoff.forget(subject);
  });
  backoff.changed('a', 0);
  clock.runUntil(20_000);
  t.equal(checks, 1);
});
