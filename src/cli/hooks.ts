/**
 * `procview hooks`: lets runtimes ask the daemon to attach before a container's first instruction.
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

function say(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

export function hooks(program: Command): void {
  const command = program
    .command('hooks')
    .description(
      'let Podman, CRI-O, containerd and LXC ask for the files before a container starts',
    );
  command
    .command('install')
    .description('write the hook and a file for every runtime that is installed here')
    .option(...ROOT)
    .option('--config <file>', 'configuration (JSON) of the daemon')
    .option('--state <dir>', "the daemon's state directory (default: /run/procview)")
    .action((flags: HookFlags) => {
      const { state } = loadConfig(flags.config, fromFlags(flags));
      say(install(flags.root, controlSocket(state)));
    });
  command
    .command('remove')
    .description('remove all that install wrote')
    .option(...ROOT)
    .action((flags: HookFlags) => say(remove(flags.root)));
}
