/**
 * The switches of a configuration: where they are kept, and what they say of one container.
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../base/boot-id.ts';
import type { Container } from '../containers/container.ts';
import { type Feature, type FeatureSet, featureSet } from './features.ts';
import { isolatedFeatures, lineageOf, settingOf } from './lineage.ts';
import { type Setting, UNTOUCHED } from './setting.ts';
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

/** The switches that the daemon and the command line share, made if there are none. */
export function openSwitches(config: SwitchConfig, mode: 'daemon' | 'shared' = 'shared'): Switches {
  mkdirSync(config.state, { recursive: true, mode: 0o755 });
  return new Switches(fileOf(config), bootId(config.roots.proc), configured(config), mode);
}

/** What a container sees as its own; leaves everything as it is. */
export function featuresOf(config: SwitchConfig, container: Container): FeatureSet {
  const setting = configured(config);
  if (!existsSync(fileOf(config))) return isolatedFeatures(setting, UNTOUCHED);
  const switches = new Switches(fileOf(config), bootId(config.roots.proc), setting, 'private');
  return isolatedFeatures(switches.host, settingOf(switches, lineageOf(container)));
}
