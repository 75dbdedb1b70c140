/**
 * The control plane: checks the machine, mounts or takes over what is mounted, starts what serves, and
 * ends it: for good, for a new configuration, or for another process that goes on. The main thread never
 * answers a reader.
 * @module
 */
import type { Socket } from 'node:net';
import { attachRoute } from '../api/attach.ts';
import { ControlServer, controlSocket, Refusal } from '../api/control.ts';
import { createLogger, type Logger } from '../base/log.ts';
import { UserError } from '../base/user-error.ts';
import { ConfigError } from '../config/load.ts';
import { lastingChanges } from '../config/reload.ts';
import type { Config } from '../config/schema.ts';
import { native } from '../native/addon.ts';
import type { KeptDescriptor, NativeSession } from '../native/session.ts';
import { ledgerFile, Renderer } from '../serving/renderer.ts';
import { type ServedTree, servedTree } from '../serving/served-tree.ts';
import { Serving } from './generation.ts';
import { prepare } from './preflight.ts';
import { Healing } from './remount.ts';
import type { Manager } from './service-manager.ts';
import { type ServingThread, startThreads } from './serving-thread.ts';
import { connect } from './session.ts';
import { startError } from './start-error.ts';
import { handOver, refuse, TAKEOVER, type Taken } from './takeover.ts';

export interface DaemonOptions {
  readonly manager: Manager;
  /** Reads the configuration anew. Throws ConfigError. */
  readonly configure: () => Config;
  /** What another daemon has handed over. */
  readonly taken: Taken | null;
  /** Those that serve first, by the configuration as it is at the start. */
  readonly threads: readonly ServingThread[];
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Logger;
  readonly #healing: Healing;
  #threads: readonly ServingThread[] | null;
  #session: NativeSession;
  /** The static tree of the session. */
  #tree: ServedTree;
  #config: Config;
  #control: ControlServer;
  #serving: Serving;
  /** Whether the connection is ours: neither still nor already another daemon's. */
  #ours: boolean;
  #served = false;
  #state: 'starting' | 'serving' | 'changing' | 'lost' | 'ending' = 'starting';

