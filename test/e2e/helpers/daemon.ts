/**
 * The program under test: `procview serve` with its own mount point and state directory.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type Outcome, output, run, timeLimit, until } from './command.ts';
import type { PrivateMounts } from './private-mounts.ts';

/** The command line, as users start it. */
export const PROCVIEW = [
  process.execPath,
  join(import.meta.dirname, '../../../src/main.js'),
] as const;

/** Runs a procview command that ends by itself. */
export const procview = (...args: string[]): Promise<Outcome> => run([...PROCVIEW, ...args]);

/** Lines of a process's /proc/mounts whose mount point is this path. */
export function mountsAt(path: string, pid: number | 'self' = 'self'): string[] {
  const lines = fs.readFileSync(`/proc/${pid}/mounts`, 'latin1').split('\n');
  return lines.filter((line) => line.split(' ')[1] === path);
}

/** A temporary directory that is removed after the test. */
export function temporary(t: Test, name: string): string {
  const directory = fs.mkdtempSync(join(tmpdir(), `pvtest-${name}-`));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export class Daemon {
  readonly mount: string;
  readonly state: string;
  readonly #mounts: PrivateMounts | undefined;
  #child: ChildProcess | undefined;
  #log = '';

  /** @param mounts the mount namespace of the daemon; absent: that of the test */
  constructor(mount: string, state: string, mounts?: PrivateMounts) {
    this.mount = mount;
    this.state = state;
    this.#mounts = mounts;
  }

  /** The log so far. */
  get log(): string {
    return this.#log;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get ended(): boolean {
    const child = this.#child;
    return child !== undefined && (child.exitCode !== null || child.signalCode !== null);
  }

  /** A served file. */
  file(name: string): string {
    return `${this.mount}/proc/${name}`;
  }

  async start(...args: string[]): Promise<void> {
    const where = ['--mount', this.mount, '--state', this.state];
    // The daemon must not attach to other containers of this machine; `--attach` overrides it.
    const flags = ['serve', ...where, '--log-format', 'json', '--no-attach'];
    const [file = '', ...rest] = [...(this.#mounts?.within ?? []), ...PROCVIEW, ...flags, ...args];
    const child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.#log = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      this.#log += piece;
    });
    await until('the daemon serves', () => {
      if (child.exitCode !== null) throw new Error(`the daemon did not start: ${this.#log}`);
      const mounted = mountsAt(this.mount, this.#mounts?.pid).length > 0;
      return /"msg":"serving/.test(this.#log) && mounted;
    });
  }

  /** Ends the daemon. Returns its exit code, or the signal that killed it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string | null> {
    const child = this.#child;
    if (!child) return null;
    if (!this.ended) child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeLimit(20));
    await until('the daemon ends', () => this.ended, 30);
    clearTimeout(timer);
    return child.exitCode ?? child.signalCode;
  }

  /** Removes the mounts that a killed daemon left. */
  async unmount(): Promise<void> {
    while (mountsAt(this.mount).length > 0) await output(['umount', '-l', this.mount]);
  }
}

/** Pid of the daemon that a keeper supervises: its only child. */
export async function supervisedPid({ pid }: Daemon): Promise<number> {
  let child = 0;
  await until('the keeper has started a daemon', () => {
    child = Number(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim());
    return child > 0;
  });
  return child;
}

/** Starts a daemon that serves until the test ends. */
export async function startDaemon(t: Test, ...args: string[]): Promise<Daemon> {
  const daemon = new Daemon(temporary(t, 'mount'), temporary(t, 'state'));
  t.teardown(async () => {
    await daemon.stop();
    await daemon.unmount();
  });
  await daemon.start(...args);
  return daemon;
}

/** Removes the dead mounts of test runs that were killed. */
export async function sweepMounts(): Promise<void> {
  const prefix = join(tmpdir(), 'pvtest-mount-');
  const lines = fs.readFileSync('/proc/mounts', 'latin1').split('\n');
  for (const line of lines.filter((each) => each.split(' ')[1]?.startsWith(prefix))) {
    const mount = line.split(' ')[1] ?? '';
    const dead = (await run(['stat', '-f', mount], { seconds: 5 }).catch(() => null))?.code !== 0;
    if (dead) await output(['umount', '-l', mount]);
  }
}
