/**
 * How old a figure may be before it is read again: one row for each cache. docs/internals.md shows this table.
 * @module
 */

interface MaxAge {
  /** What is cached, for the documentation. */
  readonly figure: string;
  /** Microseconds of CLOCK_BOOTTIME. */
  readonly us: number;
  readonly why: string;
}

export const maxAge = {
  caller: {
    figure: 'the container of a calling thread',
    us: 1_000,
    why: 'a program that reads several files is resolved once; the kernel takes far longer to reuse a thread id',
  },
  cgroupFiles: {
    figure:
      'limits, memory.stat, quota, cpuset, I/O, pressure, slab caches and task count of a container',
    us: 1_000,
    why: 'a burst of reads, or a deep cgroup, must not read the same files for each request',
  },
  cpuTimes: {
    figure: 'CPU times of a container',
    us: 10_000,
    why: 'the files print ticks of 10 ms: a shorter step would not show',
  },
  hostCounters: {
    figure:
      "the host's meminfo, stat, swaps, diskstats, zoneinfo, schedstat, interrupts, softirqs and pressure",
    us: 10_000,
    why: 'all containers of a serving thread share them',
  },
  hostSlowFiles: {
    figure: "the host's cpuinfo and slabinfo",
    us: 1_000_000,
    why: 'reading cpuinfo takes 10 ms and more: x86 before 5.18 wakes idle CPUs for their frequency',
  },
  hostSettings: {
    figure:
      "the host's overcommit settings, online CPUs and size of huge pages; the lines of its NUMA node's files",
    us: 5_000_000,
    why: 'they change when an administrator changes them, or with a CPU that goes offline',
  },
  loadAverages: {
    figure: 'load averages of a container; tasks in states R and D; the last pid',
    us: 5_000_000,
    why: "the kernel's own period (LOAD_FREQ), to which a clock tick is added",
  },
  containers: {
    figure: 'the set of containers, where no event reports a change; of all tasks every tenth time',
    us: 60_000_000,
    why: 'cgroup events and the ends of processes report nearly all changes at once',
  },
  unwatchedContainers: {
    figure: 'the set of containers, where some cgroups cannot be watched',
    us: 2_000_000,
    why: 'without events a scan is the only way to find a container',
  },
  removedContainers: {
    figure: 'open files of a container whose cgroup was removed',
    us: 10_000_000,
    why: 'they cost descriptors and nothing else; 256 new containers start the check earlier',
  },
} as const satisfies Readonly<Record<string, MaxAge>>;
