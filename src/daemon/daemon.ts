/**
 * The control plane, on the main thread: starts to serve, reloads the configuration, hands the connection over to
 * another daemon, mounts again after a loss, and ends. It never answers a read: the serving threads do.
 * @module
 */
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { ControlServer, controlSocket } from '../api/control.ts';
import { createLogger, type Logger } from '../base/log.ts';
import { UserError } from '../base/user-error.ts';
import { ConfigError } from '../config/load.ts';
import { lastingChanges } from '../config/reload.ts';
import type { Config } from '../config/schema.ts';
import { ActiveSession } from './active-session.ts';
import { controlRoutes } from './control-routes.ts';
import { Remount } from './remount.ts';
import type { ServiceManager } from './service-manager.ts';
import type { ServingThread } from './serving-thread.ts';
import { startError } from './start-error.ts';
import { PROTOCOL, rejectTakeover, sendTakeover, type Takeover } from './takeover.ts';

/** Milliseconds that a request waits for a daemon that is busy, and between two checks. */
const BUSY_MS = 1_500;
const BUSY_CHECK_MS = 10;

export interface DaemonOptions {
  readonly manager: ServiceManager;
  /** Reads the configuration again. Throws ConfigError. */
  readonly configure: () => Config;
  /** The connection of a daemon that is still running; null: there is none. */
  readonly takeover: Takeover | null;
  /** The threads that serve first, as many as the configuration has at the start. */
  readonly threads: readonly ServingThread[];
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Logger;
  readonly #active: ActiveSession;
  readonly #remount: Remount;
  #control: ControlServer;
  #state: 'starting' | 'serving' | 'changing' | 'lost' | 'ending' = 'starting';
  #wasReady = false;

  /** Mounts and serves. Throws UserError with one line that says what to do. */
  constructor(config: Config, options: DaemonOptions) {
    const { manager, takeover, threads } = options;
    this.#options = options;
    this.#log = createLogger(config.log, 'main');
    let active: ActiveSession | undefined;
    try {
      active = new ActiveSession(config, {
        manager,
        log: this.#log,
        takeover: takeover !== null,
        threads,
        inherited: takeover?.descriptors ?? manager.inherited(),
        ready: () => this.#ready(),
        threadEnded: (worker, error) => this.#threadEnded(worker, error),
      });
      this.#active = active;
      this.#control = this.#listen();
      this.#remount = new Remount({
        mount: config.mount,
        log: this.#log,
        session: () => (this.#state === 'serving' ? this.#active.session : null),
        remount: () => {
          if (this.#state === 'lost') this.#active.remount();
        },
      });
    } catch (error) {
      this.#state = 'ending';
      active?.abandon();
      throw startError(error, config);
    }
  }

  #listen(): ControlServer {
    const { roots, state } = this.#active.config;
    const routes = controlRoutes({
      procRoot: roots.proc,
      containers: () => this.#active.containers,
      whenServing: () => this.#whenServing(),
      reload: () => this.#reloadAndLog(),
    });
    const control = new ControlServer(controlSocket(state), routes, this.#log);
    const take = (socket: Socket): void => void this.#handOver(socket);
    control.upgrade = { protocol: PROTOCOL, take };
    return control;
  }

  /** A reload, a takeover that fails and a remount are short: requests wait for their end. */
  async #whenServing(): Promise<void> {
    const end = performance.now() + BUSY_MS;
    while (this.#state !== 'serving') {
      // A request must not delay the end: readers wait for the next daemon.
      if (this.#state === 'ending') throw new UserError('the daemon is stopping');
      if (performance.now() > end) throw new UserError(this.#busyReason());
      await setTimeout(BUSY_CHECK_MS);
    }
  }

  #busyReason(): string {
    return this.#state === 'lost'
      ? 'the connection was lost and is not mounted again: the log of the daemon has the reason'
      : 'the daemon is busy: try again';
  }

