/**
 * `procview serve`: mounts and serves in the foreground.
 * @module
 */
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { Daemon } from '../daemon.ts';
import { KernelMode } from '../kernel-mode.ts';
import { kernelSwitch } from '../switches/kernel.ts';
import { type Flags, fromFlags, wholeNumber, withLog, withMode, withRoots } from './options.ts';

/** Unmounts on a signal; a second signal does not interrupt that. */
function stopOnSignals(daemon: Daemon | KernelMode): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void daemon.stop());
  }
  process.on('exit', () => daemon.abandon());
}

export function serve(program: Command): void {
  const command = program
    .command('serve')
    .description('mount and serve in the foreground; SIGTERM or Ctrl-C unmounts')
    .option('--mount <dir>', 'mount point (default: /var/lib/procview)')
    .option('--fsname <name>', 'mount source (default: procview)')
    .option('--workers <n>', 'threads that answer readers (default: 1)', wholeNumber)
    .option('--attach', 'put the files over those of all containers (default)')
    .option('--no-attach', 'leave containers alone: who wants the files binds them');
  withLog(withMode(withRoots(command))).action((flags: Flags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    const kernel = kernelSwitch(config);
    stopOnSignals(kernel ? new KernelMode(config, kernel) : new Daemon(config));
  });
}
