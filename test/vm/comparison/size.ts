/**
 * What both machines run, and the size of the one that is measured.
 * @module
 */
import { join } from 'node:path';
import { compile, toolsDirectory } from '../../e2e/helpers/programs.ts';
import { figures } from './figures.ts';

export const CPUS = 2;

/** Of the small machine; the container gets what its kernel leaves of that. */
export const MEBIBYTES = 1024;

/** Where the machines have the project, on a disk of its own. */
const disk = '/procview';

/** Each starts afresh: a cgroup's user and system time are split in the proportions of its whole life. */
export const PROGRAMS = ['work', 'user', 'system'] as const;

/** A program's command line: it writes to that disk, and reads what is compared. */
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
