/**
 * procview as a systemd service that is killed, hung, restarted, upgraded and stopped: readers in containers see no fault.
 * Runs on the machine of test/vm/systemd only.
 */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { until } from '../../e2e/helpers/command.ts';
import { type Container, startContainer } from '../../e2e/helpers/container.ts';
import { mountsAt } from '../../e2e/helpers/daemon.ts';
import { MiB, prepare } from '../../e2e/helpers/suite.ts';
import * as machine from './machine.ts';
import { Readers } from './readers.ts';

/** Number of kills; a soak sets more. */
const KILLS = Number(process.env['PROCVIEW_KILLS'] ?? 20);

await prepare(120 + 20 * KILLS);

const KILOBYTES = 128 * 1024;

t.afterEach(async (test) => {
  if (!test.passing()) test.comment(await machine.log());
});

async function attached(test: Test): Promise<Container> {
  const container = await startContainer(test, { limits: { memory: 128 * MiB } });
  await until('the container is attached', () => {
    // It is attached last.
    return mountsAt('/proc/sys/net/ipv4/tcp_max_orphans', container.pid).length > 0;
  });
  return container;
}

/** Runs an action while a container reads; fails the test at any fault. */
async function underReaders(test: Test, action: () => Promise<void>): Promise<void> {
  const container = await attached(test);
  const before = fs.readFileSync(`/proc/${container.pid}/mountinfo`, 'latin1');
  const readers = new Readers(container, KILOBYTES);
  await action();
  await readers.stop();
  test.strictSame(readers.faults, [], 'every read returned the figures of the container');
  test.ok(
    readers.reads > 0,
    `${readers.reads} reads, the longest ${Math.round(readers.longest)} ms`,
  );
  const after = fs.readFileSync(`/proc/${container.pid}/mountinfo`, 'latin1');
  test.equal(after, before, 'the mounts of the container are the same');
  test.equal(machine.mounts(), 1, 'there is one mount on the host');
}

t.test('the service starts and notifies systemd when it serves', async (t) => {
  await machine.install('0.0.1');
  await machine.systemctl('enable', '--now', 'procview');
  t.equal(await machine.property('Type'), 'notify');
  t.equal(await machine.property('ActiveState'), 'active');
  t.equal(machine.mounts(), 1);
  t.ok(
    Number(await machine.property('NFileDescriptorStore')) > 0,
    'the connection is in the store',
  );
  await attached(t);
});

t.test(`readers see no fault while the service is killed ${KILLS} times`, async (t) => {
  await underReaders(t, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const pid = await machine.mainPid();
      process.kill(pid, 'SIGKILL');
      await machine.restarted(pid);
      await machine.sleep(Math.random() * 500);
    }
  });
});

t.test('the watchdog replaces a daemon that hangs', async (t) => {
  await underReaders(t, async () => {
    const pid = await machine.mainPid();
    process.kill(pid, 'SIGSTOP');
    await machine.restarted(pid);
  });
});

t.test('readers see no fault during systemctl restart', async (t) => {
  await underReaders(t, async () => {
    const pid = await machine.mainPid();
    await machine.systemctl('restart', 'procview');
    t.not(await machine.mainPid(), pid);
  });
});

t.test('readers see no fault during an upgrade', async (t) => {
  await underReaders(t, async () => {
    await machine.install('0.0.2');
    await machine.systemctl('restart', 'procview');
  });
  const program = fs.readFileSync(`/proc/${await machine.mainPid()}/cmdline`, 'latin1');
  t.match(program, /procview/);
});

t.test('systemctl stop removes all mounts, and start attaches again', async (t) => {
  const container = await attached(t);
  await machine.systemctl('stop', 'procview');
  t.equal(machine.mounts(), 0);
  t.strictSame(mountsAt('/proc/meminfo', container.pid), []);
  t.match(
    await container.output(['head', '-1', '/proc/meminfo']),
    /^MemTotal: +\d{7} kB/,
    "the host's memory",
  );
  t.equal(await machine.property('NFileDescriptorStore'), '0');
  await machine.systemctl('start', 'procview');
  await until(
    'the container is attached',
    () => mountsAt('/proc/meminfo', container.pid).length > 0,
  );
  t.match(await container.output(['head', '-1', '/proc/meminfo']), / 131072 kB/);
});
