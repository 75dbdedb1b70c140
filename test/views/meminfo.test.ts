import t from 'tap';
import { meminfo } from '../../src/views/meminfo.ts';
import { type Given, numbers, render, sample } from './samples.ts';

/** The lines of these keys, as numbers. */
const show = (given: Given, ...meminfoKeys: string[]): Record<string, number> =>
  numbers(render(meminfo, sample({ ...given, host: { ...given.host, meminfoKeys } })));

t.test('lines as the kernel lays them out', async (t) => {
  const meminfoKeys = [
    'MemTotal',
    'Active(anon)',
    'VmallocTotal',
    'HugePages_Total',
    'Hugepagesize',
  ];
  meminfoKeys.push('HardwareCorrupted', 'FutureKey');
  const host = { meminfoKeys, meminfoValue: () => 34359738367 };
  const text = render(meminfo, sample({ host, memory: { total: 262144, activeAnon: 7 } }));
  t.equal(
    text,
    [
      'MemTotal:         262144 kB',
      'Active(anon):          7 kB',
      'VmallocTotal:   34359738367 kB',
      'HugePages_Total:       0',
      'Hugepagesize:       2048 kB',
      'HardwareCorrupted:     0 kB',
      'FutureKey:             0 kB',
      '',
    ].join('\n'),
  );
});

t.test("the kernel's order, and no key it does not have", async (t) => {
  const keys = ['MemFree', 'MemTotal'];
  t.strictSame(Object.keys(show({}, ...keys)), keys);
  t.equal(render(meminfo, sample({})), '');
});

t.test('each figure has its line', async (t) => {
  const lines = {
    ...{ MemTotal: 'total', MemFree: 'free', MemAvailable: 'available', Cached: 'file' },
    ...{ SwapCached: 'swapCached', SwapTotal: 'swapTotal', SwapFree: 'swapFree', Zswap: 'zswap' },
    ...{ Zswapped: 'zswapped', Dirty: 'fileDirty', Writeback: 'fileWriteback', AnonPages: 'anon' },
    ...{ 'Active(anon)': 'activeAnon', 'Inactive(anon)': 'inactiveAnon', Mapped: 'fileMapped' },
    ...{ 'Active(file)': 'activeFile', 'Inactive(file)': 'inactiveFile', Shmem: 'shmem' },
    ...{ Unevictable: 'unevictable', KReclaimable: 'slabReclaimable', KernelStack: 'kernelStack' },
    ...{ SReclaimable: 'slabReclaimable', SUnreclaim: 'slabUnreclaimable', Percpu: 'percpu' },
    ...{ PageTables: 'pageTables', SecPageTables: 'secPageTables', VmallocUsed: 'vmalloc' },
    ...{ AnonHugePages: 'anonThp', ShmemHugePages: 'shmemThp', FileHugePages: 'fileThp' },
  };
  for (const [key, figure] of Object.entries(lines)) {
    t.strictSame(show({ memory: { [figure]: 4321 } }, key), { [key]: 4321 });
  }
});

t.test('sums', async (t) => {
  const memory = {
    ...{ activeAnon: 1, activeFile: 20, inactiveAnon: 300, inactiveFile: 4000 },
    ...{ slabReclaimable: 5, slabUnreclaimable: 60 },
  };
  t.strictSame(show({ memory }, 'Active', 'Inactive', 'Slab'), {
    ...{ Active: 21, Inactive: 4300, Slab: 65 },
  });
});

t.test('figures that no cgroup counts are 0', async (t) => {
  const given = { host: { meminfoValue: () => 99 }, memory: { total: 7 } };
  const keys = ['Buffers', 'Mlocked', 'Bounce', 'NFS_Unstable', 'WritebackTmp', 'VmallocChunk'];
  keys.push('HardwareCorrupted', 'CmaTotal', 'CmaFree', 'DirectMap4k', 'DirectMap2M', 'Balloon');
  keys.push('FilePmdMapped', 'ShmemPmdMapped', 'Unaccepted', 'HugePages_Rsvd', 'HugePages_Surp');
  t.strictSame(show(given, ...keys), Object.fromEntries(keys.map((key) => [key, 0])));
});

t.test('huge pages', async (t) => {
  const hugePages = { total: 4, free: 3, sizeKB: 2048 };
  const keys = ['HugePages_Total', 'HugePages_Free', 'Hugepagesize', 'Hugetlb'];
  t.strictSame(Object.values(show({ hugePages }, ...keys)), [4, 3, 2048, 8192]);
});

const settings = { overcommitKB: 0, overcommitRatio: 50, onlineCpus: [0] };

t.test('commit limit: the kernel formula', async (t) => {
  const of = (overcommitKB: number, overcommitRatio: number): number => {
    const host = { settings: { ...settings, thpBytes: 1, overcommitKB, overcommitRatio } };
    const memory = { total: 100_000, swapTotal: 1_000 };
    const shown = show({ host, memory, hugePages: { total: 10 } }, 'CommitLimit');
    return Object.values(shown)[0] ?? 0;
  };
  t.equal(of(0, 50), (100_000 - 20_480) / 2 + 1_000);
  t.equal(of(0, 100), 100_000 - 20_480 + 1_000);
  t.equal(of(500, 50), 1_500, 'vm.overcommit_kbytes wins');
});

t.test("committed: the container's own swap usage, not that of others", async (t) => {
  const memory = { anon: 100, shmem: 20, swapTotal: 900, swapFree: 400, swapUsed: 3 };
  t.strictSame(show({ memory }, 'Committed_AS'), { Committed_AS: 123 });
});
