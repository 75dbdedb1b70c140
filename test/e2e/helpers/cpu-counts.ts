/**
 * The number of CPUs of a container, by every file and program that counts them.
 * @module
 */

import { parseCpuList } from '../../../src/sampling/cpu-list.ts';
import { output } from './command.ts';
import type { Container, InsideReader } from './container.ts';
import { processors } from './proc-text.ts';

const CPU = '/sys/devices/system/cpu';

const lines = (text: string, line: RegExp): number => text.match(line)?.length ?? 0;

const listed = (list: string): number => parseCpuList(list)?.length ?? Number.NaN;

const heading = (text: string): number => lines(text.split('\n')[0] ?? '', /CPU\d+/g);

/** Files, and how to count the CPUs in each. */
const FILES: ReadonlyMap<string, (text: string) => number> = new Map([
  ['/proc/cpuinfo', (text) => processors(text).length],
  ['/proc/stat', (text) => lines(text, /^cpu\d+ /gm)],
  ['/proc/schedstat', (text) => lines(text, /^cpu\d+ /gm)],
  ['/proc/interrupts', heading],
  ['/proc/softirqs', heading],
  [`${CPU}/online`, listed],
  [`${CPU}/possible`, listed],
  [`${CPU}/present`, listed],
]);

/** Number of CPUs by file or program. */
export type CpuCounts = Record<string, number>;

/** The counts of the files; files that this kernel lacks are left out. */
export async function countsInFiles(inside: InsideReader): Promise<CpuCounts> {
  const counts: CpuCounts = {};
  for (const [path, count] of FILES) {
    const text = await inside.read(path).catch((error: Error) => {
      if (error.message.endsWith('errno 2')) return null;
      throw error;
    });
    if (text !== null) counts[path] = count(text);
  }
  return counts;
}

/** Programs that print the number, as shell commands. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ls: `ls -d ${CPU}/cpu[0-9]* | wc -l`,
  'getconf _NPROCESSORS_ONLN': 'getconf _NPROCESSORS_ONLN',
  'getconf _NPROCESSORS_CONF': 'getconf _NPROCESSORS_CONF',
  'lscpu -p': "lscpu -p | grep -vc '^#'",
  'lscpu -p=core': "lscpu -p=cpu,core | grep -v '^#' | sort -u | wc -l",
  'top -1': 'top -b -n 1 -1 -w 512 | grep -o %Cpu[0-9] | wc -l',
  'mpstat -P ALL': "LC_ALL=C mpstat -P ALL 1 1 | grep -c '^Average: *[0-9]'",
  node: "node -p 'os.cpus().length'",
  'python3 ONLN': 'python3 -c \'import os; print(os.sysconf("SC_NPROCESSORS_ONLN"))\'',
  'python3 CONF': 'python3 -c \'import os; print(os.sysconf("SC_NPROCESSORS_CONF"))\'',
};

/** The counts of the programs; programs that this machine lacks are left out. */
export async function countsOfPrograms(container: Container): Promise<CpuCounts> {
  const script = Object.entries(PROGRAMS).map(
    ([name, line]) =>
      `if command -v ${name.split(' ')[0]} >/dev/null; then echo "${name}=$(${line})"; fi`,
  );
  const text = await container.output(['sh', '-c', script.join('\n')], { seconds: 60 });
  const pairs = text
    .trim()
    .split('\n')
    .map((line) => line.split(/=(?=\d*$)/));
  return Object.fromEntries(pairs.map(([name = '', count]) => [name, Number(count || Number.NaN)]));
}

/** Number of CPUs of the machine. */
export const hostCpus = async (): Promise<number> => Number(await output(['nproc', '--all']));
