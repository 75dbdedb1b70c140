/**
 * The containers of this node, each with its metadata, from its first process until its last one has ended.
 * @module
 */

import type { Logger } from '../base/log.ts';
import type { CgroupLayout } from '../cgroup/layout.ts';
import type { Container } from '../containers/container.ts';
import { type Metadata, MetadataReader } from '../containers/metadata.ts';
import type { Resolver } from '../containers/resolve.ts';
import { Watcher } from './watcher.ts';

/** A container that was found, with its metadata from that time. */
export interface Discovered {
  /** As found last: the first process of a container can change. */
  readonly container: Container;
  readonly metadata: Metadata;
}

export interface DiscoveryOptions {
  readonly resolver: Resolver;
  readonly layout: CgroupLayout;
  /** Stands for `/`: the state files of runtimes are below it. */
  readonly hostRoot: string;
  readonly log: Logger;
  /** Called once for each container. */
  found(discovered: Discovered): void;
  /** Called when the last process of a container has ended. */
  gone?(discovered: Discovered): void;
}

export class Discovery {
  readonly #metadata: MetadataReader;
  readonly #watcher: Watcher;
  readonly #log: Logger;
  readonly #options: DiscoveryOptions;
  readonly #discovered = new Map<string, Discovered>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#metadata = new MetadataReader(options.hostRoot);
    this.#watcher = new Watcher({
      ...options,
      found: (container) => this.#found(container),
      gone: (container) => this.#gone(container),
    });
  }

  /** The containers that are known, by key. */
  get containers(): ReadonlyMap<string, Discovered> {
    return this.#discovered;
  }

  /** Finds all containers before it returns, and watches from then on. */
  start(): void {
    this.#watcher.start();
  }

  close(): void {
    this.#watcher.close();
  }

  #found(container: Container): void {
    const before = this.#discovered.get(container.key);
    const discovered = { container, metadata: before?.metadata ?? this.#metadata.read(container) };
    this.#discovered.set(container.key, discovered);
    if (before) return;
    const { id, runtime, init: pid } = container;
    const { name, pod } = discovered.metadata;
    this.#log.debug({ id, runtime, pid, name, pod }, 'container found');
    this.#safely(() => this.#options.found(discovered));
  }

  #gone({ key, id }: Container): void {
    const discovered = this.#discovered.get(key);
    if (!discovered) return;
    this.#discovered.delete(key);
    this.#log.debug({ id }, 'container gone');
    this.#safely(() => this.#options.gone?.(discovered));
  }

  /** An error of a callback must not stop the discovery. */
  #safely(step: () => void): void {
    try {
      step();
    } catch (err) {
      this.#log.error({ err }, 'a step at the start or at the end of a container failed');
    }
  }
}
