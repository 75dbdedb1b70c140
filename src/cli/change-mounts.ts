/**
 * What `attach` and `detach` have in common: the containers they are about, and what they tell.
 * @module
 */
import type { Command } from 'commander';
import { Refused, type Source, type Subject } from '../attach/apply.ts';
import { ownerOf } from '../attach/owner.ts';
import type { Outcome } from '../attach/plan.ts';
import { targetsOf } from '../attach/targets.ts';
import { UserError } from '../base/user-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Container } from '../containers/container.ts';
import { scanContainers } from '../discovery/scan.ts';
import type { Renderer } from '../serving/renderer.ts';
import { type Flags, fromFlags, withRoots } from './options.ts';
import { printable } from './printable.ts';
import { CONTAINER, findContainer } from './targets.ts';
import { withRenderer } from './with-renderer.ts';

type Change = (source: Source, subject: Subject) => Outcome[];

interface ChangeFlags extends Flags {
  readonly all?: boolean;
}

function containersOf(renderer: Renderer, name: string | undefined, all: boolean): Container[] {
  if (all === (name !== undefined)) throw new UserError('name a container, or give --all');
  if (name === undefined) return scanContainers(renderer.resolver);
  const container = findContainer(renderer, name);
  if (container) return [container];
  throw new UserError(`pid ${name} is a process of the host: it has the host's /proc`);
}

/** One line for what was done, one for each path that was not, with its reason. */
function report(id: string, outcomes: readonly Outcome[]): string {
  const paths = (state: Outcome['state']): string =>
    outcomes.flatMap((each) => (each.state === state ? each.path : [])).join(' ');
  const done = (['attached', 'present', 'detached'] as const)
    .filter((state) => paths(state) !== '')
    .map((state) => `${id}: ${state} ${paths(state)}\n`);
  const others = outcomes
    .filter(({ state }) => state === 'skipped' || state === 'failed')
    .map(({ path, state, reason }) => `${id}: ${state} ${path}: ${reason}\n`);
  return done.concat(others).join('') || `${id}: nothing to do\n`;
}

/** Changes one container and tells it. False if something failed; the other containers go on. */
function changeOne(change: Change, source: Source, container: Container): boolean {
  try {
    const outcomes = change(source, container);
    process.stdout.write(printable(report(container.id, outcomes)));
    return outcomes.every(({ state }) => state !== 'failed');
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    process.stderr.write(printable(`procview: ${container.id}: ${error.message}\n`));
    return false;
  }
}

/** A command that changes the mounts of one container or of all. Exit code 1 if one of them could not be. */
export function changeCommand(program: Command, name: string, what: string, change: Change): void {
  const command = program
    .command(name)
    .description(what)
    .argument('[container|pid]', CONTAINER)
    .option('--all', 'all containers of this node')
    .option('--mount <dir>', 'where the daemon serves (default: /var/lib/procview)');
  withRoots(command).action((container: string | undefined, flags: ChangeFlags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    const { mount, state } = config;
    const changed = withRenderer(config, (renderer) => {
      const { proc } = renderer.resolver;
      const source = { proc, mount, owner: ownerOf(state), targets: targetsOf(renderer) };
      return containersOf(renderer, container, flags.all === true).map((each) =>
        changeOne(change, source, each),
      );
    });
    if (changed.includes(false)) process.exitCode = 1;
  });
}
