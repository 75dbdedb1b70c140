import fs from 'node:fs';
import t, { type Test } from 'tap';
import { Host, keysOf } from '../../src/sampling/host.ts';

const KB = 1024;

const meminfo = (free: number): string =>
  `MemTotal:        8000000 kB\nMemFree:  ${free} kB\nMemAvailable:    5000000 kB\n` +
  'SwapTotal:       1000 kB\nSwapFree:        400 kB\nActive(anon):    7 kB\n' +
  'HugePages_Total:     12\nHugepagesize:       2048 kB\n';

/** A captured host's /proc and /sys. */
const tree = (t: Test, sys = true): string =>
  t.testdir({
    proc: {
      meminfo: meminfo(3000000),
      vmstat: 'nr_free_pages 1\nnr_zone_inactive_anon 2\n',
      stat: 'cpu  1 2 3 4\ncpu0 1 1 1 1\ncpu2 0 1 2 3\nintr 5\n',
      cpuinfo: 'processor\t: 0\n',
      sys: { vm: { overcommit_kbytes: '0\n', overcommit_ratio: '80\n' } },
    },
    sys: sys
      ? {
          devices: { system: { cpu: { online: '0,2-3\n', possible: '0-7\n' } } },
          kernel: { mm: { transparent_hugepage: { hpage_pmd_size: '2097152\n' } } },
        }
      : {},
  });

const hostOf = (root: string): Host => new Host(`${root}/proc`, `${root}/sys`);

t.test('a captured host', async (t) => {
  const host = hostOf(tree(t));
  t.same(host.vmstatKeys, ['nr_free_pages', 'nr_zone_inactive_anon']);
  t.equal(host.meminfoKeys[5], 'Active(anon)');
  t.equal(host.possibleCpus, 8);
  t.same(host.memory(0), {
    total: 8000000 * KB,
    free: 3000000 * KB,
    available: 5000000 * KB,
    swapTotal: 1000 * KB,
    swapFree: 400 * KB,
  });
  t.equal(host.meminfoValue('HugePages_Total'), 12);
  t.equal(host.meminfoValue('NoSuchKey'), 0);
  t.same(host.settings(0), {
    overcommitKB: 0,
    overcommitRatio: 80,
    onlineCpus: [0, 2, 3],
    thpBytes: 2 << 20,
  });
});

t.test('the size of a huge page is known before anything was sampled', async (t) => {
  t.equal(hostOf(tree(t)).meminfoValue('Hugepagesize'), 2048);
});

t.test('without a sysfs: CPUs of /proc/stat, huge pages of meminfo', async (t) => {
  const host = hostOf(tree(t, false));
  t.equal(host.possibleCpus, 3);
  t.match(host.settings(0), { onlineCpus: [0, 2], thpBytes: 2 << 20 });
});

t.test('without sysctls: the kernel’s defaults', async (t) => {
  const root = tree(t);
  fs.rmSync(`${root}/proc/sys`, { recursive: true });
  const wanted = { overcommitKB: 0, overcommitRatio: 50 };
  t.match(hostOf(root).settings(0), wanted);
});

t.test('figures are read again after 10 ms, settings after 5 s', async (t) => {
  const root = tree(t);
  const host = hostOf(root);
  // A sample's time is the boot clock's, so the next one is asked for relative to that.
  host.memory(0);
  host.settings(0);
  fs.writeFileSync(`${root}/proc/meminfo`, meminfo(1));
  fs.writeFileSync(`${root}/proc/sys/vm/overcommit_ratio`, '90\n');
  t.equal(host.memory(1_000).free, 3000000 * KB);
  t.equal(host.memory(Number.MAX_SAFE_INTEGER).free, KB);
  t.equal(host.settings(4_999_999).overcommitRatio, 80);
  t.equal(host.settings(5_000_000).overcommitRatio, 90);
});

t.test('a file is cached, and is the same object until it changes', async (t) => {
  const root = tree(t);
  const host = hostOf(root);
  const first = host.file('stat', 0);
  t.match(Buffer.from(first.bytes).toString(), /^cpu {2}1 2 3 4\n/);
  t.equal(host.file('stat', 20_000), first, 'unchanged');
  fs.writeFileSync(`${root}/proc/stat`, 'cpu  9 9 9 9\n');
  t.equal(host.file('stat', 25_000), first, 'still fresh');
  const next = host.file('stat', 30_000);
  t.not(next, first);
  t.match(Buffer.from(next.bytes).toString(), /^cpu {2}9/);
  t.match(Buffer.from(first.bytes).toString(), /^cpu {2}1/, 'the earlier snapshot does not change');
  const cpuinfo = host.file('cpuinfo', 0);
  fs.writeFileSync(`${root}/proc/cpuinfo`, 'other\n');
  t.equal(host.file('cpuinfo', 999_999), cpuinfo);
  t.not(host.file('cpuinfo', 1_000_000), cpuinfo);
});

t.test('a file that is gone throws, and names itself', async (t) => {
  const root = tree(t);
  const host = hostOf(root);
  fs.rmSync(`${root}/proc/stat`);
  t.throws(() => host.file('stat', 0), { message: `${root}/proc/stat: cannot read, errno 2` });
});

t.test('no procfs', async (t) => {
  t.throws(() => new Host('/nonexistent', '/sys'), { message: /meminfo: .*is it a procfs\?/ });
});

t.test('this machine', async (t) => {
  const host = new Host('/proc', '/sys');
  const { total, free, available } = host.memory(0);
  t.ok(0 < free && free <= total && 0 < available && available <= total);
  const { onlineCpus, thpBytes } = host.settings(0);
  t.ok(onlineCpus.length >= 1 && onlineCpus.length <= host.possibleCpus);
  t.ok(thpBytes >= host.pageSize);
  t.equal(host.pageSize & (host.pageSize - 1), 0);
  t.match(Buffer.from(host.file('stat', 0).bytes).toString('latin1'), /^cpu {2}\d+ /);
});

t.test('keys of a file', async (t) => {
  t.same(keysOf('A: 1 kB\nB(c): 2\n\nd 3\n'), ['A', 'B(c)', 'd']);
});
