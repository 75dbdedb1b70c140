import fc from 'fast-check';
import t from 'tap';
import {
  type HostMemory,
  type MemoryLevel,
  memoryDomain,
} from '../../src/sampling/memory-domain.ts';

const MB = 1 << 20;
const GB = 1 << 30;

const host: HostMemory = {
  total: 8 * GB,
  free: 3 * GB,
  available: 5 * GB,
  swapTotal: 2 * GB,
  swapFree: GB,
};

const level = (limit: number, usage: number, swapLimit = Infinity, swapUsage = 0): MemoryLevel => ({
  limit,
  usage,
  swapLimit,
  swapUsage,
});

t.test('one limit: total is the limit, free is the rest of it', async (t) => {
  t.match(memoryDomain([level(256 * MB, 56 * MB)], host), {
    level: 0,
    total: 256 * MB,
    free: 200 * MB,
  });
});

t.test('no limit, or one above the machine: the host is the domain', async (t) => {
  const asHost = { level: -1, total: 8 * GB, free: 3 * GB };
  t.match(memoryDomain([level(Infinity, 56 * MB)], host), asHost);
  t.match(memoryDomain([level(9 * GB, 56 * MB)], host), asHost);
  t.match(memoryDomain([level(8 * GB, 56 * MB)], host), asHost);
  t.match(memoryDomain([], host), asHost);
});

t.test("the parent's limit binds, with the usage of its other children", async (t) => {
  const levels = [level(Infinity, 10 * MB), level(300 * MB, 211 * MB)];
  t.match(memoryDomain(levels, host), { level: 1, total: 300 * MB, free: 89 * MB });
});

t.test('own limit is lower, but the parent is nearly full', async (t) => {
  const levels = [level(100 * MB, 10 * MB), level(300 * MB, 280 * MB)];
  t.match(memoryDomain(levels, host), { level: 0, total: 100 * MB, free: 20 * MB });
});

t.test('the nearest of equal limits', async (t) => {
  t.match(memoryDomain([level(GB, 1), level(GB, 2)], host), { level: 0 });
});

t.test('usage above the limit leaves nothing, not less', async (t) => {
  t.match(memoryDomain([level(100 * MB, 140 * MB)], host), { total: 100 * MB, free: 0 });
});

t.test('a limit of 0 is a page: ps divides by MemTotal', async (t) => {
  t.match(memoryDomain([level(0, 0)], host), { total: 4096 });
});

t.test('a level without the controller does not limit', async (t) => {
  const { NaN: absent } = Number;
  const levels = [level(absent, absent, absent, absent), level(GB, MB, GB, 0)];
  t.match(memoryDomain(levels, host), { level: 1, total: GB, free: GB - MB, swapTotal: GB });
});

t.test('headroom policy host: no more free than the machine has', async (t) => {
  const levels = [level(6 * GB, GB)];
  t.equal(memoryDomain(levels, host, 'limits').free, 5 * GB);
  t.equal(memoryDomain(levels, host, 'host').free, 3 * GB);
});

t.test('swap: lowest limit of all levels and the host, used of the tightest', async (t) => {
  const swap = (...levels: MemoryLevel[]) => {
    const { swapTotal, swapFree } = memoryDomain(levels, host);
    return [swapTotal / MB, swapFree / MB];
  };
  t.same(swap(level(GB, 0, 512 * MB, 12 * MB)), [512, 500]);
  t.same(
    swap(level(GB, 0, Infinity, 5 * MB)),
    [2048, 2043],
    'no swap limit: what others use is not seen',
  );
  t.same(swap(level(Infinity, 0)), [2048, 1024], "no limit at all: the host's");
  t.same(swap(level(GB, 0, Number.NaN, Number.NaN)), [2048, 1024], 'not accounted');
  t.same(swap(level(GB, 0, 0, 0)), [0, 0], 'swap forbidden');
  t.same(swap(level(GB, 0, 4 * GB, 0)), [2048, 2048], 'more than the host has');
  t.same(swap(level(GB, 0, GB, 0), level(GB, 0, 512 * MB, 500 * MB)), [512, 12], 'parent binds');
  t.same(swap(level(GB, 0, GB, 2 * GB)), [1024, 0], 'used more than allowed');
});

const bytes = fc.oneof(
  fc.double({ min: 0, max: 2 ** 62 }),
  fc.constantFrom(Number.NaN, Infinity, 0, 1, 4096, 2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, -1),
  fc.nat(2 ** 30),
);

const positive = fc.double({ min: 4096, max: 2 ** 53, noNaN: true });

t.test('for any levels the figures are possible ones of a machine', async () => {
  const levels = fc.array(
    fc.record({ limit: bytes, usage: bytes, swapLimit: bytes, swapUsage: bytes }),
    { maxLength: 6 },
  );
  const machine = fc
    .record({ total: positive, free: positive, available: positive, swapTotal: positive })
    .map((m) => ({
      ...m,
      free: Math.min(m.free, m.total),
      available: Math.min(m.available, m.total),
      swapFree: m.swapTotal / 2,
    }));
  fc.assert(
    fc.property(levels, machine, fc.constantFrom('limits', 'host'), (given, on, policy) => {
      const { total, free, swapTotal, swapFree } = memoryDomain(given, on, policy);
      const memory = total > 0 && total <= on.total && free >= 0 && free <= total;
      const swap = swapTotal >= 0 && swapTotal <= on.swapTotal && swapFree >= 0;
      return memory && swap && swapFree <= swapTotal;
    }),
    { numRuns: 3000 },
  );
});
