/**
 * One generation: the serving threads of one configuration, and the work that the main thread does for the
 * containers meanwhile. A reload ends one generation and starts the next.
 * @module
 */

import { createLogger, type Logger } from '../base/log.ts';
import { preferSmallHeap } from '../base/v8-flags.ts';
import type { Config } from '../config/schema.ts';
import { native } from '../native/addon.ts';
import type { NativeSession } from '../native/session.ts';
import { untilSample } from '../sampling/load-average.ts';
import { LOAD_PERIOD } from '../sampling/load-sample.ts';
import type { ServerMessage } from '../serving/messages.ts';
import type { Renderer } from '../serving/renderer.ts';
import type { ServedTree } from '../serving/served-tree.ts';
import { ContainerLifecycle } from './lifecycle.ts';
import type { ServingThread } from './serving-thread.ts';
import { SlowRequests } from './slow-requests.ts';

const US_PER_MS = 1000;

/** Milliseconds after which memory that only the start needed can be released. */
const START_MS = 1000;

export interface GenerationOptions {
  readonly config: Config;
  readonly renderer: Renderer;
  readonly session: NativeSession;
  /** The static tree of the session. */
  readonly tree: ServedTree;
  /** One for each worker of the configuration; none serves yet. */
  readonly threads: readonly ServingThread[];
  readonly log: Logger;
  /** Called once, when all threads answer. */
  ready(): void;
  /** Called when a thread ended by itself: the file system was unmounted, or the thread failed. */
  ended(worker: number, error: unknown): void;
}

export class Generation {
  readonly containers: ContainerLifecycle;
  readonly #options: GenerationOptions;
  readonly #log: Logger;
  readonly #slowRequests: SlowRequests;
  #timer: NodeJS.Timeout | undefined;
  #readyWorkers = 0;
  #closing = false;

  constructor(options: GenerationOptions) {
    const { config, renderer, session, tree, log } = options;
    this.#options = options;
    this.#log = log;
    const paths = new Map([...tree.ids].map(([path, id]) => [id, path]));
    this.#slowRequests = new SlowRequests(session, paths, log);
    this.containers = new ContainerLifecycle(config, renderer, log);
    for (const [number, thread] of options.threads.entries()) this.#start(thread, number);
    this.#timer = this.#nextTick();
  }

  #start(thread: ServingThread, number: number): void {
    const { config, session, tree, ended } = this.#options;
    const log = createLogger(config.log, `server ${number}`);
    let failure: unknown;
    thread.worker.on('message', (message: ServerMessage) => this.#onMessage(message, log));
    thread.worker.on('error', (error) => {
      failure = error;
    });
    thread.worker.on('exit', () => {
      if (!this.#closing) ended(number, failure);
    });
    thread.serve({ config, session: session.id, worker: number, ids: tree.ids });
  }

  #onMessage(message: ServerMessage, log: Logger): void {
    if (message.kind === 'log') log[message.level](message.fields, message.text);
    if (this.#closing) return;
    if (message.kind === 'ready') this.#onReady();
    if (message.kind === 'container') {
      this.#logErrors(() => this.containers.load.add(message.container));
    }
  }

  #onReady(): void {
    if (++this.#readyWorkers < this.#options.config.workers) return;
    preferSmallHeap();
    setTimeout(() => native.releaseStart(), START_MS).unref();
    // Not before: attaching a file looks it up in our mount, which only a serving thread can answer.
    this.#logErrors(() => this.containers.start());
    this.#options.ready();
  }

  /** Node's timers may fire a millisecond early, and a sample that is not due yet would be skipped. */
  #nextTick(): NodeJS.Timeout {
    const wait = untilSample(native.bootTime(), LOAD_PERIOD) / US_PER_MS;
    return setTimeout(() => this.#tick(), Math.ceil(wait) + 1);
  }

  #tick(): void {
    this.#timer = this.#nextTick();
    this.#slowRequests.check();
    this.#logErrors(() => this.containers.load.tick());
  }

  /** A container that cannot be sampled must not stop the daemon. */
  #logErrors(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#log.error({ err: error }, 'discovery or load sampling failed');
    }
  }

  /** Ends the threads; with `unmount`, after the file system was unmounted. */
  async #end(unmount: boolean): Promise<void> {
    const { session } = this.#options;
    if (unmount) session.unmount();
    try {
      session.stop();
    } catch (error) {
      // Its request will be answered twice; the kernel refuses the second reply.
      this.#log.warn({ err: error }, 'serving thread hangs');
    }
    await Promise.all(this.#options.threads.map(({ worker }) => worker.terminate()));
  }

  #close(): void {
    this.#closing = true;
    clearTimeout(this.#timer);
  }

  /** Ends for good: containers get their own files back, and nothing stays mounted. */
  async stop(): Promise<void> {
    this.#close();
    this.containers.stop();
    await this.#end(true);
  }

  /** Ends, and leaves mounts and switches to the next generation or daemon. Readers wait for it. */
  async leave(): Promise<void> {
    this.#close();
    this.containers.leave();
    await this.#end(false);
  }
}
