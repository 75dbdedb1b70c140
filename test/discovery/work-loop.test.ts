import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Turns } from '../../src/discovery/work-loop.ts';

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
  function* endless(name: string, step: () => void): Generator<void> {
    for (;;) {
      counts.steps.set(name, (counts.steps.get(name) ?? 0) + 1);
      yield step();
    }
  }
  const turns = new Turns({
    kinds: () => Object.entries(kinds).map(([name, step]) => endless(name, step)),
    next: (now) => now,
    failed: (error) => counts.errors.push(error),
  });
  t.teardown(() => turns.close());
  turns.wakeIn(0);
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

t.test('work that wakes us for itself has no more of the time', async (t) => {
  const wake: { now: () => void } = { now: () => undefined };
  function* greedy(): Generator<void> {
    for (;;) {
      busy(1);
      yield wake.now();
    }
  }
  const turns = new Turns({ kinds: () => [greedy()], next: (now) => now, failed: () => undefined });
  t.teardown(() => turns.close());
  wake.now = () => turns.wakeIn(0);
  wake.now();
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
  t.ok(errors.length > 1, 'it is told');
  t.ok((steps.get('fine') ?? 0) > 1, 'the other kind goes on');
});

t.test('nothing to do: no turn', async (t) => {
  let turns = 0;
  const idle = new Turns({
    kinds: () => [turns++].flatMap(() => []),
    next: () => Number.POSITIVE_INFINITY,
    failed: () => undefined,
  });
  t.teardown(() => idle.close());
  idle.wakeIn(0);
  await delay(50);
  t.equal(turns, 1);
  idle.wakeIn(10);
  idle.wakeIn(1000);
  await delay(50);
  t.equal(turns, 2, 'the earlier of two counts');
  idle.close();
  idle.wakeIn(0);
  await delay(20);
  t.equal(turns, 2, 'closed');
});
