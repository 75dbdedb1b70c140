/**
 * Cgroups of the tests on v1, hybrid and v2 machines: one path in every hierarchy that has a needed controller.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { type Limits, settingsV1, settingsV2 } from './cgroup-limits.ts';
import { until } from './command.ts';
import { enter } from './programs.ts';

const PREFIX = 'pvtest-e2e-';
const V1 = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'blkio'];
const V2 = ['cpu', 'cpuset', 'memory', 'io', 'pids'];

/** Whether the machine has cgroup v2 alone. */
export const isV2 = fs.existsSync('/sys/fs/cgroup/cgroup.controllers');

/** Mount points of the hierarchies, with the v2 tree of a hybrid machine. */
const hierarchies = isV2
  ? ['/sys/fs/cgroup']
  : [...V1, 'unified']
      .map((name) => `/sys/fs/cgroup/${name}`)
      .filter((directory) => fs.existsSync(`${directory}/cgroup.procs`));

/** A v1 cpuset is empty at first; it accepts no process before it has CPUs and memory nodes. */
function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const inherited = fs.readFileSync(`${directory}/../${file}`, 'latin1');
    fs.writeFileSync(`${directory}/${file}`, inherited);
  }
}

let created = 0;

/** A cgroup by its path, created by a test or by a runtime. */
export class Cgroup {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** An unused path. Its pid lets later runs detect that the test process has ended. */
  static fresh(parent?: Cgroup): Cgroup {
    return new Cgroup(`${parent?.path ?? ''}/${PREFIX}${process.pid}-${created++}`);
  }

  static create(limits: Limits, parent?: Cgroup, cgroup = Cgroup.fresh(parent)): Cgroup {
    if (isV2) {
      const above = `/sys/fs/cgroup${parent?.path ?? ''}/cgroup.subtree_control`;
      fs.writeFileSync(above, V2.map((name) => `+${name}`).join(' '));
    }
    for (const root of hierarchies) fs.mkdirSync(root + cgroup.path);
    if (!isV2) inheritCpuset(`/sys/fs/cgroup/cpuset${cgroup.path}`);
    cgroup.set(limits);
    return cgroup;
  }

  /** The cgroup of a process. */
  static of(pid: number): Cgroup {
    const text = fs.readFileSync(`/proc/${pid}/cgroup`, 'latin1');
    return new Cgroup((isV2 ? /^0::(.*)$/m : /^\d+:memory:(.*)$/m).exec(text)?.[1] ?? '/');
  }

  /** Creates a descendant cgroup without limits, `levels` below. */
  below(levels: number): Cgroup {
    let path = this.path;
    for (let level = 1; level <= levels; level++) {
      path += `/level-${level}`;
      for (const root of hierarchies) fs.mkdirSync(root + path);
      if (!isV2) inheritCpuset(`/sys/fs/cgroup/cpuset${path}`);
    }
    return new Cgroup(path);
  }

  /** The directory that holds a controller's files. */
  directory(controller: string): string {
    return `/sys/fs/cgroup${isV2 ? '' : `/${controller}`}${this.path}`;
  }

  set(limits: Limits): void {
    for (const [controller, file, value] of isV2 ? settingsV2(limits) : settingsV1(limits)) {
      fs.writeFileSync(`${this.directory(controller)}/${file}`, String(value));
    }
  }

  /** CPU time used so far, in microseconds. */
  cpuTime(): number {
    if (!isV2) return Number(this.#read('cpuacct', 'cpuacct.usage')) / 1000;
    return Number(/usage_usec (\d+)/.exec(this.#read('cpu', 'cpu.stat'))?.[1]);
  }

  /** Bytes charged to it. */
  memoryUsage(): number {
    return Number(this.#read('memory', isV2 ? 'memory.current' : 'memory.usage_in_bytes'));
  }

  /** cgroup.procs of every hierarchy. */
  get procsFiles(): string[] {
    return hierarchies
      .map((root) => `${root}${this.path}/cgroup.procs`)
      .filter((file) => fs.existsSync(file));
  }

  /** The command line that runs a command in this cgroup. */
  joinCommand(argv: readonly string[]): string[] {
    return [enter, 'join', ...this.procsFiles, '--', ...argv];
  }

  /** Pids inside, as the host numbers them. */
  processes(): number[] {
    const text = this.#read('memory', 'cgroup.procs');
    return (text.match(/\d+/g) ?? []).map(Number);
  }

  /** Moves a process into this cgroup. */
  add(pid: number): void {
    for (const procs of this.procsFiles) fs.writeFileSync(procs, String(pid));
  }

  /** Starts a process in this cgroup, in the namespaces of the host. */
  start(argv: readonly string[]): ChildProcess {
    const join = 'read go && exec "$@"';
    const child = spawn('sh', ['-c', join, 'sh', ...argv], { stdio: ['pipe', 'ignore', 'ignore'] });
    this.add(child.pid ?? 0);
    child.stdin.end('go\n');
    return child;
  }

  /** Kills all processes of this cgroup. */
  kill(): void {
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
  }

  /** Kills all processes, then removes the cgroup and its descendants. */
  async remove(): Promise<void> {
    await until(`remove cgroup ${this.path}`, () =>
      roots().every((root) => removeTree(root + this.path)),
    );
  }

  /** Removes the cgroup if it has no processes and no children. */
  removeEmpty(): void {
    for (const root of roots().filter((each) => fs.existsSync(each + this.path))) {
      try {
        fs.rmdirSync(root + this.path);
      } catch {
        // EBUSY: it is in use.
      }
    }
  }

  #read(controller: string, file: string): string {
    return fs.readFileSync(`${this.directory(controller)}/${file}`, 'latin1');
  }
}

/** Every hierarchy of the machine: a runtime creates its cgroup in all of them. */
function roots(): string[] {
  if (isV2) return hierarchies;
  return fs.readdirSync('/sys/fs/cgroup').map((name) => `/sys/fs/cgroup/${name}`);
}

/** False: a killed process has not left yet; try again. */
function removeTree(directory: string): boolean {
  if (!fs.existsSync(directory)) return true;
  const children = fs.readdirSync(directory, { withFileTypes: true });
  const empty = children
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => removeTree(`${directory}/${name}`))
    .every(Boolean);
  try {
    for (const pid of fs.readFileSync(`${directory}/cgroup.procs`, 'latin1').match(/\d+/g) ?? []) {
      process.kill(Number(pid), 'SIGKILL');
    }
    if (empty) fs.rmdirSync(directory);
    return empty;
  } catch {
    return !fs.existsSync(directory);
  }
}

function isAlive(pid: number): boolean {
  return fs.existsSync(`/proc/${pid}`);
}

/** Parents in which runtimes create the cgroups of tests. */
const PARENTS = ['', '/default', '/machine.slice'];
const NAME = new RegExp(
  `^(lxc\\.(payload|monitor)\\.|machine-)?${PREFIX.replaceAll('-', '(-|\\\\x2d)')}(\\d+)`,
);

/** Removes the cgroups of test runs that were killed. */
export async function sweepCgroups(): Promise<void> {
  for (const parent of PARENTS) {
    const directories = roots().map((root) => root + parent);
    const existing = directories.filter((directory) => fs.existsSync(directory));
    const names = existing.flatMap((directory) => fs.readdirSync(directory));
    for (const name of new Set(names)) {
      const owner = NAME.exec(name)?.at(-1);
      if (owner && !isAlive(Number(owner))) await new Cgroup(`${parent}/${name}`).remove();
    }
  }
}
