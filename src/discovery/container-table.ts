/**
 * The table of containers: those seen once, those that are known, and checks of whether they still exist.
 * @module
 */
import { join } from 'node:path';
import { withDescendants } from '../cgroup/descendants.ts';
import type { CgroupLayout } from '../cgroup/layout.ts';
import { placeOf } from '../cgroup/place.ts';
import type { CgroupPaths } from '../cgroup/proc-cgroup.ts';
import { type Container, inodeOf } from '../containers/container.ts';
import { NAMING, type Resolver } from '../containers/resolve.ts';
import { native } from '../native/addon.ts';
import type { NativeWatch } from '../native/watch.ts';
import { delayAfter } from './backoff.ts';
import type { Jobs, WorkQueue } from './queue.ts';
import { containersIn } from './scan.ts';

/**
 * Milliseconds after which a container that was seen must look the same: a runtime moves a process into one hierarchy
 * after the other, and the first processes of runc only prepare the container.
 */
const SETTLING_MS = 15;

/** Milliseconds after which a container that never looks the same twice is added as it is. */
const LONGEST_SETTLING_MS = 60;

/** Milliseconds until the next check of a container whose first process could not be watched. */
const UNWATCHED_CHECK_MS = 500;

/** asm-generic/errno-base.h, errno.h */
const ESRCH = 3;
const ENOSYS = 38;

/** A container that was seen, and is not in the table yet. */
interface Candidate {
  readonly container: Container;
  /** When it was seen first. */
  readonly since: number;
}

const sameCgroups = (one: CgroupPaths, other: CgroupPaths): boolean =>
  one.size === other.size && [...one].every(([name, path]) => other.get(name) === path);

const same = (one: Container, other: Container): boolean =>
  one.init === other.init &&
  one.started === other.started &&
  sameCgroups(one.cgroups, other.cgroups);

export interface ContainerTableOptions {
  readonly queue: WorkQueue;
  readonly resolver: Resolver;
  readonly layout: CgroupLayout;
  /** Reports the end of processes; null if that is not possible. */
  readonly watch: NativeWatch | null;
  /** Called for each container that is added, and again when its first process is another one. */
  found(container: Container): void;
  /** Called for each container that is removed. */
  gone(container: Container): void;
}

export class ContainerTable {
  /** By key. */
  readonly known = new Map<string, Container>();
  readonly #queue: WorkQueue;
  readonly #resolver: Resolver;
  readonly #layout: CgroupLayout;
  readonly #watch: NativeWatch | null;
  readonly #found: (container: Container) => void;
  readonly #gone: (container: Container) => void;
  /** Key of the container that a process is the first of, by its pid. */
  readonly #byInit = new Map<number, string>();
  readonly #candidates = new Map<string, Candidate>();
  /** Checks whether a candidate has settled, by key. */
  readonly #settling: Jobs<string>;
  /** Checks whether a known container still exists, by key. */
  readonly #checks: Jobs<string>;

  constructor({ queue, resolver, layout, watch, found, gone }: ContainerTableOptions) {
    this.#queue = queue;
    this.#resolver = resolver;
    this.#layout = layout;
    this.#watch = watch;
    this.#found = found;
    this.#gone = gone;
    this.#checks = queue.jobs((key) => this.#check(key));
    this.#settling = queue.jobs((key, now) => this.#settle(key, now));
  }

  /** A process of this container was seen. The container is added when it has settled. */
  seen(container: Container, now: number): void {
    const { key, init } = container;
    const other = this.#byInit.get(init);
    if (other !== undefined && other !== key) this.checkAt(other, now);
    if (this.known.has(key) || this.#candidates.has(key)) return;
    this.#settleLater({ container, since: now }, now);
  }

  #settleLater(candidate: Candidate, now: number): void {
    const { key } = candidate.container;
    this.#candidates.set(key, candidate);
    this.#settling.add(key, now + SETTLING_MS);
  }

