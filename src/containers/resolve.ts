/**
 * Resolves a task to its container, or to the host.
 * @module
 */
import { dirname, join } from 'node:path';
import { withDescendants } from '../cgroup/descendants.ts';
import { type CgroupLayout, cgroupMounts, levelsOf, pathInMount } from '../cgroup/layout.ts';
import { type CgroupPaths, parseCgroupText } from '../cgroup/proc-cgroup.ts';
import { type Container, inodeOf } from './container.ts';
import { firstBelow, MOST_CANDIDATES, membersOf, namespaceInit, oldest } from './init.ts';
import { ProcessReader } from './process.ts';
import { recognise } from './runtimes.ts';

/** Controllers whose hierarchy names a container: the first one in which it is not in the root cgroup. */
export const NAMING = ['memory', 'cpuacct', 'cpu', 'unified', 'cpuset', 'pids'];

/** The topmost cgroups of a container, and its name. */
interface Bounds {
  readonly runtime: string;
  readonly id: string;
  readonly cgroups: CgroupPaths;
}

/** A task to resolve. */
interface Task {
  readonly pid: number;
  readonly cgroups: CgroupPaths;
  readonly namespace: string | null;
  /** Init process of its pid namespace; null if it is not found, or if the namespace is the host's. */
  readonly init: Init | null;
}

interface Init {
  readonly pid: number;
  readonly cgroups: CgroupPaths;
}

/** systemd as the init of a container moves itself into a leaf of this name. */
const INIT_SCOPE = 'init.scope';

const trimInitScope = (path: string): string =>
  path.endsWith(`/${INIT_SCOPE}`) ? dirname(path) : path;

const within = (path: string, ancestor: string): boolean =>
  path === ancestor || ancestor === '/' || path.startsWith(`${ancestor}/`);

/** Whether a task in these cgroups is in the container. */
const isWithin = (paths: CgroupPaths, container: CgroupPaths): boolean =>
  NAMING.every((controller) => {
    const own = container.get(controller);
    return own === undefined || within(paths.get(controller) ?? '', own);
  });

export class Resolver {
  readonly proc: ProcessReader;
  readonly #layout: CgroupLayout;
  readonly #hostNamespace: string | null;

  /**
   * @param procRoot the host's procfs
   * @param layout the host's cgroup hierarchies
   */
  constructor(procRoot: string, layout: CgroupLayout) {
    this.proc = new ProcessReader(procRoot);
    this.#layout = layout;
    this.#hostNamespace = this.proc.pidNamespace(1) ?? this.proc.pidNamespace('self');
  }

  /**
   * The container of a task; null if the task is the host's.
   * @param cgroupText its /proc/<pid>/cgroup
   */
  resolve(pid: number, cgroupText: string): Container | null {
    const cgroups = parseCgroupText(cgroupText);
    const runtime = this.#byRuntime(cgroups);
    const namespace = this.proc.pidNamespace(pid);
    const isHosts = namespace === null || namespace === this.#hostNamespace;
    if (isHosts && !runtime) return null;
    const near = runtime?.cgroups ?? cgroups;
    const found = isHosts
      ? null
      : namespaceInit(this.proc, pid, namespace, () => this.#around(near));
    const init = found === null ? null : this.#initFrom(found, cgroupText, cgroups);
    const task = { pid, cgroups, namespace, init };
    const bounds = runtime ?? this.#byNamespace(task);
    return bounds && this.#container(task, bounds);
  }

  /** Most init processes have the same cgroups as the task, whose text is parsed already. */
  #initFrom(pid: number, taskText: string, taskCgroups: CgroupPaths): Init {
    const text = this.proc.cgroup(pid) ?? '';
    return { pid, cgroups: text === taskText ? taskCgroups : parseCgroupText(text) };
  }

  /** The same by the pid alone; undefined if the task cannot be read. */
  ofTask(pid: number): Container | null | undefined {
    const text = pid > 0 ? this.proc.cgroup(pid) : null;
    return text === null ? undefined : this.resolve(pid, text);
  }

