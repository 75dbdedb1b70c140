/**
 * The contract's checks can fail: each is shown a body with one mistake.
 */
import t from 'tap';
import { views } from '../../src/views/registry.ts';
import { hasFile, hostFile } from '../helpers/captured.ts';
import { readGolden } from '../helpers/golden.ts';
import { formats, text } from './formats.ts';
import { invariants } from './invariants.ts';
import { readers } from './readers.ts';

/** What one container read, all views, with one body changed. */
function changed(path: string, from: string | RegExp, to: string): Map<string, string> {
  const kept = views.filter((view) => hasFile('v2', view.path));
  const bodies = new Map(
    kept.map((view) => [view.path, readGolden('v2', view).get('pinned') ?? '']),
  );
  const full = fullPath(path);
  const before = bodies.get(full) ?? '';
  bodies.set(full, before.replace(from, to));
  if (before === bodies.get(full)) throw new Error(`${path}: no ${from}`);
  return bodies;
}

type Mistake = readonly [path: string, from: string | RegExp, to: string];

const MISTAKES: Readonly<Record<string, readonly Mistake[]>> = {
  text: [
    ['loadavg', /\n$/, ''],
    ['loadavg', '0.0', '0.\0'],
    ['loadavg', '0.0', 'NaN'],
    ['meminfo', /^.*$/s, ''],
    ['cpuinfo', 'processor', 'proc\u00e9ssor'],
  ],
  format: [
    ['meminfo', 'MemFree: ', 'MemFree:  '],
    ['meminfo', /^MemFree.*\n/m, ''],
    ['meminfo', 'MemFree', 'MemFres'],
    ['meminfo', /( \d+) kB\n/, '$1\n'],
    ['meminfo', 'Buffers:               0', 'Buffers:              -1'],
    ['meminfo', '\n', '\n\n'],
    ['vmstat', /^nr_zone_active_anon.*\n/m, ''],
    ['vmstat', /^(pgfault) /m, '$1  '],
    ['vmstat', /^(pgfault \d+)/m, '$1.5'],
    ['stat', 'cpu0 ', 'cpu0  '],
    ['stat', /^(cpu1 .*) 0$/m, '$1'],
    ['stat', /^intr \d+ /m, 'intr '],
    ['stat', /^btime.*\n/m, ''],
    ['stat', /^btime \d+/m, 'btime -1'],
    ['stat', /^softirq \d+ /m, 'softirq '],
    ['stat', /^(cpu0 .*\n)(cpu1 .*\n)/m, '$2$1'],
    ['sys/devices/system/cpu/online', '0-1', '0-1,'],
    ['sys/devices/system/node/node0/cpumap', '3', '03'],
    ['sys/devices/system/node/node0/distance', '10', ''],
    ['sys/devices/system/node/node0/numastat', 'numa_hit 0', 'numa_hit'],
    ['sys/devices/system/node/node0/meminfo', 'MemUsed: ', 'MemUsed:'],
    ['loadavg', '/', ' '],
    ['loadavg', '0.0', '0.'],
    ['zoneinfo', /^ +nr_mapped .*$/m, '      nr_mapped 0'],
    ['zoneinfo', /^ +managed.*$/m, '        managed  -1'],
    ['zoneinfo', 'vm stats', 'VM stats'],
    ['schedstat', 'version 15', 'version 14'],
    ['schedstat', /^timestamp.*\n/m, ''],
    ['schedstat', 'cpu1', 'cpu3'],
    ['schedstat', /^(cpu0 .*) 0$/m, '$1'],
    ['schedstat', /^cpu[\s\S]*$/m, ''],
    ['interrupts', 'CPU1', 'CPU3'],
    ['interrupts', /^[\s\S]*?\n/, ''],
    ['interrupts', /^ERR.*\n/m, ''],
    ['interrupts', /^(LOC: +)\d+/m, '$10'],
    ['softirqs', /^( +SCHED:)( +\d+)/m, '$1$2$2'],
    ['cpuinfo', /^vendor_id.*\n/m, ''],
    ['cpuinfo', /\n\n/, '\n\n\n'],
    ['cpuinfo', /\n\n$/, '\n'],
    ['cpuinfo', 'core id\t\t: ', 'core id\t: '],
    ['uptime', /\d\n/, '\n'],
    ['uptime', ' ', '  '],
    ['swaps', 'Size\t\tUsed', 'Size\tUsed'],
    ['swaps', 'none  ', 'none '],
    ['swaps', '65532\t\t', '65532\t'],
    ['swaps', 'virtual\t\t', 'virtual\t'],
    ['diskstats', 'vda', 'sda'],
    ['diskstats', ' 0\n', '\n'],
    ['diskstats', /( 254 .*\n)/, '$1$1'],
    ['slabinfo', 'version: 2.1', 'version: 2.0'],
    ['slabinfo', /\n.*\n/, '\n'],
    ['slabinfo', /$/, 'dentry 1 2 3\n'],
    ['pressure/cpu', /full.*\n/, ''],
    ['pressure/cpu', /avg10=(\d+)\.\d\d/, 'avg10=$1.0'],
    ['pressure/memory', 'total=', 'total=-'],
  ],
  procps: [
    ['stat', /^(cpu {2}(\d+ ){6}\d+).*$/m, '$1'],
    ['meminfo', /^MemTotal: +\d+/m, 'MemTotal:              0'],
    ['meminfo', /$/, `${' '.repeat(8192)}\n`],
  ],
  libuv: [
    ['stat', /^/, '\n'],
    ['meminfo', /$/, `${' '.repeat(4096)}\n`],
    ['stat', /^cpu1 .*\n/m, ''],
    ['cpuinfo', /^processor.*\n/m, ''],
  ],
  jdk: [
    ['stat', 'cpu1', 'cpu3'],
    ['cpuinfo', /processor\t: 1/, 'processor\t: 3'],
  ],
  sysstat: [
    ['stat', 'cpu  ', 'cpu '],
    ['uptime', /^(\d+)\.\d\d/, '$1'],
  ],
  prometheus: [
    ['meminfo', /^Buffers: +\d+ kB/m, 'Buffers:'],
    ['meminfo', '\n', '\n\n'],
    ['stat', /^softirq \d+ /m, 'softirq '],
    ['stat', /^intr (\d+) /m, 'intr $1 -1 '],
  ],
  psutil: [
    ['meminfo', /^MemAvailable: +\d/m, 'MemAvailable: 9'],
    ['diskstats', ' 0 0 0\n', '\n'],
  ],
  htop: [
    ['meminfo', /^Shmem: +\d/m, 'Shmem: 99999999'],
    ['meminfo', /^SwapFree: +\d/m, 'SwapFree: 9'],
    ['meminfo', /^SwapCached: +\d/m, 'SwapCached: 99999999'],
  ],
  elasticsearch: [['loadavg', /\.\d\d/, '']],
  meminfo: [
    ['meminfo', /^MemFree: +\d/m, 'MemFree: 9'],
    ['meminfo', /^Cached: +\d/m, 'Cached: 9'],
    ['meminfo', /^Active: +\d/m, 'Active: 9'],
    ['meminfo', /^Inactive\(file\): +\d/m, 'Inactive(file): 9'],
    ['meminfo', /^Slab: +\d/m, 'Slab: 9'],
    ['meminfo', /^HugePages_Free: +\d/m, 'HugePages_Free: 9'],
  ],
  vmstat: [
    ['vmstat', /^nr_free_pages /m, 'nr_free_pages 1'],
    ['vmstat', /^nr_inactive_file /m, 'nr_inactive_file 1'],
  ],
  stat: [
    ['stat', 'cpu  ', 'cpu  1'],
    ['stat', /^(cpu1 .*) 0$/m, '$1 1'],
    ['stat', / 0\ncpu0/, ' 1\ncpu0'],
  ],
  cpuinfo: [
    ['cpuinfo', /^siblings\t: 2/m, 'siblings\t: 4'],
    ['cpuinfo', /^cpu cores\t: 2/m, 'cpu cores\t: 4'],
    ['cpuinfo', /^core id\t\t: 1/m, 'core id\t\t: 0'],
    ['cpuinfo', /^physical id\t: 0/m, 'physical id\t: 1'],
  ],
  uptime: [
    ['uptime', /\d\n/, '\n'],
    ['stat', /^(cpu {2}\d+ \d+ \d+) /m, '$1'],
    ['uptime', ' ', ' 9'],
  ],
  swaps: [
    ['swaps', /none.*\n/, ''],
    ['swaps', '65532', '65531'],
    ['swaps', '\t0\t\t0\n', '\t4\t\t0\n'],
    ['meminfo', /^SwapTotal: +\d+/m, 'SwapTotal:             0'],
  ],
  disks: [
    ['diskstats', ' 14336 ', ' 14338 '],
    ['diskstats', ' 6144 ', ' 6142 '],
    ['diskstats', /$/, ' 254      16 vdb 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n'],
    ['diskstats', 'vda 7 0', 'vda 7 1'],
  ],
  pressure: [
    ['pressure/cpu', 'some avg10=0.', 'some avg10=101.'],
    ['pressure/io', /(full .*total=)/, '$199999999'],
  ],
  cpus: [
    ['schedstat', /^cpu1.*\n/m, ''],
    ['interrupts', 'CPU1 ', ''],
    ['softirqs', 'CPU1 ', ''],
    ['zoneinfo', /^ +cpu: 1\n/m, ''],
    ['cpuinfo', /^processor.*\n/m, ''],
  ],
  schedstat: [
    ['schedstat', /^(cpu0 (\d+ ){6})\d+/m, '$10'],
    ['stat', /^cpu1 \d+/m, 'cpu1 0'],
  ],
  zoneinfo: [
    ['zoneinfo', /^/, 'Node 0, zone      DMA\n'],
    ['zoneinfo', 'Node 0', 'Node 1'],
    ['zoneinfo', /^ +present .*$/m, '        present  1'],
    ['zoneinfo', /pages free +\d+/, 'pages free     1'],
    ['zoneinfo', /^ +low .*$/m, '        low      12289'],
    ['zoneinfo', /^ +nr_active_anon .*$/m, '      nr_active_anon 1'],
  ],
  sys: [
    ['sys/devices/system/cpu/possible', '0-1', '0-3'],
    ['sys/devices/system/node/node0/cpulist', '0-1', '0'],
    ['sys/devices/system/node/node0/meminfo', /MemTotal: +\d/, 'MemTotal: 9'],
    ['sys/devices/system/node/possible', '0', '0-1'],
  ],
  load: [
    ['loadavg', /\d+\//, '77/'],
    ['stat', /^procs_running \d+/m, 'procs_running 77'],
  ],
};

/** Names of these tests are below /proc unless they begin with `sys/`. */
const fullPath = (path: string): string => (path.startsWith('sys/') ? path : `proc/${path}`);

function complaints(check: string, path: string, bodies: ReadonlyMap<string, string>): string[] {
  const body = bodies.get(fullPath(path)) ?? '';
  const host = hostFile('v2', fullPath(path));
  if (check === 'text') return text(body, host);
  if (check === 'format') return formats[fullPath(path)]?.(body, host) ?? [];
  return { ...readers, ...invariants }[check]?.(bodies) ?? [];
}

for (const [check, mistakes] of Object.entries(MISTAKES)) {
  t.test(check, async (t) => {
    for (const [path, from, to] of mistakes) {
      const found = complaints(check, path, changed(path, from, to));
      t.not(found.length, 0, `${path}: ${from} -> ${JSON.stringify(to.slice(0, 20))}`);
    }
  });
}

t.test('no check is without a mistake', async (t) => {
  const checks = ['text', 'format', ...Object.keys(readers), ...Object.keys(invariants)];
  t.strictSame(Object.keys(MISTAKES).sort(), checks.sort());
});
