/**
 * An LXCFS of the test, to read a file of LXCFS and of procview in one container, one right after the other.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import { until } from '../helpers/command.ts';
import type { InsideReader } from '../helpers/container.ts';
import { type Daemon, mountsAt, temporary } from '../helpers/daemon.ts';

/** The reason why LXCFS cannot run here; false if it can. */
export const noLxcfs =
  spawnSync('lxcfs', ['--version']).status !== 0 &&
  'LXCFS is not installed (apt-get install lxcfs)';

export class Lxcfs {
  readonly mount: string;

  constructor(mount: string) {
    this.mount = mount;
  }

  /** A served file of /proc. */
  file(name: string): string {
    return `${this.mount}/proc/${name}`;
  }
}

/** Starts LXCFS until the test ends; where it is not installed, starts nothing: skip the assertions that read it. */
export async function startLxcfs(t: Test, ...options: string[]): Promise<Lxcfs> {
  const mount = temporary(t, 'mount');
  if (noLxcfs) return new Lxcfs(mount);
  const pidFile = join(temporary(t, 'state'), 'pid');
  const argv = ['-f', '--pidfile', pidFile, ...options, mount];
  const child = spawn('lxcfs', argv, { stdio: 'ignore' });
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  t.teardown(async () => {
    child.kill();
    await until('LXCFS ends', ended);
  });
  await until('LXCFS serves', () => {
    if (ended()) throw new Error('LXCFS did not start');
    return mountsAt(mount).length > 0;
  });
  return new Lxcfs(mount);
}

/** Reads a file of both in one process; `lxcfs` is empty where LXCFS is not installed. */
export async function readBoth(
  inside: InsideReader,
  name: string,
  ours: Daemon,
  peer: Lxcfs,
): Promise<{ ours: string; lxcfs: string }> {
  const own = await inside.read(ours.file(name));
  return { ours: own, lxcfs: noLxcfs ? '' : await inside.read(peer.file(name)) };
}
