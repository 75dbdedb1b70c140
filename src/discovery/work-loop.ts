/**
 * Work on the main thread in turns that are short, whatever there is to do: the loop has other work.
 * @module
 */

/** Milliseconds of work in one turn. */
const TURN = 5;

/** Of what a turn took, the pause after it while there is more: a storm gets half a CPU. */
const PAUSE = 1;

export interface Work {
  /** What there is to do at this moment, each kind of work in small steps. May throw, as its steps. */
  kinds(now: number): readonly Generator<void>[];
  /** When there will be something to do; Infinity: not before somebody calls `wakeIn`. */
  next(now: number): number;
  /** Told of what a step threw; the others go on. */
  failed(error: unknown): void;
}

/** Times are those of performance.now(), in milliseconds. */
export class Turns {
  readonly #work: Work;
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #closed = false;
  /** Which kind of work comes first in the next turn. */
  #first = 0;

  constructor(work: Work) {
    this.#work = work;
  }

  /** Makes the next turn come in so many milliseconds, if it does not come earlier. */
  wakeIn(ms: number): void {
    const at = performance.now() + ms;
    if (this.#closed || this.#wakesAt <= at || at === Number.POSITIVE_INFINITY) return;
    this.#wakesAt = at;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#turn(), Math.max(0, ms));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #turn(): void {
    // What comes up meanwhile waits for the pause like all else.
    this.#wakesAt = Number.NEGATIVE_INFINITY;
    const started = performance.now();
    try {
      this.#take(this.#work.kinds(started), started + TURN);
    } catch (error) {
      this.#work.failed(error);
    }
    const ended = performance.now();
    this.#wakesAt = Number.POSITIVE_INFINITY;
    this.wakeIn(Math.max(this.#work.next(ended) - ended, (ended - started) * PAUSE, 1));
  }

  /** A step of each kind, so that none can hold up another, until all is done or time is over. */
  #take(kinds: readonly Generator<void>[], until: number): void {
    for (let done = 0; done < kinds.length && performance.now() < until; ) {
      this.#first = (this.#first + 1) % kinds.length;
      done = kinds[this.#first]?.next().done ? done + 1 : 0;
    }
  }
}
