import fc from 'fast-check';
import t from 'tap';
import { cpuOverlay } from '../../src/overlay/cpu.ts';
import { nodeOverlay } from '../../src/overlay/node.ts';
import {
  ALL_FEATURES,
  FEATURES,
  featureNames,
  featureOf,
  featureSet,
} from '../../src/switches/features.ts';
import { views } from '../../src/views/registry.ts';

t.test('every view and every overlay belongs to a feature', async (t) => {
  for (const { path } of [...views, { path: cpuOverlay.root }, { path: nodeOverlay.root }]) {
    t.equal(featureNames(featureOf(path)).length, 1, path);
  }
});

t.test('the names that users type', async (t) => {
  const named = (path: string) => featureNames(featureOf(path)).join();
  t.equal(named('proc/meminfo'), 'meminfo');
  t.equal(named('proc/pressure/memory'), 'pressure');
  t.equal(named('sys/devices/system/cpu'), 'sys-cpu');
  t.equal(named('sys/devices/system/cpu/cpu0/topology/core_id'), 'sys-cpu');
  t.equal(named('sys/devices/system/node/online'), 'sys-node');
  t.throws(() => featureOf('proc/filesystems'), /belongs to no feature/);
  t.throws(() => featureOf('sys/devices/system/memory'), /belongs to no feature/);
});

t.test('bits are kept in files: a name never changes its place', async (t) => {
  t.equal(featureSet(['meminfo']), 1);
  t.equal(featureSet(['uptime']), 1 << 9);
  t.equal(featureSet(['sys-node']), 1 << 15);
  t.ok(FEATURES.length <= 24);
  t.equal(featureSet(FEATURES), ALL_FEATURES);
});

t.test('names survive a set', async (t) => {
  fc.assert(
    fc.property(fc.subarray([...FEATURES]), (names) => {
      t.strictSame(featureNames(featureSet(names)), names);
    }),
  );
});
