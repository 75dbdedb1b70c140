/**
 * Kernel files that a test can make hang.
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

/** Files that are covered, in one mount namespace and until the test ends, by a FUSE copy of themselves. */
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
    // nsenter(1) into a pid namespace forks; the server is the child.
    const pid = child.pid ?? 0;
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    const server = Number.parseInt(children, 10) || pid;
    t.teardown(() => process.kill(server, 'SIGKILL'));
    return new HungFiles((signal) => process.kill(server, signal));
  }

  /** Makes reads wait. */
  hang(): void {
    this.#kill('SIGSTOP');
  }

  /** Lets reads continue. */
  resume(): void {
    this.#kill('SIGCONT');
  }
}
