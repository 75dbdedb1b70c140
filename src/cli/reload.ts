/**
 * `procview reload`: makes the running daemon reload its configuration.
 * @module
 */
import type { Command } from 'commander';
import { ControlClient } from '../api/client.ts';
import { loadConfig } from '../config/load.ts';
import { warn } from './texts.ts';

interface ReloadFlags {
  readonly state?: string;
}

export function reload(program: Command): void {
  program
    .command('reload')
    .description('Reload the configuration of the running daemon, as SIGHUP does')
    .option('--state <dir>', "the daemon's state directory (default: /run/procview)")
    .addHelpText(
      'after',
      '\nChanges of mount, fsname, state, mode, roots, log.format and isolation.hostSysctl require\n' +
        'a restart. An invalid configuration is rejected: nothing changes, and the exit code is 1.',
    )
    .action(async ({ state }: ReloadFlags) => {
      await new ControlClient(loadConfig(undefined, { state }), warn).post('/reload');
    });
}
