import fs from 'node:fs';
import t, { type Test } from 'tap';
import { Cgroup } from './helpers/cgroup.ts';
import { timeLimit, until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { ContainerEvents, startTimeOf } from './helpers/container-events.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kinds, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t, '--log-level', 'debug');
const events = new ContainerEvents(daemon);

/** Largest time until a container is found after its start, and gone after its end, ms. */
const [FOUND, GONE] = [timeLimit(0.1), timeLimit(1)];

/** Its id in the log: a byte string, as the kernel reports the path. */
const idOf = ({ path }: Cgroup): string => Buffer.from(path.slice(1)).toString('latin1');

/** Waits until the daemon has handled all earlier events: it finds a container that starts now. */
async function settle(t: Test): Promise<void> {
  const marker = await startContainer(t, {});
  await events.found(idOf(marker.cgroup));
}

for (const kind of kinds) {
  t.test(
    `${kind}: a container is found within 100 ms of its start, and gone within 1 s of its end`,
    async (t) => {
      const found: number[] = [];
      const gone: number[] = [];
      for (let i = 0; i < 4; i++) {
        const container = await startContainer(t, { kind });
        const id = idOf(container.cgroup);
        found.push((await events.found(id)) - startTimeOf(container.pid));
        const end = Date.now();
        process.kill(container.pid, 'SIGKILL');
        gone.push((await events.gone(id)) - end);
      }
      // Two of four may have waited for a CPU: other processes run on this machine.
      const [, second = 0, , last = 0] = found.sort((a, b) => a - b);
      t.ok(second < FOUND && last < GONE, `found after ${found.map(Math.round)} ms`);
      t.ok(Math.max(...gone) < GONE, `gone after ${gone.map(Math.round)} ms`);
    },
  );
}

t.test('a container is found while 1,000 cgroups a second are created and removed', async (t) => {
  const parent = Cgroup.create({});
  t.teardown(() => parent.remove());
  let created = 0;
  const storm = setInterval(() => {
    for (const i of Array(10).keys()) fs.mkdirSync(`${parent.directory('memory')}/storm-${i}`);
    for (const i of Array(10).keys()) fs.rmdirSync(`${parent.directory('memory')}/storm-${i}`);
    created += 10;
  }, 10);
  t.teardown(() => clearInterval(storm));
  await until('100 cgroups were created', () => created >= 100);
  const container = await startContainer(t, { parent });
  const latency = (await events.found(idOf(container.cgroup))) - startTimeOf(container.pid);
  t.ok(latency < 3 * FOUND, `found after ${Math.round(latency)} ms, ${created} cgroups created`);
  await until('500 cgroups were created', () => created >= 500);
  clearInterval(storm);
  t.equal(events.count('gone', idOf(container.cgroup)), 0, 'the daemon keeps it');
});

t.test('a container is found when it moves to a cgroup with an unusual name', async (t) => {
  const container = await startContainer(t, {});
  const names = ['a b', 'a\\x2db', 'käse ☃', 'x'.repeat(240), '(deleted)', '-'];
  let last = container.cgroup;
  await events.found(idOf(last));
  for (const name of names) {
    const next = Cgroup.create({}, undefined, new Cgroup(`${Cgroup.fresh().path}${name}`));
    t.teardown(() => next.remove());
    next.add(container.pid);
    t.ok(await events.found(idOf(next)), `found in ${name.slice(0, 20)}`);
    t.ok(await events.gone(idOf(last)), 'and gone from its previous cgroup');
    last = next;
  }
  const deep = last.below(64);
  deep.add(container.pid);
  t.ok(await events.found(idOf(deep)), 'found 64 levels below');
});

t.test('a service of the host and a cgroup inside a container are no containers', async (t) => {
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
  t.equal(events.count('found', idOf(service)), 0, 'the service');
  t.equal(events.count('found', idOf(inner)), 0, 'the cgroup inside a container');
});

t.test('a container in a container is found', async (t) => {
  const outer = await startContainer(t, {});
  const inner = outer.cgroup.below(1);
  outer.start(['unshare', '--pid', '--fork', '--kill-child', 'sleep', '100'], inner);
  t.ok(await events.found(idOf(inner)), 'the inner container');
  t.ok(await events.found(idOf(outer.cgroup)), 'the outer container');
});

t.test('two cgroups that share a pid namespace are two containers', async (t) => {
  const container = await startContainer(t, {});
  const other = Cgroup.create({});
  t.teardown(() => other.remove());
  container.start(['sleep', '100'], other);
  await events.found(idOf(other));
  other.kill();
  t.ok(await events.gone(idOf(other)), 'the second is gone');
  t.equal(events.count('gone', idOf(container.cgroup)), 0, 'the first is not');
});

t.test('a container is found that creates its pid namespace 1.5 s after its cgroup', async (t) => {
  const cgroup = Cgroup.create({});
  t.teardown(() => cgroup.remove());
  const late = 'sleep 1.5; exec unshare --pid --fork --kill-child sleep 100';
  const process = cgroup.start(['sh', '-c', late]);
  t.teardown(() => process.kill('SIGKILL'));
  t.ok(await events.found(idOf(cgroup)));
});

t.test('a cgroup that is removed and created again is a new container', async (t) => {
  const first = await startContainer(t, {});
  const id = idOf(first.cgroup);
  await events.found(id);
  await first.stop();
  await events.gone(id);
  await startContainer(t, { cgroup: first.cgroup });
  await until('the second is found', () => events.count('found', id) === 2);
  t.equal(events.count('gone', id), 1, 'the first is gone, the second is not');
});

t.test('the daemon has logged no error and still watches', async (t) => {
  t.notMatch(daemon.log, /"level":(40|50|60)/);
  const watches = fs
    .readdirSync(`/proc/${daemon.pid}/fdinfo`)
    .map((fd) => fs.readFileSync(`/proc/${daemon.pid}/fdinfo/${fd}`, 'latin1'))
    .find((text) => text.includes('inotify wd'));
  t.ok(watches, 'it has inotify watches');
});