  /** Mounts and serves. Throws UserError with one line that says what to do. */
  constructor(config: Config, options: DaemonOptions) {
    this.#config = config;
    this.#options = options;
    this.#threads = options.threads;
    this.#ours = options.taken === null;
    this.#log = createLogger(config.log, 'main');
    let renderer: Renderer;
    try {
      const inherited = options.taken?.descriptors ?? options.manager.inherited();
      prepare(config, inherited.length > 0);
      renderer = new Renderer(config, 'exclusive');
      this.#tree = servedTree(renderer);
      this.#session = this.#connect(inherited);
    } catch (error) {
      throw startError(error, config);
    }
    try {
      this.#serving = this.#serve(renderer);
      this.#control = this.#listen();
      this.#healing = new Healing({
        mount: config.mount,
        log: this.#log,
        session: () => (this.#state === 'serving' ? this.#session : null),
        mountAnew: () => this.#mountAnew(),
      });
    } catch (error) {
      this.#state = 'ending';
      this.abandon();
      throw startError(error, config);
    }
  }

  #connect(inherited: readonly KeptDescriptor[]): NativeSession {
    const adopt = this.#options.taken !== null && inherited.length > 0;
    return connect(this.#config, this.#log, { nodes: this.#tree.nodes, inherited, adopt });
  }

  #serve(renderer: Renderer): Serving {
    // Before anything is read from them: what is asked on a descriptor ends with it.
    this.#options.manager.keep(this.#session.descriptors());
    const threads = this.#threads;
    this.#threads = null;
    return new Serving({
      config: this.#config,
      renderer,
      threads: threads ?? startThreads(this.#config),
      session: this.#session,
      tree: this.#tree,
      log: this.#log,
      ready: () => this.#ready(renderer),
      ended: (worker, error) => this.#ended(worker, error),
    });
  }

  #listen(): ControlServer {
    const { roots, state } = this.#config;
    const attach = attachRoute(roots.proc, (target) => this.#serving.admission.attachAt(target));
    const routes = new Map([
      ['POST /attach', attach],
      ['POST /reload', () => this.#reloadFor()],
    ]);
    const control = new ControlServer(controlSocket(state), routes, this.#log);
    const take = (socket: Socket): void => void this.#handOver(socket);
    control.upgrade = { protocol: TAKEOVER, take };
    return control;
  }

  /** All threads answer. */
  #ready(renderer: Renderer): void {
    const { manager, taken } = this.#options;
    const { mount } = this.#config;
    const first = !this.#served;
    this.#served = true;
    this.#state = 'serving';
    manager.ready(mount);
    if (first) {
      manager.watch(() => this.#session.progresses());
      taken?.serving();
      this.#ours = true;
    }
    const { admission } = this.#serving;
    this.#log.info(
      {
        mount,
        containers: admission.size,
        continued: renderer.ledger.continued,
        adopted: this.#session.adopted,
        isolated: admission.switches.host.on,
      },
      first ? 'serving' : 'serving again',
    );
  }

  /** A thread that ends on its own means that the connection has ended, or that it failed. */
  #ended(worker: number, error: unknown): void {
    if (this.#state === 'ending' || this.#state === 'lost') return;
    if (!error) {
      this.#state = 'lost';
      void this.#serving.leave().then(() => this.#healing.connectionLost());
      return;
    }
    this.#log.fatal({ err: error, worker }, 'serving thread failed');
    process.exitCode = 1;
    void this.end();
  }

  /** The connection is gone, and with it all that was attached and bound: Admission puts it back. */
  #mountAnew(): void {
    if (this.#state !== 'lost') return;
    native.unlockFile(ledgerFile(this.#config));
    this.#session.unmount();
    prepare(this.#config, false);
    const renderer = new Renderer(this.#config, 'exclusive');
    this.#tree = servedTree(renderer);
    this.#session = this.#connect([]);
    this.#serving = this.#serve(renderer);
  }

  /** Everything but the session, by a configuration. Nobody serves when this is called. */
  #start(config: Config): void {
    this.#config = config;
    this.#log.level = config.log.level;
    native.unlockFile(ledgerFile(config));
    const renderer = new Renderer(config, 'exclusive');
    this.#session.resume(config.workers);
    this.#serving = this.#serve(renderer);
  }

  /**
   * Reads the configuration and serves by it. Throws ConfigError if it is refused, and UserError if it
   * does not work; the old one then stays.
   */
  async reload(): Promise<void> {
    const config = this.#options.configure();
    const lasting = lastingChanges(this.#config, config);
    if (lasting.length > 0) {
      throw new ConfigError(`${lasting.join(', ')}: to be changed by a restart, not by a reload`);
    }
    if (this.#state !== 'serving') throw new UserError('busy: try again');
    this.#state = 'changing';
    this.#options.manager.reloading();
    const before = this.#config;
    await this.#serving.leave();
    try {
      this.#start(config);
    } catch (error) {
      // What has begun by the new configuration has taken nothing that the old one needs.
      this.#start(before);
      throw startError(error, config);
    }
  }

  /** For who cannot be told: a bad configuration is logged. */
  async reloadOnSignal(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      this.#log.error(
        { reason: (error as Error).message },
        'not reloaded, the old configuration stays',
      );
    }
  }

  async #reloadFor(): Promise<unknown> {
    try {
      await this.reload();
      return {};
    } catch (error) {
      const { message } = error as Error;
      this.#log.error({ reason: message }, 'not reloaded, the old configuration stays');
      throw new Refusal(message, 409);
    }
  }

  /** Why no other process may take over; null: it may. */
  #obstacle(): string | null {
    const { manager } = this.#options;
    if (this.#state !== 'serving') return 'it is busy: try again';
    if (!manager.keeps || manager.isKeeper) return null;
    return 'systemd would start it again: install the new version and use systemctl restart';
  }

  async #handOver(socket: Socket): Promise<void> {
    const obstacle = this.#obstacle();
    if (obstacle !== null) return refuse(socket, obstacle);
    this.#state = 'changing';
    this.#log.info({}, 'handing over to another process');
    this.#control.close();
    await this.#serving.leave();
    native.unlockFile(ledgerFile(this.#config));
    if (await handOver(socket, this.#session.descriptors())) {
      this.#state = 'ending';
      this.#healing.close();
      this.#ours = false;
      this.#options.manager.handedOver();
      this.#log.info({}, 'handed over, stopped');
      return;
    }
    this.#log.error({}, 'the other process does not serve, going on');
    this.#start(this.#config);
    this.#control = this.#listen();
  }

  /** Ends for good, or, where somebody keeps the connection and starts the next one, leaves it to that. */
  async end(): Promise<void> {
    await this.#end(this.#options.manager.keeps);
  }

  /** Unmounts and ends all threads. Idempotent. */
  async stop(): Promise<void> {
    await this.#end(false);
  }

  async #end(leave: boolean): Promise<void> {
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    this.#healing.close();
    this.#options.manager.stopping();
    this.#control.close();
    if (leave || !this.#ours) await this.#serving.leave();
    else await this.#serving.stop();
    this.#ours = this.#ours && !leave;
    this.#log.info({ mount: this.#config.mount }, leave ? 'stopped, still mounted' : 'stopped');
  }

  /** The last resort on the way out: a thread left in read(2) would keep the process from ending. */
  abandon(): void {
    if (this.#ours && !this.#options.manager.keeps) this.#session.unmount();
    this.#session.stop();
  }
}
