/**
 * A clock that stands still unless a test moves it.
 * @module
 */
import type { Clock } from '../../src/discovery/queue.ts';

export class FakeClock implements Clock {
  #now = 0;
  #wakeUp: { readonly at: number; readonly callback: () => void } | null = null;
  /** How often the timer has woken its owner. */
  wakeUps = 0;

  now(): number {
    return this.#now;
  }

  /** Only one timer: the queue must cancel it before it sets the next. */
  wake(ms: number, callback: () => void): () => void {
    if (this.#wakeUp) throw new Error('a second timer');
    const wakeUp = { at: this.#now + ms, callback };
    this.#wakeUp = wakeUp;
    return () => {
      if (this.#wakeUp === wakeUp) this.#wakeUp = null;
    };
  }

  /** Time passes while a job works: no timer runs. */
  work(ms: number): void {
    this.#now += ms;
  }

  /** Runs all timers that are due until then. */
  runUntil(time: number): void {
    for (let next = this.#wakeUp; next && next.at <= time; next = this.#wakeUp) {
      this.#wakeUp = null;
      this.#now = Math.max(this.#now, next.at);
      this.wakeUps++;
      next.callback();
    }
    this.#now = Math.max(this.#now, time);
  }
}
