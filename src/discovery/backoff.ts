/**
 * When to check again a subject that has changed, and that can change further without an event.
 * @module
 */
import type { Jobs, WorkQueue } from './queue.ts';

/** Milliseconds between two checks in the first second after a change. */
const FIRST_DELAY_MS = 20;
const FIRST_SECOND_MS = 1000;

/** After the first second, the delay as a part of the time since the change. */
const DELAY_RATIO = 0.1;

/** Milliseconds after a change, after which a subject is no longer checked. */
const LAST_CHECK_MS = 10_000;

/** Milliseconds until the next check, from those since the change; Infinity: there is none. */
export function delayAfter(age: number): number {
  if (age < FIRST_SECOND_MS) return FIRST_DELAY_MS;
  return age < LAST_CHECK_MS ? age * DELAY_RATIO : Number.POSITIVE_INFINITY;
}

/** Checks each subject that has changed: at once, and then ever less often. */
export class Backoff<Subject> {
  readonly #checks: Jobs<Subject>;
  /** When a subject has changed last. */
  readonly #changedAt = new Map<Subject, number>();

  constructor(queue: WorkQueue, check: (subject: Subject, now: number) => void) {
    this.#checks = queue.jobs((subject: Subject, now) => {
      this.#plan(subject, now);
      check(subject, now);
    });
  }

  /** The subject has changed: check it now, or soon where it was checked only just before. */
  changed(subject: Subject, now: number): void {
    const at = this.#checks.has(subject) ? now + FIRST_DELAY_MS : now;
    this.#changedAt.set(subject, now);
    this.#checks.add(subject, at);
  }

  forget(subject: Subject): void {
    this.#changedAt.delete(subject);
    this.#checks.delete(subject);
  }

  #plan(subject: Subject, now: number): void {
    const delay = delayAfter(now - (this.#changedAt.get(subject) ?? now));
    if (delay < Number.POSITIVE_INFINITY) this.#checks.add(subject, now + delay);
    else this.#changedAt.delete(subject);
  }
}
