/**
 * Files of the kernel that hang when a test says so.
 * @module
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { output, until } from './command.ts';
import { mountsAt, temporary } from './daemon.ts';
import type { PrivateMounts } from './private-mounts.ts';

const SERVER = join(import.meta.dirname, 'mirror-server.js');

/** Files over which mirrors of themselves lie, in one mount namespace, until the test ends. */
export class HungFiles {
  readonly #kill: (signal: NodeJS.Signals) => boolean;

  private constructor(kill: (signal: NodeJS.Signals) => boolean) {
    this.#kill = kill;
  }

  static async over(t: Test, mounts: PrivateMounts, files: readonly string[]): Promise<HungFiles> {
    const mount = temporary(t, 'mount');
    const [file = '', ...rest] = [...mounts.within, process.execPath, SERVER, mount, ...files];
    const child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    await until('the mirror is mounted', () => mountsAt(mount, mounts.pid).length > 0);
    for (const [i, file] of files.entries()) {
      await output([...mounts.within, 'mount', '--bind', `${mount}/${i}`, file]);
    }
    // Who enters a pid namespace has a child do it.
    const pid = child.pid ?? 0;
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    const server = Number.parseInt(children, 10) || pid;
    t.teardown(() => process.kill(server, 'SIGKILL'));
    return new HungFiles((signal) => process.kill(server, signal));
  }

  /** From now on reads wait. */
  hang(): void {
    this.#kill('SIGSTOP');
  }

  /** And go on. */
  resume(): void {
    this.#kill('SIGCONT');
  }
}
