import fs from 'node:fs';
import t from 'tap';
import { run } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const where = ['--mount', daemon.mount, '--state', daemon.state];

const attach = (container: Container) => procview('attach', String(container.pid), ...where);
const detach = (container: Container) => procview('detach', String(container.pid), ...where);
const mountsOf = (pid: number) => fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1');
const limits = { memory: 64 * MiB };
const total = async (container: Container) =>
  kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal');

const SWITCHES = ['kernel.container_stats_isolated', 'kernel.stats_isolated'];

const programs = [['sysctl'], ['busybox', 'sysctl']].filter(([name = '']) =>
  ['/usr/bin', '/usr/sbin'].some((directory) => fs.existsSync(`${directory}/${name}`)),
);

const readOnly = { linux: { readonlyPaths: ['/proc/sys'] } };

/** Names of all parameters below kernel, and the error lines of those that cannot be read. */
async function namesOf(container: Container, program: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await container.exec([...program, '-a']);
  const names = stdout.match(/^kernel\.\S+/gm) ?? [];
  return [...names, ...stderr.split('\n').filter((line) => line.includes('kernel'))].sort();
}

for (const kind of ['read-only', 'privileged'] as const) {
  t.test(`a ${kind} container: sysctl lists the switches and works as before`, async (t) => {
    const extra = kind === 'read-only' ? readOnly : {};
    const container = await startContainer(t, { kind: 'crun', limits, extra });
    const before = mountsOf(container.pid);
    const names = await Promise.all(programs.map((program) => namesOf(container, program)));
    t.equal((await attach(container)).code, 0);
    for (const [i, program] of programs.entries()) {
      const wanted = [...(names[i] ?? []), ...SWITCHES].sort();
      t.strictSame(await namesOf(container, program), wanted, program.join(' '));
      const sysctl = (...args: string[]) => container.exec([...program, ...args]);
      t.equal((await sysctl('kernel.hostname')).stdout, 'kernel.hostname = pvtest\n');
      t.match(
        (await sysctl('kernel.random.uuid')).stdout,
        /^kernel\.random\.uuid = [\da-f-]{36}$/m,
      );
      await sysctl('-w', 'kernel.hostname=pvtest2');
      const kept = kind === 'read-only' ? 'pvtest' : 'pvtest2';
      t.equal(
        (await container.output(['uname', '-n'])).trim(),
        kept,
        'writing a parameter works as before',
      );
      await sysctl('-w', 'kernel.hostname=pvtest');
      t.equal(await total(container), 64 * 1024);
      t.equal((await sysctl('-w', 'kernel.container_stats_isolated=0')).code, 0);
      t.not(await total(container), 64 * 1024, 'opted out');
      t.equal((await sysctl('-w', 'kernel.container_stats_isolated=1')).code, 0);
      t.equal(await total(container), 64 * 1024, 'opted in again');
    }
    t.equal((await detach(container)).code, 0);
    t.equal(mountsOf(container.pid), before);
  });
}

t.test("attaching does not make the host's parameters writable", async (t) => {
  const core = fs.readFileSync('/proc/sys/kernel/core_pattern', 'latin1');
  const ways = ['core_pattern', '.kernel/core_pattern'].map((name) => `/proc/sys/kernel/${name}`);
  const attempts = [
    ...ways.map((way) => `echo hacked >${way}`),
    'mount -o remount,bind,rw /proc/sys/kernel/.kernel && echo hacked >/proc/sys/kernel/core_pattern',
    'umount /proc/sys/kernel/.kernel && echo hacked >/proc/sys/kernel/core_pattern',
  ];
  const container = await startContainer(t, { kind: 'crun', limits, extra: readOnly });
  t.equal((await attach(container)).code, 0);
  // As Docker does by default: without CAP_SYS_ADMIN.
  const bounded = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'];
  for (const text of attempts) {
    const { code } = await container.exec([...bounded, 'sh', '-c', text]);
    t.not(code, 0, text);
  }
  for (const way of ways) {
    const { stderr } = await container.exec(['sh', '-c', `echo hacked >${way}`]);
    t.match(stderr, /Read-only file system/, way);
  }
  t.equal(fs.readFileSync('/proc/sys/kernel/core_pattern', 'latin1'), core);
});

t.test('the host sees the switches in the mount only', async (t) => {
  const { stdout } = await run(['ls', `${daemon.mount}/proc`]);
  t.notMatch(stdout, /^sys$/m);
  t.notOk(fs.existsSync('/proc/sys/kernel/.kernel'));
});
