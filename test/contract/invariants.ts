/**
 * What holds in every container, and what its files must agree on. The kernel itself does not promise
 * all of it.
 * @module
 */
import type { Bodies, Reader } from './readers.ts';

function numbers(bodies: Bodies, path: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const match of (bodies.get(path) ?? '').matchAll(/^ *([^\s:]+):? +(\d+)/gm)) {
    found.set(match[1] ?? '', Number(match[2]));
  }
  return found;
}

const broken = (rules: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));

const meminfo: Reader = (bodies) => {
  const found = numbers(bodies, 'proc/meminfo');
  const of = (key: string): number => found.get(key) ?? 0;
  return broken({
    'MemFree <= MemAvailable': of('MemFree') <= of('MemAvailable'),
    'MemAvailable <= MemTotal': of('MemAvailable') <= of('MemTotal'),
    'MemFree + Buffers + Cached + SReclaimable <= MemTotal':
      of('MemFree') + of('Buffers') + of('Cached') + of('SReclaimable') <= of('MemTotal'),
    'Active = its parts': of('Active') === of('Active(anon)') + of('Active(file)'),
    'Inactive = its parts': of('Inactive') === of('Inactive(anon)') + of('Inactive(file)'),
    'Slab = its parts': of('Slab') === of('SReclaimable') + of('SUnreclaim'),
    'Shmem <= Cached': of('Shmem') <= of('Cached'),
    'SwapFree + SwapCached <= SwapTotal': of('SwapFree') + of('SwapCached') <= of('SwapTotal'),
    'HugePages_Free <= HugePages_Total': of('HugePages_Free') <= of('HugePages_Total'),
  });
};

/** The figures that both files show, kB and pages. */
const SHARED = {
  ...{
    nr_free_pages: 'MemFree',
    nr_anon_pages: 'AnonPages',
    nr_mapped: 'Mapped',
    nr_shmem: 'Shmem',
  },
  ...{ nr_active_anon: 'Active(anon)', nr_inactive_anon: 'Inactive(anon)', nr_dirty: 'Dirty' },
  ...{ nr_zone_active_file: 'Active(file)', nr_inactive_file: 'Inactive(file)' },
  ...{ nr_slab_reclaimable: 'SReclaimable', nr_page_table_pages: 'PageTables' },
};

const vmstat: Reader = (bodies) => {
  const [memory, pages] = [numbers(bodies, 'proc/meminfo'), numbers(bodies, 'proc/vmstat')];
  return Object.entries(SHARED).flatMap(([key, line]) => {
    const [kB, count] = [memory.get(line) ?? 0, pages.get(key) ?? 0];
    return count === Math.floor(kB / 4) ? [] : [`${key} ${count}, ${line} ${kB} kB`];
  });
};

const stat: Reader = (bodies) => {
  const rows = (bodies.get('proc/stat') ?? '').match(/^cpu.*$/gm) ?? [];
  const [all = [], ...each] = rows.map((row) => row.split(/ +/).slice(1).map(Number));
  const sums = all.map((_, i) => each.reduce((sum, row) => sum + (row[i] ?? 0), 0));
  return broken({
    'the cpu line is the sum of the others': sums.every((sum, i) => sum === all[i]),
    'iowait to guest_nice are 0': all.slice(4).every((value) => value === 0),
  });
};

const cpuinfo: Reader = (bodies) => {
  const text = bodies.get('proc/cpuinfo') ?? '';
  const values = (key: string): number[] =>
    [...text.matchAll(new RegExp(`^${key}\\t+: (\\d+)$`, 'gm'))].map((match) => Number(match[1]));
  const count = values('processor').length;
  return broken({
    'siblings = CPUs': values('siblings').every((value) => value === count),
    'cpu cores = CPUs': values('cpu cores').every((value) => value === count),
    'core ids differ': new Set(values('core id')).size === values('core id').length,
    'one socket': values('physical id').every((value) => value === 0),
  });
};

const load: Reader = (bodies) => {
  const [, running, total] = /(\d+)\/(\d+)/.exec(bodies.get('proc/loadavg') ?? '') ?? [];
  const procs = numbers(bodies, 'proc/stat').get('procs_running');
  return broken({
    'running <= total': Number(running) <= Number(total),
    'procs_running is the running of loadavg': procs === Number(running),
  });
};

const uptime: Reader = (bodies) => {
  const [up = 0, idle = 0] = (bodies.get('proc/uptime') ?? '').split(' ').map(Number);
  const line = /^cpu {2}\d+ \d+ \d+ (\d+)/m.exec(bodies.get('proc/stat') ?? '')?.[1];
  const cpus = (bodies.get('proc/stat') ?? '').match(/^cpu\d+ /gm)?.length ?? 0;
  return broken({
    'idle is that of stat': Math.round(idle * 100) === Number(line),
    'idle <= uptime * CPUs': idle <= (up + 0.01) * cpus,
  });
};

const swaps: Reader = (bodies) => {
  const memory = numbers(bodies, 'proc/meminfo');
  const [total = 0, free = 0] = [memory.get('SwapTotal'), memory.get('SwapFree')];
  const areas = (bodies.get('proc/swaps') ?? '').trimEnd().split('\n').slice(1);
  const [, , size, used] = (areas[0] ?? '').split(/\s+/);
  return broken({
    'one area, if there is swap': areas.length === (total > 0 ? 1 : 0),
    'Size is SwapTotal': Number(size ?? 0) === total,
    'Used is SwapTotal - SwapFree': Number(used ?? 0) === total - free,
  });
};

