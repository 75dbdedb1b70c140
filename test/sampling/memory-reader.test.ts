/** The input of a container's memory figures, its age, and when figures are computed again. */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { cgroupLayout } from '../../src/cgroup/layout.ts';
import { ReadPlan } from '../../src/cgroup/read-plan.ts';
import { native } from '../../src/native/addon.ts';
import { Host } from '../../src/sampling/host.ts';
import { MemoryReader } from '../../src/sampling/memory-reader.ts';
import { memoryKeys } from '../../src/sampling/memory-sources.ts';

const MB = 1 << 20;
const MINUTE = 60_000_000;

type Files = Readonly<Record<string, string>>;

const meminfo = (swapKB: number): string =>
  'MemTotal: 8000000 kB\nMemFree: 3000000 kB\nMemAvailable: 5000000 kB\n' +
  `SwapTotal: ${swapKB} kB\nSwapFree: ${swapKB} kB\nHugepagesize: 2048 kB\n`;

/** A container at /p/c, of whose files are those that are given, on a host with or without swap. */
function readerOf(t: Test, own: Files, above: Files = {}, swapKB = 0) {
  const root = t.testdir({
    proc: {
      meminfo: meminfo(swapKB),
      vmstat: 'nr_free_pages 1\npgfault 2\n',
      stat: 'cpu0 1 1 1 1\n',
      sys: { vm: { overcommit_kbytes: '0\n', overcommit_ratio: '50\n' } },
    },
    sys: {},
    cgroup: { p: { ...above, c: own } },
  });
  const host = new Host(`${root}/proc`, `${root}/sys`);
  const layout = cgroupLayout(`1 1 0:1 / ${root}/cgroup rw - cgroup2 cgroup2 rw\n`);
  const plan = new ReadPlan();
  const policies = { headroom: 'limits', swap: true } as const;
  const context = { host, layout, memoryKeys: memoryKeys(host.vmstatKeys), policies };
  const reader = MemoryReader.plan(plan, new Map([['unified', '/p/c']]), context);
  if (!reader) throw new Error('no place');
  const { values, sources } = plan.open();
  t.teardown(() => {
    sources.close();
    reader.close();
  });
  const start = native.bootTime();
  /** @param after microseconds since the first */
  const take = (part: 'memory' | 'vm', after: number) => {
    const now = start + after;
    reader.sample(part, values, sources, now);
    const figures = reader.figures(values, now);
    if (!figures) throw new Error('no figures');
    return { figures, huge: reader.hugePages, vm: reader.vm(values, NO_DISKS) };
  };
  const put = (file: string, text: string) => fs.writeFileSync(`${root}/cgroup/p/${file}`, text);
  return { take, put };
}

const NO_DISKS = [] as const;

const limited = (anon: number): Files => ({
  'memory.max': `${256 * MB}\n`,
  'memory.current': `${MB}\n`,
  'memory.stat': `anon ${anon * MB}\npgfault 5\n`,
});

t.test('free memory changes at once, all other figures within a millisecond', async (t) => {
  const { take, put } = readerOf(t, limited(1));
  const free = (now: number) => take('memory', now).figures.free / 1024;
  const anon = (now: number) => take('memory', now).figures.anon / 1024;
  const total = (now: number) => take('memory', now).figures.total / 1024;
  t.same([free(0), anon(0), total(0)], [255, 1, 256]);
  put('c/memory.current', `${3 * MB}\n`);
  put('c/memory.stat', `anon ${2 * MB}\n`);
  put('c/memory.max', `${128 * MB}\n`);
  t.same([free(999), anon(999), total(999)], [253, 1, 256]);
  t.same([free(1000), anon(1000), total(1000)], [125, 2, 128]);
});

t.test('swap usage and memory usage are of one moment', async (t) => {
  const swap = { 'memory.swap.max': `${64 * MB}\n`, 'memory.swap.current': '0\n' };
  const { take, put } = readerOf(t, { ...limited(1), ...swap }, {}, 1 << 20);
  const swapFree = (now: number) => take('memory', now).figures.swapFree / 1024;
  t.equal(swapFree(0), 64);
  put('c/memory.swap.current', `${MB}\n`);
  t.equal(swapFree(1), 63);
});

t.test('the same objects until a figure changes', async (t) => {
  const { take, put } = readerOf(t, limited(1));
  const first = take('vm', 0);
  const second = take('vm', 5000);
  t.equal(second.figures, first.figures);
  t.equal(second.vm, first.vm);
  t.equal(second.huge, first.huge);
  t.equal(second.vm.events[1], 5);
  put('c/memory.stat', `anon ${MB}\npgfault 6\n`);
  const third = take('vm', 9000);
  t.not(third.vm, first.vm);
  t.equal(third.vm.events[1], 6);
  t.not(take('vm', MINUTE).figures, third.figures, 'the host may have changed');
});

t.test("memory that an ancestor's limit can reclaim, within a millisecond", async (t) => {
  const stat = (inactive: number): string => `inactive_file ${inactive * MB}\n`;
  const above = {
    'memory.max': `${64 * MB}\n`,
    'memory.current': `${10 * MB}\n`,
    'memory.stat': stat(1),
  };
  const { take, put } = readerOf(t, limited(1), above);
  const available = (now: number) => take('memory', now).figures.available / 1024;
  t.equal(available(0), 55);
  put('memory.stat', stat(2));
  t.equal(available(999), 55);
  t.equal(available(1000), 56);
  put('memory.current', `${11 * MB}\n`);
  t.equal(available(1001), 55, 'usage of the ancestor changes at once');
});
