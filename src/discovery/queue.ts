/**
 * All future work of the discovery, by the time it is due, with one timer. The queue works on the main thread in short
 * slices: the event loop has other work.
 * @module
 */
import { Heap } from './heap.ts';

/** Milliseconds of work in one slice. */
const SLICE_MS = 5;

/** The pause after a slice, as a multiple of the time that the slice took: a storm of events takes half a CPU. */
const PAUSE_RATIO = 1;

/** Milliseconds of the shortest pause. */
const SHORTEST_PAUSE_MS = 1;

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Calls back once, after so many milliseconds. Returns a function that cancels it. */
  wake(ms: number, callback: () => void): () => void;
}

const systemClock: Clock = {
  now: () => performance.now(),
  wake(ms, callback) {
    // setTimeout cuts off fractions, and would wake us before the job is due.
    const timer = setTimeout(callback, Math.ceil(ms));
    return () => clearTimeout(timer);
  },
};

/** The jobs of one kind: at most one for each subject. */
export interface Jobs<Subject> {
  /** Runs the job at this time. The earlier time counts if the job is in the queue already. */
  add(subject: Subject, at: number): void;
  delete(subject: Subject): void;
  has(subject: Subject): boolean;
}

interface Kind {
  /** When its first job is due. */
  readonly first: number;
  /** Runs its first job. */
  run(now: number): void;
}

export class WorkQueue {
  readonly #failed: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #kinds: Kind[] = [];
  /** The kind whose job ran last. */
  #last = 0;
  /** No slice begins before this time. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #wakesAt = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => undefined;
  #closed = false;

  /** @param failed called with what a job threw; the other jobs go on */
  constructor(failed: (error: unknown) => void, clock: Clock = systemClock) {
    this.#failed = failed;
    this.#clock = clock;
  }

  /** Milliseconds, as all times here. */
  now(): number {
    return this.#clock.now();
  }

  /**
   * A new kind of jobs. Jobs of one kind run in the order of their times. Kinds take turns, one job each, so that many
   * jobs of one kind do not delay those of another.
   * @param run does the job of a subject, which is no longer in the queue; a long job must be divided into several
   */
  jobs<Subject>(run: (subject: Subject, now: number) => void): Jobs<Subject> {
    const heap = new Heap<Subject>();
    this.#kinds.push({
      get first() {
        return heap.first;
      },
      run(now) {
        const subject = heap.take(now);
        if (subject !== undefined) run(subject, now);
      },
    });
    return {
      add: (subject, at) => {
        heap.add(subject, at);
        this.#wakeAt(at);
      },
      delete: (subject) => heap.delete(subject),
      has: (subject) => heap.has(subject),
    };
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  /** The only timer is set to the earliest time that it was asked for. */
  #wakeAt(at: number): void {
    const wakesAt = Math.max(at, this.#pausedUntil);
    if (this.#closed || this.#wakesAt <= wakesAt) return;
    this.#wakesAt = wakesAt;
    this.#cancel();
    this.#cancel = this.#clock.wake(Math.max(0, wakesAt - this.now()), () => this.#slice());
  }

  #slice(): void {
    // Jobs that are added meanwhile set no timer.
    this.#wakesAt = Number.NEGATIVE_INFINITY;
    const started = this.now();
    try {
      this.#runUntil(started + SLICE_MS);
    } catch (error) {
      this.#failed(error);
    }
    const ended = this.now();
    this.#pausedUntil = ended + Math.max((ended - started) * PAUSE_RATIO, SHORTEST_PAUSE_MS);
    this.#wakesAt = Number.POSITIVE_INFINITY;
    this.#wakeAt(Math.min(...this.#kinds.map(({ first }) => first)));
  }

  #runUntil(end: number): void {
    for (let now = this.now(); now < end; now = this.now()) {
      const kind = this.#next(now);
      if (!kind) return;
      kind.run(now);
    }
  }

  /** The kind of the next job, after the kind that ran last; undefined if no job is due. */
  #next(now: number): Kind | undefined {
    const { length } = this.#kinds;
    for (let i = 1; i <= length; i++) {
      const index = (this.#last + i) % length;
      const kind = this.#kinds[index];
      if (!kind || kind.first > now) continue;
      this.#last = index;
      return kind;
    }
    return undefined;
  }
}
