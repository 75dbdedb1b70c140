/**
 * Who reads: from a caller's thread id to its container's open sampler, remembered for as long as the
 * thread lives in the same cgroup.
 * @module
 */
import { type Container, inodeOf } from '../containers/container.ts';
import { native } from '../native/addon.ts';
import type { NativeCallers } from '../native/tasks.ts';
import type { ContainerSampler } from '../sampling/container-sampler.ts';
import { Isolation } from '../switches/lineage.ts';
import type { Switches } from '../switches/store.ts';
import type { Renderer } from './renderer.ts';

/** Threads remembered, and so descriptors of /proc/<tid>/cgroup kept open. */
const CALLERS = 1024;

/**
 * Microseconds for which a look at a thread is good: a program that reads several files, or one over and over,
 * is looked at once. On cgroup v1 a look costs a tenth of a read.
 */
const TRUST = 1000;

/** Microseconds between two looks for containers that are gone. */
const SWEEP = 10_000_000;

/** New containers after which it is looked as well: each keeps files open, and there is a limit of these. */
const MANY_NEW = 256;

/** Tag of the host's own tasks; container i has tag i + 1. */
const HOST = 0;

/** A container that was read from. */
export interface Resident {
  readonly container: Container;
  readonly sampler: ContainerSampler;
  readonly isolation: Isolation;
  readonly tag: number;
  /** The same in every thread and every incarnation of the daemon; never 0. */
  readonly owner: number;
}

interface ResidentsOptions {
  readonly renderer: Renderer;
  readonly switches: Switches;
  /** Told of every container that is seen for the first time. */
  readonly announce: (container: Container) => void;
  /** Told when files of containers that are gone were closed. */
  readonly closed: () => void;
}

export class Residents {
  readonly #renderer: Renderer;
  readonly #switches: Switches;
  readonly callers: NativeCallers;
  readonly #announce: (container: Container) => void;
  readonly #closed: () => void;
  readonly #byTag = new Map<number, Resident>();
  readonly #byKey = new Map<string, Resident>();
  /** Waking the main thread would take the CPU of who reads first: the next request of one who is known does. */
  readonly #unannounced: Container[] = [];
  #nextTag = HOST + 1;
  #sweptAt = native.bootTime();
  #admitted = 0;

  constructor({ renderer, switches, announce, closed }: ResidentsOptions) {
    this.#renderer = renderer;
    this.#switches = switches;
    this.callers = new native.Callers(renderer.resolver.proc.root, CALLERS, TRUST);
    this.#announce = announce;
    this.#closed = closed;
  }

  /** The caller's container; null for the host's own tasks, and for 0: a task we cannot see. */
  of(pid: number): Resident | null {
    if (pid <= 0) return null;
    const tag = this.callers.lookup(pid);
    const known = this.#byTag.get(tag);
    if (known === undefined && tag !== HOST) return this.#resolve(pid);
    if (this.#unannounced.length > 0) this.#announceAll();
    return known ?? null;
  }

  #resolve(pid: number): Resident | null {
    this.#sweep();
    const text = this.callers.open(pid);
    const container = text === null ? null : this.#renderer.resolver.resolve(pid, text);
    const resident = container && (this.#byKey.get(container.key) ?? this.#admit(container, pid));
    if (text !== null) this.callers.tag(pid, resident?.tag ?? HOST);
    return resident;
  }

  #admit(container: Container, pid: number): Resident {
    const { proc } = this.#renderer.resolver;
    const sampler = this.#renderer.sampler(container);
    sampler.firstPid = () => proc.status(pid)?.namespacePids.at(-1);
    const isolation = new Isolation(this.#switches, container);
    const tag = this.#nextTag++;
    this.#admitted++;
    const resident = { container, sampler, isolation, tag, owner: sampler.key };
    this.#byTag.set(resident.tag, resident);
    this.#byKey.set(container.key, resident);
    this.#unannounced.push(container);
    return resident;
  }

  #announceAll(): void {
    for (const container of this.#unannounced.splice(0)) this.#announce(container);
  }

  /** Closes the files of containers whose cgroup was removed. */
  #sweep(): void {
    const now = native.bootTime();
    if (now - this.#sweptAt < SWEEP && this.#admitted < MANY_NEW) return;
    this.#sweptAt = now;
    this.#admitted = 0;
    this.#announceAll();
    const { size } = this.#byKey;
    for (const [key, { container, sampler, tag }] of this.#byKey) {
      if (inodeOf(container.directory) === container.inode) continue;
      sampler.close();
      this.callers.forget(tag);
      this.#byTag.delete(tag);
      this.#byKey.delete(key);
    }
    if (this.#byKey.size < size) this.#closed();
  }
}
