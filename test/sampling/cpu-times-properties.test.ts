import fc from 'fast-check';
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

const CPUS = 6;
const START = 1_000_000;
/** Microseconds that sums of doubles of this size may be off. */
const HAIR = 0.01;
const TICK = 10_000;

/** One read: what passed, what the cgroup used meanwhile on each host CPU, what it may see. */
interface Step {
  readonly wall: number;
  readonly used: readonly number[];
  /** How much of it was system time, and, in v2, how much of the rest was nice. */
  readonly system: number;
  readonly nice: number;
  readonly count: number;
  readonly set: readonly number[];
  readonly sample: 'read' | 'unreadable' | 'restarted';
}

/** The clock has whole microseconds. */
const wall = fc.oneof(
  fc.constantFrom(0, 1, MIN_STEP - 1, MIN_STEP, -1, -5_000_000),
  fc.nat(60_000_000),
  fc.nat(20_000),
);

const sets = fc.uniqueArray(fc.nat(CPUS - 1), { minLength: 1 }).map((set) => set.sort());

const steps = fc.array(
  fc.record<Step>({
    wall,
    used: fc.array(fc.double({ min: 0, max: 70_000_000, noNaN: true }), {
      minLength: CPUS,
      maxLength: CPUS,
    }),
    system: fc.double({ min: 0, max: 1, noNaN: true }),
    nice: fc.double({ min: 0, max: 1, noNaN: true }),
    count: fc.integer({ min: 1, max: CPUS }),
    set: sets,
    sample: fc.constantFrom('read', 'read', 'read', 'read', 'unreadable', 'restarted'),
  }),
  { maxLength: 30 },
);

type Kind = CpuUsage['kind'];

const kinds = fc.constantFrom<Kind>('total', 'per-cpu');

/** A cgroup's counters, as v1 or v2 shows them. */
class FakeCgroup {
  readonly #kind: Kind;
  readonly #usage = new Float64Array(CPUS);
  readonly #split = new Float64Array(2 * CPUS);
  readonly #total = { user: 0, nice: 0, system: 0 };

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  run({ used, system, nice, sample }: Step): void {
    if (sample === 'restarted') this.#clear();
    for (const [cpu, us] of used.entries()) {
      this.#usage[cpu] = (this.#usage[cpu] ?? 0) + us;
      this.#split[2 * cpu] = (this.#split[2 * cpu] ?? 0) + us * (1 - system);
      this.#split[2 * cpu + 1] = (this.#split[2 * cpu + 1] ?? 0) + us * system;
      this.#total.system += us * system;
      this.#total.nice += us * (1 - system) * nice;
      this.#total.user += us * (1 - system) * (1 - nice);
    }
  }

  #clear(): void {
    this.#usage.fill(0);
    this.#split.fill(0);
    Object.assign(this.#total, { user: 0, nice: 0, system: 0 });
  }

