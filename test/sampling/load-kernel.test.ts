/**
 * Our load averages and the kernel's, for the same tasks in 15 simulated minutes, sampled at different moments.
 */
import fc from 'fast-check';
import t from 'tap';
import {
  advanceAverages,
  EXPONENTS,
  loadParts,
  loadPeriod,
  samplesDue,
  untilSample,
} from '../../src/sampling/load-average.ts';

const FIXED_1 = 2048;
const SECOND = 1_000_000;
const MINUTES_15 = 900 * SECOND;

/** CONFIG_HZ 100, 250, 300, 1000. */
const clockTicks = fc.constantFrom(10_000, 4000, 3333, 1000);

/** From `at` microseconds on there are so many tasks. */
interface Change {
  readonly at: number;
  readonly tasks: number;
}

const tasksAt = (load: readonly Change[], now: number): number =>
  load.findLast(({ at }) => at <= now)?.tasks ?? 0;

/**
 * kernel/sched/loadavg.c, calc_load(), in the kernel's own integers, at every LOAD_FREQ since boot, up to
 * the sample that ours could see as well.
 */
function kernel(load: readonly Change[], period: number, end: number): number[] {
  const averages = [0n, 0n, 0n];
  for (let now = 0; now + SECOND <= end; now += period) {
    const active = BigInt(tasksAt(load, now)) * 2048n;
    for (const [i, exponent] of EXPONENTS.entries()) {
      const before = averages[i] ?? 0n;
      const next = before * BigInt(exponent) + active * (2048n - BigInt(exponent));
      averages[i] = (active >= before ? next + 2047n : next) / 2048n;
    }
  }
  return averages.map(Number);
}

/** Our averages, if the daemon samples at these moments only. */
function ours(load: readonly Change[], period: number, looks: readonly number[]): number[] {
  const averages = new Float64Array(3);
  let last = 0;
  for (const now of looks) {
    const due = samplesDue(last, now, period);
    if (due === 0) continue;
    advanceAverages(averages, tasksAt(load, now), due);
    last = now;
  }
  return [...averages];
}

/** Every sample taken when it is due, or so much later. */
function looksLate(period: number, end: number, late: (sample: number) => number): number[] {
  const looks: number[] = [];
  for (let due = untilSample(0, period); due <= end; due += period) {
    looks.push(due + late(looks.length));
  }
  return looks;
}

/** Load averages as printed, in tasks. */
const shown = (averages: readonly number[]): number[] =>
  averages.map((average) => {
    const [whole, hundredths] = loadParts(average);
    return whole + hundredths / 100;
  });

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...shown(a).map((value, i) => Math.abs(value - (shown(b)[i] ?? 0))));

/** Tasks come and go at any time, but for the two seconds that follow a sample of the kernel. */
function steadyAtSamples(changes: readonly Change[], period: number): Change[] {
  return changes.map(({ at, tasks }) => {
    const since = at % period;
    return { at: since < 2 * SECOND ? at - since + 2 * SECOND : at, tasks };
  });
}

const change = fc.record({ at: fc.nat(MINUTES_15), tasks: fc.nat(64) });

const profile = fc
  .array(change, { minLength: 1, maxLength: 200 })
  .map((changes) => changes.sort((a, b) => a.at - b.at));

/** Up to half a second late. */
const jitter = fc.array(fc.nat(SECOND / 2), { minLength: 200, maxLength: 200 });

t.test('tasks that stay over a sample: the kernel’s figures', async (t) => {
  fc.assert(
    fc.property(profile, clockTicks, jitter, (changes, tick, late) => {
      const period = loadPeriod(tick);
      const load = steadyAtSamples(changes, period);
      const looks = looksLate(period, MINUTES_15, (sample) => late[sample] ?? 0);
      const end = looks.at(-1) ?? 0;
      return largestDifference(ours(load, period, looks), kernel(load, period, end)) <= 0.05;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

const PROFILES: Readonly<Record<string, (second: number) => number>> = {
  constant: () => 4,
  steps: (second) => [0, 8, 2, 16, 1][Math.floor(second / 60) % 5] ?? 0,
  'slow wave': (second) => Math.round(8 + 8 * Math.sin(second / 50)),
  'a burst at the start': (second) => (second < 60 ? 64 : 0),
  'a burst at the end': (second) => (second > 840 ? 64 : 0),
};

for (const [name, tasks] of Object.entries(PROFILES)) {
  t.test(`${name}: within 0.05 after 15 minutes`, async (t) => {
    const period = loadPeriod(4000);
    const load = Array.from({ length: 900 }, (_, s) => ({ at: s * SECOND, tasks: tasks(s) }));
    const steady = steadyAtSamples(load, period);
    const looks = looksLate(period, MINUTES_15, () => 20_000);
    const [own, host] = [ours(steady, period, looks), kernel(steady, period, looks.at(-1) ?? 0)];
    t.ok(largestDifference(own, host) <= 0.05, `${shown(own)}, the kernel ${shown(host)}`);
  });
}

/**
 * A sample that saw d tasks more or fewer moves a figure by d (1 - e), less and less with each sample that
 * follows; and rounding may keep a difference of 1/2048 in each.
 */
function bound(errors: readonly number[], exponent: number): number {
  const e = exponent / FIXED_1;
  const moved = errors.reduce((sum, error) => sum * e + Math.abs(error) * (1 - e), 0);
  return moved + 1 / FIXED_1 / (1 - e) + 0.02;
}

t.test('samples up to 12 s late: the error is at most the load that they missed', async (t) => {
  const away = fc.array(fc.integer({ min: 0, max: 12 * SECOND }), {
    minLength: 200,
    maxLength: 200,
  });
  fc.assert(
    fc.property(profile, clockTicks, away, (load, tick, late) => {
      const period = loadPeriod(tick);
      const looks = looksLate(period, MINUTES_15, (sample) => late[sample] ?? 0).sort(
        (a, b) => a - b,
      );
      const end = looks.at(-1) ?? 0;
      const errors: number[] = [];
      for (let now = 0; now + SECOND <= end; now += period) {
        const look = looks.find((each) => samplesDue(0, each, period) >= errors.length + 1) ?? end;
        errors.push(tasksAt(load, look) - tasksAt(load, now));
      }
      const host = kernel(load, period, end);
      return ours(load, period, looks).every((average, i) => {
        const difference = Math.abs(average - (host[i] ?? 0)) / FIXED_1;
        return difference <= bound(errors, EXPONENTS[i] ?? 0);
      });
    }),
    { numRuns: 300 },
  );
  t.pass();
});

t.test('the daemon away for 12 s under a steady load: nothing is lost', async (t) => {
  const period = loadPeriod(4000);
  const load = [{ at: 0, tasks: 8 }];
  const away = (sample: number): number => (sample % 10 === 5 ? 12 * SECOND : 0);
  const looks = looksLate(period, MINUTES_15, away).sort((a, b) => a - b);
  const [own, host] = [ours(load, period, looks), kernel(load, period, looks.at(-1) ?? 0)];
  t.ok(largestDifference(own, host) <= 0.05, `${shown(own)}, the kernel ${shown(host)}`);
});

t.test('samples are due once in a period, a second after the kernel’s', async (t) => {
  const period = loadPeriod(4000);
  t.equal(untilSample(0, period), SECOND);
  t.equal(untilSample(SECOND, period), period);
  t.equal(untilSample(SECOND + 1, period), period - 1);
  t.equal(samplesDue(0, SECOND - 1, period), 0);
  t.equal(samplesDue(0, SECOND, period), 1);
  t.equal(samplesDue(SECOND, SECOND + 3 * period, period), 3);
});
