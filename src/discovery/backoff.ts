/**
 * When to look again at something that has changed, and may go on changing without telling.
 * @module
 */

/** Milliseconds between two looks in the first second. */
const OFTEN = 20;
const YOUNG = 1000;

/** After the first second, the part of its age that we wait. */
const PATIENCE = 0.1;

/** Milliseconds after which a thing is looked at no more. */
const OLD = 10_000;

/** Of how long ago it changed, the time until the next look; both in milliseconds. */
export const lookAfter = (age: number): number =>
  age < YOUNG ? OFTEN : age < OLD ? age * PATIENCE : Number.POSITIVE_INFINITY;

interface Look {
  readonly since: number;
  readonly at: number;
}

/** Things to look at, now and ever less often until they are old. */
export class Looks<Thing> {
  readonly #looks = new Map<Thing, Look>();

  /** It has changed: look at it at once; if it changes all the time, as often as in its first second. */
  changed(thing: Thing, now: number): void {
    const at = Math.min(this.#looks.get(thing)?.at ?? now, now + OFTEN);
    this.#looks.set(thing, { since: now, at });
  }

  forget(thing: Thing): void {
    this.#looks.delete(thing);
  }

  /** Those to look at now. Whoever stops asking finds the rest next time. */
  *due(now: number): Generator<Thing> {
    for (const [thing, { since, at }] of this.#looks) {
      if (at > now) continue;
      const wait = lookAfter(now - since);
      if (wait === Number.POSITIVE_INFINITY) this.#looks.delete(thing);
      else this.#looks.set(thing, { since, at: now + wait });
      yield thing;
    }
  }

  /** When the next is due; Infinity if none is. */
  next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of this.#looks.values()) next = Math.min(next, at);
    return next;
  }
}
