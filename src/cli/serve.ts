/**
 * `procview serve`: mounts and serves in the foreground.
 * @module
 */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { HostCover } from '../attach/host-cover.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { ProcessReader } from '../containers/process.ts';
import { Daemon } from '../daemon.ts';
import { KernelMode } from '../kernel-mode.ts';
import { native } from '../native.ts';
import { confine } from '../privileges/confine.ts';
import { takeOver } from '../service/handover.ts';
import { Manager } from '../service/manager.ts';
import { kernelSwitch } from '../switches/kernel.ts';
import { type Flags, fromFlags, wholeNumber, withLog, withMode, withRoots } from './options.ts';

interface ServeFlags extends Flags {
  readonly keeper?: boolean;
  readonly takeover?: boolean;
}

const KEEPER = fileURLToPath(
  new URL('../../../native/build/Release/procview-keeper', import.meta.url),
);

/** This process becomes the keeper, which starts this command without it. */
function becomeKeeper(): void {
  const [, script = '', ...args] = process.argv;
  const command = [process.execPath, ...process.execArgv, script];
  native.become(KEEPER, [...command, ...args.filter((each) => each !== '--keeper')]);
}

/** A second signal does not interrupt what the first one has begun. */
function heedSignals(daemon: Daemon | KernelMode): void {
  process.on('SIGINT', () => void daemon.stop());
  process.on('SIGTERM', () => void daemon.end());
  process.on('SIGHUP', () => void daemon.reloadOnSignal());
  process.on('exit', () => daemon.abandon());
}

function start(config: Config, flags: ServeFlags, configure: () => Config): Daemon | KernelMode {
  const manager = new Manager(process.env);
  // Looking for the kernel's switch would be to wait for ourselves, where ours lies over it.
  if (manager.inherited().length > 0) {
    new HostCover(new ProcessReader(config.roots.proc), config.mount).clear();
  }
  const kernel = kernelSwitch(config);
  if (kernel) return new KernelMode(config, kernel, manager);
  // What the keeper has kept is newer than who was running when it was started.
  const taken = flags.takeover && manager.inherited().length === 0 ? takeOver(config) : null;
  return new Daemon(config, { manager, configure, taken });
}

export function serve(program: Command): void {
  const command = program
    .command('serve')
    .description('mount and serve in the foreground; SIGTERM or Ctrl-C unmounts, SIGHUP reloads')
    .option('--mount <dir>', 'mount point (default: /var/lib/procview)')
    .option('--fsname <name>', 'mount source (default: procview)')
    .option('--workers <n>', 'threads that answer readers (default: 1)', wholeNumber)
    .option('--attach', 'put the files over those of all containers (default)')
    .option('--no-attach', 'leave containers alone: who wants the files binds them')
    .option(
      '--keeper',
      'let a small parent keep the connection and restart the daemon when it ends',
    )
    .option('--takeover', 'take over from a running daemon with the same state directory');
  withLog(withMode(withRoots(command))).action((flags: ServeFlags) => {
    const configure = (): Config => loadConfig(flags.config, fromFlags(flags));
    const config = configure();
    confine(config);
    if (flags.keeper) becomeKeeper();
    heedSignals(start(config, flags, configure));
  });
}