  /** A cgroup name of a runtime is the top of a container, whatever namespaces its tasks share. */
  #byRuntime(paths: CgroupPaths): Bounds | null {
    let named: { runtime: string; id: string } | null = null;
    const cgroups = new Map(paths);
    // The path is the same in most hierarchies.
    const known = new Map([...new Set(paths.values())].map((path) => [path, recognise(path)]));
    for (const [controller, path] of paths) {
      const found = known.get(path);
      if (!found) continue;
      cgroups.set(controller, found.path);
      named = found;
    }
    return named && { runtime: named.runtime, id: named.id, cgroups };
  }

  /** Without a name of a runtime, a pid namespace makes a container: the cgroup of its init process is the top. */
  #byNamespace({ cgroups: paths, init }: Task): Bounds | null {
    const cgroups = init === null ? paths : this.#boundedByInit(init, paths);
    const name = NAMING.map((controller) => cgroups.get(controller) ?? '/').find((p) => p !== '/');
    return name === undefined ? null : { runtime: '', id: name.slice(1), cgroups };
  }

  /** For each hierarchy the cgroup of init if the task is in it or below it, else the task's own. */
  #boundedByInit(init: Init, paths: CgroupPaths): CgroupPaths {
    const tops = this.#mountedTops(init.pid);
    const cgroups = new Map(paths);
    for (const [controller, path] of paths) {
      const own = init.cgroups.get(controller);
      if (own === undefined) continue;
      const top = tops.get(controller);
      const bound = top !== undefined && within(own, top) ? top : trimInitScope(own);
      if (bound !== '/' && within(path, bound)) cgroups.set(controller, bound);
    }
    return cgroups;
  }

  /**
   * The roots of the cgroup mounts that a container has: its top, even if init has moved itself into a sub-cgroup. A
   * mount of the host's whole tree (root `/`) does not count.
   */
  #mountedTops(init: number): ReadonlyMap<string, string> {
    const tops = new Map<string, string>();
    const mountinfo = this.proc.mountinfo(init) ?? '';
    for (const { hierarchy, controllers } of cgroupMounts(mountinfo, 'parts')) {
      for (const controller of controllers) tops.set(controller, hierarchy.root);
    }
    return tops;
  }

  #container(task: Task, bounds: Bounds): Container {
    const { runtime, id, cgroups } = bounds;
    const directory = this.#naming(cgroups) ?? '';
    const inode = inodeOf(directory);
    const [init, started] = this.#firstProcess(task, bounds);
    const key = `${directory}:${inode}`;
    return { runtime, id, cgroups, key, directory, inode, init, started };
  }

  /** Mount point of the hierarchy that names a container, and the path of its cgroup below. */
  #place(cgroups: CgroupPaths): readonly [root: string, path: string] | null {
    for (const controller of NAMING) {
      const path = cgroups.get(controller) ?? '/';
      const hierarchy = this.#layout.get(controller);
      const below = hierarchy && path !== '/' ? pathInMount(hierarchy, path) : null;
      if (hierarchy && below !== null) return [hierarchy.mountpoint, below];
    }
    return null;
  }

  #naming(cgroups: CgroupPaths): string | null {
    const place = this.#place(cgroups);
    return place && join(...place);
  }

  /** Whether a container's first process is in the host's pid namespace: by configuration, or because it is its runtime. */
  isOutside({ init }: Container): boolean {
    return this.proc.pidNamespace(init) === this.#hostNamespace;
  }

  /** The process that started first in the cgroups of a container; 0 if there is none. */
  firstProcess({ cgroups }: Container): number {
    const place = this.#place(cgroups);
    return place ? firstBelow(this.proc, ...place) : 0;
  }

  /** Processes of the naming cgroup and of those above it, nearest first: init may be among them. */
  #around(cgroups: CgroupPaths): readonly number[] {
    const place = this.#place(cgroups);
    if (!place) return [];
    const [root, path] = place;
    const near = levelsOf(`/${path}`).flatMap((level) => [level, join(level, INIT_SCOPE)]);
    return near.flatMap((each) => membersOf(join(root, each)));
  }

  /**
   * The init process of the pid namespace if it is in this container (in a pod it may be in the pause container), else
   * the oldest process. Without a name of a runtime, only processes of the namespace count.
   */
  #firstProcess(task: Task, { runtime, cgroups }: Bounds): [pid: number, at: number] {
    const { pid, namespace, init } = task;
    if (init && isWithin(init.cgroups, cgroups)) return [init.pid, this.proc.startTime(init.pid)];
    const isInside = (each: number): boolean => {
      const own = this.proc.pidNamespace(each);
      return runtime === '' ? own === namespace : own !== this.#hostNamespace;
    };
    let found = this.#uppermost(cgroups, isInside);
    // All processes of a container that shares the host's pid namespace are there.
    if (found.length === 0 && runtime !== '') found = this.#uppermost(cgroups, () => true);
    return oldest(this.proc, found.length > 0 ? found : [pid]);
  }

  /**
   * Processes of the naming cgroup. If a runtime keeps that empty, those of the first cgroup below that has any.
   * @param isInside false for processes of the runtime: systemd-nspawn stays in the container's cgroup
   */
  #uppermost(cgroups: CgroupPaths, isInside: (pid: number) => boolean): readonly number[] {
    const place = this.#place(cgroups);
    if (!place) return [];
    const [root, top] = place;
    for (const path of withDescendants(root, top)) {
      const inside = membersOf(join(root, path)).slice(0, MOST_CANDIDATES).filter(isInside);
      if (inside.length > 0) return inside;
    }
    return [];
  }
}
