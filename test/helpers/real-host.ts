/**
 * Cgroups and processes of a test's own on this machine, v1, hybrid or v2; all gone after it, also when
 * it fails.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'tap';
import { type CgroupLayout, cgroupLayout } from '../../src/cgroup/layout.ts';

export const layout: CgroupLayout = cgroupLayout(fs.readFileSync('/proc/self/mountinfo', 'latin1'));

const CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'cpuset', 'pids', 'unified'];

const mountpointsOf = (controllers: readonly string[]): string[] => [
  ...new Set(controllers.flatMap((controller) => layout.get(controller)?.mountpoint ?? [])),
];

const mountpoints = mountpointsOf(CONTROLLERS);

/** Why this machine cannot make cgroups and namespaces; false if it can. */
export const cannot =
  (process.getuid?.() !== 0 && 'takes root') ||
  (mountpoints.length === 0 && 'no cgroup is mounted');

/** Polls for something that the kernel or a child is about to do. */
export async function until<T>(what: string, look: () => T | undefined | null | false): Promise<T> {
  for (let tries = 0; tries < 1000; tries++) {
    const found = look();
    if (found !== undefined && found !== null && found !== false) return found;
    await delay(10);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Text of a file; '' if there is none (any more). */
export function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

const sleepSync = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

/** A v1 cpuset takes no task before it has CPUs and memory nodes. */
function fillCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!fs.existsSync(`${directory}/${file}`)) continue;
    fs.writeFileSync(`${directory}/${file}`, fs.readFileSync(`${directory}/../${file}`));
  }
}

/** A frozen task dies only when it is thawed. */
function thaw(directory: string): void {
  const freezer = `${directory}/freezer.state`;
  if (fs.existsSync(freezer)) fs.writeFileSync(freezer, 'THAWED');
}

/** Kills what is in a cgroup and removes it once that is gone. False if it does not go within 5 s. */
export function remove(directory: string): boolean {
  for (let tries = 0; tries < 500 && fs.existsSync(directory); tries++) {
    for (const pid of textOf(`${directory}/cgroup.procs`).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It is gone already.
      }
    }
    try {
      fs.rmdirSync(directory);
    } catch {
      sleepSync(10);
    }
  }
  return !fs.existsSync(directory);
}

let made = 0;

/** One cgroup path in every hierarchy. */
export class RealCgroup {
  readonly path: string;
  readonly #mountpoints: readonly string[];

  /** @param more controllers whose hierarchies it is in too, beside the usual ones */
  constructor(
    t: Test,
    more: readonly string[] = [],
    path = `/pvtest-unit-${process.pid}-${made++}`,
  ) {
    this.path = path;
    this.#mountpoints = mountpointsOf([...CONTROLLERS, ...more]);
    const removeAll = (): void => {
      for (const directory of this.directories) thaw(directory);
      for (const directory of this.directories) remove(directory);
    };
    process.once('exit', removeAll);
    t.teardown(() => {
      process.off('exit', removeAll);
      removeAll();
    });
    for (const directory of this.directories) {
      fs.mkdirSync(directory);
      if (directory.includes('cpuset')) fillCpuset(directory);
    }
  }

  get directories(): string[] {
    return this.#mountpoints.map((mountpoint) => mountpoint + this.path);
  }

  /** A cgroup below; removed before this one, because teardowns run last in, first out. */
  child(t: Test, name: string): RealCgroup {
    return new RealCgroup(t, [], `${this.path}/${name}`);
  }

  /** Writes a control file wherever there is one of that name. */
  write(file: string, value: string): void {
    for (const directory of this.directories) {
      if (fs.existsSync(`${directory}/${file}`)) fs.writeFileSync(`${directory}/${file}`, value);
    }
  }

  enter(pid: number): void {
    for (const directory of this.directories)
      fs.writeFileSync(`${directory}/cgroup.procs`, `${pid}`);
  }
}

/** Moves a process to the root cgroups. */
export function enterRoot(pid: number): void {
  for (const directory of mountpoints) fs.writeFileSync(`${directory}/cgroup.procs`, `${pid}`);
}

/** Starts a command that is in the cgroup from its first instruction on. */
export function startIn(
  t: Test,
  cgroup: { enter(pid: number): void },
  ...command: readonly string[]
): number {
  const args = ['-c', 'read go && exec "$@"', 'sh', ...command];
  const child: ChildProcess = spawn('sh', args, { stdio: ['pipe', 'ignore', 'ignore'] });
  t.teardown(() => child.kill('SIGKILL'));
  const { pid } = child;
  if (pid === undefined || !child.stdin) throw new Error(`cannot start ${command.join(' ')}`);
  cgroup.enter(pid);
  child.stdin.end('go\n');
  return pid;
}

/** The child of a process, once it runs that program. */
export const childOf = (pid: number, program: string): Promise<number> =>
  until(`${program} below ${pid}`, () => {
    const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
    return children.map(Number).find((each) => textOf(`/proc/${each}/comm`) === `${program}\n`);
  });

/** The init of a new pid namespace that runs this command. */
export async function startInit(
  t: Test,
  cgroup: { enter(pid: number): void },
  command: readonly string[] = ['sleep', '300'],
): Promise<number> {
  const outer = startIn(t, cgroup, 'unshare', '-pfm', '--kill-child', ...command);
  return await childOf(outer, command[0] ?? '');
}
