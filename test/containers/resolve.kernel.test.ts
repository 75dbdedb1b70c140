import fs from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import { Resolver } from '../../src/containers/resolve.ts';
import { native } from '../../src/native/addon.ts';
import {
  cannot,
  childOf,
  enterRoot,
  layout,
  RealCgroup,
  startIn,
  startInit,
  textOf,
  until,
} from '../helpers/real-host.ts';

const options = { skip: cannot };

const resolve = (pid: number) => {
  const resolver = new Resolver('/proc', layout);
  return resolver.resolve(pid, textOf(`/proc/${pid}/cgroup`));
};

/** Id and first process of a container. */
const shown = (pid: number) => {
  const container = resolve(pid);
  return container && [container.id, container.init];
};

t.test('a pid namespace in a cgroup is a container from its start', options, async (t) => {
  const cgroup = new RealCgroup(t);
  const before = native.bootTime();
  const init = await startInit(t, cgroup);
  const container = resolve(init);
  t.match(container, { runtime: '', id: cgroup.path.slice(1), init });
  const { started = 0, inode, directory = '' } = container ?? {};
  t.ok(started >= before - 10_000 && started <= native.bootTime());
  t.equal(inode, fs.statSync(directory).ino);
  t.ok(cgroup.directories.includes(directory));
});

t.test('a process of the host in a cgroup is the host', options, async (t) => {
  const pid = startIn(t, new RealCgroup(t), 'sleep', '300');
  t.equal(resolve(pid), null);
  t.equal(resolve(1), null);
  t.equal(resolve(process.pid), null);
});

t.test('a pid namespace in the root cgroups is the host', options, async (t) => {
  const init = await startInit(t, { enter: enterRoot });
  t.equal(resolve(init), null);
});

t.test('sub-cgroups belong to the container', options, async (t) => {
  const top = new RealCgroup(t);
  const below = top.child(t, 'service');
  const init = await startInit(t, top);
  const nsenter = startIn(t, below, 'nsenter', '-t', `${init}`, '-p', 'sleep', '300');
  const inside = await childOf(nsenter, 'sleep');
  t.same(shown(inside), [top.path.slice(1), init]);
  t.equal(resolve(inside)?.key, resolve(init)?.key);
});

t.test('a task that entered from outside, like docker exec and nsenter', options, async (t) => {
  const cgroup = new RealCgroup(t);
  const init = await startInit(t, cgroup);
  const nsenter = startIn(t, cgroup, 'nsenter', '-t', `${init}`, '-p', 'sleep', '300');
  const inside = await childOf(nsenter, 'sleep');
  t.same(shown(inside), [cgroup.path.slice(1), init]);
});

t.test('a shared pid namespace: each task belongs to its own cgroup', options, async (t) => {
  const pod = new RealCgroup(t);
  const [pause, app] = [pod.child(t, 'pause'), pod.child(t, 'app')];
  const init = await startInit(t, pause);
  const nsenter = startIn(t, app, 'nsenter', '-t', `${init}`, '-p', 'sleep', '300');
  const inside = await childOf(nsenter, 'sleep');
  t.same(shown(init), [pause.path.slice(1), init]);
  const container = resolve(inside);
  t.equal(container?.id, app.path.slice(1));
  t.equal(container?.init, inside, 'its own oldest process, not the pause container’s');
});

t.test('an init that manages cgroups is in init.scope', options, async (t) => {
  const top = new RealCgroup(t);
  const scope = top.child(t, 'init.scope');
  const service = top.child(t, 'a.service');
  const init = await startInit(t, scope);
  const nsenter = startIn(t, service, 'nsenter', '-t', `${init}`, '-p', 'sleep', '300');
  const inside = await childOf(nsenter, 'sleep');
  t.same(shown(init), [top.path.slice(1), init]);
  t.same(shown(inside), [top.path.slice(1), init]);
});

t.test(
  'an init in any sub-cgroup: the roots of its cgroup mounts are the top',
  options,
  async (t) => {
    const top = new RealCgroup(t);
    const leaf = top.child(t, 'init');
    const dir = t.testdir(Object.fromEntries(top.directories.map((_, i) => [`m${i}`, {}])));
    const binds = top.directories.map((each, i) => `mount --bind ${each} ${dir}/m${i}`);
    const script = [...binds, `touch ${dir}/mounted`, 'exec sleep 300'].join(' && ');
    const outer = startIn(t, leaf, 'unshare', '-pfm', '--kill-child', 'sh', '-c', script);
    const init = await childOf(outer, 'sleep');
    await until('its mounts', () => fs.existsSync(`${dir}/mounted`));
    t.same(shown(init), [top.path.slice(1), init], 'not only its own leaf');
    t.equal(dirname(leaf.path), top.path);
  },
);

t.test('a runtime’s name counts also without a pid namespace', options, async (t) => {
  const id = 'ab'.repeat(32);
  const parent = new RealCgroup(t);
  const cgroup = parent.child(t, `docker-${id}.scope`);
  const pid = startIn(t, cgroup, 'sleep', '300');
  t.match(resolve(pid), { runtime: 'docker', id, init: pid });
});

t.test('a cgroup that is created again under its name is another container', options, async (t) => {
  const keys: (string | undefined)[] = [];
  let path: string | undefined;
  for (const round of ['first', 'second']) {
    await t.test(round, async (t) => {
      const cgroup = new RealCgroup(t, [], path);
      path = cgroup.path;
      keys.push(resolve(await startInit(t, cgroup))?.key);
    });
  }
  t.ok(keys[0] && keys[1]);
  t.not(keys[0], keys[1]);
});
