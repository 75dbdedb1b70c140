/**
 * `procview isolate`: the switch of one container, from the host.
 * @module
 */
import { Argument, type Command } from 'commander';
import { UserError } from '../base/user-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Container } from '../containers/container.ts';
import { ALL_FEATURES, FEATURES, type FeatureSet, featureNames } from '../switches/features.ts';
import { kernelSwitch } from '../switches/kernel.ts';
import { switchKey } from '../switches/lineage.ts';
import { openSwitches } from '../switches/open.ts';
import type { Setting } from '../switches/setting.ts';
import { parseFiles } from './files.ts';
import { type Flags, fromFlags, withMode, withRoots } from './options.ts';
import { printable } from './printable.ts';
import { CONTAINER, findContainer } from './targets.ts';
import { withRenderer } from './with-renderer.ts';

interface IsolateFlags extends Flags {
  readonly files?: string;
}

/** `off` for some files is `on` for the others. */
function settingFor(state: string, files: string | undefined): Setting {
  if (files === undefined) return { on: state === 'on', files: ALL_FEATURES };
  const named = parseFiles(files);
  return { on: true, files: state === 'on' ? named : ALL_FEATURES & ~named };
}

function find(config: Config, name: string): Container {
  const container = withRenderer(config, (renderer) => findContainer(renderer, name));
  if (container) return container;
  throw new UserError(`pid ${name} is a process of the host, which always sees the host`);
}

const namesOf = (files: FeatureSet): string =>
  files === ALL_FEATURES ? 'all files' : featureNames(files).join(', ') || 'no file';

function set(config: Config, container: Container, setting: Setting): string {
  const switches = openSwitches(config);
  if (!switches.set(switchKey(container), setting)) {
    throw new UserError('too many containers have settings of their own: 4096');
  }
  const files = setting.on ? setting.files : 0;
  const but = switches.host.on ? '' : ', once kernel.stats_isolated is 1';
  return `${container.id} sees its own figures in ${namesOf(files)}${but}\n`;
}

export function isolate(program: Command): void {
  const command = program
    .command('isolate')
    .description("choose whether a container sees its own figures (on) or the host's (off)")
    .argument('<container|pid>', CONTAINER)
    .addArgument(new Argument('<state>', 'of all files').choices(['on', 'off']))
    .option('--files <list>', `only of these: ${FEATURES.join(',')}`);
  withMode(withRoots(command)).action((name: string, state: string, flags: IsolateFlags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    if (kernelSwitch(config)) {
      const here = 'write kernel.container_stats_isolated inside the container';
      throw new UserError(`this kernel isolates containers itself: ${here}`);
    }
    const setting = settingFor(state, flags.files);
    process.stdout.write(printable(set(config, find(config, name), setting)));
  });
}
