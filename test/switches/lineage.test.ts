import fs from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type Container, inodeOf } from '../../src/containers/container.ts';
import { ALL_FEATURES, FEATURES, featureSet } from '../../src/switches/features.ts';
import {
  Isolation,
  isolatedFeatures,
  lineageOf,
  settingOf,
  switchKey,
} from '../../src/switches/lineage.ts';
import { DEFAULT_SETTING, type Setting } from '../../src/switches/setting.ts';
import { Switches } from '../../src/switches/store.ts';

const OFF: Setting = { on: false, files: ALL_FEATURES };
const MEMINFO = featureSet(['meminfo']);
const STAT = featureSet(['stat']);

/** Directories stand for cgroups: both have inode numbers. */
const container = (directory: string): Container => {
  fs.mkdirSync(directory, { recursive: true });
  const inode = inodeOf(directory);
  const id = directory.slice(1);
  const key = `${directory}:${inode}`;
  return { key, id, directory, inode, runtime: '', cgroups: new Map(), init: 1, started: 0 };
};

const open = (t: Test): [Switches, string] => {
  const root = t.testdir({});
  return [new Switches(join(root, 'switches'), 'boot', DEFAULT_SETTING), join(root, 'cgroup')];
};

t.test('the nearest container above decides for a container that is not set', async (t) => {
  const [switches, root] = open(t);
  const [pod, web, deep] = [
    container(`${root}/pod`),
    container(`${root}/pod/web`),
    container(`${root}/pod/web/a/b/deep`),
  ];
  const other = container(`${root}/podium`);
  const on = (each: Container): boolean => settingOf(switches, lineageOf(each)).on;
  t.ok([pod, web, deep, other].every(on), 'all on');
  switches.set(switchKey(pod), OFF);
  t.notOk(on(pod) || on(web) || on(deep), 'the containers below');
  t.ok(on(other), 'not its neighbour');
  switches.set(switchKey(web), DEFAULT_SETTING);
  t.ok(on(web) && on(deep), 'a nearer setting wins');
  switches.forget(switchKey(web));
  t.notOk(on(deep));
});

t.test('a cgroup that is created again under its name starts with the switch on', async (t) => {
  const [switches, root] = open(t);
  const first = container(`${root}/web`);
  switches.set(switchKey(first), OFF);
  fs.renameSync(first.directory, `${root}/gone`);
  const again = container(`${root}/web`);
  t.not(again.inode, first.inode);
  t.ok(settingOf(switches, lineageOf(again)).on);
});

const BOTH = [false, true];

/** The setting of a switch, which has this feature or all others. */
const setting = (on: boolean, feature: boolean): Setting => ({
  on,
  files: feature ? STAT : ALL_FEATURES & ~STAT,
});

t.test('a feature is isolated if both switches are on and both settings have it', async (t) => {
  for (const host of BOTH)
    for (const container of BOTH)
      for (const onHost of BOTH)
        for (const inContainer of BOTH) {
          const row = { host, container, onHost, inContainer };
          const all = host && container && onHost && inContainer;
          const isolated = isolatedFeatures(setting(host, onHost), setting(container, inContainer));
          t.equal((isolated & STAT) !== 0, all, JSON.stringify(row));
        }
});

t.test('isolated features: switch and switch and file', async (t) => {
  const settings = fc.record({ on: fc.boolean(), files: fc.nat(ALL_FEATURES) });
  fc.assert(
    fc.property(settings, settings, (host, each) => {
      const isolated = isolatedFeatures(host, each);
      const expected = host.on && each.on ? host.files & each.files : 0;
      return isolated === expected;
    }),
  );
  t.pass();
});

t.test('a change by any process is seen at the next call', async (t) => {
  const [switches, root] = open(t);
  const other = new Switches(join(dirname(root), 'switches'), 'boot', DEFAULT_SETTING);
  const web = container(`${root}/web`);
  const isolation = new Isolation(switches, web);
  t.ok(isolation.has(MEMINFO) && isolation.has(STAT));
  other.set(switchKey(web), { on: true, files: ALL_FEATURES & ~STAT });
  t.ok(isolation.has(MEMINFO));
  t.notOk(isolation.has(STAT));
  other.host = { on: false, files: ALL_FEATURES };
  t.notOk(isolation.has(MEMINFO));
  other.host = DEFAULT_SETTING;
  other.forget(switchKey(web));
  t.ok(FEATURES.every((name) => isolation.has(featureSet([name]))));
});

t.test('a setting of the pod counts, also if it is the first setting', async (t) => {
  const [switches, root] = open(t);
  const pod = container(`${root}/pod`);
  const isolation = new Isolation(switches, container(`${root}/pod/web`));
  t.ok(isolation.has(STAT));
  switches.set(switchKey(pod), OFF);
  t.notOk(isolation.has(STAT));
});
