/**
 * The kernel's own layout of each file: what every body must obey, the host's own bytes and a
 * container's alike. Each check returns what is wrong, nothing if all is well.
 * @module
 */

import { sysFormats } from './sys-formats.ts';

export type Check = (body: string, host: string) => string[];

const linesOf = (body: string): string[] => body.replace(/\n$/, '').split('\n');

const firstWord = (line: string): string => line.split(/[: \t]/, 1)[0] ?? '';

/** What holds for any text of the kernel. */
export const text: Check = (body) => {
  const wrong: string[] = [];
  if (body.length === 0) wrong.push('empty');
  if (!body.endsWith('\n')) wrong.push('no final newline');
  if (!/^[\t\n -~]*$/.test(body)) wrong.push('not ASCII');
  if (/NaN|Infinity|undefined|null\b/.test(body)) wrong.push('no number');
  return wrong;
};

const unlike = (what: string, own: readonly string[], host: readonly string[]): string[] => {
  const at = own.findIndex((each, i) => each !== host[i]);
  if (at < 0 && own.length === host.length) return [];
  const index = at < 0 ? own.length : at;
  return [`${what} ${index}: ${own[index] ?? 'missing'}, the host has ${host[index] ?? 'none'}`];
};

const sameKeys: Check = (body, host) =>
  unlike('key', linesOf(body).map(firstWord), linesOf(host).map(firstWord));

/** Numbers end in column 24, or begin where their key's blank columns end. */
function badMeminfoLine(line: string, host: string): boolean {
  const match = /^([^\s:]+:)( +)(\d+)( kB)?$/.exec(line);
  if (!match) return true;
  const [, key = '', blanks = '', digits = '', unit = ''] = match;
  const wide = /^HugePages_|^HardwareCorrupted/.test(key) ? 19 : 16;
  const end = key.length + blanks.length + digits.length;
  return end !== Math.max(24, wide + digits.length) || host.endsWith(' kB') !== (unit !== '');
}

const meminfo: Check = (body, host) => {
  const hosts = linesOf(host);
  const bad = linesOf(body).filter((line, i) => badMeminfoLine(line, hosts[i] ?? ''));
  return [...sameKeys(body, host), ...bad.map((line) => `line "${line}"`)];
};

const vmstat: Check = (body, host) => {
  const bad = linesOf(body).filter((line) => !/^\w+ \d+$/.test(line));
  return [...sameKeys(body, host), ...bad.map((line) => `line "${line}"`)];
};

/** Numbers on a line of stat. */
const STAT_LINES: readonly (readonly [RegExp, RegExp])[] = [
  [/^cpu$/, /^cpu {2}\d+( \d+){9}$/],
  [/^cpu\d+$/, /^cpu\d+ \d+( \d+){9}$/],
  [/^softirq$/, /^softirq( \d+){11}$/],
  [/^intr$/, /^intr( \d+)+$/],
  [/./, /^\w+ \d+$/],
];

function badStatLine(line: string): boolean {
  const format = STAT_LINES.find(([key]) => key.test(firstWord(line)))?.[1];
  return !format?.test(line);
}

const ascending = (cpus: readonly string[]): string[] =>
  [...cpus].sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)));

const stat: Check = (body, host) => {
  const lines = linesOf(body);
  const cpus = lines.map(firstWord).filter((key) => /^cpu\d+$/.test(key));
  const others = (text: string): string[] =>
    linesOf(text)
      .map(firstWord)
      .filter((key) => !/^cpu\d+$/.test(key));
  const width = (text: string): number => (/^intr.*$/m.exec(text)?.[0] ?? '').split(' ').length;
  return [
    ...(firstWord(body) === 'cpu' ? [] : ['does not begin with cpu']),
    ...unlike('key', others(body), others(host)),
    ...unlike('CPU', lines.slice(1, cpus.length + 1).map(firstWord), ascending(cpus)),
    ...(width(body) === width(host) ? [] : ['intr is not as wide']),
    ...lines.filter(badStatLine).map((line) => `line "${line}"`),
  ];
};

const loadavg: Check = (body) =>
  /^(\d+\.\d\d ){3}\d+\/\d+ \d+\n$/.test(body) ? [] : [`"${body}"`];

/** A block with every number that may differ blanked out. */
const shape = (block: string): string =>
  block
    .replace(
      /^(processor|physical id|siblings|core id|cpu cores|apicid|initial apicid)(\t+: )\d+$/gm,
      '$1$2#',
    )
    .replace(/^(cpu MHz|bogomips|BogoMIPS)(\t+: )[\d.]+$/gm, '$1$2#');

const blocksOf = (body: string): string[] => body.split(/(?<=\n\n)/).filter((each) => each !== '');

const cpuinfo: Check = (body, host) => {
  const known = new Set(blocksOf(host).map(shape));
  const strange = blocksOf(body).filter((block) => !known.has(shape(block)));
  const rest = blocksOf(body).filter((block) => !block.endsWith('\n\n'));
  return [
    ...strange.map((block) => `block "${block.slice(0, 40)}" is not one of the host's`),
    ...(/\n\n\n|^\n/.test(body) ? ['a blank line too many'] : []),
    ...(/\n\n$/.test(host) && rest.length > 0 ? ['the last block has no blank line'] : []),
  ];
};

/** One or more lines of this form. */
const lineOf =
  (format: RegExp): Check =>
  (body) =>
    linesOf(body)
      .filter((line) => !format.test(line))
      .map((line) => `line "${line}"`);

