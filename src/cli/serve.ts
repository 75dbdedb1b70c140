/**
 * `procview serve`: mounts and serves in the foreground.
 * @module
 */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { dropPrivileges } from '../daemon/drop-privileges.ts';
import { startThreads } from '../daemon/serving-thread.ts';
import { native } from '../native/addon.ts';
import { type Flags, fromFlags, wholeNumber, withLog, withMode, withRoots } from './options.ts';

interface ServeFlags extends Flags {
  readonly keeper?: boolean;
  readonly takeover?: boolean;
}

const KEEPER = fileURLToPath(
  new URL('../../../native/build/Release/procview-keeper', import.meta.url),
);

/** Replaces this process by the keeper, which starts this command again without --keeper. */
function becomeKeeper(): void {
  const [, script = '', ...args] = process.argv;
  const command = [process.execPath, ...process.execArgv, script];
  native.become(KEEPER, [...command, ...args.filter((each) => each !== '--keeper')]);
}

export function serve(program: Command): void {
  const command = program
    .command('serve')
    .description(
      'Mount and serve in the foreground; SIGINT (Ctrl-C) unmounts, SIGTERM unmounts without a service manager, SIGHUP reloads',
    )
    .option('--mount <dir>', 'mount point (default: /var/lib/procview)')
    .option('--fsname <name>', 'mount source (default: procview)')
    .option('--workers <n>', 'serving threads (default: 1)', wholeNumber)
    .option('--attach', 'attach the files to all containers (default)')
    .option('--no-attach', 'attach no files; containers may bind them')
    .option('--keeper', 'run below a keeper, which keeps the connection and restarts the daemon')
    .option('--takeover', 'take over from a running daemon with the same state directory');
  withLog(withMode(withRoots(command))).action(async (flags: ServeFlags) => {
    const configure = (): Config => loadConfig(flags.config, fromFlags(flags));
    const config = configure();
    dropPrivileges(config);
    if (flags.keeper) becomeKeeper();
    const threads = startThreads(config);
    const { start } = await import('../daemon/start.ts');
    start(config, { configure, takeover: flags.takeover === true, threads });
  });
}
