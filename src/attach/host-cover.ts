/**
 * Attaches the switches to the host's own /proc/sys/kernel, so that `sysctl -w kernel.stats_isolated=1` works. Only if
 * the configuration asks for it: /proc/sys/kernel then depends on the daemon.
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
    // Owner 0: mounts that a predecessor left in our own mount namespace are recognized by their device.
    this.#source = { proc, mount, targets, owner: 0 };
  }

  /** Removes the dead mount of a killed daemon, before the boot id below it is read. */
  clearDead(): void {
    try {
      statSync(`${this.#source.proc.root}/sys/kernel/random/boot_id`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOTCONN') this.detach();
    }
  }

  /**
   * Removes the predecessor's mount before its live connection is taken over: a read would hang until this process
   * serves. If the daemon runs in a container, this also removes the files attached to that container.
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

  /** This process runs in the host's mount namespace. */
  #subject(): Subject {
    const { pid } = process;
    return { init: pid, started: this.#source.proc.startTime(pid), host: true };
  }
}
