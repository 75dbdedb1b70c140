/**
 * What serves by one configuration: the serving threads, and what the main thread does with the
 * containers meanwhile. A reload ends one and makes the next.
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
import { Admission } from './lifecycle.ts';
import type { ServingThread } from './serving-thread.ts';
import { Lateness } from './slow-requests.ts';

const MS = 1000;

/** Milliseconds after which what only the start has needed is not needed any more. */
const STARTED = 1000;

export interface ServingOptions {
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
  /** Called when a thread has ended by itself: the file system was unmounted, or it failed. */
  ended(worker: number, error: unknown): void;
}

export class Serving {
  readonly admission: Admission;
  readonly #options: ServingOptions;
  readonly #log: Logger;
  readonly #lateness: Lateness;
  #timer: NodeJS.Timeout | undefined;
  #readyWorkers = 0;
  #closing = false;

  constructor(options: ServingOptions) {
    const { config, renderer, session, tree, log } = options;
    this.#options = options;
    this.#log = log;
    const paths = new Map([...tree.ids].map(([path, id]) => [id, path]));
    this.#lateness = new Lateness(session, paths, log);
    this.admission = new Admission(config, renderer, log);
    for (const [number, thread] of options.threads.entries()) this.#start(thread, number);
    this.#timer = this.#nextTick();
  }

  #start(thread: ServingThread, number: number): void {
    const { config, session, tree, ended } = this.#options;
    const log = createLogger(config.log, `server ${number}`);
    let failure: unknown;
    thread.worker.on('message', (message: ServerMessage) => this.#hear(message, log));
    thread.worker.on('error', (error) => {
      failure = error;
    });
    thread.worker.on('exit', () => {
      if (!this.#closing) ended(number, failure);
    });
    thread.serve({ config, session: session.id, worker: number, ids: tree.ids });
  }

  #hear(message: ServerMessage, log: Logger): void {
    if (message.kind === 'log') log[message.level](message.fields, message.text);
    if (this.#closing) return;
    if (message.kind === 'ready') this.#ready();
    if (message.kind === 'container') {
      this.#safely(() => this.admission.load.add(message.container));
    }
  }

  #ready(): void {
    if (++this.#readyWorkers < this.#options.config.workers) return;
    preferSmallHeap();
    setTimeout(() => native.releaseStart(), STARTED).unref();
    // Not before: to attach a file is to look it up.
    this.#safely(() => this.admission.start());
    this.#options.ready();
  }

  /** Node's timers may be a millisecond early, and a sample that is not due yet is not taken. */
  #nextTick(): NodeJS.Timeout {
    const wait = untilSample(native.bootTime(), LOAD_PERIOD) / MS;
    return setTimeout(() => this.#tick(), Math.ceil(wait) + 1);
  }

  #tick(): void {
    this.#timer = this.#nextTick();
    this.#lateness.look();
    this.#safely(() => this.admission.load.tick());
  }

  /** A container that cannot be sampled must not take the others down. */
  #safely(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#log.error({ err: error }, 'looking for containers or sampling their load failed');
    }
  }

  /** Ends the threads, unmounting before if nobody is to serve any more. */
  async #end(unmount: boolean): Promise<void> {
    const { session } = this.#options;
    if (unmount) session.unmount();
    try {
      session.stop();
    } catch (error) {
      // Its request will be answered twice, which the kernel refuses.
      this.#log.warn({ err: error }, 'a serving thread hangs');
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
    this.admission.stop();
    await this.#end(true);
  }

  /** Ends, and leaves everything to who serves next: readers wait. */
  async leave(): Promise<void> {
    this.#close();
    this.admission.leave();
    await this.#end(false);
  }
}
