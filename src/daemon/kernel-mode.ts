/**
 * Kernel mode: the kernel isolates containers by itself, and nothing is served. Its switch and ours are
 * kept the same, whichever is changed.
 * @module
 */

import { createLogger, type Logger } from '../base/log.ts';
import { UserError } from '../base/user-error.ts';
import type { Config } from '../config/schema.ts';
import type { KernelSwitch } from '../switches/kernel.ts';
import { openSwitches } from '../switches/open.ts';
import type { Switches } from '../switches/store.ts';
import type { Manager } from './service-manager.ts';

/** Between two looks: a sysctl cannot be waited for. */
const PERIOD_MS = 500;

export class KernelMode {
  readonly #kernel: KernelSwitch;
  readonly #log: Logger;
  readonly #switches: Switches;
  #timer: NodeJS.Timeout | undefined;
  /** Both, when they were looked at last. */
  #last: boolean;
  #failed = false;

  /** Puts the configuration into force. Throws UserError if the kernel does not take it. */
  constructor(config: Config, kernel: KernelSwitch, manager: Manager) {
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
      throw new UserError(`cannot set the kernel's switch: ${reason}`, { cause: error });
    }
    this.#log.info(
      { file: kernel.file, isolated: this.#last },
      'serving nothing, this kernel isolates containers itself; its switch and ours are kept the same',
    );
    this.#timer = setInterval(() => this.#mirror(), PERIOD_MS);
    manager.ready(config.mount);
    manager.watch(() => true);
  }

  /** Of two that were changed between two looks the kernel's counts. */
  #mirror(): void {
    try {
      const kernel = this.#kernel.on;
      const ours = this.#switches.host.on;
      if (kernel !== this.#last) this.#take(kernel, 'kernel');
      else if (ours !== this.#last) this.#take(ours, 'procview');
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#log.error({ err: error }, 'the switches cannot be kept the same');
      this.#failed = true;
    }
  }

  #take(on: boolean, changed: 'kernel' | 'procview'): void {
    if (changed === 'procview') this.#kernel.on = on;
    else this.#switches.host = { ...this.#switches.host, on };
    this.#last = on;
    this.#log.info({ file: this.#kernel.file, isolated: on, changed }, 'switch changed');
  }

  /** Ends. The kernel's switch stays as it is: containers keep what they see. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#log.info({ file: this.#kernel.file, isolated: this.#last }, 'stopped, the switch stays');
  }

  /** The same: nothing is served that somebody could go on with. */
  async end(): Promise<void> {
    await this.stop();
  }

  /** The switches are the only configuration, and they are kept the same anyway. */
  async reloadOnSignal(): Promise<void> {
    this.#log.warn({}, 'not reloaded: in kernel mode a new configuration takes a restart');
  }

  /** Nothing to take down. */
  abandon(): void {}
}
