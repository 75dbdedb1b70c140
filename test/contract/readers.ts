/**
 * What programs make of the files: the table of readers in the specification, one check each. A check
 * gets all bodies of one container (or of a host), by path, and returns what would break.
 * @module
 */

export type Bodies = ReadonlyMap<string, string>;
export type Reader = (bodies: Bodies) => string[];

const body = (bodies: Bodies, path: string): string => bodies.get(`proc/${path}`) ?? '';

const lines = (bodies: Bodies, path: string): string[] => body(bodies, path).split('\n');

/** One line of meminfo, as the C programs read it. */
const memory = (bodies: Bodies, key: string): number =>
  Number(new RegExp(`^${key}: +(\\d+)`, 'm').exec(body(bodies, 'meminfo'))?.[1] ?? 0);

const need = (holds: boolean, what: string): string[] => (holds ? [] : [what]);

const cpuIds = (bodies: Bodies): number[] =>
  lines(bodies, 'stat')
    .flatMap((line) => /^cpu(\d+) /.exec(line)?.[1] ?? [])
    .map(Number);

const processors = (bodies: Bodies): number[] =>
  lines(bodies, 'cpuinfo')
    .flatMap((line) => /^processor\t*: (\d+)$/.exec(line)?.[1] ?? [])
    .map(Number);

const procps: Reader = (bodies) => {
  const numbers = /^cpu +(.*)$/m.exec(body(bodies, 'stat'))?.[1]?.split(' ') ?? [];
  return [
    ...need(numbers.length >= 8 && numbers.every((each) => /^\d+$/.test(each)), 'stat: first line'),
    ...need(body(bodies, 'meminfo').length <= 8191, 'meminfo is longer than one read'),
    ...need(memory(bodies, 'MemTotal') > 0, 'MemTotal is 0'),
  ];
};

const libuv: Reader = (bodies) => [
  ...need((lines(bodies, 'stat')[0] ?? '') !== '', 'stat: empty first line'),
  ...need(body(bodies, 'meminfo').length <= 4095, 'meminfo is longer than one read'),
  ...need(cpuIds(bodies).length === processors(bodies).length, 'stat and cpuinfo: number of CPUs'),
];

const jdk: Reader = (bodies) => [
  ...need(
    cpuIds(bodies).every((id, i) => id === i),
    'stat: CPU ids have gaps',
  ),
  ...need(
    processors(bodies).every((id, i) => id === i),
    'cpuinfo: processors have gaps',
  ),
];

const sysstat: Reader = (bodies) => [
  ...need(body(bodies, 'stat').startsWith('cpu  '), 'stat: not `cpu` and two blanks'),
  ...need(/^\d+\.\d/.test(body(bodies, 'uptime')), 'uptime: no decimals'),
];

const prometheus: Reader = (bodies) => {
  const softirq = /^softirq (.*)$/m.exec(body(bodies, 'stat'))?.[1]?.split(' ') ?? [];
  const intr = /^intr (.*)$/m.exec(body(bodies, 'stat'))?.[1]?.split(' ') ?? [];
  return [
    ...need(
      lines(bodies, 'meminfo')
        .slice(0, -1)
        .every((line) => /^\S+: +\d/.test(line)),
      'meminfo: no value',
    ),
    ...need(softirq.length === 11, 'softirq: not total and ten'),
    ...need(intr.length > 0 && intr.every((each) => /^\d+$/.test(each)), 'intr: not all unsigned'),
  ];
};

/** Fields of a line of diskstats that psutil knows: Linux 2.6, 4.18, 5.5. */
const DISK_FIELDS = [14, 18, 20];

const psutil: Reader = (bodies) => [
  ...need(memory(bodies, 'MemAvailable') <= memory(bodies, 'MemTotal'), 'MemAvailable > MemTotal'),
  ...need(
    lines(bodies, 'diskstats')
      .filter(Boolean)
      .every((line) => DISK_FIELDS.includes(line.trim().split(/ +/).length)),
    'diskstats: number of fields',
  ),
];

const htop: Reader = (bodies) => {
  const [cached, reclaimable, shmem] = ['Cached', 'SReclaimable', 'Shmem'].map((key) =>
    memory(bodies, key),
  );
  const swap =
    memory(bodies, 'SwapTotal') - memory(bodies, 'SwapFree') - memory(bodies, 'SwapCached');
  return [
    ...need(
      (cached ?? 0) + (reclaimable ?? 0) - (shmem ?? 0) >= 0,
      'Cached + SReclaimable < Shmem',
    ),
    ...need(swap >= 0, 'SwapFree + SwapCached > SwapTotal'),
  ];
};

const elasticsearch: Reader = (bodies) =>
  need(
    /^\d+\.\d+\s+\d+\.\d+\s+\d+\.\d+\s+\d+\/\d+\s+\d+$/.test(body(bodies, 'loadavg').trimEnd()),
    'loadavg',
  );

export const readers: Readonly<Record<string, Reader>> = {
  ...{ procps, libuv, jdk, sysstat, prometheus, psutil, htop, elasticsearch },
};
