import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { output } from './command.ts';
import { type Inside, startContainer } from './container.ts';
import { Daemon, procview, startDaemon, temporary } from './daemon.ts';
import { processors } from './proc-text.ts';
import { MiB, prepare } from './suite.ts';
import { asUser, CONTAINER, echo, HOST, HOST_TOTAL, total, turn, turnHost } from './switches.ts';

await prepare();
const OWN_TOTAL = 64 * 1024;
const limits = { memory: 64 * MiB, quota: 1 };

t.test("the host's switch, by its file and by the command", async (t) => {
  const daemon = await startDaemon(t, '--workers', '2');
  const insides: Inside[] = [];
  for (let i = 0; i < 2; i++) {
    insides.push((await startContainer(t, { limits, hostMounts: true })).inside());
  }
  const all = async (wanted: number, what: string) => {
    for (const inside of [...insides, ...insides]) {
      t.equal(await total(daemon, inside), wanted, what);
    }
  };
  const sysctl = async (...words: string[]) =>
    (await procview('sysctl', ...words, '--state', daemon.state)).stdout;
  await all(OWN_TOTAL, 'on at first');
  await turnHost(daemon, 0);
  await all(HOST_TOTAL, 'off for every container');
  t.equal(await sysctl('kernel.stats_isolated'), 'kernel.stats_isolated = 0\n');
  t.equal(await insides[0]?.read(daemon.file(CONTAINER)), '1\n', "a container's own stays");
  t.equal(await sysctl('-w', 'kernel.stats_isolated=1'), 'kernel.stats_isolated = 1\n');
  await all(OWN_TOTAL, 'on again');
  t.equal(await output(['cat', daemon.file(HOST)]), '1\n');

  const files = 'kernel.stats_isolated_files';
  t.equal(await sysctl('-w', `${files}=cpuinfo,sys-cpu`), `${files} = cpuinfo,sys-cpu\n`);
  await all(HOST_TOTAL, 'meminfo is not among the files');
  const cpuinfo = await insides[0]?.read(daemon.file('cpuinfo'));
  t.equal(processors(cpuinfo ?? '').length, 1, 'cpuinfo is');
});

t.test('isolate: one container, some files', async (t) => {
  const daemon = await startDaemon(t);
  const container = await startContainer(t, { limits, hostMounts: true });
  const other = await startContainer(t, { limits, hostMounts: true });
  const [inside, neighbour] = [container.inside(), other.inside()];
  const pid = String(container.pid);
  const isolate = async (...words: string[]) =>
    (await procview('isolate', pid, ...words, '--state', daemon.state)).stdout;
  const count = async () => processors(await inside.read(daemon.file('cpuinfo'))).length;
  const hostCount = processors(fs.readFileSync('/proc/cpuinfo', 'latin1')).length;
  t.match(await isolate('off'), / sees its own figures in no file\n$/);
  t.strictSame([await total(daemon, inside), await count()], [HOST_TOTAL, hostCount]);
  t.equal(await inside.read(daemon.file(CONTAINER)), '0\n');
  t.equal(await total(daemon, neighbour), OWN_TOTAL, 'the neighbour sees itself');
  const shown = await procview('show', pid, 'meminfo', '--state', daemon.state);
  t.match(shown.stdout, new RegExp(`^MemTotal: +${HOST_TOTAL} kB\n`), 'show tells the same');
  await isolate('off', '--files', 'meminfo');
  t.strictSame([await total(daemon, inside), await count()], [HOST_TOTAL, 1]);
  t.match(await isolate('on', '--files', 'meminfo,stat'), / figures in meminfo, stat\n$/);
  t.strictSame([await total(daemon, inside), await count()], [OWN_TOTAL, hostCount]);
  t.match(await isolate('on'), / in all files\n$/);
  t.strictSame([await total(daemon, inside), await count()], [OWN_TOTAL, 1]);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`what was set outlives ${signal}`, async (t) => {
    const daemon = await startDaemon(t);
    const container = await startContainer(t, { limits, hostMounts: true });
    const other = await startContainer(t, { limits, hostMounts: true });
    await turn(daemon, container, 0);
    await daemon.stop(signal);
    await daemon.unmount();
    await daemon.start();
    t.equal(await total(daemon, container.inside()), HOST_TOTAL, 'an opt-out');
    t.equal(await total(daemon, other.inside()), OWN_TOTAL);
    await turnHost(daemon, 0);
    await daemon.stop(signal);
    await daemon.unmount();
    await daemon.start();
    t.equal(await total(daemon, other.inside()), HOST_TOTAL, "the host's switch");
    t.match(daemon.log, /"isolated":false/, 'the log tells it');
  });
}

t.test('configuration: off at first, who may opt out', async (t) => {
  const file = join(temporary(t, 'config'), 'procview.json');
  const configure = (isolation: object) => fs.writeFileSync(file, JSON.stringify({ isolation }));
  const daemon = new Daemon(temporary(t, 'mount'), temporary(t, 'state'));
  t.teardown(() => daemon.stop());
  configure({ enabled: false, policy: 'any', files: ['meminfo'] });
  await daemon.start('--config', file);
  const container = await startContainer(t, { limits, hostMounts: true });
  const inside = container.inside();
  t.equal(await total(daemon, inside), HOST_TOTAL, 'off');
  await turnHost(daemon, 1);
  t.equal(await total(daemon, inside), OWN_TOTAL, 'on');
  const cpuinfo = await inside.read(daemon.file('cpuinfo'));
  const host = fs.readFileSync('/proc/cpuinfo', 'latin1');
  t.strictSame(processors(cpuinfo), processors(host), 'only meminfo is isolated');
  const zero = echo('0', daemon.file(CONTAINER));
  t.equal((await asUser(1000, zero, container)).code, 0, 'any: a user may');
  t.equal(await total(daemon, inside), HOST_TOTAL);
  await daemon.stop();
  configure({ policy: 'none' });
  await daemon.start('--config', file);
  t.not((await container.exec(echo('1', daemon.file(CONTAINER)))).code, 0, 'none: nor root');
});

t.test('proc/sys is found, and not listed', async (t) => {
  const daemon = await startDaemon(t);
  t.notOk((await output(['ls', `${daemon.mount}/proc`])).split('\n').includes('sys'));
  const listed = await output(['ls', '-l', daemon.file('sys/kernel')]);
  t.match(listed, /^-rw-rw-rw- 1 root root 0 .* container_stats_isolated$/m);
  t.match(listed, /^-rw-r--r-- 1 root root 0 .* stats_isolated$/m);
  t.equal(await output(['cat', daemon.file(CONTAINER)]), '0\n', 'the host is not isolated');
});
