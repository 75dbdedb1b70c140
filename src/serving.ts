/**
 * What serves by one configuration: the serving threads, and what the main thread does with the
 * containers meanwhile. A reload ends one and makes the next.
 * @module
 */
import { Worker } from 'node:worker_threads';
import { Admission } from './admission.ts';
import type { Config } from './config/schema.ts';
import { preferSmallHeap } from './heap.ts';
import { Lateness } from './lateness.ts';
import { createLogger, type Logger } from './log.ts';
import { type NativeSession, native } from './native.ts';
import type { Renderer } from './renderer.ts';
import { untilSample } from './sampling/load-average.ts';
import { LOAD_PERIOD } from './sampling/load-sampler.ts';
import { idsByPath, servedNodes } from './served.ts';
import type { ServerMessage, ServerOptions } from './server.ts';

const MS = 1000;

/** What a read leaves behind dies at once: more room for it is only memory that is touched. */
const YOUNG_MB = 2;

export interface ServingOptions {
  readonly config: Config;
  readonly renderer: Renderer;
  readonly session: NativeSession;
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
  readonly #workers: Worker[] = [];
  #timer: NodeJS.Timeout | undefined;
  #readyWorkers = 0;
  #closing = false;

  constructor(options: ServingOptions) {
    const { config, renderer, session, log } = options;
    this.#options = options;
    this.#log = log;
    const paths = new Map([...idsByPath(servedNodes(renderer))].map(([path, id]) => [id, path]));
    this.#lateness = new Lateness(session, paths, log);
    this.admission = new Admission(config, renderer, log);
    for (let worker = 0; worker < config.workers; worker++) this.#startWorker(worker);
    this.#timer = this.#nextTick();
  }

  #startWorker(worker: number): void {
    const { config, session, ended } = this.#options;
    const options: ServerOptions = { config, session: session.id, worker };
    const thread = new Worker(new URL('./server.js', import.meta.url), {
      workerData: options,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const log = createLogger(config.log, `server ${worker}`);
    let failure: unknown;
    thread.on('message', (message: ServerMessage) => this.#hear(message, log));
    thread.on('error', (error) => {
      failure = error;
    });
    thread.on('exit', () => {
      if (!this.#closing) ended(worker, failure);
    });
    this.#workers.push(thread);
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
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
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
