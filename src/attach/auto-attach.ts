/**
 * Attaches the files to each container that discovery finds. A container is found while its runtime still prepares its
 * mounts, and pivot_root(2) drops what was attached before it: so each one is checked several times.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Logger } from '../base/log.ts';
import type { Container } from '../containers/container.ts';
import type { ProcessReader } from '../containers/process.ts';
import { isSettled, Refused } from './apply.ts';
import type { Attacher } from './attacher.ts';

/** Milliseconds before each check of a container. A check that finds nothing to do reads two files. */
const DELAYS = [0, 50, 100, 200, 400, 800, 1_600, 3_200] as const;

export interface AutoAttachOptions {
  readonly attacher: Attacher;
  readonly proc: ProcessReader;
  readonly log: Logger;
  /** The present container with this key; undefined: it is gone. */
  current(key: string): Container | undefined;
}

/** Runs a step for one container. A container that ended meanwhile, or has no mounts of its own, is no error. */
export function logRefusal(log: Logger, { id }: Container, step: () => void): void {
  try {
    step();
  } catch (err) {
    if (err instanceof Refused) log.debug({ id, reason: err.message }, 'mounts not changed');
    else log.error({ err, id }, 'cannot change the mounts of a container');
  }
}

export class AutoAttach {
  readonly #options: AutoAttachOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Digest of the mounts of a container that needed no change. Only other mounts are planned again. */
  readonly #settled = new Map<string, string>();

  constructor(options: AutoAttachOptions) {
    this.#options = options;
  }

  /** Starts the checks of a container. */
  add({ key }: Container): void {
    this.#schedule(key, 0);
  }

  /** Ends the checks of a container. */
  remove({ key }: Container): void {
    clearTimeout(this.#timers.get(key));
    this.#forget(key);
  }

  /** Ends all checks. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const key of this.#timers.keys()) this.#forget(key);
  }

  #forget(key: string): void {
    this.#timers.delete(key);
    this.#settled.delete(key);
  }

  #schedule(key: string, check: number): void {
    const delay = DELAYS[check];
    if (delay === undefined) {
      this.#forget(key);
      return;
    }
    this.#timers.set(
      key,
      setTimeout(() => this.#check(key, check), delay),
    );
  }

  #check(key: string, check: number): void {
    const container = this.#options.current(key);
    if (!container) {
      this.#forget(key);
      return;
    }
    logRefusal(this.#options.log, container, () => this.#attachChanged(key, container));
    this.#schedule(key, check + 1);
  }

  /** Attaches, unless the mounts are those that needed no change. */
  #attachChanged(key: string, container: Container): void {
    const mounts = this.#options.proc.mountinfo(container.init);
    const digest = createHash('sha256')
      .update(mounts ?? '', 'latin1')
      .digest('base64');
    if (this.#settled.get(key) === digest) return;
    const outcomes = this.#options.attacher.attach(container.id, container);
    if (outcomes.every(isSettled)) this.#settled.set(key, digest);
  }
}
