/**
 * Attaches and detaches the files of one container, and logs the result. The command line, the runtimes' hooks and
 * discovery all use this class, so that a container gets the same from each.
 * @module
 */
import type { Logger } from '../base/log.ts';
import { raiseSomaxconn } from '../parameters/somaxconn.ts';
import { attach, detach, reattach, type Source, type Subject } from './apply.ts';
import type { Outcome } from './plan.ts';

const pathsOf = (outcomes: readonly Outcome[], state: Outcome['state']): string[] =>
  outcomes.flatMap((each) => (each.state === state ? each.path : []));

export class Attacher {
  readonly #source: Source;
  readonly #log: Logger;

  constructor(source: Source, log: Logger) {
    this.#source = source;
    this.#log = log;
  }

  /**
   * Attaches the files that the container does not have yet, and raises its net.core.somaxconn. Throws Refused.
   * @param id for the log
   * @returns the result for each path
   */
  attach(id: string, subject: Subject): readonly Outcome[] {
    const outcomes = attach(this.#source, subject);
    this.#logOutcomes(id, outcomes, 'attached');
    if (raiseSomaxconn(this.#source.proc.root, subject.init) === 'raised') {
      this.#log.info({ id }, 'net.core.somaxconn raised');
    }
    return outcomes;
  }

  /** Replaces the mounts of a daemon that is gone. Throws Refused. */
  reattach(id: string, subject: Subject): readonly Outcome[] {
    const outcomes = reattach(this.#source, subject);
    this.#logOutcomes(id, outcomes, 'attached');
    return outcomes;
  }

  /** Removes the mounts that attach made. Throws Refused. */
  detach(id: string, subject: Subject): readonly Outcome[] {
    const outcomes = detach(this.#source, subject);
    this.#logOutcomes(id, outcomes, 'detached');
    return outcomes;
  }

  #logOutcomes(id: string, outcomes: readonly Outcome[], done: 'attached' | 'detached'): void {
    const files = pathsOf(outcomes, done).length;
    // A stop detaches every container: one line each would bury the others.
    if (files > 0) this.#log[done === 'attached' ? 'info' : 'debug']({ id, files }, done);
    const failures = outcomes.filter(({ state }) => state === 'failed');
    if (failures.length > 0) this.#log.warn({ id, failures }, `some files cannot be ${done}`);
  }
}
