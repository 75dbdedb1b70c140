/**
 * Opens the switches of a configuration, and looks up the features that are isolated for one container.
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../base/boot-id.ts';
import type { Container } from '../containers/container.ts';
import { type Feature, type FeatureSet, featureSet } from './features.ts';
import { isolatedFeatures, lineageOf, settingOf } from './lineage.ts';
import { DEFAULT_SETTING, type Setting } from './setting.ts';
import { Switches } from './store.ts';

/** The part of the daemon's configuration that the switches need. */
export interface SwitchConfig {
  readonly state: string;
  readonly isolation: { readonly enabled: boolean; readonly files: readonly Feature[] };
  readonly roots: { readonly proc: string };
}

const fileOf = (config: SwitchConfig): string => join(config.state, 'switches');

const configured = ({ isolation }: SwitchConfig): Setting => ({
  on: isolation.enabled,
  files: featureSet(isolation.files),
});

/** Opens the switches that the daemon and the command line share; creates the file if there is none. */
export function openSwitches(config: SwitchConfig, mode: 'daemon' | 'shared' = 'shared'): Switches {
  mkdirSync(config.state, { recursive: true, mode: 0o755 });
  return new Switches(fileOf(config), bootId(config.roots.proc), configured(config), mode);
}

/** The features that are isolated for a container. Creates and changes no file. */
export function featuresOf(config: SwitchConfig, container: Container): FeatureSet {
  const setting = configured(config);
  if (!existsSync(fileOf(config))) return isolatedFeatures(setting, DEFAULT_SETTING);
  const switches = new Switches(fileOf(config), bootId(config.roots.proc), setting, 'private');
  return isolatedFeatures(switches.host, settingOf(switches, lineageOf(container)));
}
