import fs from 'node:fs';
import t from 'tap';
import { output } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { FILES } from './helpers/container-kind.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { kilobytes, processors } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const where = ['--mount', daemon.mount, '--state', daemon.state];

const attach = (container: Container) => procview('attach', String(container.pid), ...where);
const detach = (container: Container) => procview('detach', String(container.pid), ...where);
const mountsOf = (pid: number | 'self') => fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1');
const limits = { memory: 64 * MiB, quota: 1, cpuset: '0-1' };

for (const kind of kinds) {
  t.test(`${kind}: a running container reads its own figures until it is detached`, async (t) => {
    const container = await startContainer(t, { kind, limits });
    const other = await startContainer(t, { kind, limits });
    const before = mountsOf(container.pid);
    const elsewhere = [mountsOf('self'), mountsOf(other.pid)];
    const host = kilobytes(await output(['cat', '/proc/meminfo']), 'MemTotal');
    t.equal(kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal'), host);

    const { code, stdout, stderr } = await attach(container);
    t.equal(code, 0, stderr);
    for (const file of FILES) t.match(stdout, new RegExp(`: attached .*proc/${file}\\b`));
    const read = (path: string) => container.output(['cat', path]);
    t.equal(kilobytes(await read('/proc/meminfo'), 'MemTotal'), 64 * 1024);
    t.equal(processors(await read('/proc/cpuinfo')).length, 1);
    t.equal(await container.output(['getconf', '_NPROCESSORS_ONLN']), '1\n');
    t.match(await container.output(['free', '-m']), /^Mem: +64 /m);
    const free = Number(/^nr_free_pages (\d+)$/m.exec(await read('/proc/vmstat'))?.[1]);
    t.ok(free <= 16384, `${free} free pages of 16384`);
    const cpus = await container.output(['ls', '/sys/devices/system/cpu']);
    t.strictSame(cpus.match(/^cpu\d+$/gm), ['cpu0']);
    t.strictSame(
      [mountsOf('self'), mountsOf(other.pid)],
      elsewhere,
      'the mounts of the host and of another container do not change',
    );

    const attached = mountsOf(container.pid);
    const again = await attach(container);
    t.equal(again.code, 0);
    t.match(again.stdout, /: present proc\/meminfo /);
    t.notMatch(again.stdout, /attached/);
    t.equal(mountsOf(container.pid), attached, 'attaching again changes nothing');

    t.equal((await detach(container)).code, 0);
    t.equal(mountsOf(container.pid), before, 'the mounts are as before');
    t.match((await detach(container)).stdout, /: nothing to do$/m);
    t.equal(kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal'), host);
  });
}

t.test('files that the runtime masks are skipped', async (t) => {
  const extra = {
    linux: {
      maskedPaths: ['/proc/interrupts', '/proc/pressure', '/sys/devices/system/cpu/cpu0/topology'],
      readonlyPaths: ['/proc/sys'],
    },
  };
  const container = await startContainer(t, { kind: 'crun', limits, extra });
  const before = mountsOf(container.pid);
  const { code, stdout } = await attach(container);
  t.equal(code, 0);
  t.match(stdout, /: skipped proc\/interrupts: masked: \w+ is mounted at \/proc\/interrupts$/m);
  t.match(stdout, /: skipped proc\/pressure\/cpu: masked: tmpfs is mounted at \/proc\/pressure$/m);
  t.match(
    stdout,
    /: skipped sys\/devices\/system\/cpu: it would uncover what .*\/topology masks$/m,
  );
  t.equal(await container.output(['cat', '/proc/interrupts']), '', 'masked');
  t.equal(kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal'), 64 * 1024);
  t.equal((await detach(container)).code, 0);
  t.equal(mountsOf(container.pid), before);
});

t.test('files that the runtime bound are reported as present, and detach keeps them', async (t) => {
  const container = await startContainer(t, { kind: 'crun', limits, bind: daemon.mount });
  const before = mountsOf(container.pid);
  t.match((await attach(container)).stdout, /: present proc\/meminfo /);
  t.equal((await detach(container)).code, 0);
  t.equal(mountsOf(container.pid), before);
});

t.test('a new daemon attaches the containers of a killed one again', async (t) => {
  const container = await startContainer(t, { kind: 'crun', limits });
  const before = mountsOf(container.pid);
  t.equal((await attach(container)).code, 0);
  await daemon.stop('SIGKILL');
  const dead = await container.exec(['cat', '/proc/meminfo']);
  t.match(dead.stderr, /not connected/);
  await daemon.unmount();
  await daemon.start();
  const { code, stdout } = await attach(container);
  t.equal(code, 0);
  t.match(stdout, /: present proc\/meminfo /, 'attached again at the start');
  t.equal(kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal'), 64 * 1024);
  await daemon.stop();
  t.equal((await detach(container)).code, 0, 'detach needs no daemon');
  t.equal(mountsOf(container.pid), before);
  const none = await attach(container);
  t.equal(none.code, 1);
  t.match(none.stderr, /nothing is served at/);
});
