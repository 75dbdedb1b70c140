/**
 * The setting of a switch, and the word in which it is stored.
 * @module
 */
import { ALL_FEATURES, type FeatureSet } from './features.ts';

/** Bits of the word: the features that are *not* isolated, the switch, and a bit that says that it is set. */
const OFF_FEATURES = 2 ** 24 - 1;
const ON = 1 << 24;
const SET = 1 << 30;

/** The setting of the switch of a host or of a container. */
export interface Setting {
  readonly on: boolean;
  /** The features that are isolated while the switch is on. */
  readonly files: FeatureSet;
}

/** The setting of a container whose switch was never set. */
export const DEFAULT_SETTING: Setting = { on: true, files: ALL_FEATURES };

/** The word has the features that are off, so that features of a later version are on by default. */
export const packSetting = ({ on, files }: Setting): number =>
  SET | (on ? ON : 0) | (ALL_FEATURES & ~files & OFF_FEATURES);

export const unpackSetting = (word: number): Setting => ({
  on: (word & ON) !== 0,
  files: ALL_FEATURES & ~word,
});
