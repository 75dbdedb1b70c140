/**
 * An instance of LXCFS of our own, to read the same file from both in one container at one moment.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import { until } from '../helpers/command.ts';
import type { Inside } from '../helpers/container.ts';
import { type Daemon, mountsAt, temporary } from '../helpers/daemon.ts';

/** Why LXCFS cannot be shown here; false if it can. */
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

/** Serves until the test ends; where LXCFS is not installed, whoever reads it is to be skipped. */
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

/** What one process inside reads from both, one right after the other. */
export async function readBoth(
  inside: Inside,
  name: string,
  ours: Daemon,
  peer: Lxcfs,
): Promise<{ ours: string; lxcfs: string }> {
  const own = await inside.read(ours.file(name));
  return { ours: own, lxcfs: noLxcfs ? '' : await inside.read(peer.file(name)) };
}
