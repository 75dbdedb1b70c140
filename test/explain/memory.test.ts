import t, { type Test } from 'tap';
import { Captured } from '../helpers/captured.ts';
import { explained } from './explained.ts';

const TENANTS = '/tenants/lxc.payload';

/** Compares the explanations of these keys. */
function lines(
  t: Test,
  [host, id, file]: readonly [string, string, string],
  wanted: Readonly<Record<string, string>>,
): void {
  const found = explained(new Captured(host, t.testdir({})), id, file);
  for (const [key, text] of Object.entries(wanted)) t.equal(found.get(key), `${key} ${text}`);
}

t.test('v1: a limit of its own', async (t) => {
  const at = `${TENANTS}.pinned`;
  lines(t, ['v1', 'pinned', 'meminfo'], {
    MemTotal: `49152 kB = min(memory.limit_in_bytes 48 MiB at ${at}, host 479504 kB)`,
    MemFree: `27476 kB = memory.limit_in_bytes 48 MiB - memory.usage_in_bytes 21676 kB at ${at}`,
    MemAvailable: `37716 kB = MemFree 27476 kB + total_active_file 0 kB + total_inactive_file 10 MiB, of memory.stat at ${at}`,
    Cached: `10240 kB = memory.stat total_cache of ${at} (10485760)`,
    SUnreclaim: `884 kB = memory.kmem.usage_in_bytes of ${at} (905216)`,
    Inactive: '20716 kB = Inactive(anon) 10476 kB + Inactive(file) 10240 kB',
    SwapCached: `0 kB = 0, memory.stat of ${at} has no total_swapcached`,
    Percpu: '0 kB = 0, cgroup v1 does not count it',
    Buffers: '0 kB = 0, pages of block devices are counted in Cached',
    DirectMap4k: '0 kB = 0, no cgroup counts it',
    SwapTotal: "65532 kB = the host's: no swap limit at any level",
  });
});

t.test('v2: a limit of its own', async (t) => {
  const at = `${TENANTS}.limited`;
  lines(t, ['v2', 'limited', 'meminfo'], {
    MemTotal: `65536 kB = min(memory.max 64 MiB at ${at}, host 479504 kB)`,
    Shmem: `3072 kB = memory.stat shmem of ${at} (3145728)`,
    Committed_AS: '17668 kB = AnonPages 14596 kB + Shmem 3072 kB + swap usage 0 kB',
  });
});

t.test("the parent's limit binds: its usage and its page cache", async (t) => {
  const limit = 'memory.max 96 MiB';
  lines(t, ['v2', 'child', 'meminfo'], {
    MemTotal: `98304 kB = min(${limit} at /pod, host 479504 kB)`,
    MemFree: `36348 kB = ${limit} - memory.current 61956 kB at /pod`,
    MemAvailable:
      '53819 kB = MemFree 36348 kB + active_file 0 kB + inactive_file 17 MiB + slab_reclaimable 65288 bytes, of memory.stat at /pod',
    Cached: '7168 kB = memory.stat file of /pod/lxc.payload.child (7340032)',
  });
  lines(t, ['v1', 'child', 'meminfo'], {
    MemFree: '36356 kB = memory.limit_in_bytes 96 MiB - memory.usage_in_bytes 61948 kB at /pod',
  });
});

t.test("no limit at any level: the host's", async (t) => {
  const reason = "the host's: no limit below its MemTotal at";
  lines(t, ['v2', 'free', 'meminfo'], {
    MemTotal: `479504 kB = ${reason} ${TENANTS}.free, /tenants`,
    SwapFree: "54964 kB = the host's: no limit at any level",
  });
});

t.test('usage over the limit', async (t) => {
  const at = `${TENANTS}.over`;
  lines(t, ['v2', 'over', 'meminfo'], {
    MemFree: `0 kB = 0, usage is over the limit: memory.max 16 MiB - memory.current 25000 kB at ${at}`,
    Cached: `16384 kB = memory.stat file of ${at} (25165824), at most MemTotal - MemFree`,
    SwapTotal: `0 kB = min(memory.swap.max 0 kB at ${at}, host 65532 kB)`,
  });
});

t.test('swap', async (t) => {
  const v1 = `${TENANTS}.swap`;
  const limit = `memory.memsw.limit_in_bytes 56 MiB - memory.limit_in_bytes 32 MiB at ${v1}`;
  const usage = `(memory.memsw.usage_in_bytes 41740 kB - memory.usage_in_bytes 32528 kB at ${v1})`;
  lines(t, ['v1', 'swap', 'meminfo'], {
    SwapTotal: `24576 kB = min(${limit}, host 65532 kB)`,
    SwapFree: `15364 kB = SwapTotal 24576 kB - ${usage}; at most ${limit} - ${usage}`,
  });
});

t.test('huge pages', async (t) => {
  const at = `${TENANTS}.huge`;
  lines(t, ['v2', 'huge', 'meminfo'], {
    HugePages_Total: `2 = min(hugetlb.2MB.max 4 MiB at ${at} / 2048 kB, the host's)`,
    HugePages_Free: `2 = HugePages_Total 2 - hugetlb.2MB.current 0 kB at ${at} / 2048 kB`,
    Hugetlb: '4096 kB = HugePages_Total 2 * Hugepagesize 2048 kB',
  });
});

t.test(
  'vmstat: pages of memory.stat, events, disk I/O, and keys that no cgroup counts',
  async (t) => {
    const at = `${TENANTS}.limited`;
    lines(t, ['v2', 'limited', 'vmstat'], {
      nr_shmem: `768 pages = memory.stat shmem of ${at} (3145728)`,
      pgfault: `4989 = memory.stat pgfault of ${at} (4989)`,
      pgpgin: `10241 kB = io.stat rbytes of ${at}, all devices (10241 kB)`,
      numa_hit: `0 = 0, memory.stat of ${at} has no numa_hit`,
      nr_writeback_temp: '0 = 0, no cgroup counts it',
    });
    lines(t, ['v1', 'limited', 'vmstat'], {
      pgfault: `4988 = memory.stat total_pgfault of ${at} (4988)`,
      oom_kill: `0 = memory.oom_control oom_kill of ${at} (0)`,
    });
  },
);
