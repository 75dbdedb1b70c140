/**
 * Starts the daemon, or kernel mode where the kernel isolates containers itself.
 * @module
 */
import { HostCover } from '../attach/host-cover.ts';
import type { Config } from '../config/schema.ts';
import { ProcessReader } from '../containers/process.ts';
import { kernelSwitch } from '../switches/kernel.ts';
import { Daemon } from './daemon.ts';
import { KernelMode } from './kernel-mode.ts';
import { ServiceManager } from './service-manager.ts';
import type { ServingThread } from './serving-thread.ts';
import { requestTakeover } from './takeover.ts';

export interface StartOptions {
  /** Reads the configuration again. Throws ConfigError. */
  readonly configure: () => Config;
  /** Whether to take over from a running daemon. */
  readonly takeover: boolean;
  /** The threads that are to serve. */
  readonly threads: readonly ServingThread[];
}

/** A second signal does not interrupt what the first one began. */
function handleSignals(daemon: Daemon | KernelMode): void {
  process.on('SIGINT', () => void daemon.stop());
  process.on('SIGTERM', () => void daemon.end());
  process.on('SIGHUP', () => void daemon.reloadOnSignal());
  process.on('exit', () => daemon.abandon());
}

function open(config: Config, options: StartOptions): Daemon | KernelMode {
  const { configure, threads } = options;
  const manager = new ServiceManager(process.env);
  const inherits = manager.inherited().length > 0;
  // A predecessor's file over the kernel's switch answers no read until this process serves: a read would hang.
  if (inherits) new HostCover(new ProcessReader(config.roots.proc), config.mount).clear();
  const kernel = kernelSwitch(config);
  if (kernel) {
    for (const { worker } of threads) void worker.terminate();
    return new KernelMode(config, kernel, manager);
  }
  // Inherited descriptors are newer than the daemon that ran when the keeper was started.
  const takeover = options.takeover && !inherits ? requestTakeover(config) : null;
  return new Daemon(config, { manager, configure, takeover, threads });
}

/** Throws UserError. */
export function start(config: Config, options: StartOptions): void {
  handleSignals(open(config, options));
}
