/**
 * `procview isolate`: sets the switch of one container, from the host.
 * @module
 */
import { Argument, type Command } from 'commander';
import { UserError } from '../base/user-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Container } from '../containers/container.ts';
import { findContainer } from '../discovery/find-container.ts';
import { ALL_FEATURES, FEATURES, type FeatureSet, featureNames } from '../switches/features.ts';
import { kernelSwitch } from '../switches/kernel.ts';
import { switchKey } from '../switches/lineage.ts';
import { openSwitches } from '../switches/open.ts';
import type { Setting } from '../switches/setting.ts';
import { parseFiles } from './files.ts';
import { type Flags, fromFlags, withMode, withRoots } from './options.ts';
import { printable } from './printable.ts';
import { containerList } from './targets.ts';
import { CONTAINER } from './texts.ts';
import { withRenderer } from './with-renderer.ts';

interface IsolateFlags extends Flags {
  readonly files?: string;
}

/** The setting for a state and a list of files: `off` for some files is `on` for the others. */
function settingFor(state: string, files: string | undefined): Setting {
  if (files === undefined) return { on: state === 'on', files: ALL_FEATURES };
  const named = parseFiles(files);
  return { on: true, files: state === 'on' ? named : ALL_FEATURES & ~named };
}

function find(config: Config, name: string): Container {
  const container = withRenderer(config, (renderer) =>
    findContainer(containerList(renderer), name),
  );
  if (container) return container;
  throw new UserError(`pid ${name} is a process of the host: it always sees the host's figures`);
}

const namesOf = (files: FeatureSet): string =>
  files === ALL_FEATURES ? 'all files' : featureNames(files).join(', ') || 'no file';

function set(config: Config, container: Container, setting: Setting): string {
  const switches = openSwitches(config);
  if (!switches.set(switchKey(container), setting)) {
    throw new UserError('cannot store the setting: 4096 containers have settings already');
  }
  const files = setting.on ? setting.files : 0;
  const condition = switches.host.on ? '' : ' once kernel.stats_isolated is 1';
  return `${container.id} sees its own figures in ${namesOf(files)}${condition}\n`;
}

export function isolate(program: Command): void {
  const command = program
    .command('isolate')
    .description("Choose whether a container sees its own figures (on) or the host's (off)")
    .argument('<container|pid>', CONTAINER)
    .addArgument(
      new Argument('<state>', 'for all files, or those of --files').choices(['on', 'off']),
    )
    .option('--files <list>', `only these files: ${FEATURES.join(',')}`);
  withMode(withRoots(command)).action((name: string, state: string, flags: IsolateFlags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    if (kernelSwitch(config)) {
      const advice = 'write kernel.container_stats_isolated inside the container';
      throw new UserError(`this kernel isolates containers itself: ${advice}`);
    }
    const setting = settingFor(state, flags.files);
    process.stdout.write(printable(set(config, find(config, name), setting)));
  });
}
