/**
 * The switch that applies to a container: its own, or else that of the nearest cgroup above that has one.
 * @module
 */
import { posix } from 'node:path';
import { type Container, inodeOf } from '../containers/container.ts';
import { ledgerKey } from '../sampling/ledger.ts';
import { ALL_FEATURES, type FeatureSet } from './features.ts';
import { DEFAULT_SETTING, type Setting } from './setting.ts';
import type { Switches } from './store.ts';

/** Key of a container in the file of switches. */
export const switchKey = ({ key }: Pick<Container, 'key'>): bigint => BigInt(ledgerKey(key));

/**
 * Keys of a container and of all cgroups above it, nearest first. They stay the same while the container lives: a cgroup
 * with children can be neither removed nor replaced.
 */
export function lineageOf(container: Container): readonly bigint[] {
  const lineage = [switchKey(container)];
  let directory = posix.dirname(container.directory);
  for (; directory.length > 1; directory = posix.dirname(directory)) {
    lineage.push(switchKey({ key: `${directory}:${inodeOf(directory)}` }));
  }
  return lineage;
}

/** The setting that applies to a container of this lineage. */
export function settingOf(switches: Switches, lineage: readonly bigint[]): Setting {
  for (const key of lineage) {
    const setting = switches.get(key);
    if (setting) return setting;
  }
  return DEFAULT_SETTING;
}

/**
 * The features for which a container sees its own figures: both switches are on, and both settings have the feature. For
 * all others it sees the host's bytes, as tasks of the host always do.
 */
export const isolatedFeatures = (host: Setting, container: Setting): FeatureSet =>
  host.on && container.on ? host.files & container.files & ALL_FEATURES : 0;

/** The isolated features of one container, cached until a switch changes: each open then compares one number. */
export class Isolation {
  readonly #switches: Switches;
  readonly #container: Container;
  #lineage: readonly bigint[] | null = null;
  #epoch = Number.NaN;
  #features: FeatureSet = 0;

  constructor(switches: Switches, container: Container) {
    this.#switches = switches;
    this.#container = container;
  }

  /** Whether the container sees its own figures in the files of this feature. */
  has(feature: FeatureSet): boolean {
    const { epoch } = this.#switches;
    if (epoch !== this.#epoch) {
      this.#features = isolatedFeatures(this.#switches.host, this.#setting());
      this.#epoch = epoch;
    }
    return (this.#features & feature) !== 0;
  }

  /** On most nodes no container is ever set: then the lineages need not be computed. */
  #setting(): Setting {
    if (this.#switches.neverSet) return DEFAULT_SETTING;
    this.#lineage ??= lineageOf(this.#container);
    return settingOf(this.#switches, this.#lineage);
  }
}