  read(sample: Step['sample']): CpuUsage {
    const known = sample === 'unreadable' ? Number.NaN : 1;
    if (this.#kind === 'total') {
      const { user, nice, system } = this.#total;
      return { kind: 'total', user: user * known, nice: nice * known, system: system * known };
    }
    const usage = this.#usage.map((each) => each * known);
    return { kind: 'per-cpu', usage, split: this.#split.map((each) => each * known) };
  }
}

const parts = [Cpu.user, Cpu.nice, Cpu.system, Cpu.idle];

const counters = (record: Float64Array): number[][] =>
  Array.from({ length: CPUS }, (_, cpu) =>
    parts.map((part) => record[Times.header + cpu * Cpu.size + part] ?? 0),
  );

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const usedOf = (record: Float64Array): number =>
  sum(counters(record).map(([user = 0, nice = 0, system = 0]) => user + nice + system));

const carryOf = (record: Float64Array): number =>
  sum([Times.carryUser, Times.carryNice, Times.carrySystem].map((at) => record[at] ?? 0));

interface Moment {
  readonly step: Step;
  readonly before: Float64Array;
  readonly after: Float64Array;
  /** CPU time that the cgroup has used so far. */
  readonly used: number;
  /** Time that the record gained; 0 if the step was too short. */
  readonly gained: number;
}

/** Runs a record through the steps and calls `look` after each. */
function play(kind: Kind, all: readonly Step[], look: (moment: Moment) => void): void {
  const record = new Float64Array(timesLength(CPUS));
  const cgroup = new FakeCgroup(kind);
  startTimes(record, Number.NaN, START);
  let now = START;
  let used = 0;
  for (const step of all) {
    const before = record.slice();
    now = Math.max(START, now + step.wall);
    cgroup.run(step);
    used += sum(step.used);
    advanceTimes(record, cgroup.read(step.sample), step.set, step.count, now);
    const gained = (record[Times.at] ?? 0) - (before[Times.at] ?? 0);
    look({ step, before, after: record, used, gained });
  }
}

const fail = (what: string): never => {
  throw new Error(what);
};

/** Checks one counter before and after a step. */
function checkMonotone(last: number, now: number): void {
  if (!(now >= last && now < Infinity)) fail(`${last} to ${now}`);
  if (Math.floor(now / TICK) < Math.floor(last / TICK)) fail(`${last} to ${now}, printed`);
}

t.test('no counter ever decreases, in the record and as printed', async (t) => {
  fc.assert(
    fc.property(kinds, steps, (kind, all) =>
      play(kind, all, ({ before, after }) => {
        const old = counters(before).flat();
        for (const [i, now] of counters(after).flat().entries()) checkMonotone(old[i] ?? 0, now);
      }),
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

/** Checks what all counters of one CPU gained together. */
function checkGain({ step, before, after, gained }: Moment, cpu: number): void {
  const [old = [], now = []] = [counters(before)[cpu], counters(after)[cpu]];
  const wanted = cpu < step.count ? gained : 0;
  const got = sum(now) - sum(old);
  if (!(Math.abs(got - wanted) < HAIR)) fail(`CPU ${cpu}: ${got} in ${wanted} us`);
}

t.test('a visible CPU gains exactly wall time, a hidden one nothing', async (t) => {
  fc.assert(
    fc.property(kinds, steps, (kind, all) =>
      play(kind, all, (moment) => {
        if (moment.gained !== 0 && moment.gained < MIN_STEP) fail(`stepped by ${moment.gained}`);
        for (let cpu = 0; cpu < CPUS; cpu++) checkGain(moment, cpu);
      }),
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

t.test('the record never has more time, shown and carried, than the cgroup used', async (t) => {
  fc.assert(
    fc.property(kinds, steps, (kind, all) =>
      play(kind, all, ({ after, used }) => {
        const added = usedOf(after) + carryOf(after);
        if (!(added <= used + HAIR)) fail(`${added} of ${used} us`);
      }),
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

/** Steps in which a fixed set of CPUs runs, none for longer than wall time. */
const possible = fc.tuple(fc.integer({ min: 1, max: CPUS }), steps).map(([count, all]) =>
  all.map((step) => {
    const wall = Math.max(MIN_STEP, step.wall);
    const set = Array.from({ length: count }, (_, cpu) => cpu);
    const used = step.used.map((us, cpu) => (cpu < count ? Math.min(us, wall) : 0));
    return { ...step, wall, used, count, set, sample: 'read' as const };
  }),
);

t.test('time that fits under wall time is added at once, to the microsecond', async (t) => {
  fc.assert(
    fc.property(kinds, possible, (kind, all) =>
      play(kind, all, ({ after, used }) => {
        if (Math.abs(usedOf(after) - used) > HAIR) fail(`${usedOf(after)} of ${used} us`);
      }),
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

/** The same, read late by up to 0.9 s a CPU: the counters run ahead of the clock, then wait for it. */
const jittered = fc
  .tuple(possible, fc.double({ min: 0, max: 900_000, noNaN: true }))
  .map(([all, ahead]) =>
    all.map((step, i) => {
      const used = step.used.map((us, cpu) => (i === 0 && cpu < step.count ? us + ahead : us));
      return { ...step, used };
    }),
  );

t.test('time that does not fit yet is carried, not lost', async (t) => {
  fc.assert(
    fc.property(kinds, jittered, (kind, all) =>
      play(kind, all, ({ after, used }) => {
        const kept = usedOf(after) + carryOf(after);
        if (Math.abs(kept - used) > HAIR) fail(`${kept} of ${used} us`);
      }),
    ),
    { numRuns: 1000 },
  );
  t.pass();
});
