/**
 * What a switch is set to, and the word that it is kept as.
 * @module
 */
import { ALL_FEATURES, type FeatureSet } from './features.ts';

/** The word that a setting is kept as: features that are *not* isolated, the switch, and that it is one. */
const OFF_FEATURES = 2 ** 24 - 1;
const ON = 1 << 24;
const SET = 1 << 30;

/** What the switch of a host or of a container is set to. */
export interface Setting {
  readonly on: boolean;
  /** What is isolated while it is on. */
  readonly files: FeatureSet;
}

/** Of a container that nobody has set. */
export const UNTOUCHED: Setting = { on: true, files: ALL_FEATURES };

/** Features of a later version are isolated unless said otherwise: so those that are not are kept. */
export const encode = ({ on, files }: Setting): number =>
  SET | (on ? ON : 0) | (ALL_FEATURES & ~files & OFF_FEATURES);

/** What `encode` has made a word of. */
export const decode = (word: number): Setting => ({
  on: (word & ON) !== 0,
  files: ALL_FEATURES & ~word,
});
