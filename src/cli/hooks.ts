/**
 * `procview hooks`: installs OCI and LXC hooks, which attach the files before a container's entry point runs.
 * @module
 */
import type { Command } from 'commander';
import { controlSocket } from '../api/control.ts';
import { loadConfig } from '../config/load.ts';
import { install, remove } from '../hooks/install.ts';
import { type Flags, fromFlags } from './options.ts';

interface HookFlags extends Flags {
  readonly root: string;
}

const ROOT = ['--root <dir>', "the host's root directory", '/'] as const;

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

export function hooks(program: Command): void {
  const command = program
    .command('hooks')
    .description('Manage the hooks that attach the files before a container starts');
  command
    .command('install')
    .description(
      'Install the hook for Podman, CRI-O, containerd and LXC, as far as they are present',
    )
    .option(...ROOT)
    .option('--config <file>', 'configuration (JSON) of the daemon')
    .option('--state <dir>', "the daemon's state directory (default: /run/procview)")
    .action((flags: HookFlags) => {
      const { state } = loadConfig(flags.config, fromFlags(flags));
      print(install(flags.root, controlSocket(state)));
    });
  command
    .command('remove')
    .description('Remove the files that install wrote')
    .option(...ROOT)
    .action((flags: HookFlags) => print(remove(flags.root)));
}
