/**
 * A mount namespace of the test's own, for what belongs at fixed places of a host: the rest of the machine
 * sees nothing of it.
 * @module
 */
import { spawn } from 'node:child_process';
import type { Test } from 'tap';
import { until } from './command.ts';

export interface PrivateMounts {
  /** Words before a command that runs in it. */
  readonly within: readonly string[];
  /** A process that lives in it. */
  readonly pid: number;
}

/**
 * Lives until the test ends.
 * @param script shell text that mounts what there is to mount
 */
export async function privateMounts(t: Test, script: string): Promise<PrivateMounts> {
  const keep = `set -e\n${script}\necho ready; exec sleep infinity`;
  const argv = ['-m', '--propagation', 'private', 'sh', '-c', keep];
  const child = spawn('unshare', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  await until('the mounts are made', () => {
    if (child.exitCode !== null) throw new Error('the mounts could not be made');
    return said.includes('ready');
  });
  const pid = child.pid ?? 0;
  return { pid, within: ['nsenter', '-t', String(pid), '-m', '--'] };
}
