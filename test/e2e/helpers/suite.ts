/**
 * Set-up of every test file: removes mounts and cgroups of killed runs, builds the programs, and sets the time limit.
 * @module
 */
import t from 'tap';
import { sweepCgroups } from './cgroup.ts';
import { timeLimit } from './command.ts';
import type { Kind } from './container-kind.ts';
import { sweepMounts } from './daemon.ts';
import { buildTools } from './programs.ts';

/** The kinds of container that most tests run with: without a runtime, and with crun. */
export const kinds: readonly Kind[] = ['unshare', 'crun'];

export const MiB = 1 << 20;

/** Call it first. A test that takes longer than `seconds` on real hardware fails. */
export async function prepare(seconds = 120): Promise<void> {
  t.setTimeout(timeLimit(seconds));
  await buildTools();
  await sweepMounts();
  await sweepCgroups();
}
