/**
 * Attaches containers as they are found, on the main thread, and detaches them all when the daemon stops.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Logger } from '../base/log.ts';
import type { Container } from '../containers/container.ts';
import { raiseSomaxconn } from '../parameters/somaxconn.ts';
import { attach, detach, heal, isSettled, Refused, type Source, type Subject } from './apply.ts';
import type { Outcome } from './plan.ts';

/**
 * Milliseconds between one look at a container and the next. It is found while its runtime still prepares
 * its mounts: what was attached before pivot_root(2) is gone after it. A look that finds nothing to do
 * reads two files.
 */
const PAUSES = [0, 50, 100, 200, 400, 800, 1_600, 3_200] as const;

export interface AttacherOptions {
  readonly source: Source;
  readonly log: Logger;
  /** The container of this key as it is known now; undefined: it is gone. */
  current(key: string): Container | undefined;
}

const pathsOf = (outcomes: readonly Outcome[], state: Outcome['state']): string[] =>
  outcomes.flatMap((each) => (each.state === state ? each.path : []));

export class Attacher {
  readonly #options: AttacherOptions;
  readonly #log: Logger;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Digests of mounts in which there was nothing to do, by container: only other mounts are looked at. */
  readonly #settled = new Map<string, string>();

  constructor(options: AttacherOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  /** Looks at a container that was found until its mounts must have settled. */
  found({ key }: Container): void {
    this.#lookLater(key, 0);
  }

  gone({ key }: Container): void {
    clearTimeout(this.#timers.get(key));
    this.#forget(key);
  }

  #forget(key: string): void {
    this.#timers.delete(key);
    this.#settled.delete(key);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const key of this.#timers.keys()) this.#forget(key);
  }

  /**
   * Attaches at once what a runtime's hook asks for, or an operator. Throws Refused.
   * @returns what became of each path
   */
  attach(id: string, subject: Subject): readonly Outcome[] {
    const { source } = this.#options;
    const outcomes = attach(source, subject);
    this.#report(id, outcomes, 'attached');
    if (raiseSomaxconn(source.proc.root, subject.init) === 'raised') {
      this.#log.info({ id }, 'net.core.somaxconn raised');
    }
    return outcomes;
  }

  /** Gives a container again what it had from a daemon that is gone. */
  heal(container: Container): void {
    this.#quietly(container, () => {
      this.#report(container.id, heal(this.#options.source, container), 'healed');
    });
  }

  #report(id: string, outcomes: readonly Outcome[], done: string): void {
    const attached = pathsOf(outcomes, 'attached');
    if (attached.length > 0) this.#log.info({ id, files: attached.length }, done);
    const failures = outcomes.filter(({ state }) => state === 'failed');
    if (failures.length > 0) this.#log.warn({ id, failures }, `not all files could be ${done}`);
  }

  /** Takes away from a container what was attached; nothing is to remain when its files are not served. */
  detach(container: Container): void {
    this.#quietly(container, () => {
      const outcomes = detach(this.#options.source, container);
      const failures = outcomes.filter(({ state }) => state === 'failed');
      if (failures.length === 0) return;
      this.#log.warn({ id: container.id, failures }, 'not all files could be detached');
    });
  }

  #lookLater(key: string, look: number): void {
    const pause = PAUSES[look];
    if (pause === undefined) {
      this.#forget(key);
      return;
    }
    const timer = setTimeout(() => this.#look(key, look), pause);
    this.#timers.set(key, timer);
  }

  #look(key: string, look: number): void {
    const container = this.#options.current(key);
    if (!container) {
      this.#forget(key);
      return;
    }
    this.#quietly(container, () => this.#attachChanged(key, container));
    this.#lookLater(key, look + 1);
  }

  /** Attaches if its mounts are others than those in which there was nothing to do. */
  #attachChanged(key: string, container: Container): void {
    const mounts = this.#options.source.proc.mountinfo(container.init);
    const digest = createHash('sha256')
      .update(mounts ?? '', 'latin1')
      .digest('base64');
    if (this.#settled.get(key) === digest) return;
    const outcomes = this.attach(container.id, container);
    if (outcomes.every(isSettled)) this.#settled.set(key, digest);
  }

  /** A container that has ended meanwhile, or has no mounts of its own, is no fault. */
  #quietly({ id }: Container, step: () => void): void {
    try {
      step();
    } catch (err) {
      if (err instanceof Refused) this.#log.debug({ id, reason: err.message }, 'not attached');
      else this.#log.error({ err, id }, 'attaching a container failed');
    }
  }
}
