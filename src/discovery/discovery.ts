/**
 * The containers of this node, as the rest of the daemon knows them: each with its facts, from when it
 * was noticed until it is gone.
 * @module
 */

import type { Logger } from '../base/log.ts';
import type { CgroupLayout } from '../cgroup/layout.ts';
import type { Container } from '../containers/container.ts';
import { type Metadata, MetadataReader } from '../containers/metadata.ts';
import type { Resolver } from '../containers/resolve.ts';
import { Watcher } from './watcher.ts';

/** A container that was found, with what was known about it then. */
export interface Discovered {
  /** Of several with the same key, the one found last knows the process that is its first now. */
  readonly container: Container;
  readonly metadata: Metadata;
}

export interface DiscoveryOptions {
  readonly resolver: Resolver;
  readonly layout: CgroupLayout;
  /** Stands for `/`, where the state of runtimes is. */
  readonly hostRoot: string;
  readonly log: Logger;
  /** Called once for each container. */
  found(discovered: Discovered): void;
  /** Called when its last process has ended. */
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

  /** All that are known, by key. */
  get containers(): ReadonlyMap<string, Discovered> {
    return this.#discovered;
  }

  /** Finds all there are before it returns, and watches from then on. */
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

  /** What others do with a container must not stop the finding of the next. */
  #safely(step: () => void): void {
    try {
      step();
    } catch (err) {
      this.#log.error({ err }, 'a container was not taken in or not released');
    }
  }
}
