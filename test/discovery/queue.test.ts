import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type Jobs, WorkQueue } from '../../src/discovery/queue.ts';
import { FakeClock } from './fake-clock.ts';

const fail = (error: unknown): never => {
  throw error;
};

/** Adds jobs, and returns which were done at which time. */
function record(jobs: readonly (readonly [subject: number, at: number])[], until: number) {
  const clock = new FakeClock();
  const queue = new WorkQueue(fail, clock);
  const done: [subject: number, at: number][] = [];
  const kind = queue.jobs((subject: number) => void done.push([subject, clock.now()]));
  for (const [subject, at] of jobs) kind.add(subject, at);
  clock.runUntil(until);
  return done;
}

t.test('jobs are done at their times', async (t) => {
  const jobs = [
    [1, 30],
    [2, 10],
    [3, 20],
    [4, 61],
  ] as const;
  const expected = [
    [2, 10],
    [3, 20],
    [1, 30],
  ];
  t.same(record(jobs, 60), expected);
});

const jobs = fc.array(fc.tuple(fc.nat(30), fc.nat(1000)), { maxLength: 100 });

t.test('no job is lost, none is early, and the earliest time of a subject counts', async (t) => {
  fc.assert(
    fc.property(jobs, (jobs) => {
      const earliest = new Map<number, number>();
      for (const [subject, at] of jobs) {
        earliest.set(subject, Math.min(at, earliest.get(subject) ?? at));
      }
      const done = record(jobs, 2000);
      const times = done.map(([, at]) => at);
      const inOrder = times.every((at, i) => at >= (times[i - 1] ?? 0));
      // A job that comes within the pause of a millisecond after another one waits for its end.
      const inTime = done.every(([subject, at]) => {
        const due = earliest.get(subject) ?? Number.NaN;
        return at >= due && at <= due + 1;
      });
      return inOrder && inTime && done.length === earliest.size;
    }),
  );
  t.pass('whatever is added');
});

const step = fc.record({ work: fc.nat(8), again: fc.nat(40), more: fc.nat(2) });

t.test('no job is lost that jobs add, however long they take', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const clock = new FakeClock();
      const queue = new WorkQueue(fail, clock);
      const rest = [...steps];
      let [added, done] = [0, 0];
      const kinds: Jobs<number>[] = [0, 1, 2].map((index) =>
        queue.jobs((_: number) => {
          done++;
          const { work = 0, again = 0, more = 0 } = rest.pop() ?? {};
          clock.work(work);
          for (let i = 0; i < more; i++) {
            kinds[(index + i) % kinds.length]?.add(added++, clock.now() + again);
          }
        }),
      );
      kinds[0]?.add(added++, 0);
      clock.runUntil(1e6);
      return added === done;
    }),
  );
  t.pass('whatever they add');
});

t.test('a job that is deleted is not done', async (t) => {
  const clock = new FakeClock();
  const queue = new WorkQueue(fail, clock);
  const done: string[] = [];
  const kind = queue.jobs((subject: string) => void done.push(subject));
  kind.add('a', 1);
  kind.add('b', 1);
  kind.delete('a');
  t.notOk(kind.has('a'));
  clock.runUntil(10);
  t.same(done, ['b']);
});

/** When jobs of these lengths begin that are all due at 0. */
function begins(lengths: readonly number[]): number[] {
  const clock = new FakeClock();
  const queue = new WorkQueue(fail, clock);
  const times: number[] = [];
  const kind = queue.jobs((index: number) => {
    times.push(clock.now());
    clock.work(lengths[index] ?? 0);
  });
  for (const index of lengths.keys()) kind.add(index, 0);
  clock.runUntil(1000);
  return times;
}

t.test('five milliseconds of work, then a pause that is as long as the work', async (t) => {
  const twelve = Array.from({ length: 12 }, () => 1);
  t.same(begins(twelve), [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21]);
  t.same(begins([8, 8, 8]), [0, 16, 32], 'a job that is longer is not cut');
});

