/**
 * The served files and directories that have a switch of their own: one bit each, by the names that users type.
 * @module
 */

/** The position of a name is its bit in the mapped file: append, never reorder. At most 24. */
export const FEATURES = [
  'meminfo',
  'cpuinfo',
  'stat',
  'loadavg',
  'vmstat',
  'zoneinfo',
  'schedstat',
  'interrupts',
  'softirqs',
  'uptime',
  'swaps',
  'diskstats',
  'slabinfo',
  'pressure',
  'sys-cpu',
  'sys-node',
] as const;

export type Feature = (typeof FEATURES)[number];

/** A set of features, one bit each. */
export type FeatureSet = number;

export const ALL_FEATURES: FeatureSet = 2 ** FEATURES.length - 1;

export const isFeature = (name: string): name is Feature => FEATURES.some((each) => each === name);

export function featureSet(names: readonly Feature[]): FeatureSet {
  return names.reduce((set, name) => set | (1 << FEATURES.indexOf(name)), 0);
}

export const featureNames = (set: FeatureSet): Feature[] =>
  FEATURES.filter((_, bit) => (set & (1 << bit)) !== 0);

const SYS = 'sys/devices/system/';

function nameOf(path: string): string {
  if (path.startsWith(SYS)) return `sys-${path.slice(SYS.length).split('/', 1)[0]}`;
  return path.split('/')[1] ?? '';
}

/** The feature of a path below the mount point, as a set of one. Throws if it has none. */
export function featureOf(path: string): FeatureSet {
  const name = nameOf(path);
  if (isFeature(name)) return featureSet([name]);
  throw new Error(`${path} belongs to no feature`);
}
