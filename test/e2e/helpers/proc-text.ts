/**
 * Parsers of /proc files.
 * @module
 */

/** Value of a meminfo key, kB. Throws if there is none. */
export function kilobytes(meminfo: string, key: string): number {
  const found = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(meminfo);
  if (!found) throw new Error(`no ${key} in ${meminfo}`);
  return Number(found[1]);
}

/** Ticks of one `cpu` line of stat. */
export interface Ticks {
  readonly name: string;
  readonly all: number;
  readonly idle: number;
  readonly columns: readonly number[];
}

/** The `cpu` lines of stat, the sum of all CPUs first. */
export function cpuTicks(stat: string): Ticks[] {
  const lines = stat.split('\n').filter((line) => /^cpu\d* /.test(line));
  return lines.map((line) => {
    const [name = '', ...numbers] = line.split(/ +/);
    const columns = numbers.map(Number);
    // guest and guest_nice are part of user and nice.
    const all = columns.slice(0, 8).reduce((sum, each) => sum + each, 0);
    return { name, columns, all, idle: (columns[3] ?? 0) + (columns[4] ?? 0) };
  });
}

/** Busy share of the CPUs between two texts of stat, percent. */
export function busyPercent(before: string, after: string): number {
  const [from] = cpuTicks(before);
  const [to] = cpuTicks(after);
  if (!from || !to) throw new Error(`no cpu line in ${before}${after}`);
  const wall = to.all - from.all;
  return (100 * (wall - (to.idle - from.idle))) / wall;
}

/** Processor numbers of cpuinfo (x86 and arm64). */
export function processors(cpuinfo: string): number[] {
  return [...cpuinfo.matchAll(/^processor\t*: (\d+)$/gm)].map(([, id]) => Number(id));
}

/** The first word of each line. */
export function keys(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/[ :]/)[0] ?? '');
}

/** Value of a vmstat key; NaN if there is none. */
export function counter(vmstat: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(vmstat)?.[1]);
}
