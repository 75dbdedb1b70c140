/**
 * Whose switch a container listens to: its own, else that of the nearest container above it.
 * @module
 */
import { posix } from 'node:path';
import { type Container, inodeOf } from '../containers/container.ts';
import { ledgerKey } from '../sampling/ledger.ts';
import { ALL_FEATURES, type FeatureSet } from './features.ts';
import { type Setting, UNTOUCHED } from './setting.ts';
import type { Switches } from './store.ts';
import { isolated } from './truth.ts';

/** Key of a container in the file of switches. */
export const switchKey = ({ key }: Pick<Container, 'key'>): bigint => BigInt(ledgerKey(key));

/**
 * Keys of a container and of all cgroups above it, nearest first. They hold for the container's life: a
 * cgroup that has children can be neither removed nor replaced.
 */
export function lineageOf(container: Container): readonly bigint[] {
  const lineage = [switchKey(container)];
  let directory = posix.dirname(container.directory);
  for (; directory.length > 1; directory = posix.dirname(directory)) {
    lineage.push(switchKey({ key: `${directory}:${inodeOf(directory)}` }));
  }
  return lineage;
}

/** What holds for a container of this lineage. */
export function settingOf(switches: Switches, lineage: readonly bigint[]): Setting {
  for (const key of lineage) {
    const setting = switches.get(key);
    if (setting) return setting;
  }
  return UNTOUCHED;
}

/** What a container sees as its own. */
export function isolatedFeatures(host: Setting, container: Setting): FeatureSet {
  const others = { host: host.on, container: container.on, inContainer: true };
  const seen = (feature: boolean, features: FeatureSet): FeatureSet =>
    isolated({ ...others, feature }) ? features : 0;
  const files = host.files & container.files & ALL_FEATURES;
  return seen(true, files) | seen(false, ALL_FEATURES & ~files);
}

/** The same for as long as no switch changes: asking at each open costs the comparison of a number. */
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

  /** Whether the container sees its own figures in this one's files. */
  has(feature: FeatureSet): boolean {
    const { epoch } = this.#switches;
    if (epoch !== this.#epoch) {
      this.#features = isolatedFeatures(this.#switches.host, this.#setting());
      this.#epoch = epoch;
    }
    return (this.#features & feature) !== 0;
  }

  /** On most nodes nobody ever sets a container: then it is not asked what is above each of them. */
  #setting(): Setting {
    if (this.#switches.untouched) return UNTOUCHED;
    this.#lineage ??= lineageOf(this.#container);
    return settingOf(this.#switches, this.#lineage);
  }
}
