/**
 * The switches of a configuration: where they are kept, and what they say of one container.
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../base/boot-id.ts';
import type { Config } from '../config/schema.ts';
import type { Container } from '../containers/container.ts';
import { type FeatureSet, featureSet } from './features.ts';
import { isolatedFeatures, lineageOf, settingOf } from './lineage.ts';
import { type Setting, UNTOUCHED } from './setting.ts';
import { Switches } from './store.ts';

const fileOf = (config: Config): string => join(config.state, 'switches');

const configured = ({ isolation }: Config): Setting => ({
  on: isolation.enabled,
  files: featureSet(isolation.files),
});

/** The switches that the daemon and the command line share, made if there are none. */
export function openSwitches(config: Config, mode: 'daemon' | 'shared' = 'shared'): Switches {
  mkdirSync(config.state, { recursive: true, mode: 0o755 });
  return new Switches(fileOf(config), bootId(config.roots.proc), configured(config), mode);
}

/** What a container sees as its own; leaves everything as it is. */
export function featuresOf(config: Config, container: Container): FeatureSet {
  const setting = configured(config);
  if (!existsSync(fileOf(config))) return isolatedFeatures(setting, UNTOUCHED);
  const switches = new Switches(fileOf(config), bootId(config.roots.proc), setting, 'private');
  return isolatedFeatures(switches.host, settingOf(switches, lineageOf(container)));
}