  /** Called when all threads of a generation answer. */
  #ready(): void {
    const { manager, takeover } = this.#options;
    const { config, session, containers, continued } = this.#active;
    const first = !this.#wasReady;
    this.#wasReady = true;
    this.#state = 'serving';
    manager.ready(config.mount);
    if (first) {
      manager.watch(() => this.#active.session.progresses());
      takeover?.confirm();
      this.#active.owned = true;
    }
    this.#log.info(
      {
        mount: config.mount,
        containers: containers.size,
        continued,
        adopted: session.adopted,
        isolated: containers.switches.host.on,
      },
      first ? 'serving' : 'serving again',
    );
  }

  /** A thread that ended without an error saw the connection end. */
  #threadEnded(worker: number, error: unknown): void {
    if (this.#state === 'ending' || this.#state === 'lost') return;
    if (!error) {
      this.#state = 'lost';
      void this.#active.leave().then(() => this.#remount.connectionLost());
      return;
    }
    this.#log.fatal({ err: error, worker }, 'serving thread failed');
    process.exitCode = 1;
    void this.end();
  }

  /**
   * Reads the configuration and serves with it. Throws ConfigError if it is invalid, and UserError if the daemon
   * cannot serve with it; the old configuration then stays in use.
   */
  async reload(): Promise<void> {
    const before = this.#active.config;
    const config = this.#options.configure();
    const lasting = lastingChanges(before, config);
    if (lasting.length > 0) {
      throw new ConfigError(`${lasting.join(', ')}: changing it requires a restart, not a reload`);
    }
    if (this.#state !== 'serving') throw new UserError('the daemon is busy: try again');
    this.#state = 'changing';
    this.#options.manager.reloading();
    await this.#active.leave();
    try {
      this.#restart(config);
    } catch (error) {
      this.#restart(before);
      throw startError(error, config);
    }
  }

  #restart(config: Config): void {
    this.#log.level = config.log.level;
    this.#active.restart(config);
  }

  /** {@link reload}, with the reason of a rejection in the log as well. */
  async #reloadAndLog(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      const { message } = error as Error;
      this.#log.error({ reason: message }, 'configuration rejected, the old one stays in use');
      throw new UserError(message, { cause: error });
    }
  }

  /** Reloads for a signal, whose sender gets no answer: the log has the reason of a rejection. */
  async reloadOnSignal(): Promise<void> {
    await this.#reloadAndLog().catch(() => undefined);
  }

  /** Why no other daemon may take over now; null: it may. */
  #takeoverObstacle(): string | null {
    const { manager } = this.#options;
    if (this.#state !== 'serving') return 'the daemon is busy: try again';
    if (!manager.keeps || manager.isKeeper) return null;
    return 'systemd would restart the old daemon: install the new version and use systemctl restart';
  }

  /** Sends the connection to another daemon. Serves again if that one does not confirm that it serves. */
  async #handOver(socket: Socket): Promise<void> {
    const obstacle = this.#takeoverObstacle();
    if (obstacle !== null) return rejectTakeover(socket, obstacle);
    this.#state = 'changing';
    this.#log.info({}, 'takeover by another daemon started');
    this.#control.close();
    await this.#active.leave();
    this.#active.unlock();
    if (await sendTakeover(socket, this.#active.session.descriptors())) {
      this.#state = 'ending';
      this.#remount.close();
      this.#active.owned = false;
      this.#options.manager.takenOver();
      this.#log.info({}, 'takeover by another daemon finished, stopped');
      return;
    }
    this.#log.error({}, 'takeover failed: the other daemon does not serve');
    this.#restart(this.#active.config);
    this.#control = this.#listen();
  }

  /** Ends; where a service manager keeps the connection and starts the next daemon, everything stays mounted. */
  async end(): Promise<void> {
    await this.#end(this.#options.manager.keeps);
  }

  /** Ends and unmounts. Idempotent. */
  async stop(): Promise<void> {
    await this.#end(false);
  }

  async #end(keepMounted: boolean): Promise<void> {
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    this.#remount.close();
    this.#options.manager.stopping();
    this.#control.close();
    await this.#active.end(keepMounted);
    const { mount } = this.#active.config;
    this.#log.info({ mount }, keepMounted ? 'stopped, still mounted' : 'stopped');
  }

  /** The last step before the process exits. */
  abandon(): void {
    this.#active.abandon();
  }
}
