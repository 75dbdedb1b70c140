/**
 * `procview reload`: lets the running daemon read its configuration again.
 * @module
 */
import type { Command } from 'commander';
import { post } from '../api/client.ts';
import { loadConfig } from '../config/load.ts';

interface ReloadFlags {
  readonly state?: string;
}

export function reload(program: Command): void {
  program
    .command('reload')
    .description('let the running daemon read its configuration again, as SIGHUP does')
    .option('--state <dir>', "the daemon's state directory (default: /run/procview)")
    .addHelpText(
      'after',
      '\nIt takes effect at once, but for mount, fsname, state, mode, roots, log.format and\n' +
        'isolation.hostSysctl, which need a restart. What is refused changes nothing: exit code 1.',
    )
    .action(async ({ state }: ReloadFlags) => {
      await post(loadConfig(undefined, { state }), '/reload');
    });
}
