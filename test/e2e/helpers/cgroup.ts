/**
 * Cgroups of the tests, on v1, hybrid and v2 machines alike: one path, in every hierarchy it needs.
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

/** Whether one v2 tree has all controllers. */
export const isV2 = fs.existsSync('/sys/fs/cgroup/cgroup.controllers');

/** Mount points of the hierarchies; a hybrid machine's v2 tree is one of them. */
const hierarchies = isV2
  ? ['/sys/fs/cgroup']
  : [...V1, 'unified']
      .map((name) => `/sys/fs/cgroup/${name}`)
      .filter((directory) => fs.existsSync(`${directory}/cgroup.procs`));

/** v1 wants CPUs and memory nodes before the first process. */
function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const inherited = fs.readFileSync(`${directory}/../${file}`, 'latin1');
    fs.writeFileSync(`${directory}/${file}`, inherited);
  }
}

let made = 0;

/** A cgroup by its path, whether we made it or a runtime did. */
export class Cgroup {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** A path that nobody uses yet. The pid in it tells later runs whether its owner is gone. */
  static fresh(parent?: Cgroup): Cgroup {
    return new Cgroup(`${parent?.path ?? ''}/${PREFIX}${process.pid}-${made++}`);
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

  /** Where a runtime has put a process. */
  static of(pid: number): Cgroup {
    const text = fs.readFileSync(`/proc/${pid}/cgroup`, 'latin1');
    return new Cgroup((isV2 ? /^0::(.*)$/m : /^\d+:memory:(.*)$/m).exec(text)?.[1] ?? '/');
  }

  /** A new cgroup so many levels below, without limits of its own. */
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

  /** The files that a process writes its pid to in order to join. */
  get doors(): string[] {
    return hierarchies
      .map((root) => `${root}${this.path}/cgroup.procs`)
      .filter((file) => fs.existsSync(file));
  }

  /** The command line that runs a command in it. */
  joined(argv: readonly string[]): string[] {
    return [enter, 'join', ...this.doors, '--', ...argv];
  }

  /** Pids inside, as the host numbers them. */
  processes(): number[] {
    const text = this.#read('memory', 'cgroup.procs');
    return (text.match(/\d+/g) ?? []).map(Number);
  }

  /** Moves a process in. */
  add(pid: number): void {
    for (const door of this.doors) fs.writeFileSync(door, String(pid));
  }

  /** Starts a process of the host inside. */
  start(argv: readonly string[]): ChildProcess {
    const join = 'read go && exec "$@"';
    const child = spawn('sh', ['-c', join, 'sh', ...argv], { stdio: ['pipe', 'ignore', 'ignore'] });
    this.add(child.pid ?? 0);
    child.stdin.end('go\n');
    return child;
  }

  /** Kills what is inside. */
  kill(): void {
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
  }

  /** Kills what is inside, then removes it with all below it. */
  async remove(): Promise<void> {
    await until(`remove cgroup ${this.path}`, () =>
      roots().every((root) => removeTree(root + this.path)),
    );
  }

  /** Removes it unless something is in it or below it. */
  removeEmpty(): void {
    for (const root of roots().filter((each) => fs.existsSync(each + this.path))) {
      try {
        fs.rmdirSync(root + this.path);
      } catch {
        // Others use it.
      }
    }
  }

  #read(controller: string, file: string): string {
    return fs.readFileSync(`${this.directory(controller)}/${file}`, 'latin1');
  }
}

/** Every hierarchy of the machine: a runtime makes its cgroup in all of them. */
function roots(): string[] {
  if (isV2) return hierarchies;
  return fs.readdirSync('/sys/fs/cgroup').map((name) => `/sys/fs/cgroup/${name}`);
}

/** False = try again: what was killed has not left yet. */
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

/** Where runtimes put the cgroups that carry a test's name, and what they put before it. */
const SWEPT = ['', '/default', '/machine.slice'];
const NAME = new RegExp(
  `^(lxc\\.(payload|monitor)\\.|machine-)?${PREFIX.replaceAll('-', '(-|\\\\x2d)')}(\\d+)`,
);

/** Removes what runs that were killed have left behind. */
export async function sweepCgroups(): Promise<void> {
  for (const parent of SWEPT) {
    const directories = roots().map((root) => root + parent);
    const there = directories.filter((directory) => fs.existsSync(directory));
    const left = there.flatMap((directory) => fs.readdirSync(directory));
    for (const name of new Set(left)) {
      const owner = NAME.exec(name)?.at(-1);
      if (owner && !isAlive(Number(owner))) await new Cgroup(`${parent}/${name}`).remove();
    }
  }
}
