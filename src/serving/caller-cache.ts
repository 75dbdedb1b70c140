/**
 * Cache from a caller's thread id to its container and the container's open sampler. An entry is valid as long as
 * the thread lives and stays in its cgroup.
 * @module
 */
import { maxAge } from '../base/max-age.ts';
import { type Container, inodeOf } from '../containers/container.ts';
import { native } from '../native/addon.ts';
import type { NativeCallers } from '../native/tasks.ts';
import type { ContainerSampler } from '../sampling/container-sampler.ts';
import { Isolation } from '../switches/lineage.ts';
import type { Switches } from '../switches/store.ts';
import type { Renderer } from './renderer.ts';

/** Cached threads; each holds a descriptor of /proc/<tid>/cgroup. */
const CALLERS = 1024;

/** New containers that start a search for removed ones early: each keeps files open, and descriptors are limited. */
const MANY_NEW = 256;

/** Tag of the host's own threads; container i has tag i + 1. */
const HOST = 0;

/** A container of which a thread has read something. */
export interface CachedContainer {
  readonly container: Container;
  readonly sampler: ContainerSampler;
  readonly isolation: Isolation;
  /** Number of the container in this cache. */
  readonly tag: number;
}

interface CallerCacheOptions {
  readonly renderer: Renderer;
  readonly switches: Switches;
  /** Called with every container that is seen for the first time. */
  readonly onNew: (container: Container) => void;
  /** Called after files of removed containers were closed. */
  readonly onClosed: () => void;
}

export class CallerCache {
  readonly #renderer: Renderer;
  readonly #switches: Switches;
  readonly callers: NativeCallers;
  readonly #onNew: (container: Container) => void;
  readonly #onClosed: () => void;
  readonly #byTag = new Map<number, CachedContainer>();
  readonly #byKey = new Map<string, CachedContainer>();
  /**
   * New containers that the main thread does not know yet. The message would wake it, and it would take the CPU of
   * the first reader: the next request of a cached thread sends it.
   */
  readonly #unannounced: Container[] = [];
  #nextTag = HOST + 1;
  #sweptAt = native.bootTime();
  #added = 0;

  constructor({ renderer, switches, onNew, onClosed }: CallerCacheOptions) {
    this.#renderer = renderer;
    this.#switches = switches;
    this.callers = new native.Callers(renderer.resolver.proc.root, CALLERS, maxAge.caller.us);
    this.#onNew = onNew;
    this.#onClosed = onClosed;
  }

  /** The caller's container; null for the host's own threads, and for 0: a thread that is not visible to us. */
  containerOf(pid: number): CachedContainer | null {
    if (pid <= 0) return null;
    const tag = this.callers.lookup(pid);
    const known = this.#byTag.get(tag);
    if (known === undefined && tag !== HOST) return this.#resolve(pid);
    if (this.#unannounced.length > 0) this.#announceAll();
    return known ?? null;
  }

  #resolve(pid: number): CachedContainer | null {
    this.#sweep();
    const text = this.callers.open(pid);
    const container = text === null ? null : this.#renderer.resolver.resolve(pid, text);
    const known = container && (this.#byKey.get(container.key) ?? this.#add(container, pid));
    if (text !== null) this.callers.tag(pid, known?.tag ?? HOST, known?.sampler.key ?? HOST);
    return known;
  }

  #add(container: Container, pid: number): CachedContainer {
    const { proc } = this.#renderer.resolver;
    const sampler = this.#renderer.sampler(container);
    sampler.firstPid = () => proc.status(pid)?.namespacePids.at(-1);
    const isolation = new Isolation(this.#switches, container);
    const tag = this.#nextTag++;
    this.#added++;
    const known = { container, sampler, isolation, tag };
    this.#byTag.set(tag, known);
    this.#byKey.set(container.key, known);
    this.#unannounced.push(container);
    return known;
  }

  #announceAll(): void {
    for (const container of this.#unannounced.splice(0)) this.#onNew(container);
  }

  /** Closes the files of containers whose cgroup was removed. */
  #sweep(): void {
    const now = native.bootTime();
    if (now - this.#sweptAt < maxAge.removedContainers.us && this.#added < MANY_NEW) return;
    this.#sweptAt = now;
    this.#added = 0;
    this.#announceAll();
    const { size } = this.#byKey;
    for (const [key, { container, sampler, tag }] of this.#byKey) {
      if (inodeOf(container.directory) === container.inode) continue;
      sampler.close();
      this.callers.forget(tag);
      this.#byTag.delete(tag);
      this.#byKey.delete(key);
    }
    if (this.#byKey.size < size) this.#onClosed();
  }
}