const uptime = lineOf(/^\d+\.\d\d \d+\.\d\d$/);

/** Name in 40 columns, and, on kernels whose header has two, a second tab behind short numbers. */
const swaps: Check = (body, host) => {
  const [header = '', ...areas] = linesOf(body);
  const tabs = header.includes('Size\t\tUsed') ? '(\\d{1,7}\\t\\t|\\d{8,}\\t)' : '\\d+\\t';
  const area = new RegExp(`^\\S.{38,} (partition|file\\t|virtual\\t)\\t${tabs}${tabs}-?\\d+$`);
  return [
    ...(header === linesOf(host)[0] ? [] : ['not the header of the host']),
    ...areas.filter((line) => !area.test(line)).map((line) => `line "${line}"`),
  ];
};

/** Lines of the host, in its order, with as many numbers. */
const diskstats: Check = (body, host) => {
  const shapes = linesOf(host).map((line) => line.replace(/(?<=\d \S+ .*)\d+/g, '#'));
  let from = 0;
  return (body === '' ? [] : linesOf(body)).filter((line) => {
    const at = shapes.indexOf(line.replace(/(?<=\d \S+ .*)\d+/g, '#'), from);
    if (at >= 0) from = at + 1;
    return at < 0;
  });
};

const slabinfo: Check = (body, host) => {
  const [version, names, ...caches] = linesOf(body);
  return [
    ...unlike('line', [version ?? '', names ?? ''], linesOf(host).slice(0, 2)),
    ...caches.filter((line) => !/^\S+( +\d+){5} : tunables( +\d+){3} : slabdata/.test(line)),
  ];
};

const pressure: Check = (body, host) => [
  ...sameKeys(body, host),
  ...lineOf(/^(some|full)( avg(10|60|300)=\d{1,3}\.\d\d){3} total=\d+$/)(body, host),
];

/** Files that may be empty: a machine without disks has no disk statistics. */
export const mayBeEmpty: readonly string[] = ['proc/diskstats'];
/** A line of a table with `cpus` columns cut to `shown`; one that has no number for each stays. */
function cut(line: string, cpus: number, shown: number): string {
  const [, key = '', numbers = '', rest = ''] =
    new RegExp(`^(.*?:)((?: +\\d+){${cpus}})(.*)$`).exec(line) ?? [];
  const first = numbers.match(/ +\d+/g)?.slice(0, shown);
  return first ? key + first.join('') + rest : line;
}

/** The host's columns of the first CPUs, and all else as the host has it. */
const columns: Check = (body, host) => {
  const titles = (text: string): number => linesOf(text)[0]?.match(/CPU\d+/g)?.length ?? 0;
  const [header = '', ...lines] = linesOf(body);
  const expected = linesOf(host)
    .slice(1)
    .map((line) => cut(line, titles(host), titles(body)));
  return [
    ...(/^ +(CPU\d+ +)+$/.test(header) && host.startsWith(header) ? [] : [`header "${header}"`]),
    ...unlike('line', lines, expected),
  ];
};

const schedstat: Check = (body) => {
  const [version = '', timestamp = '', ...cpus] = linesOf(body).filter(
    (line) => !/^domain/.test(line),
  );
  const bad = cpus.filter((line, i) => !new RegExp(`^cpu${i}( \\d+){9}$`).test(line));
  return [
    ...(/^version 1[567]$/.test(version) ? [] : [version]),
    ...(/^timestamp \d+$/.test(timestamp) ? [] : [timestamp]),
    ...(cpus.length > 0 ? [] : ['no CPU']),
    ...bad.map((line) => `line "${line}"`),
  ];
};

const ZONEINFO_LINES = [
  /^Node \d, zone +\w+$/,
  /^ {2}(per-node stats|pagesets|pages free {5}\d+|vm stats threshold: \d+)$/,
  /^ {8}(boost|min|low|high|promo|spanned|present|managed|cma) +\d+$/,
  /^ {8}protection: \(\d+(, \d+)*\)$/,
  /^ {6}[a-z_]{0,12} *\d+$|^ {6}[a-z_]{13,} \d+$/,
  /^ {4}cpu: \d+$/,
  /^ {14}(count|high|batch|high_min|high_max): +\d+$/,
  /^ {2}\w+: +\d+$/,
];

/** Every line is one that some zone of the host has, but for its numbers. */
const zoneinfo: Check = (body, host) => {
  const shape = (line: string): string => line.replace(/\d+$|\d+(?=[,)])/g, '#');
  const known = new Set(linesOf(host).map(shape));
  const bad = linesOf(body).filter(
    (line) => !known.has(shape(line)) || !ZONEINFO_LINES.some((format) => format.test(line)),
  );
  return bad.map((line) => `line "${line}"`);
};

/** By the view's path. */
export const formats: Readonly<Record<string, Check>> = {
  ...sysFormats,
  'proc/diskstats': diskstats,
  'proc/pressure/cpu': pressure,
  'proc/pressure/io': pressure,
  'proc/pressure/memory': pressure,
  'proc/slabinfo': slabinfo,
  'proc/swaps': swaps,
  'proc/uptime': uptime,
  'proc/cpuinfo': cpuinfo,
  'proc/interrupts': columns,
  'proc/loadavg': loadavg,
  'proc/meminfo': meminfo,
  'proc/schedstat': schedstat,
  'proc/softirqs': columns,
  'proc/stat': stat,
  'proc/vmstat': vmstat,
  'proc/zoneinfo': zoneinfo,
};
