/**
 * The switches among the host's own kernel.* parameters, for `sysctl -w kernel.stats_isolated=1` as it is
 * typed. Only where the owner of the node asks for it: /proc/sys/kernel then depends on the daemon.
 * @module
 */
import { statSync } from 'node:fs';
import type { ProcessReader } from '../containers/process.ts';
import { SYSCTL_DIRECTORY, SYSCTL_KEPT } from '../serving/sysctl-dir.ts';
import { attach, detach, type Source, type Subject } from './apply.ts';
import type { Outcome } from './plan.ts';

export class HostCover {
  readonly #source: Source;

  constructor(proc: ProcessReader, mount: string) {
    const targets = [{ path: SYSCTL_DIRECTORY, kept: SYSCTL_KEPT }];
    // What a predecessor has left here is in our own mount namespace, and told by its device.
    this.#source = { proc, mount, targets, owner: 0 };
  }

  /** Removes what a killed daemon has left there, before anybody asks for the boot id beneath it. */
  clearDead(): void {
    try {
      statSync(`${this.#source.proc.root}/sys/kernel/random/boot_id`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOTCONN') this.detach();
    }
  }

  /**
   * Removes what is there before a live connection is taken over: nobody answers until we serve. That may
   * also be what the predecessor has put over the files of our own container.
   */
  clear(): void {
    this.detach();
  }

  /** Throws Refused. */
  attach(): readonly Outcome[] {
    return attach(this.#source, this.#subject());
  }

  /** Throws Refused. */
  detach(): readonly Outcome[] {
    return detach(this.#source, this.#subject());
  }

  /** We are a process of the host. */
  #subject(): Subject {
    const { pid } = process;
    return { init: pid, started: this.#source.proc.startTime(pid), host: true };
  }
}
