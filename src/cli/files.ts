/**
 * Lists of file names on the command line.
 * @module
 */
import { UserError } from '../base/user-error.ts';
import { FEATURES, type FeatureSet, featureSet, isFeature } from '../switches/features.ts';
import { near } from './near.ts';

/** Parses a list such as `meminfo,cpuinfo`. Throws UserError for an unknown name. */
export function parseFiles(list: string): FeatureSet {
  const names = list.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !isFeature(name));
  if (wrong === undefined) return featureSet(names.filter(isFeature));
  const meant = near(wrong, FEATURES);
  const hint = meant.length > 0 && wrong !== '' ? meant : FEATURES;
  throw new UserError(`no file '${wrong}' to isolate: choose among ${hint.join(', ')}`);
}
