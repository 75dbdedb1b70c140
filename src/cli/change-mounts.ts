/**
 * The common part of `attach` and `detach`: asks the daemon to change the mounts of one container or of all, and prints
 * the results. Where no daemon runs, this process changes them.
 * @module
 */
import type { Command } from 'commander';
import { type ChangeRequest, type ChangeResult, requestChanges } from '../api/changes.ts';
import { ControlClient } from '../api/client.ts';
import { UserError } from '../base/user-error.ts';
import { loadConfig } from '../config/load.ts';
import { type Flags, fromFlags, withRoots } from './options.ts';
import { printable } from './printable.ts';
import { CONTAINER, warn } from './texts.ts';

type Outcomes = ChangeResult['outcomes'];
type State = Outcomes[number]['state'];

interface ChangeFlags extends Flags {
  readonly all?: boolean;
}

/** One line for each state that has no reasons, one for each path that was skipped or failed. */
function linesOf({ id, outcomes }: ChangeResult): string {
  const paths = (state: State): string =>
    outcomes.flatMap((each) => (each.state === state ? each.path : [])).join(' ');
  const done = (['attached', 'present', 'detached'] as const)
    .filter((state) => paths(state) !== '')
    .map((state) => `${id}: ${state} ${paths(state)}\n`);
  const others = outcomes
    .filter(({ state }) => state === 'skipped' || state === 'failed')
    .map(({ path, state, reason }) => `${id}: ${state} ${path}: ${reason}\n`);
  return done.concat(others).join('') || `${id}: nothing to do\n`;
}

/** Prints the result for one container. The exit code is 1 if a container or a file failed. */
function print(result: ChangeResult): void {
  const { id, outcomes, refused } = result;
  if (refused === undefined) process.stdout.write(printable(linesOf(result)));
  else warn(`${id}: ${refused}`);
  const failed = refused !== undefined || outcomes.some(({ state }) => state === 'failed');
  if (failed) process.exitCode = 1;
}

/** Declares a command that changes the mounts of one container or of all. */
export function changeCommand(
  program: Command,
  action: ChangeRequest['action'],
  description: string,
): void {
  const command = program
    .command(action)
    .description(description)
    .argument('[container|pid]', CONTAINER)
    .option('--all', 'all containers of this node')
    .option('--mount <dir>', 'mount point, if no daemon runs (default: /var/lib/procview)');
  withRoots(command).action(async (container: string | undefined, flags: ChangeFlags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    if ((flags.all === true) === (container !== undefined)) {
      throw new UserError('name a container, or give --all');
    }
    const request = { action, ...(container === undefined ? {} : { container }) };
    if (await requestChanges(new ControlClient(config, warn), request, print)) return;
    // Loaded only if it is needed: it brings the whole program with it.
    const { changeWithoutDaemon } = await import('./without-daemon.ts');
    changeWithoutDaemon(config, request, print);
  });
}
