/**
 * procview as a service of a real systemd: killed, hung, restarted, upgraded, stopped. Containers that read
 * all the while do not notice. Only for the machine of test/vm/systemd.
 */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { until } from '../../e2e/helpers/command.ts';
import { type Container, startContainer } from '../../e2e/helpers/container.ts';
import { mountsAt } from '../../e2e/helpers/daemon.ts';
import { MiB, prepare } from '../../e2e/helpers/suite.ts';
import * as machine from './machine.ts';
import { Readers } from './readers.ts';

/** How often the daemon is killed; more for a soak. */
const KILLS = Number(process.env['PROCVIEW_KILLS'] ?? 20);

await prepare(120 + 20 * KILLS);

const KILOBYTES = 128 * 1024;

t.afterEach(async (test) => {
  if (!test.passing()) test.comment(await machine.log());
});

async function attached(test: Test): Promise<Container> {
  const container = await startContainer(test, { limits: { memory: 128 * MiB } });
  await until('the container is attached', () => {
    // The last of all.
    return mountsAt('/proc/sys/net/ipv4/tcp_max_orphans', container.pid).length > 0;
  });
  return container;
}

/** Reads in a container while something happens to the daemon. */
async function whileRead(test: Test, what: () => Promise<void>): Promise<void> {
  const container = await attached(test);
  const before = fs.readFileSync(`/proc/${container.pid}/mountinfo`, 'latin1');
  const readers = new Readers(container, KILOBYTES);
  await what();
  await readers.stop();
  test.strictSame(readers.faults, [], 'every read has shown the container');
  test.ok(
    readers.reads > 0,
    `${readers.reads} reads, the longest ${Math.round(readers.longest)} ms`,
  );
  const after = fs.readFileSync(`/proc/${container.pid}/mountinfo`, 'latin1');
  test.equal(after, before, 'the mounts of the container are the same');
  test.equal(machine.mounts(), 1, 'and there is one on the host');
}

t.test('the service starts, and says when it serves', async (t) => {
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

t.test(`kill -9, ${KILLS} times`, async (t) => {
  await whileRead(t, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const pid = await machine.mainPid();
      process.kill(pid, 'SIGKILL');
      await machine.restarted(pid);
      await machine.sleep(Math.random() * 500);
    }
  });
});

t.test('a daemon that hangs is replaced', async (t) => {
  await whileRead(t, async () => {
    const pid = await machine.mainPid();
    process.kill(pid, 'SIGSTOP');
    await machine.restarted(pid);
  });
});

t.test('restart', async (t) => {
  await whileRead(t, async () => {
    const pid = await machine.mainPid();
    await machine.systemctl('restart', 'procview');
    t.not(await machine.mainPid(), pid);
  });
});

t.test('upgrade to a new version', async (t) => {
  await whileRead(t, async () => {
    await machine.install('0.0.2');
    await machine.systemctl('restart', 'procview');
  });
  const program = fs.readFileSync(`/proc/${await machine.mainPid()}/cmdline`, 'latin1');
  t.match(program, /procview/);
});

t.test('stop takes everything away, start brings it back', async (t) => {
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
