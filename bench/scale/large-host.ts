/** Enlarges a captured host of the tests to 1,024 CPUs, 2,000 interrupts and 64 nodes. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const CPUS = 1024;
const INTERRUPTS = 2000;
const NODES = 64;

/** Numbers of different lengths, the same in every run. */
const counter = (i: number): number => (i * 2_654_435_761) % 10 ** ((i * 7) % 11);

const each = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

function stat(text: string): string {
  const cpu = (i: number): string =>
    `cpu${i} ${counter(i + 1)} 0 ${counter(i + 2)} ${i * 991_337} 17 0 3 0 0 0\n`;
  const intr = `intr 123456789${each(INTERRUPTS, (i) => ` ${counter(i)}`)}\n`;
  const others = text.split('\n').filter((line) => !/^(cpu|intr)/.test(line));
  return `cpu  1 2 3 4 5 6 7 8 9 0\n${each(CPUS, cpu)}${intr}${others.join('\n')}`;
}

function cpuinfo(text: string): string {
  const [block = ''] = text.split(/(?<=\n\n)/);
  return each(CPUS, (i) =>
    block
      .replace(/^processor\t: \d+/, `processor\t: ${i}`)
      .replace(/^(apicid|core id|initial apicid)(\t+): \d+/gm, `$1$2: ${i}`)
      .replace(/^cpu MHz.*/m, `cpu MHz\t\t: ${2000 + (i % 700)}.${100 + (i % 900)}`),
  );
}

function columns(rows: number, name: (row: number) => string): string {
  const title = each(CPUS, (cpu) => `CPU${cpu}`.padEnd(11));
  const row = (i: number): string => {
    const numbers = each(CPUS, (cpu) =>
      String((i * 31 + cpu) % 97 ? 0 : counter(i + cpu)).padStart(11),
    );
    return `${name(i).padStart(4)}:${numbers}  PCI-MSI ${i}-edge      device-${i}\n`;
  };
  return `           ${title}\n${each(rows, row)}`;
}

function schedstat(): string {
  const mask = each(CPUS / 32, () => 'ffffffff,').slice(0, -1);
  const domain = `domain0 ${mask}${' 0'.repeat(36)}\n`;
  const cpu = (i: number): string => `cpu${i} 0 0 0 0 0 0 ${counter(i)} ${counter(i + 1)} 9\n`;
  return `version 15\ntimestamp 4294899700\n${each(CPUS, (i) => cpu(i) + domain)}`;
}

/** Each node has the zones of the captured node, and each zone has a list for each CPU. */
function zoneinfo(text: string): string {
  const pageset = (i: number): string =>
    `    cpu: ${i}\n              count: 0\n              high:  52\n              batch: 1\n  vm stats threshold: 10\n`;
  const zones = text
    .split(/(?=^Node)/m)
    .map((zone) =>
      zone.replace(/ {4}cpu: 0\n[\s\S]*?(?= {2}node_unreclaimable)/, each(CPUS, pageset)),
    );
  return each(NODES, (node) => zones.join('').replaceAll('Node 0', `Node ${node}`));
}

/** Files whose length depends on the machine, in any directory. */
const ENLARGED: Readonly<Record<string, (text: string) => string>> = {
  stat: (text) => (text.startsWith('cpu ') ? stat(text) : text),
  cpuinfo,
  schedstat,
  zoneinfo,
  cpumap: () => `${each(CPUS / 32, () => 'ffffffff,').slice(0, -1)}\n`,
  interrupts: () => columns(INTERRUPTS, String),
  softirqs: () => columns(10, (row) => `SI${row}`),
  'cpuacct.usage_percpu': () => `${each(CPUS, (i) => `${counter(i + 3) * 1000} `)}\n`,
  'cpuacct.usage_all': () =>
    `cpu user system\n${each(CPUS, (i) => `${i} ${counter(i + 1)} ${counter(i + 2)}\n`)}`,
};

/** Lists of all CPUs of the captured hosts. */
const ALL = /^0-(3|63)\n$/;
const CPULISTS = /^(cpuset\.(cpus|effective_cpus|cpus\.effective)|online|possible|present)$/;

function enlarge(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) enlarge(path);
    if (!entry.isFile()) continue;
    const change = ENLARGED[entry.name];
    const isList = CPULISTS.test(entry.name) && dirname(path).endsWith('node') === false;
    if (!change && !isList) continue;
    const text = readFileSync(path, 'latin1');
    writeFileSync(path, change ? change(text) : text.replace(ALL, `0-${CPUS - 1}\n`), 'latin1');
  }
}

/**
 * Writes the enlarged host.
 * @param captured the directory of a captured host
 * @returns its roots, as in the configuration
 */
export function largeHost(
  captured: string,
  into: string,
): Record<'proc' | 'sys' | 'cgroup', string> {
  cpSync(captured, into, { recursive: true, verbatimSymlinks: true });
  enlarge(into);
  const nodes = join(into, 'sys/devices/system/node');
  for (let node = 1; node < NODES; node++) {
    const directory = join(nodes, `node${node}`);
    mkdirSync(directory, { recursive: true });
    cpSync(join(nodes, 'node0'), directory, { recursive: true, verbatimSymlinks: true });
  }
  writeFileSync(join(nodes, 'online'), `0-${NODES - 1}\n`);
  return { proc: join(into, 'proc'), sys: join(into, 'sys'), cgroup: join(into, 'cgroup') };
}
