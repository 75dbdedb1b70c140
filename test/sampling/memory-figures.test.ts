import fc from 'fast-check';
import t from 'tap';
import {
  type HostMemory,
  type MemoryLevel,
  memoryDomain,
} from '../../src/sampling/memory-domain.ts';
import { type MemoryStat, memoryFieldNames } from '../../src/sampling/memory-fields.ts';
import { type MemoryInput, memoryFigures } from '../../src/sampling/memory-figures.ts';

const MB = 1 << 20;
const GB = 1 << 30;

const statOf = (given: Partial<MemoryStat>, otherwise = 0): MemoryStat => ({
  ...(Object.fromEntries(memoryFieldNames.map((field) => [field, otherwise])) as MemoryStat),
  ...given,
});

const host: HostMemory = {
  total: 8 * GB,
  free: 3 * GB,
  available: 5 * GB,
  swapTotal: GB,
  swapFree: GB,
};

const unlimitedSwap = { swapLimit: Infinity, swapUsage: 0 };

/** Figures, in kB, of a container of 256 MB on an 8 GB host. */
function figures(usage: number, stat: Partial<MemoryStat>, change: Partial<MemoryInput> = {}) {
  const own = statOf(stat);
  const domain = memoryDomain([{ limit: 256 * MB, usage, ...unlimitedSwap }], host);
  const input = {
    domain,
    host,
    stat: own,
    reclaimable: own,
    kernelUsage: Number.NaN,
  };
  return memoryFigures({ ...input, ...change });
}

t.test('page cache is used, but available', async (t) => {
  const { total, free, available, file } = figures(100 * MB, {
    file: 60 * MB,
    activeFile: 20 * MB,
    inactiveFile: 40 * MB,
    anon: 40 * MB,
  });
  t.same([total, free, available, file], [262144, 156 * 1024, 216 * 1024, 60 * 1024]);
});

t.test('reclaimable slab is available too, and no reserve is subtracted', async (t) => {
  const cached = { activeFile: 40 * MB, inactiveFile: 0, slabReclaimable: 16 * MB, file: 40 * MB };
  t.equal(figures(100 * MB, cached).available / 1024, 156 + 40 + 16);
});

t.test("without a limit MemAvailable is the host's", async (t) => {
  const domain = memoryDomain([], host);
  t.equal(figures(0, {}, { domain }).available, (5 * GB) / 1024);
});

t.test("an ancestor's limit: its cache is what can be reclaimed", async (t) => {
  const levels: MemoryLevel[] = [
    { limit: Infinity, usage: MB, ...unlimitedSwap },
    { limit: 300 * MB, usage: 200 * MB, ...unlimitedSwap },
  ];
  const reclaimable = { activeFile: 50 * MB, inactiveFile: 0, slabReclaimable: 0 };
  const { available } = figures(0, {}, { domain: memoryDomain(levels, host), reclaimable });
  t.equal(available / 1024, 150);
});

t.test('v1 counts all kernel memory as one: it is SUnreclaim', async (t) => {
  t.equal(figures(MB, {}, { kernelUsage: 3 * MB }).slabUnreclaimable, 3072);
});

t.test('keys that this kernel does not have are 0', async (t) => {
  const result = figures(MB, statOf({}, Number.NaN));
  for (const field of memoryFieldNames) t.equal(result[field], 0, field);
});

/** The addon reads 2^62 and more as Infinity. */
const wild = fc.oneof(
  fc.double({ min: -(2 ** 62), max: 2 ** 62 }),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -1, 1, 1023, 1024),
  fc.constantFrom(2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, 2 ** 62),
  fc.nat(2 ** 31 - 1),
);

const wildStat = fc
  .tuple(...memoryFieldNames.map(() => wild))
  .map(
    (values) => Object.fromEntries(memoryFieldNames.map((f, i) => [f, values[i]])) as MemoryStat,
  );

const wildLevels = fc.array(
  fc.record({ limit: wild, usage: wild, swapLimit: wild, swapUsage: wild }),
  { maxLength: 4 },
);

const wildHost = fc.record({
  total: wild,
  free: wild,
  available: wild,
  swapTotal: wild,
  swapFree: wild,
});

const wildInput = fc.record({
  host: wildHost,
  levels: wildLevels,
  stat: wildStat,
  reclaimable: fc.record({ activeFile: wild, inactiveFile: wild, slabReclaimable: wild }),
  kernelUsage: wild,
  policy: fc.constantFrom<'limits' | 'host'>('limits', 'host'),
});

t.test('arbitrary counters, read at different times, still add up', async (t) => {
  const check = fc.property(wildInput, ({ levels, policy, ...given }) => {
    const domain = memoryDomain(levels, given.host, policy);
    const f = memoryFigures({ ...given, domain });
    for (const [key, value] of Object.entries(f)) {
      if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${key} is ${value}`);
    }
    const rules = {
      '0 < MemTotal': 0 < f.total,
      'MemFree <= MemAvailable': f.free <= f.available,
      'MemAvailable <= MemTotal': f.available <= f.total,
      'used fits': f.free + f.file + f.slabReclaimable <= f.total,
      'Shmem <= Cached': f.shmem <= f.file,
      'SwapFree + SwapCached <= SwapTotal': f.swapFree + f.swapCached <= f.swapTotal,
    };
    for (const [rule, holds] of Object.entries(rules)) if (!holds) throw new Error(rule);
  });
  fc.assert(check, { numRuns: 5000 });
  t.pass();
});
