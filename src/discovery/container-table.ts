/**
 * Which containers there are: met, settled, known, doubted, gone.
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
import { lookAfter } from './backoff.ts';
import { answersIn } from './scan.ts';

/**
 * Milliseconds after which a container that was met must look the same: a runtime puts a process into
 * one hierarchy after the other, and its first ones only prepare the container's own.
 */
const SETTLING = 15;

/** Milliseconds after which one that never looks the same twice is taken as it is. */
const UNSETTLED = 60;

/** Milliseconds until a container whose first process could not be watched is asked again. */
const UNWATCHED = 500;

/** asm-generic/errno-base.h, errno.h */
const ESRCH = 3;
const ENOSYS = 38;

interface Met {
  readonly container: Container;
  readonly since: number;
  readonly at: number;
}

const sameCgroups = (one: CgroupPaths, other: CgroupPaths): boolean =>
  one.size === other.size && [...one].every(([name, path]) => other.get(name) === path);

const same = (one: Container, other: Container): boolean =>
  one.init === other.init &&
  one.started === other.started &&
  sameCgroups(one.cgroups, other.cgroups);

export interface CensusOptions {
  readonly resolver: Resolver;
  readonly layout: CgroupLayout;
  /** Tells when a process has ended; null: nothing does. */
  readonly watch: NativeWatch | null;
  /** See WatcherOptions. */
  found(container: Container): void;
  gone(container: Container): void;
}

export class Census {
  readonly known = new Map<string, Container>();
  readonly #resolver: Resolver;
  readonly #layout: CgroupLayout;
  readonly #watch: NativeWatch | null;
  readonly #found: (container: Container) => void;
  readonly #gone: (container: Container) => void;
  /** Key of the container that lives with a process, by its pid. */
  readonly #byInit = new Map<number, string>();
  readonly #met = new Map<string, Met>();
  /** When to ask whether a known container still is, by key. */
  readonly #doubts = new Map<string, number>();

  constructor({ resolver, layout, watch, found, gone }: CensusOptions) {
    this.#resolver = resolver;
    this.#layout = layout;
    this.#watch = watch;
    this.#found = found;
    this.#gone = gone;
  }

  /** A process of this container was seen; it is admitted when it has settled. */
  meet(container: Container, now: number): void {
    const elsewhere = this.#byInit.get(container.init);
    if (elsewhere !== undefined && elsewhere !== container.key) this.doubt(elsewhere, now);
    if (this.known.has(container.key) || this.#met.has(container.key)) return;
    this.#met.set(container.key, { container, since: now, at: now + SETTLING });
  }

  /** Takes a container as it is, if its first process has not ended. */
  admit(container: Container): void {
    if (!this.known.has(container.key) && this.#keep(container)) this.#found(container);
  }

  /** Makes it the known one of its key. False if its first process has ended, or is another one by now. */
  #keep(container: Container): boolean {
    const { key, init, started } = container;
    const error = this.#watch?.addProcess(init) ?? -ENOSYS;
    if (error === -ESRCH || this.#resolver.proc.startTime(init) !== started) return false;
    if (this.known.get(key)?.init !== init) this.#forget(key);
    this.known.set(key, container);
    this.#byInit.set(init, key);
    const wait = error < 0 ? UNWATCHED : this.#unsure(container);
    if (wait < Number.POSITIVE_INFINITY) this.doubt(key, performance.now() + wait);
    return true;
  }

  /** Milliseconds until a young container that only its runtime seems to be in is asked for its first process. */
  #unsure(container: Container): number {
    if (!this.#resolver.isOutside(container)) return Number.POSITIVE_INFINITY;
    return lookAfter((native.bootTime() - container.started) / 1000);
  }

  #forget(key: string): Container | undefined {
    const container = this.known.get(key);
    if (!container) return undefined;
    this.known.delete(key);
    this.#doubts.delete(key);
    if (this.#byInit.get(container.init) === key) {
      this.#byInit.delete(container.init);
      this.#watch?.removeProcess(container.init);
    }
    return container;
  }

  /** A watched process has ended. */
  ended(pid: number): void {
    const key = this.#byInit.get(pid);
    if (key !== undefined) this.doubt(key, 0);
  }

  /** A cgroup was removed, and with it the container it named. */
  removed(key: string): void {
    this.#met.delete(key);
    const container = this.#forget(key);
    if (container) this.#gone(container);
  }

  /** Something happened to a container: ask whether it still is. */
  doubt(key: string, at: number): void {
    if (!this.known.has(key)) return;
    this.#doubts.set(key, Math.min(at, this.#doubts.get(key) ?? at));
  }

  /** All others than these are in doubt. */
  expect(keys: ReadonlySet<string>, now: number): void {
    for (const key of this.known.keys()) if (!keys.has(key)) this.doubt(key, now);
  }

  /** When the next check is due; Infinity if none is. */
  next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of this.#met.values()) next = Math.min(next, at);
    for (const at of this.#doubts.values()) next = Math.min(next, at);
    return next;
  }

  /** Asks about those in doubt and those not settled yet, one at a step. */
  *check(now: number): Generator<void> {
    for (const [key, at] of this.#doubts) if (at <= now) yield this.#confirm(key);
    for (const [key, met] of this.#met) if (met.at <= now) yield this.#settle(key, met, now);
  }

  #settle(key: string, { container, since }: Met, now: number): void {
    this.#met.delete(key);
    const again = this.#ask(container.init);
    if (!again) return;
    const settled = same(container, again) || now - since >= UNSETTLED;
    if (again.key !== key) this.meet(again, now);
    else if (settled) this.admit(again);
    else this.#met.set(key, { container: again, since, at: now + SETTLING });
  }

  #ask(pid: number): Container | null {
    const text = this.#resolver.proc.cgroup(pid);
    return text === null ? null : this.#resolver.resolve(pid, text);
  }

  /** Keeps a container that has a process left, be it another one than before; else it is gone. */
  #confirm(key: string): void {
    this.#doubts.delete(key);
    const container = this.known.get(key);
    if (!container) return;
    const again = this.#ask(container.init);
    if (again?.key === key && this.#keep(again)) {
      if (again.init !== container.init) this.#found(again);
      return;
    }
    const left = this.#anyOf(container);
    if (left && this.#keep(left)) this.#found(left);
    else this.removed(key);
  }

  /** The container as one of its processes tells it now; undefined if none is left. */
  #anyOf({ key, directory, inode, cgroups }: Container): Container | undefined {
    const place = placeOf(this.#layout, cgroups, ...NAMING);
    if (!place || inodeOf(directory) !== inode) return undefined;
    const { mountpoint } = place.hierarchy;
    for (const path of withDescendants(mountpoint, place.levels[0] ?? '')) {
      const answers = answersIn(this.#resolver, join(mountpoint, path));
      const left = answers.find(({ container }) => container?.key === key);
      if (left?.container) return left.container;
    }
    return undefined;
  }
}
