/**
 * Starts what isolates containers here: the daemon, or what runs instead where the kernel does it.
 * @module
 */
import { HostCover } from '../attach/host-cover.ts';
import type { Config } from '../config/schema.ts';
import { ProcessReader } from '../containers/process.ts';
import { kernelSwitch } from '../switches/kernel.ts';
import { Daemon } from './daemon.ts';
import { KernelMode } from './kernel-mode.ts';
import { Manager } from './service-manager.ts';
import type { ServingThread } from './serving-thread.ts';
import { takeOver } from './takeover.ts';

export interface StartOptions {
  /** Reads the configuration anew. Throws ConfigError. */
  readonly configure: () => Config;
  /** Whether to take over from a running daemon. */
  readonly takeover: boolean;
  /** Those that are to serve. */
  readonly threads: readonly ServingThread[];
}

/** A second signal does not interrupt what the first one has begun. */
function heedSignals(daemon: Daemon | KernelMode): void {
  process.on('SIGINT', () => void daemon.stop());
  process.on('SIGTERM', () => void daemon.end());
  process.on('SIGHUP', () => void daemon.reloadOnSignal());
  process.on('exit', () => daemon.abandon());
}

function open(config: Config, options: StartOptions): Daemon | KernelMode {
  const { configure, threads, takeover } = options;
  const manager = new Manager(process.env);
  // Looking for the kernel's switch would be to wait for ourselves, where ours lies over it.
  if (manager.inherited().length > 0) {
    new HostCover(new ProcessReader(config.roots.proc), config.mount).clear();
  }
  const kernel = kernelSwitch(config);
  if (kernel) {
    for (const { worker } of threads) void worker.terminate();
    return new KernelMode(config, kernel, manager);
  }
  // What the keeper has kept is newer than who was running when it was started.
  const taken = takeover && manager.inherited().length === 0 ? takeOver(config) : null;
  return new Daemon(config, { manager, configure, taken, threads });
}

/** Throws UserError. */
export function start(config: Config, options: StartOptions): void {
  heedSignals(open(config, options));
}
