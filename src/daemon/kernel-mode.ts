/**
 * Kernel mode: the kernel isolates containers itself, and the daemon serves no files. It copies each change of the
 * kernel's switch to procview's, and the other way round.
 * @module
 */

import { createLogger, type Logger } from '../base/log.ts';
import { UserError } from '../base/user-error.ts';
import type { Config } from '../config/schema.ts';
import type { KernelSwitch } from '../switches/kernel.ts';
import { openSwitches } from '../switches/open.ts';
import type { Switches } from '../switches/store.ts';
import type { ServiceManager } from './service-manager.ts';

/** Between two comparisons: a change of a sysctl cannot be waited for. */
const PERIOD_MS = 500;

export class KernelMode {
  readonly #kernel: KernelSwitch;
  readonly #log: Logger;
  readonly #switches: Switches;
  #timer: NodeJS.Timeout | undefined;
  /** Value of both at the last comparison. */
  #last: boolean;
  #failed = false;

  /** Applies the configuration. Throws UserError if the kernel's switch cannot be written. */
  constructor(config: Config, kernel: KernelSwitch, manager: ServiceManager) {
    this.#kernel = kernel;
    this.#log = createLogger(config.log, 'main');
    try {
      this.#switches = openSwitches(config, 'daemon');
      for (const finding of this.#switches.findings) this.#log.error({}, finding);
      this.#switches.configure();
      this.#last = this.#switches.host.on;
      kernel.on = this.#last;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(`cannot write the kernel's switch: ${reason}`, { cause: error });
    }
    this.#log.info(
      { file: kernel.file, isolated: this.#last },
      'kernel mode: this kernel isolates containers, serving no files',
    );
    this.#timer = setInterval(() => this.#synchronize(), PERIOD_MS);
    manager.ready(config.mount);
    manager.watch(() => true);
  }

  /** If both changed since the last comparison, the kernel's value wins. */
  #synchronize(): void {
    try {
      const kernel = this.#kernel.on;
      const ours = this.#switches.host.on;
      if (kernel !== this.#last) this.#set(kernel, 'kernel');
      else if (ours !== this.#last) this.#set(ours, 'procview');
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#log.error({ err: error }, 'cannot synchronize the switches');
      this.#failed = true;
    }
  }

  #set(on: boolean, changed: 'kernel' | 'procview'): void {
    if (changed === 'procview') this.#kernel.on = on;
    else this.#switches.host = { ...this.#switches.host, on };
    this.#last = on;
    this.#log.info({ file: this.#kernel.file, isolated: on, changed }, 'switch changed');
  }

  /** Ends. The kernel's switch keeps its value, so containers see no change. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#log.info(
      { file: this.#kernel.file, isolated: this.#last },
      'stopped, the kernel switch keeps its value',
    );
  }

  /** As {@link stop}: there is no connection for the next daemon. */
  async end(): Promise<void> {
    await this.stop();
  }

  /** In this mode the configuration only has the initial value of the switches. */
  async reloadOnSignal(): Promise<void> {
    this.#log.warn({}, 'configuration not reloaded: kernel mode requires a restart');
  }

  /** There is nothing to unmount. */
  abandon(): void {}
}