  /** Adds a container as it is, unless its first process has ended. */
  add(container: Container): void {
    if (!this.known.has(container.key) && this.#set(container)) this.#found(container);
  }

  /** Sets the known container of its key. False if its first process has ended, or if the pid is another process. */
  #set(container: Container): boolean {
    const { key, init, started } = container;
    const error = this.#watch?.addProcess(init) ?? -ENOSYS;
    if (error === -ESRCH || this.#resolver.proc.startTime(init) !== started) return false;
    if (this.known.get(key)?.init !== init) this.#delete(key);
    this.known.set(key, container);
    this.#byInit.set(init, key);
    const delay = error < 0 ? UNWATCHED_CHECK_MS : this.#initDelay(container);
    if (delay < Number.POSITIVE_INFINITY) this.checkAt(key, this.#queue.now() + delay);
    return true;
  }

  /**
   * Milliseconds until the next search for the first process of a young container in which only processes of its
   * runtime were found; Infinity for all others.
   */
  #initDelay(container: Container): number {
    if (!this.#resolver.isOutside(container)) return Number.POSITIVE_INFINITY;
    return delayAfter((native.bootTime() - container.started) / 1000);
  }

  #delete(key: string): Container | undefined {
    const container = this.known.get(key);
    if (!container) return undefined;
    this.known.delete(key);
    this.#checks.delete(key);
    if (this.#byInit.get(container.init) === key) {
      this.#byInit.delete(container.init);
      this.#watch?.removeProcess(container.init);
    }
    return container;
  }

  /** A watched process has ended. */
  ended(pid: number): void {
    const key = this.#byInit.get(pid);
    if (key !== undefined) this.checkAt(key, this.#queue.now());
  }

  /** The cgroup that names a container was removed, and the container with it. */
  removed(key: string): void {
    this.#candidates.delete(key);
    this.#settling.delete(key);
    const container = this.#delete(key);
    if (container) this.#gone(container);
  }

  /** Checks at this time whether a container still exists, if it is a known one. */
  checkAt(key: string, at: number): void {
    if (this.known.has(key)) this.#checks.add(key, at);
  }

  /** Checks all containers except these. */
  checkOthers(keys: ReadonlySet<string>, now: number): void {
    for (const key of this.known.keys()) if (!keys.has(key)) this.checkAt(key, now);
  }

  #settle(key: string, now: number): void {
    const candidate = this.#candidates.get(key);
    if (!candidate) return;
    this.#candidates.delete(key);
    const { container, since } = candidate;
    const again = this.#resolver.ofTask(container.init);
    if (!again) return;
    const settled = same(container, again) || now - since >= LONGEST_SETTLING_MS;
    if (again.key !== key) this.seen(again, now);
    else if (settled) this.add(again);
    else this.#settleLater({ container: again, since }, now);
  }

  /** Keeps a container that has a process left, which may be another first process than before. */
  #check(key: string): void {
    const container = this.known.get(key);
    if (!container) return;
    const again = this.#resolver.ofTask(container.init);
    if (again?.key === key && this.#set(again)) {
      if (again.init !== container.init) this.#found(again);
      return;
    }
    const left = this.#remaining(container);
    if (left && this.#set(left)) this.#found(left);
    else this.removed(key);
  }

  /** The container as resolved from any of its processes; undefined if none is left. */
  #remaining({ key, directory, inode, cgroups }: Container): Container | undefined {
    const place = placeOf(this.#layout, cgroups, ...NAMING);
    if (!place || inodeOf(directory) !== inode) return undefined;
    const { mountpoint } = place.hierarchy;
    for (const path of withDescendants(mountpoint, place.levels[0] ?? '')) {
      const found = containersIn(this.#resolver, join(mountpoint, path));
      const left = found.find(({ container }) => container?.key === key);
      if (left?.container) return left.container;
    }
    return undefined;
  }
}
