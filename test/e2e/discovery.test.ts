import fs from 'node:fs';
import t, { type Test } from 'tap';
import { Cgroup } from './helpers/cgroup.ts';
import { patience, until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { Sightings, startOf } from './helpers/container-events.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kinds, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t, '--log-level', 'debug');
const sightings = new Sightings(daemon);

/** Milliseconds within which a container is to be known, and to be forgotten. */
const [KNOWN, FORGOTTEN] = [patience(0.1), patience(1)];

/** As the kernel tells it, a byte string. */
const idOf = ({ path }: Cgroup): string => Buffer.from(path.slice(1)).toString('latin1');

/** Whatever happened before would be known by now. */
async function settle(t: Test): Promise<void> {
  const marker = await startContainer(t, {});
  await sightings.found(idOf(marker.cgroup));
}

for (const kind of kinds) {
  t.test(`${kind}: known at once, forgotten soon after its end`, async (t) => {
    const known: number[] = [];
    const forgotten: number[] = [];
    for (let i = 0; i < 4; i++) {
      const container = await startContainer(t, { kind });
      const id = idOf(container.cgroup);
      known.push((await sightings.found(id)) - startOf(container.pid));
      const end = Date.now();
      process.kill(container.pid, 'SIGKILL');
      forgotten.push((await sightings.gone(id)) - end);
    }
    // The others may have waited for a CPU: tests share the machine with whatever else it does.
    const [, second = 0, , last = 0] = known.sort((a, b) => a - b);
    t.ok(second < KNOWN && last < FORGOTTEN, `known after ${known.map(Math.round)} ms`);
    t.ok(Math.max(...forgotten) < FORGOTTEN, `forgotten after ${forgotten.map(Math.round)} ms`);
  });
}

t.test('a thousand cgroups a second that come and go hide no container', async (t) => {
  const parent = Cgroup.create({});
  t.teardown(() => parent.remove());
  let made = 0;
  const storm = setInterval(() => {
    for (const i of Array(10).keys()) fs.mkdirSync(`${parent.directory('memory')}/storm-${i}`);
    for (const i of Array(10).keys()) fs.rmdirSync(`${parent.directory('memory')}/storm-${i}`);
    made += 10;
  }, 10);
  t.teardown(() => clearInterval(storm));
  await until('a storm', () => made >= 100);
  const container = await startContainer(t, { parent });
  const known = (await sightings.found(idOf(container.cgroup))) - startOf(container.pid);
  t.ok(known < 3 * KNOWN, `known after ${Math.round(known)} ms, ${made} cgroups made`);
  await until('more of the storm', () => made >= 500);
  clearInterval(storm);
  t.equal(sightings.count('gone', idOf(container.cgroup)), 0, 'it is not lost');
});

t.test('cgroups of any name: their container is found when it moves in', async (t) => {
  const container = await startContainer(t, {});
  const names = ['a b', 'a\\x2db', 'käse ☃', 'x'.repeat(240), '(deleted)', '-'];
  let last = container.cgroup;
  await sightings.found(idOf(last));
  for (const name of names) {
    const next = Cgroup.create({}, undefined, new Cgroup(`${Cgroup.fresh().path}${name}`));
    t.teardown(() => next.remove());
    next.add(container.pid);
    t.ok(await sightings.found(idOf(next)), `found in ${name.slice(0, 20)}`);
    t.ok(await sightings.gone(idOf(last)), 'and no longer where it was');
    last = next;
  }
  const deep = last.below(64);
  deep.add(container.pid);
  t.ok(await sightings.found(idOf(deep)), 'found 64 levels below');
});

t.test('what is no container', async (t) => {
  const service = Cgroup.create({});
  t.teardown(() => service.remove());
  const outer = await startContainer(t, {});
  const inner = outer.cgroup.below(2);
  outer.start(['sleep', '100'], inner);
  const host = service.start(['sleep', '100']);
  t.teardown(() => host.kill('SIGKILL'));
  await until('processes in both', () =>
    [inner, service].every((each) => each.processes().length > 0),
  );
  await settle(t);
  t.equal(sightings.count('found', idOf(service)), 0, 'a service of the host');
  t.equal(sightings.count('found', idOf(inner)), 0, 'a cgroup below that of a container');
});

t.test('a container in a container', async (t) => {
  const outer = await startContainer(t, {});
  const inner = outer.cgroup.below(1);
  outer.start(['unshare', '--pid', '--fork', '--kill-child', 'sleep', '100'], inner);
  t.ok(await sightings.found(idOf(inner)), 'the inner one');
  t.ok(await sightings.found(idOf(outer.cgroup)), 'the outer one');
});

t.test('two cgroups that share a pid namespace are two containers', async (t) => {
  const container = await startContainer(t, {});
  const other = Cgroup.create({});
  t.teardown(() => other.remove());
  container.start(['sleep', '100'], other);
  await sightings.found(idOf(other));
  other.kill();
  t.ok(await sightings.gone(idOf(other)), 'the second has ended');
  t.equal(sightings.count('gone', idOf(container.cgroup)), 0, 'the first goes on');
});

t.test('a pid namespace that is made later in a cgroup of the host', async (t) => {
  const cgroup = Cgroup.create({});
  t.teardown(() => cgroup.remove());
  const late = 'sleep 1.5; exec unshare --pid --fork --kill-child sleep 100';
  const process = cgroup.start(['sh', '-c', late]);
  t.teardown(() => process.kill('SIGKILL'));
  t.ok(await sightings.found(idOf(cgroup)));
});

t.test('a cgroup that is made again under its name is another container', async (t) => {
  const first = await startContainer(t, {});
  const id = idOf(first.cgroup);
  await sightings.found(id);
  await first.stop();
  await sightings.gone(id);
  await startContainer(t, { again: first.cgroup });
  await until('the second', () => sightings.count('found', id) === 2);
  t.equal(sightings.count('gone', id), 1, 'the first is gone, the second is not');
});

t.test('nothing has failed meanwhile', async (t) => {
  t.notMatch(daemon.log, /"level":(40|50|60)/);
  const watches = fs
    .readdirSync(`/proc/${daemon.pid}/fdinfo`)
    .map((fd) => fs.readFileSync(`/proc/${daemon.pid}/fdinfo/${fd}`, 'latin1'))
    .find((text) => text.includes('inotify wd'));
  t.ok(watches, 'it still watches');
});
