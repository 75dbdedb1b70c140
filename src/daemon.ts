/**
 * The control plane: checks the machine, mounts, starts the serving threads, takes in containers,
 * samples their load, and takes everything down again. The main thread never answers a reader.
 * @module
 */
import { mkdirSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Admission } from './admission.ts';
import { attachRoute } from './api/attach.ts';
import { ControlServer, controlSocket } from './api/control.ts';
import { HostCover } from './attach/host-cover.ts';
import { type Config, configSchema } from './config/schema.ts';
import { ProcessReader } from './containers/process.ts';
import { Lateness } from './lateness.ts';
import { createLogger, type Logger } from './log.ts';
import { type NativeSession, native } from './native.ts';
import { Renderer } from './renderer.ts';
import { untilSample } from './sampling/load-average.ts';
import { LOAD_PERIOD } from './sampling/load-sampler.ts';
import { idsByPath, servedNodes } from './served.ts';
import type { ServerMessage, ServerOptions } from './server.ts';
import { StartError, startError } from './start-error.ts';

const MS = 1000;

/** Group and all others. */
const OTHERS_WRITE = 0o022;

/** What a read leaves behind dies at once: more room for it is only memory that is touched. */
const YOUNG_MB = 2;

const DEFAULT_MOUNT = configSchema.parse({}).mount;

const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** Makes what is ours to make: the state directory, and the mount point if it is the default one. */
function prepareDirectories(config: Config): void {
  mkdirSync(config.state, { recursive: true, mode: 0o755 });
  const { uid, mode } = statSync(config.state);
  if (uid !== process.geteuid?.() || (mode & OTHERS_WRITE) !== 0) {
    const mend = `chown root ${config.state} && chmod go-w ${config.state}`;
    throw new StartError(`state directory ${config.state} is not root's alone: ${mend}`);
  }
  try {
    if (config.mount === DEFAULT_MOUNT) mkdirSync(config.mount, { recursive: true });
    if (statSync(config.mount).isDirectory()) return;
    throw new StartError(`mount point ${config.mount} is not a directory: name another one`);
  } catch (error) {
    // A killed daemon leaves its mount behind, dead; the session replaces it.
    if (errorCode(error) === 'ENOTCONN') return;
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new StartError(`mount point ${config.mount} does not exist: create it`);
  }
}

export class Daemon {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #renderer: Renderer;
  readonly #admission: Admission;
  readonly #control: ControlServer;
  readonly #session: NativeSession;
  readonly #lateness: Lateness;
  readonly #workers: Worker[] = [];
  #timer: NodeJS.Timeout;
  #readyWorkers = 0;
  #stopping = false;

  /** Mounts and serves. Throws StartError with one line that says what to do. */
  constructor(config: Config) {
    this.#config = config;
    this.#log = createLogger(config.log, 'main');
    try {
      if (process.getuid?.() !== 0) throw new StartError('mounting takes root: run with sudo');
      prepareDirectories(config);
      new HostCover(new ProcessReader(config.roots.proc), config.mount).clearDead();
      this.#renderer = new Renderer(config, 'exclusive');
      const nodes = servedNodes(this.#renderer);
      const { mount: mountpoint, fsname, workers } = config;
      this.#session = new native.Session({ mountpoint, fsname, nodes, workers });
      const paths = new Map([...idsByPath(nodes)].map(([path, id]) => [id, path]));
      this.#lateness = new Lateness(this.#session, paths, this.#log);
    } catch (error) {
      throw startError(error, config);
    }
    try {
      this.#admission = new Admission(config, this.#renderer, this.#log);
      this.#control = this.#listen();
    } catch (error) {
      this.abandon();
      throw startError(error, config);
    }
    for (let worker = 0; worker < config.workers; worker++) this.#startWorker(worker);
    this.#timer = this.#nextTick();
  }

  #listen(): ControlServer {
    const { roots, state } = this.#config;
    const attach = attachRoute(roots.proc, (target) => this.#admission.attachAt(target));
    return new ControlServer(controlSocket(state), new Map([['POST /attach', attach]]), this.#log);
  }

  /** Logs once, when all threads answer. */
  #ready(): void {
    if (++this.#readyWorkers < this.#config.workers) return;
    // Not before: to attach a file is to look it up.
    this.#safely(() => this.#admission.start());
    this.#log.info(
      {
        mount: this.#config.mount,
        containers: this.#admission.size,
        continued: this.#renderer.ledger.continued,
        isolated: this.#admission.switches.host.on,
      },
      'serving',
    );
  }

  #startWorker(worker: number): void {
    const options: ServerOptions = { config: this.#config, session: this.#session.id, worker };
    const thread = new Worker(new URL('./server.js', import.meta.url), {
      workerData: options,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const log = createLogger(this.#config.log, `server ${worker}`);
    thread.on('message', (message: ServerMessage) => this.#hear(message, log));
    thread.on('error', (error) => this.#fail(error, worker));
    thread.on('exit', () => this.#ended(worker));
    this.#workers.push(thread);
  }

  #hear(message: ServerMessage, log: Logger): void {
    switch (message.kind) {
      case 'ready':
        this.#ready();
        break;
      case 'log':
        log[message.level](message.fields, message.text);
        break;
      case 'container':
        this.#safely(() => this.#admission.load.add(message.container));
    }
  }

  /** Node's timers may be a millisecond early, and a sample that is not due yet is not taken. */
  #nextTick(): NodeJS.Timeout {
    const wait = untilSample(native.bootTime(), LOAD_PERIOD) / MS;
    return setTimeout(() => this.#tick(), Math.ceil(wait) + 1);
  }

  #tick(): void {
    this.#timer = this.#nextTick();
    this.#lateness.look();
    this.#safely(() => this.#admission.load.tick());
  }

  /** A container that cannot be sampled must not take the others down. */
  #safely(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#log.error({ err: error }, 'looking for containers or sampling their load failed');
    }
  }

  #fail(error: unknown, worker: number): void {
    this.#log.fatal({ err: error, worker }, 'serving thread failed');
    process.exitCode = 1;
  }

  /** A thread that ends on its own means that the file system was unmounted, or that it failed. */
  #ended(worker: number): void {
    if (this.#stopping) return;
    if (process.exitCode === undefined) {
      this.#log.error({ worker, mount: this.#config.mount }, 'unmounted by someone else, stopping');
      process.exitCode = 1;
    }
    void this.stop();
  }

  /** Unmounts and ends all threads. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#control.close();
    this.#admission.stop();
    this.#session.unmount();
    this.#session.stop();
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#log.info({ mount: this.#config.mount }, 'stopped');
  }

  /** The last resort on the way out: a thread left in read(2) would keep the process from ending. */
  abandon(): void {
    this.#session.unmount();
    this.#session.stop();
  }
}
