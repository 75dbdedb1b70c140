import { spawn } from 'node:child_process';
import fs from 'node:fs';
import t from 'tap';
import { Cgroup } from './helpers/cgroup.ts';
import { output, run, until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';
import { asUser, CONTAINER, echo, HOST, HOST_TOTAL, setSwitch, total } from './helpers/switches.ts';

await prepare();
const daemon = await startDaemon(t, '--workers', '2');
const OWN_TOTAL = 64 * 1024;
const start = (more = {}) =>
  startContainer(t, { limits: { memory: 64 * MiB, quota: 1 }, hostMounts: true, ...more });
const file = daemon.file(CONTAINER);
const online = `${daemon.mount}/sys/devices/system/cpu/online`;

t.test('a container opts out of isolation, and in again', async (t) => {
  const container = await start();
  const inside = container.inside();
  const neighbour = (await start()).inside();
  const hostOnline = fs.readFileSync('/sys/devices/system/cpu/online', 'latin1');
  t.equal(await inside.read(file), '1\n', 'isolated at first');
  t.equal(await total(daemon, inside), OWN_TOTAL);
  t.equal(await inside.read(online), '0\n');

  await setSwitch(daemon, container, 0);
  for (let i = 0; i < 4; i++) {
    t.equal(await total(daemon, inside), HOST_TOTAL, 'the next open shows the host');
  }
  t.equal(await inside.read(online), hostOnline, '/sys shows the host too');
  const cpus = `${daemon.mount}/sys/devices/system/cpu`;
  t.equal(await container.output(['ls', cpus]), await output(['ls', '/sys/devices/system/cpu']));
  t.equal(await inside.read(file), '0\n');
  t.equal(await total(daemon, neighbour), OWN_TOTAL, 'the neighbour reads its own figures');
  t.equal(await neighbour.read(file), '1\n');

  await setSwitch(daemon, container, 1);
  t.equal(await total(daemon, inside), OWN_TOTAL, 'back again');
  t.equal(await inside.read(online), '0\n');
});

t.test('an open file keeps its text when the switch changes', async (t) => {
  const container = await start();
  const script = 'exec 3<"$0"; head -1 <&3; echo 0 >"$1"; head -1 "$0"';
  const lines = await container.output(['sh', '-c', script, daemon.file('meminfo'), file]);
  const totals = lines
    .trim()
    .split('\n')
    .map((line) => kilobytes(line, 'MemTotal'));
  t.strictSame(totals, [OWN_TOTAL, HOST_TOTAL]);
});

t.test('child cgroups and nested containers inherit the switch, also later ones', async (t) => {
  const container = await start();
  const below = container.cgroup.below(2);
  // Without limits: on v2 a cgroup with processes cannot enable controllers for its children.
  const startBelow = (name: string) =>
    start({ limits: {}, cgroup: new Cgroup(`${container.cgroup.path}/${name}`) });
  const nested = await startBelow('nested');
  await setSwitch(daemon, container, 0);
  const meminfo = await container.outputIn(below, ['cat', daemon.file('meminfo')]);
  t.equal(kilobytes(meminfo, 'MemTotal'), HOST_TOTAL, 'a child cgroup');
  const inner = nested.inside();
  t.equal(await total(daemon, inner), HOST_TOTAL, 'a container in the container');
  t.equal(await inner.read(file), '0\n');
  await setSwitch(daemon, nested, 1);
  t.equal(await total(daemon, inner), OWN_TOTAL, 'its own switch overrides the inherited one');
  const later = await startBelow('later');
  t.equal(await total(daemon, later.inside()), HOST_TOTAL, 'a container that is started later');
});

t.test('sysctl of procps and busybox reads and sets the switch', async (t) => {
  const container = await startContainer(t, { limits: { memory: 64 * MiB } });
  const inside = container.inside();
  const directory = daemon.file('sys/kernel');
  await container.output(['mount', '--bind', directory, '/proc/sys/kernel']);
  const name = 'kernel.container_stats_isolated';
  for (const program of [['sysctl'], ['busybox', 'sysctl']]) {
    const probe = await run([...program, 'kernel.hostname']);
    if (probe.code !== 0) {
      t.comment(`this machine has no ${program.join(' ')}`);
      continue;
    }
    await container.output([...program, '-w', `${name}=0`]);
    t.equal(await total(daemon, inside), HOST_TOTAL, program.join(' '));
    t.equal(await container.output([...program, name]), `${name} = 0\n`);
    await container.output([...program, '-w', `${name}=1`]);
    t.equal(await total(daemon, inside), OWN_TOTAL);
  }
});

t.test(
  'writes without permission and invalid values are refused with the right errno',
  async (t) => {
    const container = await start();
    const inside = container.inside();
    const refused = async (what: string, ended: ReturnType<typeof run>, message: RegExp) => {
      const { code, stderr } = await ended;
      t.not(code, 0, what);
      t.match(stderr, message, what);
    };
    const [zero, hostZero] = [echo('0', file), echo('0', daemon.file(HOST))];
    await refused('a user', asUser(1000, zero, container), /not permitted/);
    const asRoot = ['unshare', '--user', '--map-root-user', ...zero];
    await refused(
      'a user who makes himself root',
      asUser(1000, asRoot, container),
      /not permitted/,
    );
    const asInit = ['unshare', '--user', '--map-root-user', '--pid', '--fork', ...zero];
    await refused(
      'a user who makes himself init',
      asUser(1000, asInit, container),
      /not permitted/,
    );
    await refused("a user, the host's", asUser(1000, hostZero, container), /Permission denied/);
    await refused("the container's root, the host's", container.exec(hostZero), /not permitted/);
    await refused('a user of the host', asUser(1000, hostZero), /Permission denied/);
    await refused('a process of the host', run(zero), /Invalid argument/);
    for (const garbage of ['', '2', '-1', 'off', '0x', '99999999999999999999']) {
      await refused(`'${garbage}'`, container.exec(echo(garbage, file)), /Invalid argument/);
    }
    t.equal(await inside.read(file), '1\n', 'the switch has not changed');
    const later = ['sh', '-c', 'exec env printf " 0x0\\n\\n" >>"$0"', file];
    await container.output(later);
    t.equal(await inside.read(file), '0\n', 'blanks, hexadecimal and O_APPEND are accepted');
    await container.output(['sh', '-c', '{ printf 1; printf 0; } >"$0"', file]);
    t.equal(await inside.read(file), '1\n', 'a write beyond offset 0 is ignored');
    const owner = ['chmod', '600', file];
    await refused('chmod', container.exec(owner), /not permitted/);
  },
);

t.test(
  'root of a user namespace can set the switch of its container, but not that of the host',
  async (t) => {
    const cgroup = Cgroup.create({ memory: 64 * MiB });
    t.teardown(() => cgroup.remove());
    const join = 'for procs in $PROCS; do echo $$ >"$procs"; done; exec "$@"';
    const user = ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'];
    const own = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
    const inside =
      'id -u; head -1 "$0"; echo 0 >"$1"; head -1 "$0"; cat "$1"; echo 0 >"$2"; exec sleep 9';
    const files = [daemon.file('meminfo'), file, daemon.file(HOST)];
    const argv = ['-c', join, 'sh', ...user, ...own, 'sh', '-c', inside, ...files];
    const env = { ...process.env, PROCS: cgroup.procsFiles.join(' ') };
    const child = spawn('sh', argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    t.teardown(() => child.kill('SIGKILL'));
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('latin1').on('data', (piece: string) => {
        printed += piece;
      });
    }
    await until('the container has tried', () => /denied|permitted/.test(printed));
    const lines = printed.trim().split('\n');
    t.equal(lines[0], '0', 'its uid is 0');
    t.equal(kilobytes(lines[1] ?? '', 'MemTotal'), OWN_TOTAL);
    t.equal(kilobytes(lines[2] ?? '', 'MemTotal'), HOST_TOTAL);
    t.equal(lines[3], '0');
    t.match(lines[4], /denied/, "the host's switch is refused");
  },
);

t.test('the switch of a cgroup that is removed and created again is 1', async (t) => {
  const first = await start();
  await setSwitch(daemon, first, 0);
  await first.stop();
  const again = await start({ cgroup: first.cgroup });
  t.equal(again.cgroup.path, first.cgroup.path);
  t.equal(await again.inside().read(file), '1\n');
  t.equal(await total(daemon, again.inside()), OWN_TOTAL);
});
