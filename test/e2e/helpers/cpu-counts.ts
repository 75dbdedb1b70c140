/**
 * How many CPUs a container has, asked in every way that programs ask.
 * @module
 */

import { parseCpuList } from '../../../src/sampling/cpu-list.ts';
import { output } from './command.ts';
import type { Container, Inside } from './container.ts';
import { processors } from './proc-text.ts';

const CPU = '/sys/devices/system/cpu';

const lines = (text: string, line: RegExp): number => text.match(line)?.length ?? 0;

const listed = (list: string): number => parseCpuList(list)?.length ?? Number.NaN;

const heading = (text: string): number => lines(text.split('\n')[0] ?? '', /CPU\d+/g);

/** Files, and how the CPUs are counted in each. */
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

/** Answers by who gave them. */
export type Answers = Record<string, number>;

/** What the files say. Those that this kernel lacks are left out. */
export async function answersOfFiles(inside: Inside): Promise<Answers> {
  const answers: Answers = {};
  for (const [path, count] of FILES) {
    const text = await inside.read(path).catch((error: Error) => {
      if (error.message.endsWith('errno 2')) return null;
      throw error;
    });
    if (text !== null) answers[path] = count(text);
  }
  return answers;
}

/** Programs that print the number, as a shell's command line. */
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

/** What programs say. Those that this machine lacks are left out. */
export async function answersOfPrograms(container: Container): Promise<Answers> {
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

/** The machine's own. */
export const hostCpus = async (): Promise<number> => Number(await output(['nproc', '--all']));