t.test('a job that is added in the pause waits for its end', async (t) => {
  const clock = new FakeClock();
  const queue = new WorkQueue(fail, clock);
  const times: number[] = [];
  const kind = queue.jobs((length: number) => {
    times.push(clock.now());
    clock.work(length);
  });
  kind.add(30, 0);
  clock.runUntil(0);
  clock.runUntil(31);
  kind.add(1, 31);
  clock.runUntil(1000);
  t.same(times, [0, 60]);
});

t.test('kinds take turns, however many jobs one has', async (t) => {
  const clock = new FakeClock();
  const queue = new WorkQueue(fail, clock);
  const done: string[] = [];
  const many = queue.jobs((_: number) => void done.push('many'));
  const one = queue.jobs((_: string) => void done.push('one'));
  for (let i = 0; i < 100; i++) many.add(i, 0);
  one.add('x', 9);
  clock.work(10);
  clock.runUntil(20);
  t.equal(done.length, 101);
  t.ok(done.indexOf('one') < 2, 'not after those that were due before it');
});

t.test('one wake-up for jobs of one time, none without jobs', async (t) => {
  const clock = new FakeClock();
  const queue = new WorkQueue(fail, clock);
  const kind = queue.jobs((_: number) => undefined);
  for (let i = 0; i < 500; i++) kind.add(i, 100);
  clock.runUntil(60_000);
  t.equal(clock.wakeUps, 1);
});

/** A step that takes so many milliseconds. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

interface Counts {
  readonly steps: Map<string, number>;
  readonly errors: unknown[];
}

/** Kinds of work without end, one step of which takes so long. */
function start(t: Test, kinds: Readonly<Record<string, () => void>>): Counts {
  const counts: Counts = { steps: new Map(), errors: [] };
  const queue = new WorkQueue((error) => counts.errors.push(error));
  t.teardown(() => queue.close());
  for (const [name, step] of Object.entries(kinds)) {
    const kind = queue.jobs((_: string, now) => {
      counts.steps.set(name, (counts.steps.get(name) ?? 0) + 1);
      kind.add(name, now);
      step();
    });
    kind.add(name, queue.now());
  }
  return counts;
}

t.test('work without end leaves half of the time to others', async (t) => {
  start(t, { a: () => busy(0.2) });
  const before = process.cpuUsage();
  await delay(1000);
  const { user, system } = process.cpuUsage(before);
  t.ok(user + system < 700_000, `${user + system} us of CPU time in a second`);
});

t.test('long steps of one kind do not hold up another', async (t) => {
  const { steps } = start(t, { long: () => busy(10), short: () => undefined });
  await delay(500);
  t.ok((steps.get('short') ?? 0) >= (steps.get('long') ?? 0) / 2, [...steps].join(' '));
  t.ok((steps.get('long') ?? 0) > 3, [...steps].join(' '));
});

t.test('jobs that add jobs which are due have no more of the time', async (t) => {
  const queue = new WorkQueue(fail);
  t.teardown(() => queue.close());
  let next = 0;
  const greedy = queue.jobs((_: number) => {
    busy(1);
    greedy.add(next++, 0);
  });
  greedy.add(next++, 0);
  const before = process.cpuUsage();
  await delay(1000);
  const { user, system } = process.cpuUsage(before);
  t.ok(user + system < 700_000, `${user + system} us of CPU time in a second`);
});

t.test('a step that throws stops nothing', async (t) => {
  const broken = (): void => {
    throw new Error('broken');
  };
  const { steps, errors } = start(t, { broken, fine: () => undefined });
  await delay(200);
  t.ok(errors.length > 1, 'it is reported');
  t.ok((steps.get('fine') ?? 0) > 1, 'the other kind goes on');
});

t.test('a queue that is closed runs no job', async (t) => {
  const clock = new FakeClock();
  const queue = new WorkQueue(fail, clock);
  let done = 0;
  const kind = queue.jobs((_: string) => void done++);
  kind.add('a', 10);
  kind.add('a', 1000);
  clock.runUntil(50);
  t.equal(done, 1, 'the earlier of two counts');
  kind.add('a', 100);
  queue.close();
  kind.add('a', 50);
  clock.runUntil(2000);
  t.equal(done, 1);
});
