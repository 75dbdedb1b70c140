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
import { type Setting, UNTOUCHED } from '../../src/switches/setting.ts';
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
  return [new Switches(join(root, 'switches'), 'boot', UNTOUCHED), join(root, 'cgroup')];
};

t.test('the nearest container above decides for one that nobody has set', async (t) => {
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
  t.notOk(on(pod) || on(web) || on(deep), 'those below');
  t.ok(on(other), 'not beside');
  switches.set(switchKey(web), UNTOUCHED);
  t.ok(on(web) && on(deep), 'what was set nearer wins');
  switches.forget(switchKey(web));
  t.notOk(on(deep));
});

t.test('a cgroup that is made again under its name starts on', async (t) => {
  const [switches, root] = open(t);
  const first = container(`${root}/web`);
  switches.set(switchKey(first), OFF);
  fs.renameSync(first.directory, `${root}/gone`);
  const again = container(`${root}/web`);
  t.not(again.inode, first.inode);
  t.ok(settingOf(switches, lineageOf(again)).on);
});

t.test('what a container sees as its own: switch and switch and file', async (t) => {
  const setting = fc.record({ on: fc.boolean(), files: fc.nat(ALL_FEATURES) });
  fc.assert(
    fc.property(setting, setting, (host, each) => {
      const seen = isolatedFeatures(host, each);
      const wanted = host.on && each.on ? host.files & each.files : 0;
      return seen === wanted;
    }),
  );
  t.pass();
});

t.test('a change is seen at the next look, by whatever it was made', async (t) => {
  const [switches, root] = open(t);
  const other = new Switches(join(dirname(root), 'switches'), 'boot', UNTOUCHED);
  const web = container(`${root}/web`);
  const isolation = new Isolation(switches, web);
  t.ok(isolation.has(MEMINFO) && isolation.has(STAT));
  other.set(switchKey(web), { on: true, files: ALL_FEATURES & ~STAT });
  t.ok(isolation.has(MEMINFO));
  t.notOk(isolation.has(STAT));
  other.host = { on: false, files: ALL_FEATURES };
  t.notOk(isolation.has(MEMINFO));
  other.host = UNTOUCHED;
  other.forget(switchKey(web));
  t.ok(FEATURES.every((name) => isolation.has(featureSet([name]))));
});

t.test('a setting of the pod counts, also if nobody had any when the container came', async (t) => {
  const [switches, root] = open(t);
  const pod = container(`${root}/pod`);
  const isolation = new Isolation(switches, container(`${root}/pod/web`));
  t.ok(isolation.has(STAT));
  switches.set(switchKey(pod), OFF);
  t.notOk(isolation.has(STAT));
});
