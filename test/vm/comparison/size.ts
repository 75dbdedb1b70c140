/**
 * The workload's programs, and the size of the small machine.
 * @module
 */
import { join } from 'node:path';
import { compile, toolsDirectory } from '../../e2e/helpers/programs.ts';
import { figures } from './figures.ts';

export const CPUS = 2;

/** Memory of the small machine, MiB; the container's limit is its MemTotal. */
export const MEBIBYTES = 1024;

/** Path of the project in the machines: a mount point of its own disk. */
const disk = '/procview';

/** Each runs in a new container, because the kernel splits a cgroup's CPU time by the ratio over its lifetime. */
export const PROGRAMS = ['work', 'user', 'system'] as const;

/** A program's command line: it writes to that disk, and reads the compared files. */
export const workload = (program: string): readonly string[] => [
  `${disk}/test/e2e/build/workload`,
  program,
  disk,
  String(CPUS),
  ...new Set(figures.map(({ file }) => file)),
];

/** Compiles workload.c for the machines. */
export function buildWorkload(): Promise<void> {
  const source = join(import.meta.dirname, '../../../../test/vm/comparison/workload.c');
  return compile(source, join(toolsDirectory, 'workload'));
}
