/**
 * A mount namespace for one test that mounts at fixed paths of the host: the rest of the machine does not see it.
 * @module
 */
import { spawn } from 'node:child_process';
import type { Test } from 'tap';
import { until } from './command.ts';

export interface PrivateMounts {
  /** Command prefix that enters it. */
  readonly within: readonly string[];
  /** A process in it. */
  readonly pid: number;
}

/**
 * Creates a mount namespace that exists until the test ends.
 * @param script shell script that runs in it first, to mount
 */
export async function privateMounts(t: Test, script: string): Promise<PrivateMounts> {
  const keep = `set -e\n${script}\necho ready; exec sleep infinity`;
  const argv = ['-m', '--propagation', 'private', 'sh', '-c', keep];
  const child = spawn('unshare', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let printed = '';
  child.stdout.on('data', (piece: Buffer) => {
    printed += piece.toString();
  });
  await until('the script has mounted', () => {
    if (child.exitCode !== null) throw new Error('the script failed to mount');
    return printed.includes('ready');
  });
  const pid = child.pid ?? 0;
  return { pid, within: ['nsenter', '-t', String(pid), '-m', '--'] };
}
