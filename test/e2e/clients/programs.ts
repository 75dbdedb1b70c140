/**
 * Programs that are often run in containers, and where each prints which figure.
 * @module
 */
import { MiB } from '../helpers/suite.ts';
import { count, type Figure, named, number, type Shown } from './figures.ts';

export interface Program {
  readonly name: string;
  readonly argv: readonly string[];
  /** Empty: the program only has to succeed without an error message. */
  readonly shows: Partial<Record<Figure, Shown>>;
  /** A command that fails if the program is not installed; absent: `argv[0]` must be a program. */
  readonly needs?: readonly string[];
}

const KIB = 1024;
const MINUTE = 60;

const load = number(/load average: ([\d.]+)/);
const minutes = number(/ up +(\d+) min/, MINUTE);
/** Lines of the scripts below. */
const memory = { total: named('total'), free: named('free') };

const NODE = `
const os = require('node:os');
const seen = { total: os.totalmem(), free: os.freemem(), available: process.availableMemory?.() };
Object.assign(seen, { cpus: os.cpus().length, load: os.loadavg()[0].toFixed(2), uptime: os.uptime() });
for (const [name, value] of Object.entries(seen)) console.log(name + '=' + value);
`;

const PYTHON = `
import os
print('cpus=%d' % os.cpu_count())
print('configured=%d' % os.sysconf('SC_NPROCESSORS_CONF'))
`;

const PSUTIL = `
import psutil
memory = psutil.virtual_memory()
psutil.swap_memory(), psutil.cpu_times(True), psutil.cpu_stats(), psutil.disk_io_counters(True)
print('total=%d\\nfree=%d\\ncpus=%d' % (memory.total, memory.free, len(psutil.cpu_times(True))))
`;

const EXPORTER = `
const collectors = ['cpu', 'diskstats', 'loadavg', 'meminfo', 'pressure', 'slabinfo', 'stat', 'vmstat', 'zoneinfo'];
const port = 20000 + (process.pid + Date.now()) % 20000;
const child = require('node:child_process').spawn('prometheus-node-exporter', [
  '--log.level=error', '--web.listen-address=127.0.0.1:' + port, '--collector.disable-defaults', '--path.udev.data=/tmp',
  ...collectors.map((name) => '--collector.' + name)], { stdio: 'inherit' }).on('exit', () => process.exit());
(async () => {
  for (let tries = 0; tries < 300; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await fetch('http://127.0.0.1:' + port + '/metrics').catch(() => null);
    if (answer) { console.log(await answer.text()); break; }
  }
  child.kill();
})();
`;

const procps: readonly Program[] = [
  {
    name: 'free',
    argv: ['free', '-b'],
    shows: { total: number(/^Mem: +(\d+)/m), free: number(/^Mem: +\d+ +\d+ +(\d+)/m) },
  },
  {
    name: 'top',
    argv: ['top', '-b', '-n', '1'],
    shows: {
      total: number(/MiB Mem : +([\d.]+) total/, MiB),
      free: number(/MiB Mem : .* ([\d.]+) free/, MiB),
      load,
      uptime: minutes,
    },
  },
  {
    name: 'vmstat -s',
    argv: ['vmstat', '-s'],
    shows: { total: number(/(\d+) K total memory/, KIB), free: number(/(\d+) K free memory/, KIB) },
  },
  { name: 'vmstat -d', argv: ['vmstat', '-d'], shows: {} },
  { name: 'ps', argv: ['ps', 'aux'], shows: {} },
  { name: 'pgrep', argv: ['pgrep', 'sleep'], shows: {} },
  { name: 'slabtop', argv: ['slabtop', '-o'], shows: {} },
  { name: 'uptime', argv: ['uptime'], shows: { load, uptime: minutes } },
  { name: 'w', argv: ['w'], shows: { load, uptime: minutes } },
];

const sysstat: readonly Program[] = [
  {
    name: 'mpstat',
    argv: ['mpstat', '-P', 'ALL', '1', '1'],
    shows: { cpus: count(/^Average: +\d+ /gm) },
  },
  {
    name: 'sar',
    argv: ['sar', '-q', '-r', '1', '1'],
    shows: {
      free: number(/kbmemfree.*\n\S+ +(\d+)/, KIB),
      load: number(/ldavg-1.*\n\S+ +\d+ +\d+ +([\d.]+)/),
      cpus: number(/\((\d+) CPU\)/),
    },
  },
  { name: 'iostat', argv: ['iostat', '-x', '1', '1'], shows: { cpus: number(/\((\d+) CPU\)/) } },
];

const screens: readonly Program[] = [
  {
    name: 'htop',
    argv: ['script', '-qec', 'stty cols 120 rows 40; { sleep 2; printf q; } | htop', '/dev/null'],
    needs: ['htop', '--version'],
    shows: {
      total: number(/Mem\[[^\]]*[\d.]+M\/(\d+)M\]/, MiB),
      load: number(/Load average: ([\d.]+)/),
    },
  },
  {
    name: 'busybox top',
    argv: ['busybox', 'top', '-b', '-n', '1'],
    shows: { free: number(/(\d+)K free/, KIB), load: number(/Load average: ([\d.]+)/) },
  },
];

const counters: readonly Program[] = [
  { name: 'lscpu', argv: ['lscpu'], shows: { cpus: number(/^CPU\(s\): +(\d+)$/m) } },
  { name: 'lscpu -p', argv: ['lscpu', '-p=CPU'], shows: { cpus: count(/^\d+$/gm) } },
  ...['ONLN', 'CONF'].map((which) => ({
    name: `getconf _NPROCESSORS_${which}`,
    argv: ['getconf', `_NPROCESSORS_${which}`],
    shows: { cpus: number(/(\d+)/) },
  })),
];

const runtimes: readonly Program[] = [
  {
    name: 'Node.js',
    argv: ['node', '-e', NODE],
    shows: { ...memory, cpus: named('cpus'), load: named('load'), uptime: named('uptime') },
  },
  {
    name: 'Python',
    argv: ['/usr/bin/python3', '-c', PYTHON],
    shows: { cpus: named('cpus') },
  },
  {
    name: 'psutil',
    argv: ['/usr/bin/python3', '-c', PSUTIL],
    needs: ['/usr/bin/python3', '-c', 'import psutil'],
    shows: { ...memory, cpus: named('cpus') },
  },
  {
    name: 'Java',
    argv: ['java', '-XX:-UseContainerSupport', '-Xlog:gc+init', '--version'],
    needs: ['java', '-version'],
    shows: { cpus: number(/CPUs: (\d+) total/) },
  },
  {
    name: 'node_exporter',
    argv: ['node', '-e', EXPORTER],
    needs: ['prometheus-node-exporter', '--version'],
    shows: {
      total: number(/^node_memory_MemTotal_bytes (.+)$/m),
      free: number(/^node_memory_MemFree_bytes (.+)$/m),
      load: number(/^node_load1 (.+)$/m),
      cpus: count(/^node_cpu_seconds_total\{cpu="\d+",mode="idle"\}/gm),
    },
  },
];

export const programs: readonly Program[] = [
  ...procps,
  ...sysstat,
  ...screens,
  ...counters,
  ...runtimes,
];
