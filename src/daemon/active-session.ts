/**
 * The FUSE session, and the generation of threads that serves it. A reload replaces the generation, a lost
 * connection replaces both.
 * @module
 */
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { native } from '../native/addon.ts';
import type { KeptDescriptor, NativeSession } from '../native/session.ts';
import { ledgerFile, Renderer } from '../serving/renderer.ts';
import { type ServedTree, servedTree } from '../serving/served-tree.ts';
import { Generation } from './generation.ts';
import type { ContainerLifecycle } from './lifecycle.ts';
import { preflight } from './preflight.ts';
import type { ServiceManager } from './service-manager.ts';
import { type ServingThread, startThreads } from './serving-thread.ts';
import { connect } from './session.ts';

export interface ActiveSessionOptions {
  readonly manager: ServiceManager;
  readonly log: Logger;
  /** Descriptors of the predecessor; none: a new connection is mounted. */
  readonly inherited: readonly KeptDescriptor[];
  /** True: a running daemon sent the descriptors, and owns the connection until this one is ready. */
  readonly takeover: boolean;
  /** The threads of the first generation. */
  readonly threads: readonly ServingThread[];
  /** Called when all threads of a generation answer. */
  ready(): void;
  /** Called when a thread ended by itself: the connection ended, or the thread failed. */
  threadEnded(worker: number, error: unknown): void;
}

export class ActiveSession {
  /** Whether this daemon owns the connection. False: another daemon owns it still, or already. */
  owned: boolean;
  readonly #options: ActiveSessionOptions;
  #config: Config;
  #renderer: Renderer;
  /** The static tree of the session. */
  #tree: ServedTree;
  #session: NativeSession;
  #generation: Generation;

  /** Mounts, or takes over a connection, and starts to serve. Throws if that fails; nothing stays mounted then. */
  constructor(config: Config, options: ActiveSessionOptions) {
    const { inherited, takeover, threads } = options;
    this.#config = config;
    this.#options = options;
    this.owned = !takeover;
    preflight(config, inherited.length > 0);
    this.#renderer = new Renderer(config, 'exclusive');
    this.#tree = servedTree(this.#renderer);
    this.#session = this.#connect(inherited);
    try {
      this.#generation = this.#serve(threads);
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  get config(): Config {
    return this.#config;
  }

  get session(): NativeSession {
    return this.#session;
  }

  get containers(): ContainerLifecycle {
    return this.#generation.containers;
  }

  /** Whether the counters in the ledger continue those of a predecessor. */
  get continued(): boolean {
    return this.#renderer.ledger.continued;
  }

  #connect(inherited: readonly KeptDescriptor[]): NativeSession {
    const adopt = this.#options.takeover && inherited.length > 0;
    const { nodes } = this.#tree;
    return connect(this.#config, this.#options.log, { nodes, inherited, adopt });
  }

  #serve(threads: readonly ServingThread[]): Generation {
    const { manager, log } = this.#options;
    // Before the first read: a request that was read from a descriptor is lost if only this process has the descriptor.
    manager.keep(this.#session.descriptors());
    return new Generation({
      config: this.#config,
      renderer: this.#renderer,
      session: this.#session,
      tree: this.#tree,
      threads,
      log,
      ready: () => this.#options.ready(),
      ended: (worker, error) => this.#options.threadEnded(worker, error),
    });
  }

  /** Opens the ledger again. The lock of the last renderer would keep the new one out. */
  #openRenderer(config: Config): void {
    native.unlockFile(ledgerFile(config));
    this.#renderer = new Renderer(config, 'exclusive');
  }

  /** Stops serving. The connection stays: readers wait for the next generation, or for another daemon. */
  async leave(): Promise<void> {
    await this.#generation.leave();
  }

  /** Starts a generation with a configuration, on the same connection. Call it after {@link leave}. */
  restart(config: Config): void {
    this.#config = config;
    this.#openRenderer(config);
    this.#session.resume(config.workers);
    this.#generation = this.#serve(startThreads(config));
  }

  /** Mounts a new connection after the last one was lost. Call it after {@link leave}. */
  remount(): void {
    this.#session.unmount();
    preflight(this.#config, false);
    this.#openRenderer(this.#config);
    this.#tree = servedTree(this.#renderer);
    this.#session = this.#connect([]);
    this.#generation = this.#serve(startThreads(this.#config));
  }

  /** Lets another daemon lock the ledger. */
  unlock(): void {
    native.unlockFile(ledgerFile(this.#config));
  }

  /**
   * Ends all threads.
   * @param keepMounted true: readers wait for the next daemon; false: unmounts, if this daemon owns the connection
   */
  async end(keepMounted: boolean): Promise<void> {
    if (keepMounted || !this.owned) await this.#generation.leave();
    else await this.#generation.stop();
    this.owned = this.owned && !keepMounted;
  }

  /** Interrupts threads that wait in read(2), which would keep the process from ending. */
  abandon(): void {
    if (this.owned && !this.#options.manager.keeps) this.#session.unmount();
    this.#session.stop();
  }
}
