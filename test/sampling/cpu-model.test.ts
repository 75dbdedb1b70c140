import fc from 'fast-check';
import t from 'tap';
import { type CpuLimits, cpuModel } from '../../src/sampling/cpu-model.ts';

const none: CpuLimits = { cpuset: null, quotas: [], shares: Number.NaN };
const online = [0, 1, 2, 3];
const period = 100_000;

t.test('no limits: all online CPUs', async (t) => {
  t.same(cpuModel(none, online), { count: 4, set: online, quota: Infinity });
});

t.test('half a CPU of quota is one CPU, one and a half are two', async (t) => {
  for (const [quota, count] of [
    [50_000, 1],
    [100_000, 1],
    [150_000, 2],
    [1_000, 1],
    [1_000_000, 4],
  ] as const) {
    t.equal(cpuModel({ ...none, quotas: [{ quota, period }] }, online).count, count, `${quota}`);
  }
});

t.test('the tightest level applies, whatever its period', async (t) => {
  const quotas = [
    { quota: Infinity, period },
    { quota: 30_000, period: 10_000 },
    { quota: 100_000, period: 50_000 },
    { quota: Number.NaN, period: Number.NaN },
  ];
  t.match(cpuModel({ ...none, quotas }, online), { count: 2, quota: 2 });
});

t.test('the set has the online CPUs of the cpuset; visible CPUs are its first', async (t) => {
  const model = cpuModel({ ...none, cpuset: [1, 3, 9] }, online);
  t.same(model, { count: 2, set: [1, 3], quota: Infinity });
  const offline = cpuModel({ ...none, cpuset: [8, 9] }, online);
  t.same(offline.set, online, 'all of it went offline: the kernel uses the parent');
});

t.test('policies', async (t) => {
  const limits = { cpuset: [0, 1, 2], quotas: [{ quota: 100_000, period }], shares: 1025 };
  t.equal(cpuModel(limits, online).count, 1, 'quota is the default');
  t.equal(cpuModel(limits, online, 'quota').count, 1);
  t.equal(cpuModel(limits, online, 'cpuset').count, 3);
  t.equal(cpuModel(limits, online, 'shares').count, 2);
  t.equal(cpuModel({ ...limits, shares: 2 }, online, 'shares').count, 1);
  t.equal(cpuModel({ ...limits, shares: 262_144 }, online, 'shares').count, 3);
  t.equal(cpuModel({ ...limits, shares: Number.NaN }, online, 'shares').count, 3, 'unknown shares');
});

const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, -1, 1, 5e-324, 2 ** 53),
  fc.integer({ min: 1, max: 1_000_000 }),
);

t.test('always at least one CPU, never more than the set, the set always online', async () => {
  const limits = fc.record({
    cpuset: fc.option(fc.array(fc.nat(80), { maxLength: 90 })),
    quotas: fc.array(fc.record({ quota: anyNumber, period: anyNumber }), { maxLength: 6 }),
    shares: anyNumber,
  });
  const machine = fc
    .uniqueArray(fc.nat(64), { minLength: 1, maxLength: 64 })
    .map((cpus) => cpus.sort((a, b) => a - b));
  const policy = fc.constantFrom('quota', 'cpuset', 'shares');
  fc.assert(
    fc.property(limits, machine, policy, (given, cpus, by) => {
      const { count, set, quota } = cpuModel(given, cpus, by);
      const fits = Number.isSafeInteger(count) && count >= 1 && count <= set.length;
      const within = set.every((cpu) => cpus.includes(cpu));
      const allowed =
        !given.cpuset?.some((cpu) => cpus.includes(cpu)) ||
        set.every((cpu) => given.cpuset?.includes(cpu));
      return fits && within && allowed && quota > 0;
    }),
    { numRuns: 2000 },
  );
});

t.test('a machine without any CPU in its lists still has one', async (t) => {
  t.equal(cpuModel(none, []).count, 1);
});
