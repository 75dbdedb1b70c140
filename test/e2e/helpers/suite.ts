/**
 * What every test file needs: a machine that is clean at the start, and time limits that fit it.
 * @module
 */
import t from 'tap';
import { sweepCgroups } from './cgroup.ts';
import { patience } from './command.ts';
import type { Kind } from './container-kind.ts';
import { sweepMounts } from './daemon.ts';
import { buildTools } from './programs.ts';

/** Containers of both kinds must see the same. */
export const kinds: readonly Kind[] = ['unshare', 'crun'];

export const MiB = 1 << 20;

/** Call it first. A test that takes longer than `seconds` on a real machine fails. */
export async function prepare(seconds = 120): Promise<void> {
  t.setTimeout(patience(seconds));
  await buildTools();
  await sweepMounts();
  await sweepCgroups();
}