/** Sectors of all disks, and the kB that vmstat says were read or written. */
const disks: Reader = (bodies) => {
  const rows = (bodies.get('proc/diskstats') ?? '').split('\n').filter(Boolean);
  const fields = rows.map((row) => row.trim().split(/ +/).map(Number));
  const vm = numbers(bodies, 'proc/vmstat');
  const sum = (column: number): number =>
    fields.reduce((all, row) => all + (row[column - 1] ?? 0), 0);
  const ofTimes = [5, 7, 9, 11, 12, 13, 14, 16, 18, 19, 20];
  return broken({
    'sectors read are pgpgin': Math.floor(sum(6) / 2) === vm.get('pgpgin'),
    'sectors written are pgpgout': Math.floor(sum(10) / 2) === vm.get('pgpgout'),
    'each device was used': fields.every((row) => row.slice(3).some((value) => value > 0)),
    'merges and times are 0': ofTimes.every((column) => sum(column) === 0),
  });
};

const pressure: Reader = (bodies) =>
  ['cpu', 'memory', 'io'].flatMap((resource) => {
    const text = bodies.get(`proc/pressure/${resource}`) ?? '';
    const totals = [...text.matchAll(/total=(\d+)$/gm)].map((match) => Number(match[1]));
    const averages = [...text.matchAll(/avg\d+=([\d.]+)/g)].map((match) => Number(match[1]));
    const [some = 0, full = 0] = totals;
    return broken({
      [`${resource}: full <= some`]: full <= some,
      [`${resource}: at most 100 %`]: averages.every((value) => value <= 100),
    });
  });

const ofAll = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Every file that names CPUs names as many. */
const cpus: Reader = (bodies) => {
  const count = ofAll(bodies.get('proc/stat') ?? '', /^cpu\d+ /gm);
  const counted: Readonly<Record<string, RegExp>> = {
    ...{ cpuinfo: /^processor\t*: \d+$/gm, schedstat: /^cpu\d+ /gm, zoneinfo: /^ {4}cpu: \d+$/gm },
    ...{ interrupts: /CPU\d+ /g, softirqs: /CPU\d+ /g },
  };
  return Object.entries(counted).flatMap(([file, pattern]) => {
    const body = bodies.get(`proc/${file}`);
    const found = body === undefined ? count : ofAll(body, pattern);
    return found === count ? [] : [`${file}: ${found} CPUs, ${count} in stat`];
  });
};

/** Run time is what stat says, to the tick of each of its three parts. */
const schedstat: Reader = (bodies) => {
  const ticks = [...(bodies.get('proc/stat') ?? '').matchAll(/^cpu\d+ (\d+) (\d+) (\d+) /gm)];
  const lines = [...(bodies.get('proc/schedstat') ?? '').matchAll(/^cpu\d+(?: \d+){6} (\d+) /gm)];
  return lines.flatMap(([line, ns], i) => {
    const busy = (ticks[i] ?? []).slice(1).reduce((sum, each) => sum + Number(each), 0);
    const tenths = Number(ns) / 1e7 - busy;
    return tenths >= 0 && tenths < 3 ? [] : [`${line}: stat says ${busy} ticks`];
  });
};

/** One zone, of the size in meminfo. */
const zoneinfo: Reader = (bodies) => {
  const [memory, pages] = [numbers(bodies, 'proc/meminfo'), numbers(bodies, 'proc/vmstat')];
  const zone = numbers(bodies, 'proc/zoneinfo');
  const text = bodies.get('proc/zoneinfo') ?? '';
  const total = Math.floor((memory.get('MemTotal') ?? 0) / 4);
  const other = [...zone].filter(([key, value]) => pages.has(key) && pages.get(key) !== value);
  return [
    ...broken({
      'one zone': ofAll(text, /^Node 0, zone/gm) === 1 && ofAll(text, /^Node/gm) === 1,
      'its size is MemTotal': ['spanned', 'present', 'managed'].every((k) => zone.get(k) === total),
      'free is nr_free_pages':
        Number(/pages free +(\d+)/.exec(text)?.[1]) === pages.get('nr_free_pages'),
      'watermarks below the size': ['min', 'low', 'high'].every(
        (key) => (zone.get(key) ?? 0) <= total,
      ),
    }),
    ...other.map(([key, value]) => `${key} ${value}, vmstat ${pages.get(key)}`),
  ];
};

/** What glibc, lscpu and numactl ask in place of /proc. */
const sys: Reader = (bodies) => {
  const at = (path: string): string => bodies.get(`sys/devices/system/${path}`) ?? '';
  const count = ofAll(bodies.get('proc/stat') ?? '', /^cpu\d+ /gm);
  const list = count === 1 ? '0\n' : `0-${count - 1}\n`;
  const total = /^Node 0 MemTotal: +(\d+) kB$/m.exec(at('node/node0/meminfo'))?.[1];
  return broken({
    'online, possible and present are the CPUs of stat': ['online', 'possible', 'present'].every(
      (name) => at(`cpu/${name}`) === list,
    ),
    'node 0 has them all': at('node/node0/cpulist') === list,
    'and all memory': Number(total) === numbers(bodies, 'proc/meminfo').get('MemTotal'),
    'there is no other node': at('node/online') === '0\n' && at('node/possible') === '0\n',
  });
};

export const invariants: Readonly<Record<string, Reader>> = {
  ...{ meminfo, vmstat, stat, cpuinfo, load, uptime, swaps, disks, pressure },
  ...{ cpus, schedstat, zoneinfo, sys },
};
