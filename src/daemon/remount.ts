/**
 * What is done when somebody takes the mount away, or ends the connection: all is put back, and the log
 * tells. Whatever does it again and again is answered ever more slowly.
 * @module
 */
import type { Logger } from '../base/log.ts';
import { native } from '../native/addon.ts';
import type { NativeSession } from '../native/session.ts';
import type { NativeMountWatch } from '../native/watch.ts';

/** Milliseconds. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 10_000;
/** After so long without a repair the next one does not wait. */
const CALM = 60_000;

/** When the next repair may be made: the first at once. Pure. */
export class Pace {
  #last = Number.NEGATIVE_INFINITY;
  #wait = 0;

  /** Milliseconds that a repair wanted now has to wait; it counts as made then. */
  next(now: number): number {
    if (now - this.#last > CALM) this.#wait = 0;
    const due = Math.max(now, this.#last + this.#wait);
    this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2 || FIRST_WAIT);
    this.#last = due;
    return due - now;
  }
}

export interface HealingOptions {
  readonly mount: string;
  readonly log: Logger;
  /** The session that serves; null: nothing is to be healed now. */
  session(): NativeSession | null;
  /** Mounts and serves anew. Throws if that cannot be done. */
  mountAnew(): void;
}

export class Healing {
  readonly #options: HealingOptions;
  readonly #log: Logger;
  readonly #pace = new Pace();
  readonly #watch: NativeMountWatch;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HealingOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#watch = new native.MountWatch(() => this.#mountsChanged());
  }

  /** Nothing is healed any more. Idempotent. */
  close(): void {
    this.#watch.close();
    clearTimeout(this.#timer);
  }

  /** The connection has ended, and nobody serves. */
  connectionLost(): void {
    const { mount } = this.#options;
    this.#log.error({ mount }, 'the connection was ended by someone else, mounting anew');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#mountAnew(), this.#pace.next(performance.now()));
  }

  #mountAnew(): void {
    this.#timer = undefined;
    try {
      this.#options.mountAnew();
    } catch (error) {
      const wait = this.#pace.next(performance.now());
      const { mount } = this.#options;
      this.#log.error({ err: error, mount, wait: Math.ceil(wait) }, 'cannot mount, trying again');
      this.#timer = setTimeout(() => this.#mountAnew(), wait);
    }
  }

  /** Something was mounted or unmounted, most often by and for others. */
  #mountsChanged(): void {
    if (this.#timer) return;
    try {
      if (!this.#options.session()?.restore()) return;
    } catch (error) {
      const { mount } = this.#options;
      this.#log.error({ err: error, mount }, 'unmounted by someone else, and cannot mount again');
      this.#lookLater();
      return;
    }
    const { mount } = this.#options;
    this.#log.error({ mount }, 'unmounted by someone else, mounted again; the connection lives on');
    // Who unmounts it at once again waits.
    this.#lookLater();
  }

  #lookLater(): void {
    const look = (): void => {
      this.#timer = undefined;
      this.#mountsChanged();
    };
    this.#timer = setTimeout(look, this.#pace.next(performance.now()));
  }
}
