/**
 * Mounts again when another process unmounts the file system or aborts the connection, and logs it. Repeated losses
 * are repaired with growing delays.
 * @module
 */
import type { Logger } from '../base/log.ts';
import { native } from '../native/addon.ts';
import type { NativeSession } from '../native/session.ts';
import type { NativeMountWatch } from '../native/watch.ts';

/** Milliseconds. */
const FIRST_DELAY = 100;
const MAX_DELAY = 10_000;
/** After this time without a repair the delay starts from zero. */
const RESET_AFTER = 60_000;

/** Delays between repairs: the first repair has none. Pure. */
export class RepairDelay {
  #last = Number.NEGATIVE_INFINITY;
  #delay = 0;

  /** Milliseconds to wait before a repair that is needed now. The repair counts as made at that time. */
  next(now: number): number {
    if (now - this.#last > RESET_AFTER) this.#delay = 0;
    const due = Math.max(now, this.#last + this.#delay);
    this.#delay = Math.min(MAX_DELAY, this.#delay * 2 || FIRST_DELAY);
    this.#last = due;
    return due - now;
  }
}

export interface RemountOptions {
  readonly mount: string;
  readonly log: Logger;
  /** The session that serves; null: nothing is to be repaired now. */
  session(): NativeSession | null;
  /** Mounts a new connection and serves it. Throws if that fails. */
  remount(): void;
}

export class Remount {
  readonly #options: RemountOptions;
  readonly #log: Logger;
  readonly #delay = new RepairDelay();
  readonly #watch: NativeMountWatch;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RemountOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#watch = new native.MountWatch(() => this.#onMountsChanged());
  }

  /** Stops all repairs. Idempotent. */
  close(): void {
    this.#watch.close();
    clearTimeout(this.#timer);
  }

  /** Call it when the connection has ended and all serving threads have stopped. */
  connectionLost(): void {
    const { mount } = this.#options;
    this.#log.error({ mount }, 'connection aborted by another process, mounting again');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#remount(), this.#delay.next(performance.now()));
  }

  #remount(): void {
    this.#timer = undefined;
    try {
      this.#options.remount();
    } catch (error) {
      const wait = this.#delay.next(performance.now());
      const { mount } = this.#options;
      this.#log.error({ err: error, mount, wait: Math.ceil(wait) }, 'cannot mount, trying again');
      this.#timer = setTimeout(() => this.#remount(), wait);
    }
  }

  /** Any process mounted or unmounted something; most changes do not concern this mount. */
  #onMountsChanged(): void {
    if (this.#timer) return;
    const { mount } = this.#options;
    try {
      if (!this.#options.session()?.restore()) return;
      this.#log.error({ mount }, 'unmounted by another process, mounted again');
    } catch (error) {
      this.#log.error({ err: error, mount }, 'unmounted by another process, cannot mount again');
    }
    // The next loss waits for the timer, so that a process that unmounts in a loop cannot keep the daemon busy.
    this.#checkLater();
  }

  #checkLater(): void {
    const check = (): void => {
      this.#timer = undefined;
      this.#onMountsChanged();
    };
    this.#timer = setTimeout(check, this.#delay.next(performance.now()));
  }
}
