/** Command-line options of the benchmark of one file. */
import { Command, InvalidArgumentError } from 'commander';

export const targetNames = [
  'host',
  'procview',
  'floor',
  'fuse-native',
  'lxcfs',
  'lxcfs-full',
] as const;
export type TargetName = (typeof targetNames)[number];

export interface Options {
  readonly file: string;
  readonly targets: readonly TargetName[];
  readonly threads: readonly number[];
  readonly modes: readonly Mode[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warm: number;
  readonly buffer: number;
  readonly depth: number;
  readonly cpus: number;
  readonly workers: number | undefined;
  readonly json: string | undefined;
}

/** `pinned`: server and reader share one CPU. `free`: the scheduler places both. */
export const modes = ['pinned', 'free'] as const;
export type Mode = (typeof modes)[number];

function number(least: number, whole: boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (
      text === '' ||
      !(value >= least) ||
      value === Infinity ||
      (whole && !Number.isInteger(value))
    )
      throw new InvalidArgumentError(`needs a ${whole ? 'whole ' : ''}number of at least ${least}`);
    return value;
  };
}

function list<T>(item: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map(item);
}

function oneOf<T extends string>(known: readonly T[]): (text: string) => T {
  return (text) => {
    const found = known.find((name) => name === text);
    if (found === undefined) throw new InvalidArgumentError(`must be one of ${known.join(', ')}`);
    return found;
  };
}

function fileName(text: string): string {
  if (!/^[a-z]+$|^sys\/[a-z/]+$/.test(text))
    throw new InvalidArgumentError('needs the name of a file of /proc, or sys/...');
  return text;
}

/** Path of a file below a mount point or `/`. */
export const pathOf = (file: string): string => (file.startsWith('sys/') ? file : `proc/${file}`);

/** Parses the arguments. Prints and exits on `--help` and on a wrong flag. */
export function parseOptions(argv: readonly string[]): Options {
  return new Command('npm run bench --')
    .description('Compare procview with the kernel, with FUSE itself and with LXCFS.')
    .option('--file <name>', 'file of /proc to read, or sys/...', fileName, 'meminfo')
    .option(
      '--targets <list>',
      `comma-separated, of ${targetNames.join(', ')}`,
      list(oneOf(targetNames)),
      targetNames.filter((name) => name !== 'lxcfs-full' && name !== 'fuse-native'),
    )
    .option('--threads <list>', 'numbers of parallel readers', list(number(1, true)), [1, 4])
    .option('--modes <list>', `comma-separated, of ${modes.join(', ')}`, list(oneOf(modes)), [
      ...modes,
    ])
    .option('--rounds <n>', 'rounds over all targets', number(1, true), 5)
    .option('--seconds <s>', 'counted time of one measurement', number(0.05, false), 1)
    .option('--warm <s>', 'uncounted time before each measurement', number(0, false), 0.25)
    .option('--buffer <bytes>', 'size of one read', number(1, true), 8192)
    .option('--depth <n>', "levels of the container's cgroup", number(1, true), 2)
    .option('--cpus <n>', "largest number of CPUs in the container's cpuset", number(1, true), 4)
    .option('--workers <n>', 'serving workers of procview and of the floor', number(1, true))
    .option('--json <file>', 'write every measurement to this file')
    .parse(argv, { from: 'user' })
    .opts<Options>();
}
